"""A run of zram -> tables: mm_stat step by step, io_stat and bd_stat beside it, what the trace did."""

from __future__ import annotations

from collections.abc import Sequence

from zswapbench.common.units import format_size
from zswapbench.report.table import Cell, Column, Table
from zswapbench.results.counters import Metric
from zswapbench.results.records import corpus_named
from zswapbench.results.zram import BD_STAT, EVENTS, IO_STAT, MM_STAT, State, Step, ZramResult
from zswapbench.rules.zstd_libraries import stand_ins

_AFTER = Column("after", "after", text=True)
_UNITS = (
    "bd_*: in units of 4 KiB; pages: page frames that the write gave back, slots that are marked idle, or pages that "
    "it wrote back or recompressed"
)
_DEVICE = Column("device", "device", text=True)


def zram_tables(result: ZramResult) -> list[Table]:
    """A row of each table for each step and device; then the trace's counters, with what they mean."""
    rows = [(step, state) for step in result.steps for state in step.devices]
    mm_stat = Table(
        f"mm_stat of zram on {result.inputs['trace']}, {result.inputs['events']:,} events",
        [_AFTER, _DEVICE, *_columns(MM_STAT)],
        [[*_head(*row), *_cells(row[1].mm_stat)] for row in rows],
        [_setting(result), *_stand_ins(result)],
    )
    others = Table(
        "io_stat, bd_stat",
        [_AFTER, _DEVICE, *_columns(IO_STAT), *_columns(BD_STAT), Column("pages", "pages")],
        [
            [*_head(*row), *_cells(row[1].io_stat), *_cells(row[1].bd_stat), Cell(row[1].pages)]
            for row in rows
        ],
        [
            _UNITS,
            *_errors(rows),
        ],
    )
    return [mm_stat, others, _events(result)]


def _columns(counters: Sequence[Metric]) -> list[Column]:
    return [Column(counter.name, counter.name) for counter in counters]


def _head(step: Step, state: State) -> list[Cell]:
    return [Cell(step.after), Cell(state.device)]


def _cells(figures: dict[str, int]) -> list[Cell]:
    return [Cell(figure) for figure in figures.values()]


def _errors(rows: list[tuple[Step, State]]) -> list[str]:
    return [
        f"{state.device}: {step.after} stopped after {state.pages:,} pages: {state.error}"
        for step, state in rows
        if state.error
    ]


def _events(result: ZramResult) -> Table:
    return Table(
        "Events",
        [
            Column("counter", "counter", text=True),
            *(Column(device.device, device.device) for device in result.devices),
            Column("meaning", "", text=True),
        ],
        [
            [
                Cell(counter.name),
                *(Cell(device.events.get(counter.name)) for device in result.devices),
                Cell(counter.meaning),
            ]
            for counter in EVENTS
        ],
    )


def _stand_ins(result: ZramResult) -> list[str]:
    setting = result.setting
    identities = [setting["codec_identity"], *(one["identity"] for one in setting["recomp_algorithms"])]
    return stand_ins((setting["kernel"], identity) for identity in identities)


def _setting(result: ZramResult) -> str:
    setting, inputs = result.setting, result.inputs
    limit, backing = setting["mem_limit_pages"], setting["backing_dev_pages"]
    parts = [
        f"kernel {setting['kernel']}, codec {setting['codec_identity']}, pool {setting['pool']}",
        *(f", recompression {one['priority']}: {one['identity']}" for one in setting["recomp_algorithms"]),
        f", mem_limit {format_size(limit * setting['page_size'])} for each device" if limit else "",
        "" if backing is None else f", backing device of {backing:,} pages for each",
        f"; kept raw from {setting['rules']['huge_from']} compressed bytes on; corpus {corpus_named(inputs)}; ",
        f"footprint {inputs['footprint_pages']:,} pages, the most swapped out at one time",
    ]
    return "".join(parts)
