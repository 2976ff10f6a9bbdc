"""SIGTERM and SIGHUP, which end the process as an interrupt does: files half written are removed, workers ended.

A signal that was ignored when the process began stays so, as nohup and shells wish it for what runs in the background.
There, SIGINT too is ignored: SIGTERM ends the process.

Where Python calls back on its own (a weak reference's callback, ``__del__``), it drops what is raised. An interrupt
that comes just there is raised again soon, by SIGALRM, until it gets through.
"""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING

from zswapbench.common.errors import EXIT_INTERRUPTED

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

ENDING = (signal.SIGTERM, signal.SIGHUP)

_SOON_S = 0.01
"""Until an interrupt that was dropped comes again: the callback is left by then, as a rule."""

_received: list[int] = []


def install() -> None:
    """Have the signals raise KeyboardInterrupt in the main thread, so that it is not dropped."""
    signal.signal(signal.SIGALRM, _again)
    sys.unraisablehook = _dropped
    for number in ENDING:
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> None:
    _received.append(number)
    for one in ENDING:
        signal.signal(one, _nothing)  # the next must not get in the way of clearing up
    raise KeyboardInterrupt


def _dropped(what: UnraisableHookArgs) -> None:
    """Python has dropped an exception, and here would tell of it.

    Not of want of memory: telling takes some, too, and whatever cannot go on without it says so by itself. Python gives
    a SystemError where it had no memory to make another error.
    """
    if what.exc_type is KeyboardInterrupt:
        signal.setitimer(signal.ITIMER_REAL, _SOON_S)
    elif what.exc_type not in (MemoryError, SystemError):
        sys.__unraisablehook__(what)


def _again(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _nothing(number: int, frame: FrameType | None) -> None:
    """In place of SIG_IGN, which Python complains of if the signal has come already."""


def ignore() -> None:
    """The process is at its end: nothing is to change its exit code."""
    for number in (*ENDING, signal.SIGINT, signal.SIGALRM):
        if signal.getsignal(number) not in (signal.SIG_IGN, signal.SIG_DFL):
            signal.signal(number, _nothing)


def interrupted(error: BaseException) -> bool:
    """Does an interrupt stand behind ``error``? Python 3.11 makes a RuntimeError of what comes in __set_name__()."""
    behind: BaseException | None = error
    while behind is not None and not isinstance(behind, KeyboardInterrupt):
        behind = behind.__cause__
    return behind is not None


def exit_code() -> int:
    """Of a process that was interrupted: 128 and the number of the signal, as shells have it."""
    return 128 + _received[0] if _received else EXIT_INTERRUPTED


def told() -> str:
    """What interrupted the process, in words."""
    return f"ended by {signal.Signals(_received[0]).name}" if _received else "interrupted"
