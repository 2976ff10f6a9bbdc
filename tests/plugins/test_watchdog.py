"""Calls that do not return are ended, and no other one."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest

from zswapbench.plugins import last_resort
from zswapbench.plugins.watchdog import Calls, NeverReturns, watching


def busy(seconds: float) -> None:
    """Run Python for ``seconds``."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def swallowing(seconds: float) -> None:
    """The same, without being stopped by anything."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        try:
            busy(0.01)
        except BaseException:  # noqa: BLE001  as careless code does
            continue


def test_a_call_that_returns_in_time_is_left_alone() -> None:
    calls = Calls()
    with watching(calls, 0.5, TimeoutError):
        assert [calls.run(pow, 2, number) for number in range(5)] == [1, 2, 4, 8, 16]
        calls.run(busy, 0.1)
    assert (calls.count, calls.under_way) == (6, False)


@pytest.mark.parametrize("call", [busy, swallowing])
def test_a_call_that_takes_too_long_is_ended_and_says_so(call: Callable[[float], None]) -> None:
    calls = Calls()
    with watching(calls, 0.1, TimeoutError), pytest.raises(NeverReturns, match="patience_s sets"):
        calls.run(call, 1.0)
    busy(0.05)


def test_nobody_looks_where_there_is_no_patience_to_end() -> None:
    calls = Calls()
    before = threading.active_count()
    with watching(calls, None, TimeoutError):
        assert threading.active_count() == before


def test_an_interrupt_that_comes_late_hits_nothing() -> None:
    """Somebody interrupts the call under way all the time; whatever is no call goes on undisturbed."""
    calls, done = Calls(), threading.Event()
    caller = threading.get_ident()

    def interrupting() -> None:
        while not done.is_set():
            calls.interrupt(caller, calls.count)

    other = threading.Thread(target=interrupting)
    other.start()
    ended = 0
    try:
        stop = time.perf_counter() + 2
        while time.perf_counter() < stop:
            try:
                calls.run(busy, 0.0001)
            except NeverReturns:
                ended += 1
            busy(0.0001)
    finally:
        done.set()
        other.join()
    assert ended > 10


def test_an_interrupt_of_a_call_that_is_over_does_nothing() -> None:
    calls = Calls()
    calls.run(busy, 0)
    calls.interrupt(threading.get_ident(), calls.count)
    calls.run(calls.interrupt, threading.get_ident(), 1)
    busy(0.01)


def test_what_a_call_raises_passes_through() -> None:
    with pytest.raises(ZeroDivisionError):
        Calls().run(divmod, 1, 0)


def test_a_call_is_ended_once_nobody_waits_for_the_replay() -> None:
    def told(count: int) -> None:
        if calls.under_way:
            raise KeyboardInterrupt

    calls = Calls()
    start = time.perf_counter()
    with watching(calls, 60, TimeoutError, told), pytest.raises(NeverReturns):
        calls.run(busy, 10)
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize("call", [time.sleep, swallowing])
def test_who_may_is_told_of_a_call_that_nothing_ends(
    call: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[BaseException] = []
    monkeypatch.setattr(last_resort, "give_up", heard.append)
    calls = Calls()
    with watching(calls, 0.1, lambda: TimeoutError("stuck")), pytest.raises(NeverReturns):
        calls.run(call, 1.5)
    assert heard
    assert {str(error) for error in heard} == {"stuck"}


def test_who_may_is_not_told_of_a_call_that_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[BaseException] = []
    monkeypatch.setattr(last_resort, "give_up", heard.append)
    calls = Calls()
    with watching(calls, 0.1, TimeoutError), pytest.raises(NeverReturns):
        calls.run(busy, 60.0)
    assert not heard


UNDER_A_TRACER = """
import sys, threading, time
from zswapbench.plugins.watchdog import Calls, NeverReturns
calls = Calls()
try:
    calls.run(lambda: calls.interrupt(threading.get_ident(), calls.count))
except NeverReturns:
    sys.settrace(lambda *_: None)
    print(time.strftime("%Y", time.gmtime(0)), (lambda: "runs")())
"""


def test_an_interpreter_that_a_call_was_interrupted_in_can_be_traced() -> None:
    """A mark that is left behind has the next traced call never begin, up to Python 3.11."""
    program = UNDER_A_TRACER
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.returncode) == ("1970 runs\n", 0), done.stderr


def test_what_comes_while_an_interrupt_is_taken_back_is_raised() -> None:
    calls = Calls()

    def interrupted_twice() -> None:
        calls.interrupt(threading.get_ident(), calls.count)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises((KeyboardInterrupt, NeverReturns)):
        calls.run(interrupted_twice)
    busy(0.01)
