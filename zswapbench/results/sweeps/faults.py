"""What can be wrong with the file of a sweep, in our words: what SQLite says, and any value in any column.

A file that was damaged, or written by another hand, may hold anything. Values are taken for what they should be only
here; each function raises ValueError, with what is wrong, for others.
"""

from __future__ import annotations

import math
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zswapbench.common import strict_json
from zswapbench.common.errors import InputError, MissingError, UsageError
from zswapbench.results.sweeps.columns import MACHINE, NAMES, REPLAY, Figure

KINDS = (REPLAY, MACHINE)

MOST_BYTES = 64 << 20
"""Of a whole result, unpacked; the largest have a megabyte."""


def texts(values: Iterable[Any]) -> list[str]:
    """``values``, all of which are texts."""
    found = [*values]
    if not all(isinstance(one, str) for one in found):
        raise ValueError("a text is missing, or is none")
    return found


def object_of(text: Any) -> dict[str, Any]:
    """What the JSON ``text`` of an object says."""
    try:
        found = strict_json.loads(*texts([text]))
    except RecursionError:
        raise ValueError("JSON that is nested too deep") from None
    if not isinstance(found, dict):
        raise ValueError("JSON that is no object")  # noqa: TRY004  of a file
    return found


def figures_of(values: Sequence[Any]) -> dict[str, Figure]:
    """The columns by name."""
    for name, value in zip(NAMES, values, strict=True):
        if value is not None and not (isinstance(value, int | float) and math.isfinite(value)):
            raise ValueError(f"{name} is no number")
    return dict(zip(NAMES, values, strict=True))


def number_of(value: Any, name: str, *, may_lack: bool = False) -> Any:
    """``value``, which is a whole number, or where it ``may_lack`` None."""
    if isinstance(value, int) or (may_lack and value is None):
        return value
    raise ValueError(f"{name} is no whole number")


def kind_of(value: Any) -> str:
    """``value``, which is one of KINDS."""
    if value not in KINDS:
        raise ValueError(f"it is of no kind that there is: {str(value)[:40]}")
    return str(value)


def unpacked(packed: Any) -> str:
    """The text that was packed by zlib; "" of nothing."""
    if not isinstance(packed, bytes):
        raise ValueError("its result is not packed")  # noqa: TRY004  of a file
    if not packed:
        return ""
    packer = zlib.decompressobj()
    try:
        found = packer.decompress(packed, MOST_BYTES)
    except zlib.error as error:
        raise ValueError(f"its result cannot be unpacked: {error}") from None
    if not packer.eof:
        raise ValueError("its result was cut, or is larger than any could be")
    return found.decode()


_LEAST_ROOM = 64 << 10


@contextmanager
def told(path: Path, *, writing: bool = False) -> Iterator[None]:
    """What SQLite says of the file ``path``, in our words."""
    try:
        yield
    except sqlite3.OperationalError as error:
        problem = str(error)
        if "disk is full" in problem or ("disk I/O" in problem and (writing or not _has_room(path))):
            raise MissingError(f"{path}: there is no room left for it: {problem}") from None
        if "locked" in problem:
            raise InputError(path, "is in the hands of another program; wait for its end") from None
        if "readonly" in problem or "unable to open" in problem:
            if writing:
                raise UsageError(f"{path} cannot be written: {problem}; name another place") from None
            # Rows in the log of a process that was killed: SQLite makes a file beside to read them.
            log = Path(f"{path}-wal").exists()
            how = "copy it, and the file -wal beside it, to a folder where you may write" if log else problem
            raise InputError(path, f"cannot be read: {how}") from None
        raise InputError(path, f"is damaged: {problem}") from None
    except sqlite3.DatabaseError as error:
        raise InputError(path, f"is no sweep of zswapbench, or damaged: {error}") from None


def _has_room(path: Path) -> bool:
    """Is there room beside ``path`` for what SQLite needs to write at all? Where there is none, it may not say so."""
    found = os.statvfs(path.resolve().parent)
    return found.f_bavail * found.f_frsize >= _LEAST_ROOM
