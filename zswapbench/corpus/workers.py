"""Processes that work for this one: each runs one function of the package, with pipes to and from it.

Codec libraries called page by page hold Python's global lock, so work on several cores takes processes. They
are started by name and not by fork, so that threads of this process do not matter, nor whose program it is.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress

from zswapbench.common.errors import InternalError, MissingError

_FEWER = "there is one for each CPU, and one alone, with 'taskset -c 0' before the command, needs less"


_PROGRAM = """
import os, signal, sys, traceback
signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # once nobody reads its answers any more, it ends without a word
sys.path[:] = {path!r}
code = 0
try:
    from zswapbench.common import library_exit, room
    library_exit.replace_exit_code()
    room.need(room.LIBRARIES)
    from {module} import {function}
    {function}(*{arguments!r})
except (MemoryError, ImportError, SystemError):  # the latter are what Python makes of too little memory, too
    code = {code}
except BaseException:
    traceback.print_exc()
    code = 1
os._exit(code)
"""
"""What a worker does: ``function`` of ``module``, and an exit code that tells want of memory from a bug."""


class Worker:
    """A process that calls ``function`` of ``module``, with ``arguments`` that ``repr`` can write.

    It reads requests from standard input and writes answers to standard output; how long each is, the two sides
    know. ``pass_fds``: descriptors that it inherits.
    """

    def __init__(
        self, module: str, function: str, arguments: Sequence[object], pass_fds: Sequence[int] = ()
    ) -> None:
        program = _PROGRAM.format(
            path=sys.path,
            module=module,
            function=function,
            arguments=tuple(arguments),
            code=MissingError.exit_code,
        )
        # A session of its own: an interrupt from the terminal is this process's to handle.
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=tuple(pass_fds),
            start_new_session=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._requests, self._answers = self.process.stdin, self.process.stdout

    def send(self, data: bytes) -> None:
        """Write a request. Raises what ``_ended`` gives if the process has ended."""
        try:
            self._requests.write(data)
            self._requests.flush()
        except BrokenPipeError:
            raise self._ended() from None

    def receive(self, count: int) -> bytes:
        """An answer of ``count`` bytes. Raises what ``_ended`` gives if the process ends before that."""
        data = self._answers.read(count)
        if len(data) < count:
            raise self._ended()
        return data

    def close(self) -> None:
        """End the process, whatever it is doing: nobody waits for the answer any more."""
        self.process.kill()
        with suppress(BrokenPipeError):  # of a request that could not be sent
            self._requests.close()
        self._answers.close()
        self.process.wait()

    def _ended(self) -> MissingError | InternalError:
        """Why the process has ended: for want of memory, or nobody knows why."""
        code = self.process.wait()
        if code == -signal.SIGKILL:
            return MissingError(
                f"a worker process was killed (signal 9), most often for want of memory; {_FEWER}"
            )
        if code == MissingError.exit_code:
            return MissingError(f"a worker process has not enough memory; {_FEWER}")
        return InternalError(f"a worker that compresses pages ended with code {code}")
