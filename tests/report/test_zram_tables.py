"""A run of zram as people and programs read it."""

from __future__ import annotations

from importlib import import_module

import pytest
from syrupy.assertion import SnapshotAssertion

from zswapbench.report.zram_tables import zram_tables
from zswapbench.results.zram import EVENTS, Device, State, Step, ZramResult, stat_files

STATS = {
    "pages_stored": 5_000, "compr_data_size": 7_654_321, "max_used_pages": 2_100, "same_pages": 40,
    "pages_compacted": 2, "huge_pages": 11, "huge_pages_since": 13, "failed_reads": 0, "failed_writes": 6,
    "invalid_io": 0, "notify_free": 800, "bd_count": 0, "bd_reads": 0, "bd_writes": 0,
}  # fmt: skip


def made() -> ZramResult:
    """Two devices, a trace and a write that a limit ended."""
    steps = [
        Step(
            after,
            tuple(
                State(
                    device, *stat_files({**STATS, "bd_count": pages or 0}, 2_000, 2_048, 4096), pages, error
                )
                for device in ("zram0", "zram3")
            ),
        )
        for after, pages, error in (("trace", None, ""), ("writeback=huge", 9, "-EIO: it ended"))
    ]
    return ZramResult(
        setting={
            "kernel": "6.12",
            "rules": {"huge_from": 3625},
            "pool": "zsmalloc:rules=6.4",
            "codec": "lzo-rle",
            "codec_identity": "lzo-rle zswapbench 0.1.0",
            "recomp_algorithms": [{"priority": 1, "codec": "zstd", "identity": "zstd level=3 libzstd 1.5.7"}],
            "mem_limit_pages": 2_048,
            "backing_dev_pages": 512,
            "writes": ["writeback=huge"],
            "page_size": 4096,
        },
        inputs={
            "trace": "a.trace.bin",
            "trace_digest": "cd" * 16,
            "events": 9_000,
            "footprint_pages": 5_100,
            "corpus": "a.zpages",
            "corpus_digest": "ab" * 32,
        },
        steps=tuple(steps),
        devices=tuple(
            Device(name, {counter.name: 100 for counter in EVENTS}, []) for name in ("zram0", "zram3")
        ),
        environment={},
        timings={},
    )


@pytest.mark.parametrize("form", ["console", "markdown", "csv", "json"])
def test_tables_of_zram(form: str, snapshot: SnapshotAssertion) -> None:
    assert import_module(f"zswapbench.report.{form}").render(zram_tables(made())) == snapshot
