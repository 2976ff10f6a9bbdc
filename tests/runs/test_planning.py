"""A plan: the sizes that a result has, and rules that decide what each page costs."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.runs.making import LZ4, make_export, without_timings
from zswapbench.common.errors import CorpusError
from zswapbench.common.progress import silent
from zswapbench.corpus.pages import Kind
from zswapbench.plugins.registry import CODECS
from zswapbench.results.records import SIZE_STEPS, to_json
from zswapbench.runs.loading import load
from zswapbench.runs.zswap import run
from zswapbench.traces.event import Op


def test_sizes_are_those_of_the_pages_stored_as_often_as_the_trace_stores_them(made: Path) -> None:
    found = run(made / "app.trace.bin", replace(LZ4, limit="9p"))
    with load(made / "app.trace.bin") as loaded:
        stored = loaded.trace.events["page"][loaded.trace.events["op"] == Op.STORE]
        sizes = loaded.sizes_under(CODECS.choose("lz4"), silent)[stored]
    wanted = Counter(min(math.ceil(int(size) / 16), 257) for size in sizes)
    assert {place: count for place, count in enumerate(found.stored_sizes) if count} == wanted
    assert len(found.stored_sizes) == SIZE_STEPS + 2
    assert sum(found.stored_sizes) == found.counters["stores"]


@pytest.mark.parametrize(
    ("era", "kinds"), [("linux-5.7", (Kind.ZERO, Kind.SAME_FILLED)), ("linux-6.12", (Kind.ZERO,))]
)
def test_pages_that_the_era_does_not_compress_are_not_among_the_sizes(
    made: Path, era: str, kinds: tuple[Kind, ...]
) -> None:
    found = run(made / "app.trace.bin", replace(LZ4, limit="9p", era=era))
    with load(made / "app.trace.bin") as loaded:
        stored = loaded.trace.events["page"][loaded.trace.events["op"] == Op.STORE]
        compressed = ~np.isin(loaded.corpus.kinds[stored], kinds)
    assert sum(found.stored_sizes) == compressed.sum() < len(stored)


def test_the_era_s_cells_take_effect(made: Path) -> None:
    usual = run(made / "app.trace.bin", replace(LZ4, limit="5p"))
    strict = run(made / "app.trace.bin", replace(LZ4, limit="5p", era="zswap-2013:max_compression_ratio=10"))
    assert strict.counters["reject_compress_poor"] > usual.counters["reject_compress_poor"]
    assert strict.setting["era"]["max_compression_ratio"] == 10


def test_an_export_gives_the_same_result_and_cannot_be_verified(made: Path, tmp_path: Path) -> None:
    export = make_export(tmp_path / "app.zpages", made / "app.zpages", "lz4")
    whole, exported = (
        without_timings(to_json([run(made / "app.trace.bin", LZ4, corpus)])) for corpus in (None, export)
    )
    assert [one["inputs"].pop("corpus_is_export") for one in (whole, exported)] == [False, True]
    assert exported == whole
    with pytest.raises(CorpusError, match="is an export without page content: --verify needs the pages"):
        run(made / "app.trace.bin", replace(LZ4, verify=True), export)
    with pytest.raises(CorpusError, match=r"no sizes under 'zlib.*; it has: lz4"):
        run(made / "app.trace.bin", replace(LZ4, codec="zlib"), export)
