"""Files: inputs that are regular ones, outputs written beside their place and renamed, so that nothing is lost.

Also where a user's files of zswapbench are. zswapbench.common.outputs has what is written to pipes and devices, too.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

from zswapbench.common.errors import InputError, UsageError, unwritable

PRIVATE = 0o600
"""Mode of everything derived from a dump: dumps hold secrets."""

_HASHED = 1 << 20


def open_regular(path: str | os.PathLike[str], error: type[InputError]) -> BufferedReader:
    """The regular file ``path``, open for reading. Raises ``error`` for anything else: a named pipe would block."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        mode = os.fstat(handle).st_mode
        if stat.S_ISREG(mode):
            return open(handle, "rb")
        os.close(handle)
    except (OSError, ValueError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else str(problem)
        raise error(path, f"cannot be read: {why}") from None
    what = "a folder" if stat.S_ISDIR(mode) else "not a regular file; save it to one first"
    raise error(path, f"is {what}")


def sha256_of(path: str | os.PathLike[str], error: type[InputError]) -> str:
    """SHA-256 of the file ``path``, in hexadecimal. Raises ``error`` if it cannot be read."""
    hashed = hashlib.sha256()
    with open_regular(path, error) as file:
        try:
            while some := file.read(_HASHED):
                hashed.update(some)
        except OSError as problem:
            raise error(path, f"cannot be read: {problem.strerror}") from None
    return hashed.hexdigest()


def version_of(file: BinaryIO) -> tuple[int, ...]:
    """What tells an open file from another, and from itself after a change, as far as the file system tells.

    Empty for what is no regular file: a pipe changes whenever it is read.
    """
    found = os.fstat(file.fileno())
    if not stat.S_ISREG(found.st_mode):
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def user_folder(variable: str, default: str) -> Path:
    """The folder of zswapbench in the one that the environment's ``variable`` names, or in ``default`` at home.

    A user without a home has a place where nothing can be kept.
    """
    root = Path(os.environ.get(variable, ""))
    if not root.is_absolute():  # as the XDG Base Directory Specification asks
        root = _home() / default
    return root / "zswapbench"


def _home() -> Path:
    home = Path(os.environ.get("HOME", ""))
    if home.is_absolute():
        return home
    try:
        return Path(pwd.getpwuid(os.geteuid()).pw_dir)
    except KeyError:
        return Path(os.devnull)


def unpacked_at_most(file_bytes: int) -> int:
    """Bytes that a packed file of ``file_bytes`` may unpack to, in memory or in temporary files.

    Pages that differ in a counter alone pack some 500 to 1; what is far beyond was made to fill a machine.
    """
    return (64 << 20) + 1024 * file_bytes


STANDARD_INPUT = "-"
"""As the name of a trace or a result. It can be read once."""


@contextmanager
def open_input(path: str | os.PathLike[str], error: type[InputError]) -> Iterator[BufferedReader]:
    """The same, or standard input, which stays open. Raises ``error`` if that is closed, too."""
    if os.fspath(path) != STANDARD_INPUT:
        with open_regular(path, error) as file:
            yield file
    elif sys.stdin is None:
        raise error(path, "standard input is closed")
    else:
        yield cast("BufferedReader", sys.stdin.buffer)


@contextmanager
def replacing(path: str | os.PathLike[str], *, mode: int | None = None) -> Iterator[BinaryIO]:
    """A new file that takes the place of ``path`` when the block ends well, and vanishes when it does not.

    ``mode`` is the file mode; None leaves it to the umask. Raises UsageError when the file cannot be
    made or completed, MissingError when the disk is full; errors of the block's own pass through.
    """
    target = Path(os.path.realpath(path))  # where a link leads to, so that the link stays
    # A short name of its own: one made of the target's could be longer than names may be. It is known before the file
    # is there, so that an interrupt at any moment finds what to remove.
    part = target.parent / f".zswapbench-{secrets.token_hex(8)}.part"
    done = False
    try:
        if target.exists() and not target.is_file():
            raise UsageError(f"{target}: is not a regular file; name another place")
        with open(part, "x+b", opener=_private) as file:
            yield file
            file.flush()
            os.fchmod(file.fileno(), _umask_mode() if mode is None else mode)
        part.replace(target)
        done = True
    except OSError as error:
        if error.filename is not None and os.fspath(error.filename) not in map(str, (part, target)):
            raise
        raise unwritable(f"{target}:", error) from None
    finally:
        if not done:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, PRIVATE)


def refuse_overwriting(output: str | os.PathLike[str], inputs: Iterable[str | os.PathLike[str]]) -> None:
    """Raise UsageError if ``output`` is the same file as one of ``inputs``, which would be lost."""
    for path in inputs:
        with suppress(OSError, ValueError):  # a name that cannot be one is told where it is opened
            if Path(output).samefile(path):
                raise UsageError(
                    f"{os.fspath(output)}: is an input too, and would be lost; name another place"
                )


def _umask_mode() -> int:
    """What the umask leaves of a file's mode; without /proc, which tells it from Linux 4.7 on, PRIVATE.

    os.umask() tells it by changing it, under the hands of other threads.
    """
    with suppress(OSError):
        for line in Path("/proc/self/status").read_bytes().splitlines():
            if line.startswith(b"Umask:"):
                return 0o666 & ~int(line.split()[1], 8)
    return PRIVATE
