"""second-chance: what was stored since the last look is spared once, and once only."""

from __future__ import annotations

from tests.sim.replaying import QUARTER, Core, Machine, events
from zswapbench.traces.event import Op


def full_core() -> Core:
    """Twelve entries in three frames, the first stored first."""
    core = Core(Machine(policy="second-chance"))
    core.replay(events([(0, Op.STORE, 0, 0, offset, QUARTER) for offset in range(12)]))
    return core


def flush(core: Core, frames: int) -> None:
    core.replay(events([(0, Op.FLUSH, 0, 0, 0, frames)]))


def test_all_are_spared_once_before_the_oldest_goes() -> None:
    core = full_core()
    flush(core, 1)
    assert core.counters()["spared"] == 12
    assert sorted(core.caches[0].held()) == list(range(4, 12))


def test_what_was_spared_is_not_spared_again() -> None:
    core = full_core()
    flush(core, 1)
    flush(core, 1)
    assert core.counters()["spared"] == 12
    assert sorted(core.caches[0].held()) == list(range(8, 12))


def test_what_is_stored_after_the_look_outlives_what_was_looked_at() -> None:
    core = full_core()
    flush(core, 1)
    core.replay(events([(0, Op.STORE, 0, 0, offset, QUARTER) for offset in range(20, 24)]))
    flush(core, 2)
    assert sorted(core.caches[0].held()) == list(range(20, 24))


def test_a_load_is_no_reason_to_spare() -> None:
    core = full_core()
    flush(core, 1)
    core.replay(events([(0, Op.LOAD, 0, 0, 4, 0)]))
    flush(core, 1)
    assert sorted(core.caches[0].held()) == list(range(8, 12))
