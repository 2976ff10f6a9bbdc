"""Whether workers can do units of this sweep: they have zswapbench and Dask, and these are the ones that are here."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version

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


def refuse_other_dask(who: str, dask: str) -> None:
    """Raise MissingError if ``who``, a scheduler, has another ``dask`` than this process: it may not understand it."""
    if (here := version("distributed")) != dask:
        raise MissingError(
            f"{who} has Dask {dask}, and here is {here}: install the same (pip install distributed=={dask})"
        )


def _problem(answer: object) -> str:
    here = f"zswapbench {__version__} (result rules {RESULT_RULES})"
    if isinstance(answer, ImportError):
        return f"cannot load zswapbench ({answer}): install {here} there, in the Python that 'dask worker' runs in"
    if isinstance(answer, Exception):
        python = platform.python_version()
        return f"cannot run what is sent to it ({answer}): it needs Python {python} and the same Dask as here"
    assert isinstance(answer, (tuple, list))
    theirs, rules, dask = answer
    if (theirs, rules) != (__version__, RESULT_RULES):
        return f"has zswapbench {theirs} (result rules {rules}): install {here} there"
    if dask != version("distributed"):
        return f"has Dask {dask}, and here is {version('distributed')}: install the same"
    return ""
