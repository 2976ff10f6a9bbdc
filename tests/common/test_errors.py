"""The errors and the exit codes, as documented."""

from __future__ import annotations

import re
from pathlib import Path
from signal import SIGHUP, SIGTERM

import pytest

from zswapbench.common import errors
from zswapbench.common.errors import (
    CorpusError,
    DumpError,
    InputError,
    InternalError,
    MissingError,
    OwnCodeError,
    PolicyFault,
    TraceError,
    UsageError,
    ZswapbenchError,
)

CODES = {
    UsageError: 2,
    InputError: 3,
    DumpError: 3,
    CorpusError: 3,
    TraceError: 3,
    OwnCodeError: 3,
    MissingError: 4,
    InternalError: 5,
}


@pytest.mark.parametrize(("kind", "code"), CODES.items())
def test_each_error_ends_with_its_documented_code(kind: type[ZswapbenchError], code: int) -> None:
    assert kind.exit_code == code
    assert issubclass(kind, ZswapbenchError)


def test_there_are_no_others() -> None:
    found = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, Exception)]
    # A PolicyFault does not reach the user: the replay tells it with the policy's name.
    assert set(found) == {ZswapbenchError, PolicyFault, *CODES}


def test_the_table_holds_every_code() -> None:
    table = re.findall(r"^\| (\d+) +\|", errors.__doc__ or "", re.MULTILINE)
    codes = set(CODES.values()) | {0, 1, errors.EXIT_INTERRUPTED, 128 + SIGHUP, 128 + SIGTERM}
    assert sorted(map(int, table)) == sorted(codes)


@pytest.mark.parametrize("kind", [InputError, DumpError, CorpusError, TraceError])
def test_an_input_error_says_where(kind: type[InputError]) -> None:
    whole = kind(Path("a/b"), "is none")
    part = kind("a/b", "is none", offset=0)
    assert (str(whole), whole.path, whole.offset) == ("a/b: is none", "a/b", None)
    assert (str(part), part.path, part.offset) == ("a/b: offset 0: is none", "a/b", 0)
