"""s3-fifo: the small queue, the main one, and the ghosts of what was flushed from the small one."""

from __future__ import annotations

import pytest

from tests.model.zswap import DeviceTimes
from tests.sim.replaying import LARGEST, Core, Machine, events
from zswapbench.rules.era_choice import choose_era
from zswapbench.traces.event import Op


def full_core(frames: int) -> Core:
    """Offsets 0, 1, ... in a page frame each, until the pool is full. The first tenth are the small queue."""
    core = Core(
        Machine(
            frames,
            "s3-fifo",
            device=DeviceTimes(0, 0, 0, 0),
            keys=100,
            era=choose_era("zswap-2013:flush_batch=1"),
        )
    )
    happen(core, Op.STORE, *range(frames))
    return core


def happen(core: Core, op: Op, *offsets: int) -> None:
    core.replay(events((0, op, 0, 0, offset, LARGEST if op is Op.STORE else 0) for offset in offsets))


def order(core: Core) -> list[int]:
    return core.caches[0].lru_offsets()


def test_entry_that_was_not_loaded_twice_is_flushed_from_the_small_queue() -> None:
    core = full_core(20)
    happen(core, Op.LOAD, 0)
    happen(core, Op.STORE, 20)
    assert order(core) == [1, 20, *range(2, 20)]


def test_entry_that_was_loaded_twice_moves_on_to_the_main_queue() -> None:
    core = full_core(20)
    happen(core, Op.LOAD, 0, 0)
    happen(core, Op.STORE, 20)
    assert set(order(core)) == set(range(21)) - {1}
    assert order(core)[-1] == 0


def test_small_queue_is_looked_through_until_one_is_flushed_however_short_it_becomes() -> None:
    core = full_core(30)
    happen(core, Op.LOAD, 0, 0, 1, 1)
    happen(core, Op.STORE, 30)
    assert 2 not in order(core)
    assert core.counters()["spared"] == 2


def test_small_queue_that_empties_on_the_way_leaves_the_flush_to_the_main_one() -> None:
    core = full_core(30)
    happen(core, Op.LOAD, 0, 0, 1, 1, 2, 2)
    happen(core, Op.STORE, 30)
    assert 3 not in order(core)
    assert core.counters()["spared"] == 3


def test_entry_of_the_main_queue_is_spared_once_for_each_of_up_to_three_loads() -> None:
    core = full_core(20)
    happen(core, Op.STORE, 20)
    happen(core, Op.LOAD, *[2] * 9, 3)
    core.replay(events([(0, Op.FLUSH, 0, 0, 0, 20)]))
    assert core.counters()["spared"] == 3 + 1


def test_page_that_is_read_back_while_its_ghost_is_there_is_stored_into_the_main_queue() -> None:
    core = full_core(20)
    happen(core, Op.STORE, 20)
    happen(core, Op.LOAD, 0)
    happen(core, Op.STORE, 0)
    assert order(core)[-1] == 0


def test_page_that_is_stored_again_without_being_read_back_is_as_any_other() -> None:
    core = full_core(20)
    happen(core, Op.STORE, 20, 0)
    assert order(core)[-1] == 19


@pytest.mark.parametrize(("flushed_since", "remembered"), [(17, True), (18, False)])
def test_ghost_stays_until_nine_tenths_of_what_is_held_have_followed_it(
    flushed_since: int, remembered: bool
) -> None:
    core = full_core(20)
    happen(core, Op.STORE, *range(20, 21 + flushed_since))
    happen(core, Op.LOAD, 0)
    happen(core, Op.STORE, 0)
    assert (order(core)[-1] == 0) == remembered


def test_page_read_back_is_remembered_until_it_is_stored() -> None:
    core = full_core(20)
    happen(core, Op.STORE, 20)
    happen(core, Op.LOAD, 0)
    happen(core, Op.STORE, *range(21, 60))
    happen(core, Op.STORE, 0)
    assert order(core)[-1] == 0


def test_entry_that_leaves_by_itself_leaves_no_ghost() -> None:
    core = full_core(20)
    happen(core, Op.STORE, 20)
    happen(core, Op.INVALIDATE, 1)
    happen(core, Op.LOAD, 1)
    happen(core, Op.STORE, 1)
    assert order(core)[-1] == 19
