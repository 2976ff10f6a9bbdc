# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Ends a call into a user's code that does not return.

A thread looks now and then which call is under way. If it is the same look after look, for as long as the user's
class has patience, ``NeverReturns`` is raised in it, again and again until it is left. Looks are counted, and not
the clock read: a process that was stopped for an hour has not been calling for an hour.

Python raises such an exception when the thread next runs a line of Python. If the call is just returning, that would be
a line of another call, or of whoever replays. It cannot happen: a call is interrupted in one step with the look
that it is still under way, and whoever made the call runs, at its end, some Python for what has not been raised yet
(forever.py). The look, and the mark that the call has ended, are compiled code that holds the GIL from first to
last. A call that was interrupted counts as one that did not return, whatever it did in the end.

What does not run Python cannot be interrupted: one call of a C function, such as ``time.sleep(100)`` or
``sum(itertools.count())``. Nor is there a way past code that catches BaseException again and again. After some
interrupts in vain the command line ends the whole process (zswapbench/plugins/last_resort.py).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import contextmanager

import cython
from cython.cimports.cpython.pystate import PyThreadState_SetAsyncExc
from cython.cimports.cpython.ref import PyObject

from zswapbench.common.progress import Told, nobody
from zswapbench.common.room import need_threads
from zswapbench.plugins import forever, last_resort

LOOK_S = 0.5
"""Between two looks, or half the patience if that is less."""

VAIN = 4
"""Interrupts of one call after which there is no hope."""


class NeverReturns(BaseException):
    """Raised in a call that takes too long. No Exception, so that ``except Exception`` lets it pass."""

    def __str__(self) -> str:
        return "it takes too long; patience_s sets how long it may take"


@cython.cclass
class Calls:
    """The calls of one thread into a user's code. ``count``: how many, the one ``under_way`` included."""

    def begin(self) -> cython.void:
        self.count += 1
        self.under_way = True

    def end(self) -> cython.bint:
        """The call has been left, in whatever way; whether it was interrupted."""
        self.under_way = False
        late: cython.bint = self.overdue
        if late:
            self.overdue = False
            _take_back()
        return late

    def run(self, function: object, *arguments: object) -> object:
        """``function(*arguments)``, as a call that is counted. Raises NeverReturns if it was interrupted."""
        self.begin()
        try:
            result = function(*arguments)
        except BaseException:
            self.end()
            raise
        if self.end():
            raise NeverReturns
        return result

    def interrupt(self, thread: cython.ulong, count: cython.longlong) -> None:
        """Raise NeverReturns in call number ``count``, which ``thread`` has made, if it is still under way."""
        if self.under_way and self.count == count:
            self.overdue = True
            _raise(thread)


@cython.cfunc
def _raise(thread: cython.ulong) -> cython.void:
    """Have ``thread`` raise NeverReturns where it next runs Python; once, if it has not done so since the last time."""
    PyThreadState_SetAsyncExc(thread, cython.cast(cython.pointer(PyObject), NeverReturns))


@cython.cfunc
def _take_back() -> cython.void:
    """Have NeverReturns raised here, if it was not yet, and let it go no further.

    Raises what else comes meanwhile, such as KeyboardInterrupt. Python has a call that withdraws it, but up to 3.12
    that leaves the interpreter's mark that something is to be raised: each call of a function is slower from then on,
    and under a tracer, such as a debugger, none ever begins.
    """
    other: object = None
    _raise(threading.get_ident())
    while True:
        try:
            forever.run()
        except NeverReturns:
            break
        except BaseException as error:  # noqa: BLE001  it is raised below
            other = error
    if other is not None:
        raise other


@contextmanager
def watching(calls: Calls, patience_s: float | None, stuck: Callable[[], BaseException], told: Told = nobody):
    """Interrupt any of ``calls``, made by this thread, that takes longer than ``patience_s``; None for never.

    ``told``, of no progress, at every look: it may raise KeyboardInterrupt, which ends the call, too. ``stuck``: the
    error to end with where interrupts are in vain.
    """
    if patience_s is None:
        yield
        return
    done = threading.Event()
    arguments = (calls, threading.get_ident(), patience_s, stuck, told, done)
    need_threads(1)
    watchdog = threading.Thread(target=_watch, args=arguments, name="zswapbench-watchdog", daemon=True)
    watchdog.start()
    try:
        yield
    finally:
        done.set()
        watchdog.join()


def _watch(
    calls: Calls,
    thread: int,
    patience_s: float,
    stuck: Callable[[], BaseException],
    told: Told,
    done: threading.Event,
) -> None:
    pause = min(LOOK_S, patience_s / 2)
    seen, looks, vain = 0, 0, 0
    while not done.wait(pause):
        same = calls.under_way and calls.count == seen
        looks, vain = (looks + 1, vain) if same else (0, 0)
        seen = calls.count
        try:
            told(0)
            wanted = True
        except KeyboardInterrupt:
            wanted = False
        if wanted and looks * pause < patience_s:
            continue
        if vain >= VAIN and last_resort.give_up is not None:
            last_resort.give_up(stuck() if wanted else KeyboardInterrupt())
        calls.interrupt(thread, seen)
        vain += 1
