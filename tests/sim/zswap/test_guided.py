"""A guided replay: the trace says when the kernel's pool was full, and how far its worker had come."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.making import PAGE, make_corpus, pages_of, text_page
from tests.sim.zswap.test_era_rules import HALF, Cache
from zswapbench.common.errors import UsageError
from zswapbench.corpus.reading import Corpus
from zswapbench.rules.eras import ERAS
from zswapbench.runs.options import Options
from zswapbench.runs.zswap import run
from zswapbench.traces.drops import with_drops
from zswapbench.traces.event import DONE, EVENT, WAITS, Op
from zswapbench.traces.format import write_trace

WORKERS = ["linux-5.7", "linux-6.2", "linux-6.5", "linux-6.8", "linux-6.12", "linux-7.3"]
UNGUIDED = ["zswap-2013", "zcache2-2012", "linux-3.11", *WORKERS]


def guided(era: str, limit: int = 4, **how: Any) -> Cache:
    return Cache(era, limit, guided=1, **how)


@pytest.mark.parametrize("era", WORKERS)
def test_the_pool_is_full_when_the_trace_says_so_and_never_else(era: str) -> None:
    cache = guided(era)
    cache.store(range(8))
    assert cache.counted("rejected", "pool_pages") == (0, 8)
    cache.happen(Op.WORK, page=WAITS)
    cache.store([8, 9])
    assert cache.counted("rejected", "reject_pool_full", "flush_attempted") == (2, 2, 2)
    cache.happen(Op.WORK, page=DONE)
    cache.store([10])
    assert cache.counted("rejected", "written_back_pages", "work_items") == (2, 0, 0)


@pytest.mark.parametrize("era", WORKERS)
def test_the_worker_flushes_as_many_as_the_kernels_did_the_oldest_first(era: str) -> None:
    cache = guided(era)
    cache.store(range(8))
    cache.happen(Op.WORK, page=1)
    assert cache.flushed == [0]
    cache.store([8])
    assert cache.counted("rejected") == (1,)
    cache.happen(Op.WORK, page=2)
    assert cache.flushed == [0, 1, 2]


def test_a_kernel_that_evicts_page_frames_is_not_ahead_of_its_entries() -> None:
    """A frame of zbud's has two: the second turn finds its entry flushed already."""
    cache = guided("linux-5.7")
    cache.store(range(8), HALF)
    cache.happen(Op.WORK, page=1)
    assert cache.flushed == [0, 1]
    cache.happen(Op.WORK, page=1)
    assert cache.flushed == [0, 1]
    cache.happen(Op.WORK, page=1)
    assert cache.flushed == [0, 1, 2, 3]


@pytest.mark.parametrize("era", WORKERS)
def test_what_there_is_not_is_not_flushed_and_forgotten_when_the_worker_is_done(era: str) -> None:
    cache = guided(era)
    cache.store([0])
    cache.happen(Op.WORK, page=5)
    assert cache.flushed == [0]
    cache.happen(Op.WORK, page=DONE)
    cache.store([1, 2])
    cache.happen(Op.WORK, page=1)
    assert cache.flushed == [0, 1]


EVENTS = st.lists(
    st.tuples(
        st.sampled_from([Op.STORE, Op.STORE, Op.STORE, Op.LOAD, Op.INVALIDATE, Op.WORK]),
        st.integers(0, 15),
        st.sampled_from([0, 1, 3]),
    ),
    max_size=80,
)


@pytest.mark.parametrize("era", UNGUIDED)
@settings(deadline=None, max_examples=30)
@given(rows=EVENTS)
def test_a_replay_that_is_not_guided_passes_over_what_is_told_of_the_worker(
    era: str, rows: list[tuple[Op, int, int]]
) -> None:
    def replayed(some: list[tuple[Op, int, int]]) -> tuple[dict[str, Any], list[int]]:
        cache = Cache(era, 4)
        trace = np.array(
            [(1, op, 0, 0, 0 if op == Op.WORK else slot, page) for op, slot, page in some], EVENT
        )
        cache.core.replay(with_drops(trace, {0: 16}) if ERAS[era].exclusive_loads else trace)
        return cache.core.counters(), cache.held

    without = [row for row in rows if row[0] != Op.WORK]
    assert replayed(rows) == replayed(without)


def test_a_trace_that_tells_nothing_of_the_worker_is_refused(tmp_path: Path) -> None:
    with Corpus(make_corpus(tmp_path / "app.zpages", pages_of(text_page(1)))) as corpus:
        digest = corpus.digest
    stores = np.array([(0, Op.STORE, 0, 0, 1, 0)], EVENT)
    path = tmp_path / "a.trace.bin"
    write_trace(path, [stores], page_size=PAGE, corpus_digest=digest, provenance={})
    with pytest.raises(UsageError) as raised:
        run(path, Options(era="linux-6.12:guided=1"))
    assert str(raised.value) == (
        f"era linux-6.12: guided=1 follows the kernel's worker, of which {path} tells nothing: leave it out, or import "
        "the recording again"
    )
