"""Replays of real recordings, held against the counters of the kernels that were recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.making import make_corpus, pages_of, text_page
from tests.runs.recorded import RECORDINGS, Recorded
from tests.traces.recorded import GOLDEN, grown
from zswapbench.common.progress import silent
from zswapbench.runs.importing import import_recording
from zswapbench.runs.options import Options
from zswapbench.runs.zswap import run

POOL_WITHIN = 0.05
"""A page has the content that it had at the end, so it may compress to another size than when it was stored."""

WANTED_AGAIN = 4
"""Times that the page of an entry which was passed over, or went in its stead, is loaded or stored later, at most."""

ALONE_WITHIN = 0.15
"""Of what goes to the device and comes from it, if the model decides when its pool is full and its worker runs."""

NAMES = {
    "zswpout": "zswpout",
    "zswpin": "zswpin",
    "pswpout": "device_writes",
    "pswpin": "device_reads",
    "swpout_zero": "swpout_zero",
    "swpin_zero": "swpin_zero",
}
"""Counters of /proc/vmstat, and ours."""


@pytest.mark.parametrize("recorded", RECORDINGS, ids=lambda one: one.name)
def test_a_recording_is_replayed_as_the_kernel_counted_it(recorded: Recorded) -> None:
    """But for entries whose page was in the swap cache when their turn came: the kernel took the next one."""
    guided, alone = recorded.replays()
    kernel = dict(recorded.counters)
    frames, passed_over = kernel.pop("pool_pages"), kernel.pop("reject_reclaim_fail")
    away = {name: guided.counters[name] - count for name, count in kernel.items()}
    assert all(abs(count) <= WANTED_AGAIN * passed_over for count in away.values()), away
    assert guided.counters["written_back_pages"] == kernel["written_back_pages"]
    assert guided.counters["pool_pages"] == pytest.approx(frames, rel=POOL_WITHIN)
    for name in ("device_writes", "device_reads"):
        assert alone.counters[name] == pytest.approx(kernel[name], rel=ALONE_WITHIN)


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """By kernel the trace of a recording, over a few pages: guided, it does not matter how large they are."""
    folder = tmp_path_factory.mktemp("recordings")
    corpus = make_corpus(folder / "app.zpages", pages_of(bytes(4096), *map(text_page, range(1, 9))))
    traces = {kernel: folder / f"{kernel}.trace.bin" for kernel in ("6.12", "7.3")}
    for kernel, trace in traces.items():
        import_recording(GOLDEN / kernel / "trace.txt.zst", trace, corpus, [], "", silent)
    return traces


@pytest.mark.parametrize("kernel", ["6.12", "7.3"])
def test_what_the_kernel_stores_loads_and_writes_back_is_what_a_guided_replay_does(
    imported: dict[str, Path], kernel: str
) -> None:
    counters = run(imported[kernel], Options(era=f"linux-{kernel}:guided=1")).counters
    vmstat = {name: value for name, value in grown(kernel).items() if name in NAMES}
    assert {name: counters[NAMES[name]] for name in vmstat} == vmstat
    zswap = dict(line.split(":") for line in (GOLDEN / kernel / "zswap.end").read_text().splitlines())
    for name in ("stored_pages", "written_back_pages"):
        assert counters[name] == int(zswap[name])


def test_another_order_of_entries_than_the_kernels_shows(imported: dict[str, Path]) -> None:
    """What is written back and then wanted again depends on it."""
    counters = run(imported["7.3"], Options(era="linux-7.3:guided=1", policy="random")).counters
    assert counters["device_reads"] != grown("7.3")["pswpin"]
