"""Standard output that loses nothing in silence, and standard error that never fails.

* A reader who has seen enough, as ``head`` has, ends the output and nothing else: the exit code is what it would be.
* Any other failure to write standard output is an error, raised once. Python's own stream, if PYTHONUNBUFFERED is set,
  drops what a nearly full disk did not take.
* What cannot be written to standard error is dropped: a message must not change the exit code.
"""

from __future__ import annotations

import io
import os
import select
import sys
from typing import Any, TextIO

from zswapbench.common.errors import unwritable


def install() -> None:
    """Make these the standard streams of the process. One that is closed is replaced by one that takes all."""
    sys.stdout = _text(sys.stdout, _Output)
    sys.stderr = _text(sys.stderr, _Messages)


def _text(stream: TextIO | None, kind: type[_Output]) -> TextIO:
    if stream is None:
        return open(os.devnull, "w")
    raw = kind(stream.fileno())
    lines = raw.isatty() or kind is _Messages
    # A name of a file need not be text that can be written.
    return _Text(io.BufferedWriter(raw), stream.encoding, "backslashreplace", line_buffering=lines)


class _Text(io.TextIOWrapper):
    """A stream that lives as long as the process: who closes it has only flushed it."""

    def close(self) -> None:
        self.flush()


class _Output(io.RawIOBase):
    """The descriptor ``handle``, which is written to until that fails, and then no more."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._gone = False

    def fileno(self) -> int:
        return self._handle

    def isatty(self) -> bool:
        return os.isatty(self._handle)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        """Bytes taken. Raises what ``unwritable`` makes of it the first time that they cannot be written."""
        while not self._gone:
            try:
                return os.write(self._handle, data)
            except BlockingIOError:  # a pipe that somebody else set so
                select.select([], [self._handle], [])
            except BrokenPipeError:
                self._gone = True
            except OSError as error:
                self._gone = True
                self.failed(error)
        return len(data)

    def failed(self, error: OSError) -> None:
        raise unwritable("standard output", error) from None


class _Messages(_Output):
    """The same, without an error."""

    def failed(self, error: OSError) -> None:
        pass
