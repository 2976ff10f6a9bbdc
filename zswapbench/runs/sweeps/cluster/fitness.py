"""Whether workers can do units of this sweep: they have zswapbench, and it is the one that is here."""

from __future__ import annotations

import platform
from collections.abc import Mapping

from zswapbench import __version__
from zswapbench.common.errors import MissingError
from zswapbench.results.sweeps.columns import RESULT_RULES


def fit(answers: Mapping[str, object]) -> list[str]:
    """The addresses of those workers that are fit, from what each answered to ``there.identity``, or what it raised.

    One that has gone meanwhile is left out. Raises MissingError that names the first unfit one.
    """
    found = []
    for address, answer in answers.items():
        if isinstance(answer, OSError):
            continue
        if problem := _problem(answer):
            raise MissingError(f"worker {address} {problem}")
        found.append(address)
    return found


def _problem(answer: object) -> str:
    here = f"zswapbench {_told((__version__, RESULT_RULES))}"
    if isinstance(answer, ImportError):
        return f"cannot load zswapbench ({answer}): install {here} there, in the Python that 'dask worker' runs in"
    if isinstance(answer, Exception):
        python = platform.python_version()
        return f"cannot run what is sent to it ({answer}): it needs Python {python} and the same Dask as here"
    return (
        ""
        if answer == (__version__, RESULT_RULES)
        else f"has zswapbench {_told(answer)}: install {here} there"
    )


def _told(identity: object) -> str:
    assert isinstance(identity, tuple)
    return f"{identity[0]} (result rules {identity[1]})"
