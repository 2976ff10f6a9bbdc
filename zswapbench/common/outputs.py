"""Outputs: files, and what only passes on what it is given: standard output, pipes and devices.

A file is whole or as it was (zswapbench.common.files.replacing). A stream takes text as it comes. What is written with
seeking, as a corpus and a trace are, goes to a temporary file first and is copied to the stream once it is whole: so a
reader never gets a part of what could not be made. No terminal is given binary data.
"""

from __future__ import annotations

import io
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, cast

from zswapbench.common.errors import MissingError, UsageError, ZswapbenchError, unwritable
from zswapbench.common.files import replacing

STANDARD_OUTPUT = "-"
"""As the name of an output."""


def is_stream(path: str | os.PathLike[str]) -> bool:
    """Whether ``path`` takes what is written and keeps nothing: standard output, /dev/null, or a pipe that is there."""
    if os.fspath(path) == STANDARD_OUTPUT:
        return True
    mode = _mode(path)
    return stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Put ``text`` in the file ``path``, whole or not at all; to a stream as it is.

    Raises UsageError where that cannot be, MissingError where there is no room. The reader of a pipe may leave before
    its end.
    """
    if is_stream(path):
        with _opened(path) as stream:
            _pour(path, io.BytesIO(text.encode()), stream)
        return
    with replacing(path) as file:
        file.write(text.encode())


@contextmanager
def output_file(path: str | os.PathLike[str], *, mode: int | None = None) -> Iterator[BinaryIO]:
    """A file for binary data that becomes ``path``, or is copied to that stream, when the block ends well.

    ``mode``: as for ``replacing``. Raises UsageError if ``path`` cannot be written or is a terminal, and MissingError
    if there is no room for it or for the temporary file; errors of the block's own pass through.
    """
    if not is_stream(path):
        with replacing(path, mode=mode) as file:
            yield file
        return
    refuse_terminal(path)
    with _opened(path) as stream, io.BufferedRandom(TemporaryFile(path)) as whole:
        yield whole
        whole.seek(0)
        _pour(path, whole, stream)


def refuse_terminal(path: str | os.PathLike[str]) -> None:
    """Raises UsageError if ``path`` is a terminal, which binary data would put out of order."""
    # A pipe is not opened: its reader would take the closing for the end.
    if os.fspath(path) != STANDARD_OUTPUT and not stat.S_ISCHR(_mode(path)):
        return
    with _opened(path) as stream:
        if stream.isatty():
            what = "standard output" if os.fspath(path) == STANDARD_OUTPUT else os.fspath(path)
            raise UsageError(
                f"{what} is a terminal, and what is written is not text: name a file, or put > FILE or a pipe behind it"
            )


def _mode(path: str | os.PathLike[str]) -> int:
    """0 of what is not there."""
    try:
        return os.stat(path).st_mode  # noqa: PTH116  which takes any name
    except (OSError, ValueError):
        return 0


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """The stream ``path``, open for writing."""
    if os.fspath(path) == STANDARD_OUTPUT:
        sys.stdout.flush()
        yield cast("BinaryIO", sys.stdout.buffer)
        return
    try:
        # Not to wait for a pipe's reader, who may never come; and a terminal does not become that of this process.
        handle = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except OSError as error:
        raise _cannot(path, error) from None
    os.set_blocking(handle, True)
    stream = open(handle, "wb")  # noqa: SIM115  whose closing may fail once more
    try:
        yield stream
    finally:
        with suppress(OSError):  # what could not be written was told when it was
            stream.close()


def _pour(path: str | os.PathLike[str], source: BinaryIO, stream: BinaryIO) -> None:
    """All of ``source`` into ``stream``, which is ``path``, as far as somebody reads it."""
    try:
        shutil.copyfileobj(source, stream)
        stream.flush()
    except BrokenPipeError:
        pass
    except OSError as error:
        raise _cannot(path, error) from None


def _cannot(path: str | os.PathLike[str], error: OSError) -> ZswapbenchError:
    return unwritable(f"{os.fspath(path)}:", error)


class TemporaryFile(io.FileIO):
    """An unnamed file that ``path`` needs. Raises MissingError if it cannot be made or written to."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._needed_by = os.fspath(path)
        with self._named(), tempfile.TemporaryFile(prefix="zswapbench-", buffering=0) as file:
            super().__init__(os.dup(file.fileno()), "r+b")

    def write(self, data: Any) -> int:
        with self._named():
            return super().write(data)

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Whatever fails is told of the folder, and not of the trace."""
        try:
            yield
        except OSError as error:
            folder = f" {tempfile.tempdir}" if tempfile.tempdir else ""  # there may be none that can be used
            problem = f"needs room in the temporary folder{folder}, which cannot be written: {error.strerror}"
            raise MissingError(f"{self._needed_by}: {problem}; set TMPDIR to another folder") from None
