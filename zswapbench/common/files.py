"""Files: inputs that are regular ones, outputs written beside their place and renamed, so that nothing is lost."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from zswapbench.common.errors import InputError, UsageError

PRIVATE = 0o600
"""Mode of everything derived from a dump: dumps hold secrets."""


def open_regular(path: str | os.PathLike[str], error: type[InputError]) -> BinaryIO:
    """The regular file ``path``, open for reading. Raises ``error`` for anything else: a named pipe would block."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        mode = os.fstat(handle).st_mode
        if stat.S_ISREG(mode):
            return os.fdopen(handle, "rb")
        os.close(handle)
    except (OSError, ValueError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else str(problem)
        raise error(path, f"cannot be read: {why}") from None
    what = "a folder" if stat.S_ISDIR(mode) else "not a regular file; save it to one first"
    raise error(path, f"is {what}")


@contextmanager
def replacing(path: str | os.PathLike[str], *, mode: int | None = None) -> Iterator[BinaryIO]:
    """A new file that takes the place of ``path`` when the block ends well, and vanishes when it does not.

    ``mode`` is the file mode; None leaves it to the umask. Raises UsageError when the file cannot be
    made or completed, a full disk included; errors of the block's own pass through.
    """
    target = Path(os.path.realpath(path))  # where a link leads to, so that the link stays
    try:
        if target.exists() and not target.is_file():
            raise UsageError(f"{target}: is not a regular file; name another place")
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    except OSError as error:
        raise UsageError(f"{target}: cannot be written: {error.strerror}; name another place") from None
    done = False
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fchmod(file.fileno(), _umask_mode() if mode is None else mode)
        Path(name).replace(target)
        done = True
    except OSError as error:
        if error.filename is not None and os.fspath(error.filename) not in (name, os.fspath(target)):
            raise
        raise UsageError(
            f"{target}: cannot be written: {error.strerror or error}; name another place"
        ) from None
    finally:
        if not done:
            Path(name).unlink(missing_ok=True)


def refuse_overwriting(output: str | os.PathLike[str], inputs: Iterable[str | os.PathLike[str]]) -> None:
    """Raise UsageError if ``output`` is the same file as one of ``inputs``, which would be lost."""
    for path in inputs:
        if Path(output).exists() and Path(path).exists() and Path(output).samefile(path):
            raise UsageError(f"{os.fspath(output)}: is an input too, and would be lost; name another place")


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Put ``text`` in the file ``path``, whole or not at all."""
    with replacing(path) as file:
        file.write(text.encode())


def _umask_mode() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask
