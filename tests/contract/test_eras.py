"""What every era promises over every pool and under every policy, be it the kernel's own or not."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from tests.making import PAGE, pages_of, random_page, text_page
from tests.sim.replaying import Core, Events, Machine, events, random_trace
from zswapbench.codecs.base import Codec
from zswapbench.corpus.pages import Kind, kinds
from zswapbench.plugins.registry import CODECS, POLICIES, POOLS
from zswapbench.rules.devices import choose_device
from zswapbench.rules.era_cells import Era, pool_bounds
from zswapbench.rules.eras import ERAS
from zswapbench.rules.overflow import Fate, entry_bytes, overflow_of, zswap_fates
from zswapbench.sim import replay as replaying
from zswapbench.sim.pools.base import FrameLimiter, Pool
from zswapbench.sim.replay import Costs, Outcome, Setting
from zswapbench.sim.verify import ByteCarrier
from zswapbench.traces.drops import with_drops
from zswapbench.traces.event import Op
from zswapbench.traces.future import next_loads

TYPES, KEYS, LIMIT = 3, 40, 20
ANY_POOL = ("zbud", "z3fold:5.10", "zsmalloc:4.2", "zsmalloc:6.4", "zcache-zbud", "ideal")

# Of all places in the classes of any pool; beyond a limit of each era; two zero pages, two others that are filled.
SIZES = (100, 512, 1024, 1990, 2600, 3300, 3650, 4000, 4096, 4116, 40, 40, 60, 512)
FILLED = (*[Kind.OTHER] * 10, *[Kind.ZERO] * 2, *[Kind.SAME_FILLED] * 2)
MACHINE = Machine(types=TYPES, keys=KEYS, sizes=SIZES)


def rows() -> list[Any]:
    """Every era over its own pool, and, unless it differs from the one before in that alone, over any other."""
    pairs: dict[tuple[str, str], Era] = {}
    before: dict[str, Any] = {}
    for era in ERAS.values():
        cells = asdict(era)
        for told in ("name", "row", "about", "source", "checked", "pool", "overflow"):
            del cells[told]
        pools = (era.pool,) if cells == before else (era.pool, *ANY_POOL)
        before = cells
        pairs |= {(era.name, str(POOLS.choose(pool))): era for pool in pools}
    return [pytest.param(era, pool, id=f"{era.name}-{pool}") for (_, pool), era in pairs.items()]


def policies(era: Era) -> list[str]:
    return list(dict.fromkeys((era.lru, "lru", "class-lru")))


every_era_and_pool = pytest.mark.parametrize(("era", "pool"), rows())


def costs_of(era: Era, pool: str, codec: str, sizes: Any, filled: Any) -> Costs:
    """As a run sees to it: a page that is kept raw has its full size."""
    compressed = np.array(sizes, np.uint32)
    rules = replace(overflow_of(era.overflow), most_percent=era.max_compression_ratio)
    fates = zswap_fates(codec, compressed, PAGE, rules, pool.partition(":")[0])
    stored = np.where(fates == Fate.RAW, PAGE, compressed).astype(np.uint32)
    return Costs(stored, np.array(filled, np.uint8), fates)


def setting_of(era: Era, pool: str, policy: str) -> Setting:
    return Setting(
        era=era,
        pool=POOLS.choose(pool),
        policy=POLICIES.choose(policy),
        device=choose_device("ssd"),
        limit=LIMIT,
        page_size=PAGE,
        bounds=pool_bounds(era, LIMIT, None),
        header=entry_bytes(overflow_of(era.overflow), pool.partition(":")[0]),
    )


def outcome_of(
    era: Era, pool: str, policy: str, trace: Events, costs: Costs | None = None, carrier: Any = None
) -> Outcome:
    """What comes of ``trace``. Raises InternalError if a page was lost or made."""
    keys = dict.fromkeys(range(TYPES), KEYS)
    if era.exclusive_loads:
        trace = with_drops(trace, keys)
    costs = costs or costs_of(era, pool, "lzo", SIZES, FILLED)
    setting = setting_of(era, pool, policy)
    future = next_loads(trace, keys) if setting.policy.leaf.foresees else None
    return replaying.replay(trace, keys, keys, costs, setting, carrier, next_loads=future)


@cache
def trace_of(seed: int, length: int) -> Events:
    return random_trace(seed, length, MACHINE)


ALL_OFF = events([(60, Op.INVALIDATE_AREA, swap_type, 0, 0, 0) for swap_type in range(TYPES)])


def may_evict(era: Era, pool: str) -> bool:
    return pool.partition(":")[0] not in era.unshrinkable


@every_era_and_pool
def test_no_page_is_lost_or_made_and_each_is_stored_or_rejected_for_one_reason(era: Era, pool: str) -> None:
    for policy in policies(era):
        count = outcome_of(era, pool, policy, trace_of(1, 1500)).counters
        reasons = [name for name in count if name.startswith("reject_")]
        assert count["rejected"] == sum(count[name] for name in reasons) - gave_up(era, count), policy
        assert count["stores"] == count["zswpout"] + count["rejected"] + count["swpout_zero"]
        found = count["zswpin"] + count["refaults"] + count["load_unknown"] + count["swpin_zero"]
        assert count["loads"] == found
        if may_evict(era, pool):
            assert min(count["written_back_pages"], count["rejected"], count["zswpin"]) > 0, policy


@pytest.mark.parametrize("policy", [leaf.name for leaf in POLICIES.leaves()])
@pytest.mark.parametrize("era", ERAS.values(), ids=lambda era: era.name)
def test_every_policy_conserves_pages_under_every_era_over_its_own_pool(era: Era, policy: str) -> None:
    """A replay that lost or made a page would be refused; here each runs, twice, and evicts where the era can."""
    count = outcome_of(era, era.pool, policy, trace_of(6, 500)).counters
    assert outcome_of(era, era.pool, policy, trace_of(6, 500)).counters == count
    assert count["stores"] == count["zswpout"] + count["rejected"] + count["swpout_zero"]
    assert (count["written_back_pages"] > 0) == may_evict(era, era.pool)
    assert count["fewest_flushes"] <= count["flushes_for_frames"]


def gave_up(era: Era, count: dict[str, int]) -> int:
    """reject_reclaim_fail of a worker that found nothing is no store's."""
    return count["reject_reclaim_fail"] if era.evictor == "worker" else 0


