"""Signals mean in the tests what they mean at a terminal, however the tests were started."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """A shell's background job, nohup and some CI runners ignore signals, and whoever is started by them does, too."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
