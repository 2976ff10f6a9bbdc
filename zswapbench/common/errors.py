"""Every error a user can meet, and the exit code that each one ends with.

This is the only place that knows exit codes. A message says what was given, where (path, offset) and
what to do about it, in one line; the command line prints it as it is, without a traceback.

| code | meaning                                                               |
|------|-----------------------------------------------------------------------|
| 0    | fine                                                                  |
| 1    | the gate found a regression                                           |
| 2    | usage: an option, a name or an output path that cannot be used        |
| 3    | bad input: dump, trace, corpus or result, with path and offset;       |
|      | a policy or codec of the user's own that does not keep its contract   |
| 4    | this machine lacks something: a codec's library, a kernel facility,   |
|      | memory, room on the disk, a capability to read a process              |
| 5    | a bug in zswapbench                                                   |
| 129  | ended by SIGHUP                                                       |
| 130  | interrupted                                                           |
| 143  | ended by SIGTERM                                                      |
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from typing import ClassVar

EXIT_REGRESSION = 1
EXIT_INTERRUPTED = 130


class ZswapbenchError(Exception):
    """Base of all errors that zswapbench raises on purpose."""

    exit_code: ClassVar[int] = 5


class UsageError(ZswapbenchError):
    """An option, a name or an output path that cannot be used."""

    exit_code = 2


class InputError(ZswapbenchError):
    """A file that is not what it should be.

    ``offset`` is the byte offset in the (unpacked) file where it went wrong, None when the file as a
    whole is meant.
    """

    exit_code = 3

    def __init__(self, path: str | os.PathLike[str], problem: str, *, offset: int | None = None) -> None:
        where = os.fspath(path) if offset is None else f"{os.fspath(path)}: offset {offset}"
        super().__init__(f"{where}: {problem}")
        self.path = os.fspath(path)
        self.problem = problem
        self.offset = offset


class DumpError(InputError):
    """Not a dump, or one that cannot be read, or that has no page of what is wanted.

    ``remarks``: what led to it, in lines, to be told before it.
    """

    remarks: Sequence[str] = ()


class CorpusError(InputError):
    """Not a corpus (.zpages), a damaged one, or one that lacks what is asked of it."""


class TraceError(InputError):
    """Not a trace (trace.bin), or one that breaks its own rules."""


class PolicyFault(Exception):  # noqa: N818  what it is; PolicyError is what users see
    """A flush policy broke its contract at event ``index`` of a replay. ``problem``: an exception, or how."""

    def __init__(self, index: int, problem: BaseException | str) -> None:
        super().__init__(f"event {index}: {problem}")
        self.index = index
        self.problem = problem


class OwnCodeError(ZswapbenchError):
    """A policy, codec or pool of the user's own that cannot be loaded, or broke its contract."""

    exit_code = 3


class MissingError(ZswapbenchError):
    """A codec's library, a kernel facility, a capability or room that is lacking; the message says how to get it."""

    exit_code = 4


_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""A full disk; and what a quota, or a limit of the file system or of the process, makes of one that is not."""


def unwritable(output: str, error: OSError) -> UsageError | MissingError:
    """What to raise where ``output`` cannot be written: there is no room, or it is a place that cannot be."""
    kind = MissingError if error.errno in _NO_ROOM else UsageError
    return kind(f"{output} cannot be written: {error.strerror or error}; name another place")


class InternalError(ZswapbenchError):
    """A bug in zswapbench: a law that every run must keep was broken."""

    exit_code = 5
