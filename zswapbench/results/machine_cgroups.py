"""What became of each memory cgroup of a machine: figures under the names of its files in the kernel."""

from __future__ import annotations

from dataclasses import dataclass

from zswapbench.results.counters import Metric

CGROUP_FIGURES = (
    Metric("touches", "references", "", 0, "by programs of the cgroup, until the end or out of memory"),
    Metric(
        "first_touches", "first touches", "", 0, "faults of pages that had no content yet: they are charged"
    ),
    Metric("faults_major", "major faults", "", -1, "faults of its pages that had to be swapped in"),
    Metric("waited_ns", "waited", "ns", -1, "by the task for these references"),
    Metric("slowdown", "slowdown", "x", -1, "trace time and wait, by what these are with enough memory"),
    Metric("max_events", "at its limit", "", -1, "memory.events, max: a page more would have exceeded it"),
    Metric("pgscan", "looked at", "", 0, "pages of it that reclaim took off a list to let them leave"),
    Metric("pgsteal", "reclaimed", "", 0, "pages of it that left memory"),
    Metric("resident_pages", "resident at the end", "", 0, "page frames of its pages at the end"),
    Metric("resident_pages_mean", "resident, mean", "", 1, "the same, mean over all references"),
    Metric("zswap_bytes", "zswap", "B", 0, "memory.zswap.current at the end"),
    Metric("swap_pages", "swap used", "", 0, "swap slots of its pages at the end, also of those in zswap"),
)


@dataclass(frozen=True)
class CgroupResult:
    """``id``: of its references; None: of the root, which has those of all ids that nobody named.

    ``figures``: of CGROUP_FIGURES, without the slowdown where no trace time went by.
    """

    id: int | None
    figures: dict[str, float]

    @property
    def name(self) -> str:
        """For people."""
        return "others" if self.id is None else str(self.id)