@every_era_and_pool
def test_the_same_trace_gives_the_same_whether_replayed_again_whole_or_event_by_event(
    era: Era, pool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = trace_of(2, 600)
    wholes = [outcome_of(era, pool, policy, trace) for policy in policies(era)]
    assert [outcome_of(era, pool, policy, trace) for policy in policies(era)] == wholes
    monkeypatch.setattr(replaying, "EVENTS_AT_A_TIME", 1)
    assert [outcome_of(era, pool, policy, trace) for policy in policies(era)] == wholes


def largest_zspage(pool: str) -> int:
    table = POOLS.choose(pool).make(1, FrameLimiter(), PAGE).describe()
    return max(int(row["pages_per_zspage"]) for row in table)


def most_frames(era: Era, pool: str) -> int:
    """The provider refuses what is beyond the limit. Who looks at the total before a store may go beyond it by
    the frames that this one store takes, less the one that has to be free where the limit may not be reached.
    """
    if era.full == "provider":
        return LIMIT
    return LIMIT + largest_zspage(pool) - (era.full == "reached")


def is_bounded(era: Era, pool: str) -> bool:
    """A store that evicts one zspage and does not look again may take a larger one. No kernel had this: while
    stores evicted all pools that could had frames, not zspages.
    """
    return not (era.full == "over" and era.evictor == "store" and may_evict(era, pool)) or (
        largest_zspage(pool) == 1
    )


@pytest.mark.parametrize(("era", "pool"), [row for row in rows() if is_bounded(*row.values)])
def test_a_pool_grows_beyond_its_limit_by_no_more_than_the_zspage_of_one_store(era: Era, pool: str) -> None:
    for policy in policies(era):
        count = outcome_of(era, pool, policy, trace_of(3, 1500)).counters
        assert LIMIT // 2 < count["pool_pages_peak"] <= most_frames(era, pool), policy


@every_era_and_pool
def test_nothing_is_left_when_all_swap_is_off(era: Era, pool: str) -> None:
    for policy in policies(era):
        outcome = outcome_of(era, pool, policy, np.concatenate([trace_of(4, 800), ALL_OFF]))
        left = ("stored_pages", "same_filled_pages", "pool_pages", "held_bytes")
        assert [outcome.counters[name] for name in left] == [0, 0, 0, 0], policy
        assert outcome.classes == []


@pytest.mark.parametrize("era", [era for era in ERAS.values() if era.compacts], ids=lambda era: era.name)
def test_frames_that_wait_for_z3fold_s_worker_are_given_back_to_who_asks_for_frames(era: Era) -> None:
    pool = "z3fold:5.10:when-told"
    trace = np.concatenate([trace_of(4, 800), ALL_OFF])
    assert outcome_of(era, pool, era.lru, trace).counters["stored_pages"] == 0
    asked = np.concatenate([trace, events([(0, Op.FLUSH, 0, 0, 0, 1)])])
    assert outcome_of(era, pool, era.lru, asked).counters["pool_pages"] == 0


# ---- with real bytes

BLENDS = [
    random_page(size)[:size] + text_page(size)[size:]
    for size in (8, 100, 300, 700, 1000, 1500, 2000, 2500, 3000, 3500, 3900, 4096)
]
PAGES = [*BLENDS, text_page(3), bytes(PAGE), b"\7" * PAGE]


@cache
def codec() -> Codec:
    return CODECS.choose("lz4").make()  # type: ignore[no-any-return]


@cache
def compressed(page: int) -> bytes:
    return codec().compress(PAGES[page])


@cache
def decompressed(data: bytes) -> bytes:
    return codec().decompress(data, PAGE)


class Carrier(ByteCarrier):
    """Counts the objects that the pool moved."""

    moves = 0

    def moved(self, entry: int) -> None:
        self.moves += 1
        super().moved(entry)


HOLES = events(
    [
        *((60, Op.STORE, 0, 0, offset, 5) for offset in range(24)),
        *((0, Op.INVALIDATE, 0, 0, offset, 0) for offset in range(24) if offset % 4),
        (0, Op.FLUSH, 0, 0, 0, 1),
    ]
)
"""A fourth of what was stored stays, in as many frames as before: work for compaction."""


def carried(era: Era, pool: str, policy: str, length: int = 2000) -> tuple[Outcome, int]:
    """What comes of a trace over real pages, and how many objects were moved in it."""
    carriers: list[Carrier] = []
    sizes = [int(size) for size in codec().sizes(pages_of(*PAGES))]
    costs = costs_of(era, pool, "lz4", sizes, kinds(pages_of(*PAGES)))
    raw = costs.fates == Fate.RAW

    def carrier(of: Pool) -> Carrier:
        carriers.append(
            Carrier(
                of,
                lambda page: PAGES[page] if raw[page] else compressed(page),
                PAGES.__getitem__,
                lambda page, data: data if raw[page] else decompressed(data),
            )
        )
        return carriers[-1]

    trace = np.concatenate([HOLES, random_trace(5, length, Machine(types=TYPES, keys=KEYS, sizes=sizes))])
    outcome = outcome_of(era, pool, policy, trace, costs, carrier)
    return outcome, sum(one.moves for one in carriers)


@every_era_and_pool
def test_real_bytes_come_back_from_wherever_they_were(era: Era, pool: str) -> None:
    outcome, moves = carried(era, pool, era.lru)
    count = outcome.counters
    met = count["zswpin"] + count["refaults"] + count["swpin_zero"] + count["written_back_pages"]
    assert outcome.checked == met > 100
    assert (count["written_back_pages"] > 0) == may_evict(era, pool)
    # Of 32 zsmalloc pools none has so many entries that it could move them together.
    compacts = "zsmalloc" in pool and "2012" not in pool and "pools" not in pool and era.compacts
    if pool.startswith("z3fold") and "5.10" not in pool:
        return  # it moves a middle object that is left alone, and nothing else
    assert (moves > 0) == (pool.startswith("z3fold") or compacts)
    assert (count["frames_compacted"] > 0) == compacts


def test_a_byte_that_differs_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Carrier, "moved", lambda self, entry: None)
    with pytest.raises(Exception, match="swap offset"):
        carried(ERAS["linux-4.8"], "z3fold:5.10", "frame-lru")


EXCLUSIVE = [era for era in ERAS.values() if era.exclusive_loads]
WANT_FRAMES = [era for era in ERAS.values() if era.evicts != "batch"]


def by_claim(claim: str) -> list[str]:
    """The policies that say ``claim`` of where they make sense."""
    return [leaf.name for leaf in POLICIES.leaves() if claim in leaf.where]


def test_claims_are_made_by_the_policies_known_to_make_them() -> None:
    assert by_claim("the same as fifo where loads remove entries") == ["clock", "lru", "sieve"]
    assert by_claim("lru elsewhere") == ["class-lru"]


CLAIMED = [
    *[
        (era, policy, "fifo")
        for era in EXCLUSIVE
        for policy in by_claim("the same as fifo where loads remove entries")
    ],
    *[(era, policy, "lru") for era in WANT_FRAMES for policy in by_claim("lru elsewhere")],
]


@pytest.mark.parametrize(("era", "policy", "other"), CLAIMED, ids=lambda value: getattr(value, "name", value))
def test_policy_that_says_so_does_what_another_does(era: Era, policy: str, other: str) -> None:
    for seed in range(10):
        trace = trace_of(seed, 600)
        assert outcome_of(era, era.pool, policy, trace) == outcome_of(era, era.pool, other, trace)


@pytest.mark.parametrize("pool", ["zbud", "zsmalloc:4.2", "zsmalloc:6.4", "zcache-zbud", "ideal"])
@pytest.mark.parametrize("name", ERAS)
def test_the_order_of_victims_is_all_that_is_held_each_once(name: str, pool: str) -> None:
    era = ERAS[name]
    machine = Machine(limit=9, policy=era.lru, era=era, pool=pool, types=1)
    core = Core(machine)
    core.replay(random_trace(11, 1_500, machine))
    for zswap in core.caches:
        assert sorted(zswap.lru_offsets()) == sorted(zswap.held())
