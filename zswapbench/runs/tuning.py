"""What a machine has beside memory and swap: CPUs, watermarks, and what faults and lists take of its time."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from zswapbench.common.errors import UsageError
from zswapbench.rules.large_folios import folio_pages
from zswapbench.rules.watermarks import MOST_SCALE_FACTOR, SCALE_FACTOR, Watermarks, watermarks
from zswapbench.rules.work_costs import DEFAULT, WorkCosts, choose_work_costs

MOST_CPUS = 3
"""The task, kswapd and zswap's worker have no use for more."""


@dataclass(frozen=True)
class Tuning:
    """``cpus``: see zswapbench.sim.machine.paid; ``work``: name of a row of WORK_COSTS.

    ``min_free_kbytes``, ``watermark_scale_factor``: the sysctls; None for what a kernel sets by itself. ``mthp``: the
    one size of large folios that is enabled, such as "64KiB"; "": none. Raises UsageError for a number that there
    cannot be.
    """

    cpus: int = 2
    work: str = DEFAULT
    min_free_kbytes: int | None = None
    watermark_scale_factor: int = SCALE_FACTOR
    mthp: str = ""

    def __post_init__(self) -> None:
        bounds = {
            "cpus": (1, MOST_CPUS),
            "min_free_kbytes": (0, None),
            "watermark_scale_factor": (1, MOST_SCALE_FACTOR),
        }
        for name, (low, high) in bounds.items():
            value = getattr(self, name)
            if value is not None and (value < low or (high is not None and value > high)):
                ends = f"{low} or more" if high is None else f"{low} to {high:,}"
                raise UsageError(f"{name} is {value:,}; give {ends}")

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
            "mthp_pages": folio_pages(self.mthp, page_size),
            "min_free_kbytes": marks.min * page_size // 1024,
            "watermark_scale_factor": self.watermark_scale_factor,
            "watermarks": asdict(marks),
        }
