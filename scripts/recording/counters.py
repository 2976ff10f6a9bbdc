"""What the kernel counts, in the machine: a row for each second, the first before the trace, the last behind it."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from pathlib import Path

GROUP_FILES = ("memory.current", "memory.swap.current", "memory.zswap.current")
STILL = ("vmstat.pswpin", "vmstat.pswpout", "vmstat.zswpin", "vmstat.zswpout")


class Counters:
    """``group``: the folder of the program's memory cgroup; ``swap``: the device's name; ``path``: the CSV file."""

    def __init__(self, group: Path, swap: str, path: Path) -> None:
        self._group, self._swap = group, swap
        self.first = self.last = self._read()
        self.most_stored = 0
        self._file = open(path, "w", newline="")  # noqa: SIM115 - open as long as the recording lasts
        self._writer = csv.DictWriter(self._file, [*self.first], restval=0, extrasaction="ignore")
        self._writer.writeheader()
        self._writer.writerow(self.first)

    def note(self) -> None:
        """A row, now."""
        self.last = self._read()
        self.most_stored = max(self.most_stored, int(self.last["zswap.stored_pages"]))
        self._writer.writerow(self.last)
        self._file.flush()

    def since_start(self, name: str) -> int:
        return int(self.last[name] - self.first[name])

    def wait_until_still(self) -> None:
        """Until no page has moved for a second; what moves is somebody else after half a minute."""
        for _ in range(30):
            before = [self.last[name] for name in STILL]
            time.sleep(1)
            self.note()
            if before == [self.last[name] for name in STILL]:
                return

    def close(self) -> None:
        self._file.close()

    def _read(self) -> dict[str, float]:
        """``time``: seconds of the trace's clock; all else under the name of its file and its own."""
        return {"time": round(time.monotonic(), 6), **dict(self._pairs())}

    def _pairs(self) -> Iterator[tuple[str, int]]:
        yield from _table(Path("/proc/vmstat"), "vmstat")
        for path in sorted(Path("/sys/kernel/debug/zswap").iterdir()):
            yield f"zswap.{path.name}", int(path.read_text())
        for line in Path("/proc/diskstats").read_text().splitlines():
            fields = line.split()
            if fields[2] == self._swap:  # Source: Documentation/admin-guide/iostats.rst
                yield "disk.read_sectors", int(fields[5])
                yield "disk.written_sectors", int(fields[9])
        yield from _table(self._group / "memory.stat", "memory.stat")
        for name in GROUP_FILES:
            if (path := self._group / name).exists():
                yield name, int(path.read_text())


def _table(path: Path, name: str) -> Iterator[tuple[str, int]]:
    """Lines "counter value"."""
    for line in path.read_text().splitlines():
        counter, value = line.split()
        yield f"{name}.{counter}", int(value)
