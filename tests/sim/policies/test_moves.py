"""Policies that keep books about zspages, over pools that move objects by themselves: the books stay right.

After every event the order of victims is worked out anew, from what lies where in the pool and from when each entry and
each zspage was last used, and compared with the order that the policy has kept up to date.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.model.future import next_load
from tests.model.policies import MODELS, ByZspage, ClassLruFrames, FrameLru, Held, make_policy
from tests.model.zsmalloc import Place
from tests.model.zswap import DeviceTimes
from tests.sim.replaying import Core, Events, Machine, Recorder, events, random_trace
from zswapbench.rules.era_choice import choose_era
from zswapbench.sim.pools.base import Pool
from zswapbench.traces.event import Op

SIZES = (1000, 1350, 2000, 2600)
POOLS_THAT_MOVE = ["zsmalloc:4.2", "zsmalloc:6.4", "z3fold:5.10"]
KEEPERS = [name for name, model in MODELS.items() if issubclass(model, ByZspage) and model is not FrameLru]


class Observer(Recorder):
    """Hears of every use and every move. Times count uses; ``uses``: by entry, with the index of the event."""

    def __init__(self) -> None:
        super().__init__()
        self.index = 0
        self.time = 0
        self.moves = 0
        self.uses: dict[int, tuple[int, int]] = {}
        self.last_use: dict[int, int] = {}  # by zspage
        self.carried = 0
        self.pool: Pool

    def zspage_of(self, entry: int) -> int:
        return self.pool.place(entry)[0]

    def stored(self, offset: int, page: int, entry: int) -> None:
        self.time += 1
        self.uses[entry] = self.time, self.index
        self.last_use[self.zspage_of(entry)] = self.time

    def loaded(self, offset: int, entry: int) -> None:
        if entry >= 0:
            self.stored(offset, 0, entry)

    def moving(self, entry: int) -> None:
        self.carried = self.last_use[self.zspage_of(entry)]

    def moved(self, entry: int) -> None:
        """Who moves in brings the last use of where it was."""
        self.moves += 1
        zspage = self.zspage_of(entry)
        is_new = self.pool.entries_of(zspage) == [entry]
        self.last_use[zspage] = max(self.carried, 0 if is_new else self.last_use[zspage])


class Anew:
    """Works the order of ``core`` out anew. Only a half-life is kept, which follows what was held at earlier uses."""

    def __init__(self, policy: str, core: Core, heard: Observer, trace: Events) -> None:
        self.cache, self.heard = core.caches[0], heard
        heard.pool = self.cache.pool
        self.about = [(Op(row["op"]).name, int(row["swap_type"]), int(row["offset"])) for row in trace]
        self.shape = {row["class"]: row for row in heard.pool.describe()}
        model = make_policy(policy)
        assert isinstance(model, ByZspage)
        self.model = model

    def order(self) -> list[int]:
        """The entries in the order in which they should be flushed."""
        heard, model = self.heard, self.model
        kept = self.cache.policy.order()
        page_of = self.cache.held()
        held = {entry: page_of[key] for entry, key in zip(kept, self.cache.lru_offsets(), strict=True)}
        model.held = {entry: self._held(entry, page) for entry, page in held.items()}
        model.last_use = heard.last_use
        model.advice = kept
        if isinstance(model, ClassLruFrames) and model.uses < heard.time:
            model.uses = heard.time
            model.take_measure()
        model.uses = heard.time
        return model.order()

    def _held(self, entry: int, page: int) -> Held:
        pool, (used_at, index) = self.heard.pool, self.heard.uses[entry]
        row = self.shape[pool.class_for(SIZES[page])]
        zspage = pool.place(entry)[0]
        room = pool.most_objects if pool.packed_in == "page frames" else row["objs_per_zspage"]
        place = Place(zspage, row["pages_per_zspage"], room, pool.eviction_order(zspage).index(entry))
        return Held(entry, 0, entry, place, 0, used_at, next_load(self.about, index))


def fragmenting(seed: int, length: int, machine: Machine) -> Events:
    """Every twentieth event asks for a frame, which has zsmalloc compact; between these many invalidates make holes."""
    trace = random_trace(seed, length, machine, loads=0.3)
    hole = np.random.default_rng(seed).random(length) < 0.3
    trace["op"][hole & (trace["op"] == Op.STORE)] = Op.INVALIDATE
    trace["page"][trace["op"] == Op.INVALIDATE] = 0
    trace[19::20] = events([(0, Op.FLUSH, 0, 0, 0, 1)])[0]
    return trace


def machine(policy: str, pool: str) -> Machine:
    return Machine(
        limit=30,
        policy=policy,
        device=DeviceTimes(0, 0, 0, 0),
        keys=120,
        sizes=SIZES,
        same_filled=[0] * len(SIZES),
        era=choose_era("zswap-2013:compacts=1:flush_batch=1"),
        pool=pool,
    )


@pytest.mark.parametrize("pool", POOLS_THAT_MOVE)
@pytest.mark.parametrize("policy", KEEPERS)
def test_order_kept_is_the_order_worked_out_anew_wherever_objects_have_moved(policy: str, pool: str) -> None:
    moves = 0
    for seed in range(6):
        trace = fragmenting(seed, 400, machine(policy, pool))
        heard = Observer()
        core = Core(machine(policy, pool), heard)
        anew = Anew(policy, core, heard, trace)
        for heard.index in range(len(trace)):
            core.replay(trace, heard.index, heard.index + 1)
            assert core.caches[0].policy.order() == anew.order()
        moves += heard.moves
    assert moves > 20
