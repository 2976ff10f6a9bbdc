"""What changed while a process was read: its mappings, and the content of its pages.

Mappings are compared before and after. Of the pages, a random choice is read a second time and compared with what was
kept. The share of them that differs is that of the snapshot's pages which are not as they were at the end, so that the
snapshot as a whole is the state at no moment.

The kernel would tell of every page that was written (soft-dirty), but only after a write to /proc/PID/clear_refs. That
write-protects all pages of the process, each of which costs it a fault, and takes the marks from whoever else uses
them, such as CRIU. Reading again changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zswapbench.common.units import format_count
from zswapbench.dumps.live.vmas import Vma


@dataclass
class Changes:
    """What was seen. ``appeared``, ``gone``, ``changed``: mappings; the last of other end, permissions or name."""

    appeared: int = 0
    gone: int = 0
    changed: int = 0
    looked_at: int = 0
    """Pages that were read again."""
    differ: int = 0
    """Those of them that had other content, or could not be read any more."""
    ended: bool = False
    """The process ended before all was looked at again."""

    def compare(self, before: Sequence[Vma], after: Sequence[Vma]) -> None:
        """Count how the mappings differ."""
        had = {vma.start: (vma.end, vma.permissions, vma.name) for vma in before}
        has = {vma.start: (vma.end, vma.permissions, vma.name) for vma in after}
        self.appeared = len(has.keys() - had.keys())
        self.gone = len(had.keys() - has.keys())
        self.changed = sum(had[start] != has[start] for start in had.keys() & has.keys())

    def __str__(self) -> str:
        if self.ended:
            return "it ended before it could be looked at again"
        mappings = [
            f"{count:,} {what}"
            for count, what in ((self.appeared, "new"), (self.gone, "gone"), (self.changed, "changed"))
            if count
        ]
        differ = f"{self.differ:,} ({self.differ / self.looked_at:.1%})" if self.differ else "none"
        pages = f"of {format_count(self.looked_at, 'page')} read again {differ} had changed"
        return f"{pages}; mappings: {', '.join(mappings) or 'as before'}"
