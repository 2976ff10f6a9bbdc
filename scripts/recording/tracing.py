"""The kernel's tracer, in the machine: probes, page faults of one process, and a reader that keeps up with them."""

from __future__ import annotations

import os
import threading
from pathlib import Path

TRACEFS = Path("/sys/kernel/tracing")
FAULTS = ("page_fault_user", "page_fault_kernel")
BUFFER = 24 << 10  # KiB; the default overruns within seconds


class Tracing:
    """Prepared when made, and still off. ``probes``: lines of kprobe_events; ``out``: for its files."""

    def __init__(self, probes: list[str], group: str, out: Path) -> None:
        self._out = out
        self._stopped = threading.Event()
        self._reader = threading.Thread(target=self._read)
        _put("tracing_on", 0)
        _put("trace_clock", "mono")  # that of time.monotonic()
        _put("buffer_size_kb", BUFFER)
        _put("kprobe_events", "\n".join(probes))
        _put(f"events/{group}/enable", 1)

    def start(self, pid: int) -> None:
        """Record from now on: all probes, and the page faults of ``pid``."""
        for fault in FAULTS:
            _put(f"events/exceptions/{fault}/filter", f"common_pid=={pid}")
            _put(f"events/exceptions/{fault}/enable", 1)
        self._reader.start()
        _put("tracing_on", 1)

    def mark(self, text: str) -> None:
        """A line of its own in the trace."""
        _put("trace_marker", text)

    def stop(self) -> None:
        _put("tracing_on", 0)

    def keep(self) -> None:
        """What is still in the buffer, and what the tracer says of itself."""
        self._stopped.set()
        self._reader.join()
        for name in ("kprobe_events", "kprobe_profile", "per_cpu/cpu0/stats"):
            (self._out / Path(name).name).write_text((TRACEFS / name).read_text())

    def _read(self) -> None:
        """The buffer to trace.txt, until tracing is off and nothing is left. A read that waits would never end then."""
        pipe = os.open(TRACEFS / "trace_pipe", os.O_RDONLY | os.O_NONBLOCK)
        with open(self._out / "trace.txt", "wb") as trace:
            while True:
                last = self._stopped.is_set()
                try:
                    while lines := os.read(pipe, 1 << 16):
                        trace.write(lines)
                except BlockingIOError:
                    pass
                if last:
                    return
                self._stopped.wait(0.1)


def _put(name: str, value: object) -> None:
    (TRACEFS / name).write_text(f"{value}\n")
