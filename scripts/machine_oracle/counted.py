"""What a kernel counted during a stream of touches: numbers by name, out of the files that the guest program told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from booting.qemu import PAGE_SIZE
from booting.told import Told

VMSTAT = (
    "pgfault",
    "pgmajfault",
    "pswpin",
    "pswpout",
    "zswpin",
    "zswpout",
    "zswpwb",
    "swpin_zero",
    "swpout_zero",
    "swap_ra",
    "swap_ra_hit",
    "pgsteal_kswapd",
    "pgsteal_direct",
    "pgscan_kswapd",
    "pgscan_direct",
    "allocstall_movable",
    "pageoutrun",
    "pgactivate",
    "pgdeactivate",
    "pgrefill",
    "pgrotated",
    "workingset_refault_anon",
    "workingset_activate_anon",
    "workingset_restore_anon",
)
"""Events of /proc/vmstat that are kept, as far as a kernel has them: how many there were."""

MEMORY_STAT = ("kernel", "pgscan_direct", "pgsteal_direct")
MM_STAT = ("orig_data_size", "compr_data_size", "mem_used_total", "mem_limit", "mem_used_max", "same_pages")
_SECTORS = PAGE_SIZE // 512


def counted(told: Told) -> dict[str, Any]:
    """The numbers of a run. Raises KeyError for a kernel that does not tell what all have."""
    before, after = (_numbers(told.blocks[f"{when}.vmstat"]) for when in ("before", "after"))
    zones = [_zones(told.blocks[f"{when}.zoneinfo"]) for when in ("before", "after")]
    resident = after["nr_inactive_anon"] + after["nr_active_anon"]
    pool = after.get("nr_zspages", 0) - before.get("nr_zspages", 0)
    found = {
        "kernel_release": told.facts["kernel_release"],
        "watermarks": {name: zones[0][name] for name in ("min", "low", "high")},
        "managed_pages": zones[0]["managed"],
        "frames_before": zones[0]["nr_free_pages"] + zones[0]["count"],
        "frames_mean": _mean_frames(told.blocks["samples"], before),
        "free_after": zones[1]["nr_free_pages"],
        "resident_after": resident,
        "pool_after": pool,
        "vmstat": {name: after[name] - before[name] for name in VMSTAT if name in after},
        "disks": _disks(told),
    }
    if "after.memory.stat" in told.blocks:
        memory = _numbers(told.blocks["after.memory.stat"])
        found["memory.stat"] = {name: memory[name] for name in MEMORY_STAT}
    if zswap := _numbers(told.blocks["after.zswap"]):
        found["zswap"] = zswap
    if "after.mm_stat" in told.blocks:
        cells = map(int, told.blocks["after.mm_stat"][0].split())
        found["mm_stat"] = dict(zip(MM_STAT, cells, strict=False))
    return found


def _mean_frames(lines: Iterable[str], before: dict[str, int]) -> int:
    """Page frames that were free, of touched pages, or of a pool: what is left when the kernel has taken its own.

    Of touched pages some are on no list, others in no page table: what there is more of, is counted.
    """
    sums = []
    for free, zspages, mapped, *listed in (map(int, line.split()) for line in lines):
        touched = max(mapped - before["nr_anon_pages"], sum(listed))
        sums.append(free + zspages - before.get("nr_zspages", 0) + touched)
    return sum(sums) // len(sums)


def _numbers(lines: Iterable[str]) -> dict[str, int]:
    pairs = (line.split()[:2] for line in lines if line.strip())
    return {name.rstrip(":"): int(value) for name, value in pairs if value.isdigit()}


def _zones(lines: Iterable[str]) -> dict[str, int]:
    """Sums over the zones that have pages; ``count``: pages that CPUs keep to themselves, free and not counted so."""
    sums: dict[str, int] = {}
    zone: dict[str, int] = {}
    for words in map(str.split, (*lines, "Node")):
        if words[:1] == ["Node"]:
            if zone.get("managed"):
                sums = {name: sums.get(name, 0) + value for name, value in zone.items()}
            zone = {"count": 0}
        elif words and words[0] in ("min", "low", "high", "managed", "nr_free_pages"):
            zone[words[0]] = int(words[1])
        elif words and words[0] == "count:":
            zone["count"] += int(words[1])
    return sums


def _disks(told: Told) -> dict[str, dict[str, int]]:
    """Pages that the disk and the zram read and wrote, and in how many requests."""
    before, after = (
        {
            line.split()[2]: [int(cell) for cell in line.split()[3:]]
            for line in told.blocks[f"{when}.diskstats"]
        }
        for when in ("before", "after")
    )
    found = {}
    for name, device in (("disk", "vdb"), ("zram", "zram0")):
        if device in after:
            cells = [now - then for now, then in zip(after[device], before[device], strict=True)]
            found[name] = {
                "read_requests": cells[0],
                "pages_read": cells[2] // _SECTORS,
                "write_requests": cells[4],
                "pages_written": cells[6] // _SECTORS,
            }
    return found
