"""CPUs under lock designs, over a trace: what is conserved, what is the same, what is refused."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import partial

import numpy as np
import pytest

from zswapbench.common.errors import TraceError, UsageError, ZswapbenchError
from zswapbench.common.progress import silent
from zswapbench.corpus.shipped import folder
from zswapbench.results.contention import Contended, Curve
from zswapbench.rules.lock_designs import LOCK_DESIGNS
from zswapbench.runs.contention import Wish, contention
from zswapbench.runs.loading import load
from zswapbench.runs.options import Options
from zswapbench.runs.planning import plan_of
from zswapbench.runs.step_costs import step_costs
from zswapbench.sim.locks.journal import Journal, Watched
from zswapbench.sim.locks.programs import written
from zswapbench.sim.replay import replay

TRACE = folder() / "cc1plus.trace.bin.zst"
GIVEN = Options(limit="100%", cost="lzo=4us/1.5us,zstd=9us/3us")
WISH = Wish(cpus=(1, 4), measured=False, around=False)


@pytest.fixture(scope="module")
def found() -> Contended:
    return contention(TRACE, replace(WISH, around=True), GIVEN)


def test_no_time_is_lost_or_made(found: Contended) -> None:
    assert len(found.curves) == 2 * len(LOCK_DESIGNS)
    for curve in found.curves:
        for point in curve.points:
            assert point.running + point.waiting + point.moving + point.idle == pytest.approx(1)
            whole = point.took_ns * point.cpus
            assert sum(one.waittime_total for one in point.locks) == pytest.approx(point.waiting * whole)


def test_the_work_is_dealt_evenly(found: Contended) -> None:
    for curve in found.curves:
        one, four = curve.points
        assert one.idle == 0
        assert four.idle < 0.05, curve.design


def test_one_cpu_waits_for_nobody(found: Contended) -> None:
    for curve in found.curves:
        assert curve.points[0].waiting == 0
        assert not any(lock.contentions or lock.acq_bounces for lock in curve.points[0].locks)


@pytest.mark.parametrize("design", ["zcache-2011", "zswap-2013", "linux-6.2"])
def test_one_cpu_takes_the_sum_of_the_steps_of_the_plain_replay(found: Contended, design: str) -> None:
    """Counted by kind of operation: what each takes is added up by hand from the design."""
    row = LOCK_DESIGNS[design]
    costs = step_costs({}, 1, measured=False).ns
    with load(TRACE) as loaded:
        plan = plan_of(loaded, replace(GIVEN, era=row.era), silent)
        journal = Journal()
        replay(
            *(plan.events, loaded.keys, loaded.summary.stores_of, plan.costs, plan.setting),
            cache=partial(Watched, journal),
        )
    operations = journal.taken()
    copies = np.round(costs["copy"] * plan.costs.sizes / 4096).astype(np.uint32)
    page_ns = np.stack([np.full_like(copies, 4000), np.full_like(copies, 1500), copies])
    sum_ns = written(row.programs, costs).alone_ns(operations, page_ns, round(costs["atomic"])).sum()
    curve = next(one for one in found.curves if one.design == design and not one.around)
    assert curve.points[0].took_ns == sum_ns
    assert sum(curve.operations.values()) == len(operations)


def test_the_same_again_is_the_same() -> None:
    wish = replace(WISH, designs=("zswap-2013", "linux-7.3"), around=True)
    one, other = (asdict(contention(TRACE, wish, GIVEN)) for _ in range(2))
    assert one == other


def only(way: str, cpus: int, between_ns: int = 0) -> Curve:
    """The curve of the series of 2013, dealt one ``way``."""
    wish = replace(WISH, cpus=(cpus,), designs=("zswap-2013",), way=way, between_ns=between_ns)
    (curve,) = contention(TRACE, wish, GIVEN).curves
    return curve


def test_copies_are_so_many_times_the_work() -> None:
    curve = only("copies", 3)
    one, three = curve.points
    assert one.each_s * one.took_ns * 3 == pytest.approx(three.each_s * three.took_ns)
    assert 2 < three.speedup <= 3


def test_where_cpus_do_other_things_between_they_wait_less() -> None:
    busy, idle = only("offsets", 8), only("offsets", 8, between_ns=50_000)
    assert idle.points[-1].waiting < busy.points[-1].waiting / 5
    assert idle.points[-1].latencies["store"]["p99"] < busy.points[-1].latencies["store"]["p99"]


def test_each_does_what_the_trace_says_that_it_did() -> None:
    with load(TRACE) as loaded:
        cpus = len(np.unique(loaded.events["cpu"]))
    assert only("cpu", cpus).points[-1].cpus == cpus
    with pytest.raises(TraceError, match=rf"events are of {cpus} CPU\(s\), not {cpus + 1}"):
        only("cpu", cpus + 1)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (replace(WISH, cpus=(0,)), "--cpus: 0 is not a number of CPUs from 1 to 4,096"),
        (replace(WISH, cpus=(4097,)), "--cpus: 4,097 is not a number"),
        (replace(WISH, designs=("zswap-2014",)), "no lock design is called 'zswap-2014'; .*zswap-2013"),
        (replace(WISH, way="cpus"), "--deal: 'cpus' is none of offsets, copies, cpu"),
        (replace(WISH, socket_cpus=0), "--socket-cpus: 0 is not from 1"),
        (replace(WISH, processes=5000), "--processes: 5,000 is not from 0 to 4,096"),
        (replace(WISH, cgroups=0), "--cgroups: 0 is not from 1"),
        (replace(WISH, designs=()), "--locks: name a lock design or more"),
        (replace(WISH, between_ns=-1), "--between: -1 ns is not from 0 to 1h"),
        (replace(WISH, costs={"tree": 3.7e12}), "tree cannot take 3.7e"),
        (replace(WISH, costs={"tree_fnd": 3.0}), "no step is called 'tree_fnd'"),
        (replace(WISH, codecs=("lz5",)), "lz5"),
    ],
)
def test_what_cannot_be_is_refused(wrong: Wish, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        contention(TRACE, wrong, GIVEN)


def test_more_sockets_make_it_slower_and_more_processes_move_fewer_cache_lines() -> None:
    wish = replace(WISH, cpus=(16,), designs=("linux-6.12",), around=True)
    one = contention(TRACE, wish, GIVEN).curves[1].points[-1]
    far = contention(TRACE, replace(wish, socket_cpus=4), GIVEN).curves[1].points[-1]
    apart = contention(TRACE, replace(wish, processes=16), GIVEN).curves[1].points[-1]
    assert far.speedup < one.speedup
    assert apart.moving < one.moving


@pytest.mark.parametrize("more", [replace(WISH, socket_cpus=2), replace(WISH, cgroups=32)])
@pytest.mark.parametrize("name", ["linux-6.12", "linux-7.3"])
def test_the_most_speedup_is_no_less_than_what_is_reached(name: str, more: Wish) -> None:
    """With an LRU lock that one CPU holds for most of its time, and of which more CPUs have more."""
    costs = {"lru": 2000.0, "fault": 20_000.0}
    wish = replace(more, cpus=(32,), designs=(name,), around=True, costs=costs)
    for curve in contention(TRACE, wish, GIVEN).curves:
        assert curve.bound is not None
        assert curve.points[-1].speedup <= curve.bound


def test_a_lock_of_few_cgroups_can_be_full() -> None:
    wish = replace(WISH, cpus=(32,), designs=("linux-7.3",), around=True, costs={"lru": 5000.0}, cgroups=2)
    assert contention(TRACE, wish, GIVEN).curves[1].full == (32, "&lruvec->lru_lock")


def test_errors_are_of_this_package() -> None:
    with pytest.raises(ZswapbenchError):
        contention("no such trace", WISH, GIVEN)
