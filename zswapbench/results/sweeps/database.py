"""The database of a sweep as a file: opened to read or to write, told from others, locked while it is written to."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from zswapbench.common.errors import InputError, UsageError
from zswapbench.common.files import open_regular
from zswapbench.results.sweeps import faults

APPLICATION = 0x7A737762
"""``zswb``: what SQLite's header says of a file of ours."""

SCHEMA_VERSION = 1

_WAIT_S = 10
"""For a reader that reads just when a row is to be written."""

_MAGIC = b"SQLite format 3\0"


def is_database(path: str | os.PathLike[str]) -> bool:
    """Is the file ``path`` one of SQLite's? False of what cannot be read."""
    try:
        with open_regular(path, InputError) as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except (InputError, OSError):
        return False


def address(path: Path, mode: str) -> str:
    """SQLite's URI of a file; ``mode``: ro, rw or rwc."""
    return f"file:{quote(os.fspath(path.resolve()))}?mode={mode}"


@contextmanager
def connected(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    """The database ``path``; ``mode``: ro, rw or rwc, as SQLite's URIs have it. Raises InputError if it is none."""
    try:
        there = stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        if isinstance(error, FileNotFoundError):
            why = "there is no such file; 'zswapbench sweep' makes one"
        if mode != "rwc":
            raise InputError(path, f"cannot be read: {why}") from None
    else:
        if not there:
            raise InputError(path, "is not a regular file")
    with faults.told(path, writing=mode != "ro"):
        database = sqlite3.connect(address(path, mode), uri=True, timeout=_WAIT_S, isolation_level=None)
    with closing(database):
        yield database


def check(path: Path, database: sqlite3.Connection) -> None:
    """Raises InputError for a database that is not of ours, or of another version."""
    with faults.told(path):
        (application,), (version,) = (
            next(database.execute(f"PRAGMA {name}")) for name in ("application_id", "user_version")
        )
    if application != APPLICATION:
        raise InputError(path, "is no sweep of zswapbench; make one by 'zswapbench sweep'")
    if version != SCHEMA_VERSION:
        raise InputError(
            path,
            f"is a sweep of schema version {version}; this zswapbench reads version {SCHEMA_VERSION}",
        )


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """While this process alone writes to ``path``. Raises UsageError if another does.

    It is no lock of SQLite's, which would keep readers away. It is let go last: closing the file lets go those, too.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise InputError(path, "cannot be read: there is no such file") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}; name another place") from None
    try:
        _lock(path, handle)
        yield
    finally:
        os.close(handle)


def _lock(path: Path, handle: int) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UsageError(
            f"{path}: another sweep writes to it; wait for its end, or name another place"
        ) from None
