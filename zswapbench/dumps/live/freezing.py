"""--freeze: all threads of a process stopped, as a debugger stops them, while its memory is read.

By ptrace (PTRACE_SEIZE and PTRACE_INTERRUPT), because the kernel itself undoes it: when the thread that stopped them
ends, for whatever reason and be it by SIGKILL, all that it stopped goes on. SIGSTOP and the freezer of cgroups leave a
process stopped if nobody is left to wake it; SIGSTOP is seen by its parent, too. A process that was stopped before
(SIGSTOP, Ctrl-Z) stays so afterwards.

The stopping has a thread of its own. A thread of the process may be in the kernel and not to be stopped: one that waits
for a disk, or for a child of vfork(). It cannot touch memory before it comes back, and is stopped then; only the end of
the thread that seized it lets it go.

What a stopped program can notice: time passes, and a system call that waits (epoll_wait, sigtimedwait, semop) may end
with EINTR, as signal(7) says of every stop. gdb does the same.

Source: kernel/ptrace.c ptrace_attach(), ptrace_detach() and exit_ptrace(), Linux 6.18; ptrace(2).
"""

from __future__ import annotations

import ctypes
import errno
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

from zswapbench.common.room import need_threads

_SEIZE, _INTERRUPT, _DETACH = 0x4206, 0x4207, 17
_EVENT_STOP = 128
_WALL = 0x40000000
"""For waitpid: of all kinds of threads."""

_PATIENCE_S = 1.0
"""How long threads have to stop. Longer than any but those that are stuck in the kernel takes."""

_PAUSE_S = 0.0005


@dataclass
class Frozen:
    """A process whose threads are stopped."""

    threads: int = 0
    """That are stopped."""
    in_kernel: int = 0
    """That could not be stopped, but will be if they leave the kernel."""
    _error: BaseException | None = None
    _ready: Event = field(default_factory=Event)
    _release: Event = field(default_factory=Event)


@contextmanager
def frozen(threads: Callable[[], list[int]]) -> Iterator[Frozen]:
    """Stops a process for the time of the block. ``threads``: lists its threads that have not ended.

    Raises OSError: EPERM if it may not be stopped or a debugger has it, ESRCH if it has ended.
    """
    state = Frozen()
    # A daemon: nothing that happens to the main thread may leave it waiting.
    need_threads(1)
    holder = Thread(target=_hold, args=(state, threads), daemon=True)
    try:
        holder.start()
        state._ready.wait()
        if state._error is not None:
            raise state._error
        yield state
    finally:
        state._release.set()
        holder.join()


def _hold(state: Frozen, threads: Callable[[], list[int]]) -> None:
    """Stop, wait, let go: what the thread does."""
    stopped: dict[int, int] = {}
    try:
        try:
            state.in_kernel = len(_stop_all(threads, stopped))
            state.threads = len(stopped)
            if not stopped and not state.in_kernel:
                raise ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH))
        except OSError as error:
            state._error = error
        state._ready.set()
        if state._error is None:
            state._release.wait()
    finally:
        state._ready.set()
        for thread, pending in stopped.items():
            _let_go(thread, pending)


def _stop_all(threads: Callable[[], list[int]], stopped: dict[int, int]) -> set[int]:
    """Stop all threads, those that are born meanwhile included; which of them did not stop in time.

    ``stopped`` is given each thread that did, and the signal that it is to get when it goes on, or 0.
    """
    deadline = time.monotonic() + _PATIENCE_S
    seized: set[int] = set()
    gone: set[int] = set()
    while True:
        new = [thread for thread in threads() if thread not in seized]
        seized.update(new)
        gone.update(thread for thread in new if not _interrupt(thread, threads))
        running = seized - gone - stopped.keys()
        if not new and (not running or time.monotonic() > deadline):
            return running
        for thread in running:
            _look(thread, stopped, gone)
        if running - stopped.keys():
            time.sleep(_PAUSE_S)


def _interrupt(thread: int, threads: Callable[[], list[int]]) -> bool:
    """Seize ``thread`` and ask it to stop; False if it has ended."""
    try:
        _ptrace(_SEIZE, thread)
        _ptrace(_INTERRUPT, thread)
    except ProcessLookupError:
        return False
    except PermissionError:  # also of a thread that has just ended
        if thread in threads():
            raise
        return False
    return True


def _look(thread: int, stopped: dict[int, int], gone: set[int]) -> None:
    """Enter ``thread`` where it belongs, if it has stopped or ended."""
    try:
        found, status = os.waitpid(thread, os.WNOHANG | _WALL)
    except ChildProcessError:
        gone.add(thread)
        return
    if found and os.WIFSTOPPED(status):
        # On its way to a signal when it was asked: it stopped before that, and is to get it later.
        at_signal = status >> 16 == 0
        stopped[thread] = os.WSTOPSIG(status) if at_signal else 0
    elif found:
        gone.add(thread)


def _let_go(thread: int, pending: int) -> None:
    try:
        _ptrace(_DETACH, thread, pending)
    except ProcessLookupError:
        return  # killed meanwhile


_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
_LIBC.ptrace.restype = ctypes.c_long


def _ptrace(request: int, thread: int, data: int = 0) -> None:
    """Raises OSError."""
    if _LIBC.ptrace(request, thread, None, data or None) == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
