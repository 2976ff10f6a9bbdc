"""What a machine has beside memory and swap: CPUs, watermarks, and what faults and lists take of its time."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from zswapbench.rules.watermarks import SCALE_FACTOR, Watermarks, watermarks
from zswapbench.rules.work_costs import DEFAULT, WorkCosts, choose_work_costs


@dataclass(frozen=True)
class Tuning:
    """``cpus``: see zswapbench.sim.machine.paid; ``work``: name of a row of WORK_COSTS.

    ``min_free_kbytes``, ``watermark_scale_factor``: the sysctls; None for what a kernel sets by itself.
    """

    cpus: int = 2
    work: str = DEFAULT
    min_free_kbytes: int | None = None
    watermark_scale_factor: int = SCALE_FACTOR

    def watermarks(self, ram: int, page_size: int) -> Watermarks:
        """Those of ``ram`` bytes. Raises UsageError if they leave nothing."""
        return watermarks(ram, page_size, self.min_free_kbytes, self.watermark_scale_factor)

    @property
    def costs(self) -> WorkCosts:
        """The row of ``work``. Raises UsageError if there is none."""
        return choose_work_costs(self.work)

    def as_dict(self, marks: Watermarks, page_size: int) -> dict[str, Any]:
        """As a result records it, with the watermarks that came of it."""
        return {
            "cpus": self.cpus,
            "work": asdict(self.costs),
            "min_free_kbytes": marks.min * page_size // 1024,
            "watermark_scale_factor": self.watermark_scale_factor,
            "watermarks": asdict(marks),
        }
