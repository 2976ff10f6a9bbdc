"""Policies in plain Python: equal to compiled ones, and stopped with one line when they break their contract."""

from __future__ import annotations

import sys
import threading
from dataclasses import asdict, replace
from pathlib import Path
from textwrap import indent

import pytest

from tests.sim.replaying import POOR, QUARTER, SIZES, Core, Machine, costs_of, events, random_trace
from zswapbench import policy
from zswapbench.common.errors import OwnCodeError
from zswapbench.corpus.shipped import folder
from zswapbench.plugins import policy_template
from zswapbench.plugins.pool_view import PoolView
from zswapbench.plugins.registry import POLICIES, POOLS
from zswapbench.rules.devices import choose_device
from zswapbench.rules.era_cells import pool_bounds
from zswapbench.rules.eras import ERAS
from zswapbench.runs.options import Options
from zswapbench.runs.zswap import compare
from zswapbench.sim.replay import Outcome, Setting, replay
from zswapbench.traces.drops import with_drops
from zswapbench.traces.event import Op
from zswapbench.traces.future import next_loads
from zswapbench.traces.scan import scan

TEMPLATE = f"{policy_template.__file__}:MyPolicy"

# Two pages in every frame: the pool of two frames is full at the fifth store.
FIVE_STORES = [(0, Op.STORE, 0, 0, offset, 2) for offset in range(5)]

HEAD = """
import time, numpy as np
from zswapbench.policy import Policy
class Mine(Policy):
    patience_s = 0.2
    def __init__(self, capacity, pool):
        self.stored = []
    def on_store(self, entry, klass, key):
        self.stored.append(entry)
    def on_load(self, entry):
        pass
    def on_remove(self, entry):
        self.stored.remove(entry)
    def victim(self, need, amount):
        return self.stored[0]
"""
"""A policy that does all that it must; what is written below it takes the place of one of its methods."""


def setting(policy: str, era: str = "zswap-2013", limit: int = 2) -> Setting:
    rules = ERAS[era]
    pool = POOLS.choose(rules.pool)
    device, bounds = choose_device("instant"), pool_bounds(rules, limit, None)
    return Setting(rules, pool, POLICIES.choose(policy), device, limit, 4096, bounds)


def outcome(rows: list[tuple[int, Op, int, int, int, int]], wanted: Setting) -> Outcome:
    """What comes of a trace of ``rows``."""
    trace = events(rows)
    found = scan(trace, len(SIZES))
    if wanted.era.exclusive_loads:
        trace = with_drops(trace, found.keys)
    return replay(trace, found.keys, found.stores_of, costs_of(era=wanted.era), wanted)


def fault(folder: Path, body: str, rows: list[tuple[int, Op, int, int, int, int]] = FIVE_STORES) -> str:
    """How a policy with the method ``body`` is stopped."""
    file = folder / "mine.py"
    file.write_text(HEAD + indent(body, "    "))
    with pytest.raises(OwnCodeError) as raised:
        outcome(rows, setting(str(file)))
    threads = [thread.name for thread in threading.enumerate()]
    assert "zswapbench-watchdog" not in threads
    assert "\n" not in str(raised.value)
    return str(raised.value).replace(f"{folder}/", "")


@pytest.mark.parametrize("era", ["zswap-2013", "linux-6.5", "linux-6.12"])
def test_lru_in_python_does_on_random_traces_what_the_compiled_one_does(era: str) -> None:
    wanted = setting("lru", era, limit=12)
    own = replace(wanted, policy=POLICIES.choose(TEMPLATE))
    trace = random_trace(3, 20_000, Machine(types=2))
    found = scan(trace, len(SIZES))
    trace = with_drops(trace, found.keys) if wanted.era.exclusive_loads else trace
    both = [
        asdict(replay(trace, found.keys, found.stores_of, costs_of(era=wanted.era), one))
        for one in (wanted, own)
    ]
    assert both[0] == both[1]
    assert both[0]["counters"]["written_back_pages"] > 100


@pytest.mark.parametrize("era", ["zswap-2013", "linux-6.5"])
def test_lru_in_python_does_on_a_real_trace_what_the_compiled_one_does(
    era: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    trace = folder() / "python.trace.bin.zst"
    compiled, own = compare(trace, [Options(policy=one, era=era, codec="lz4") for one in ("lru", TEMPLATE)])
    assert own.counters == compiled.counters
    assert own.classes == compiled.classes
    assert own.counters["written_back_pages"] > 0
    assert own.setting["policy"] == TEMPLATE


def test_the_whole_policy_is_right_before_a_method_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(HEAD)
    counters = outcome(FIVE_STORES, setting(f"{tmp_path}/mine.py")).counters
    assert (counters["stored_pages"], counters["written_back_pages"]) == (1, 4)


WRONG_ANSWERS = {
    "return 3000000": "the victim, entry 3000000, is not held",
    "return 6": "the victim, entry 6, is not held",
    "return 5": "the victim, entry 5, is not held",
    "return -7": "the victim, entry -7, is not held",
    "return 1 << 40": "the victim, entry 1099511627776, is not held",
    "return 10 ** 9000": "the victim, entry 2**64 or beyond, is not held",
    "return -1": "victim names no entry: it answers -1, but 4 entries are held",
    "pass": "victim names no entry: it answers None, but 4 entries are held",
    "return 'x'": "victim answers 'x', which is not the number of an entry",
    "return 1.0": "victim answers 1.0, which is not the number of an entry",
    "return True": "victim answers True, which is not the number of an entry",
    "return self": "victim answers something of type Mine, which is not the number of an entry",
    "return 1 // 0": "victim raises ZeroDivisionError: integer division or modulo by zero (mine.py, line 17)",
    "raise SystemExit(0)": "victim raises SystemExit: 0 (mine.py, line 17)",
    "raise OSError('a\\nb')": "victim raises OSError: a b (mine.py, line 17)",
    "return self.victim(need, amount)": "victim raises RecursionError: maximum recursion depth exceeded",
}


@pytest.mark.parametrize("answer", WRONG_ANSWERS)
def test_a_wrong_answer_is_told_with_its_event(tmp_path: Path, answer: str) -> None:
    message = fault(tmp_path, f"def victim(self, need, amount):\n    {answer}\n")
    assert message.startswith(f"policy mine.py:Mine: event 4 (STORE): {WRONG_ANSWERS[answer]}")


def test_an_entry_that_was_flushed_already_is_not_held(tmp_path: Path) -> None:
    body = "def on_remove(self, entry):\n    pass\n"
    message = fault(tmp_path, body)
    assert message == "policy mine.py:Mine: event 4 (STORE): the victim, entry 0, is not held"


def test_a_number_of_numpy_is_a_number(tmp_path: Path) -> None:
    body = "    def victim(self, need, amount):\n        return np.int64(self.stored[0])\n"
    (tmp_path / "mine.py").write_text(HEAD + body)
    assert outcome(FIVE_STORES, setting(f"{tmp_path}/mine.py")).counters["written_back_pages"] == 4


RAISING = {
    "on_store(self, entry, klass, key)": 0,
    "on_load(self, entry)": 5,
    "on_remove(self, entry)": 6,
}


@pytest.mark.parametrize("method", RAISING)
def test_what_a_method_raises_is_told_with_its_line(tmp_path: Path, method: str) -> None:
    rows = [
        *FIVE_STORES[:4],
        (0, Op.LOAD, 0, 0, 63, 0),
        (0, Op.LOAD, 0, 0, 1, 0),
        (0, Op.INVALIDATE, 0, 0, 1, 0),
    ]
    index = RAISING[method]
    message = fault(tmp_path, f"def {method}:\n    {{}}['x']\n", rows)
    name = method.partition("(")[0]
    where = f"event {index} ({Op(rows[index][1]).name})"
    assert message == f"policy mine.py:Mine: {where}: {name} raises KeyError: 'x' (mine.py, line 17)"


def test_refaults_are_told_by_key_even_before_anything_was_stored(tmp_path: Path) -> None:
    rows = [(0, Op.STORE, 0, 0, 11, POOR), (0, Op.LOAD, 0, 0, 11, 0)]
    message = fault(tmp_path, "def on_refault(self, key):\n    {}[key]\n", rows)
    assert message == "policy mine.py:Mine: event 1 (LOAD): on_refault raises KeyError: 11 (mine.py, line 17)"


def test_a_policy_hears_which_flushed_page_is_read_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.py").write_text(f"{HEAD}    def on_refault(self, key):\n        print('back', key)\n")
    rows = [*FIVE_STORES, (0, Op.LOAD, 0, 0, 4, 0), (0, Op.LOAD, 0, 0, 2, 0)]
    assert outcome(rows, setting(f"{tmp_path}/mine.py")).counters["refaults"] == 1
    assert capsys.readouterr().out == "back 2\n"


def test_a_method_that_takes_other_arguments_is_told(tmp_path: Path) -> None:
    message = fault(tmp_path, "def on_store(self, entry):\n    pass\n")
    assert message.endswith(
        "on_store raises TypeError: Mine.on_store() takes 2 positional arguments but 4 were given"
    )


LOOPS = {
    "victim": (4, "while True: pass"),
    "on_store": (0, "while True: pass"),
    "on_remove": (4, "while True:\n        try: {}['x']\n        except Exception: pass"),
}


@pytest.mark.parametrize("method", LOOPS)
def test_a_method_that_does_not_return_is_ended(tmp_path: Path, method: str) -> None:
    index, loop = LOOPS[method]
    message = fault(tmp_path, f"def {method}(self, *given):\n    {loop}\n")
    assert message.startswith(
        f"policy mine.py:Mine: event {index} (STORE): {method} does not return within 0.2 s (mine.py, line "
    )
    assert message.endswith("; patience_s sets how long it may take")


def test_a_constructor_that_does_not_return_is_ended(tmp_path: Path) -> None:
    message = fault(tmp_path, "def __init__(self, capacity, pool):\n    while True: pass\n")
    assert message == (
        "mine.py:Mine: cannot be made: NeverReturns: it takes too long; patience_s sets how long it may take "
        "(mine.py, line 17)"
    )


def test_who_was_interrupted_has_failed_even_if_it_goes_on(tmp_path: Path) -> None:
    body = "def on_store(self, *given):\n    try:\n        while True: pass\n    except BaseException: pass\n"
    assert "event 0 (STORE): on_store does not return within 0.2 s" in fault(tmp_path, body)


def test_a_call_that_is_over_is_not_interrupted_nor_is_another_one(tmp_path: Path) -> None:
    """Calls that take about as long as there is patience for: each ends whole, or is told as too long."""
    file = tmp_path / "mine.py"
    slow = "def on_store(self, entry, klass, key):\n        self.stored.append(entry)\n"
    for pause in (0.0395, 0.04, 0.0405, 0.041):
        body = f"    patience_s = 0.04\n    {slow}        time.sleep({pause})\n"
        file.write_text(HEAD + body)
        try:
            outcome(FIVE_STORES, setting(str(file)))
        except OwnCodeError as error:
            assert "(STORE): on_store does not return within 0.04 s" in str(error)


def test_a_class_without_a_method_is_refused_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("from zswapbench.policy import Policy\nclass Mine(Policy): pass\n")
    with pytest.raises(
        OwnCodeError, match=r"mine.py:Mine: has no method on_store, as every policy must have"
    ):
        POLICIES.choose(f"{tmp_path}/mine.py")


def test_a_method_that_is_none_is_told_at_the_first_event(tmp_path: Path) -> None:
    message = fault(tmp_path, "victim = 3\n")
    assert message == "policy mine.py:Mine: event 0 (STORE): there is no method victim"


def test_what_the_constructor_raises_is_told(tmp_path: Path) -> None:
    message = fault(tmp_path, "def __init__(self):\n    pass\n")
    assert message.startswith(
        "mine.py:Mine: cannot be made: TypeError: Mine.__init__() takes 1 positional argument"
    )
    message = fault(tmp_path, "def __init__(self, capacity, pool):\n    1 / 0\n")
    assert message == "mine.py:Mine: cannot be made: ZeroDivisionError: division by zero (mine.py, line 17)"
    message = fault(tmp_path, "def __new__(cls, *given):\n    return 3\n")
    assert message == "mine.py:Mine: cannot be made: __new__ gives a int"


@pytest.mark.parametrize("patience", ["0", "-1", "'long'"])
def test_a_patience_that_is_no_time_is_refused(tmp_path: Path, patience: str) -> None:
    assert f"patience_s={patience} is neither seconds nor None" in fault(
        tmp_path, f"patience_s = {patience}\n"
    )


def test_where_stores_are_added_the_event_is_that_of_the_trace(tmp_path: Path) -> None:
    loads = [(0, Op.LOAD, 0, 0, offset, 0) for offset in (0, 0, 0, 0, 1)]
    rows = [*FIVE_STORES[:2], *loads]
    body = "def on_store(self, entry, klass, key):\n    self.stored.append(entry)\n    self.event > {} and 1 // 0\n"
    file = tmp_path / "mine.py"
    for late, where in ((2, "before event 3 (a page is stored again)"), (8, "event 7 (STORE)")):
        file.write_text(HEAD + indent(body.format(late), "    "))
        wanted = setting(str(file), "linux-6.12", limit=-1)
        with pytest.raises(OwnCodeError, match="division") as raised:
            outcome([*rows, (0, Op.STORE, 0, 0, 9, 2)], wanted)
        assert f":Mine: {where}: on_store raises" in str(raised.value)


def test_an_interrupt_in_a_method_is_an_interrupt(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        HEAD + "    def victim(self, need, amount):\n        raise KeyboardInterrupt\n"
    )
    with pytest.raises(KeyboardInterrupt):
        outcome(FIVE_STORES, setting(f"{tmp_path}/mine.py"))


@pytest.mark.parametrize("stuck", [0, 1])
def test_of_several_the_one_that_fails_ends_all(
    tmp_path: Path, stuck: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "mine.py").write_text(HEAD + "    def victim(self, need, amount):\n        return 99999\n")
    policies = [TEMPLATE, TEMPLATE, "lru"]
    policies[stuck] = f"{tmp_path}/mine.py"
    options = [Options(policy=one, codec="lz4") for one in policies]
    with pytest.raises(
        OwnCodeError, match=r"mine.py:Mine: event \d+ \(FLUSH\): the victim, entry 99999, is not held"
    ):
        compare(folder() / "python.trace.bin.zst", options)


def test_a_subclass_is_told_of_needs_parameters_and_its_pool(tmp_path: Path) -> None:
    """Without a constructor of its own, and with retries after each flush."""
    file = tmp_path / "mine.py"
    file.write_text(
        """
from zswapbench.policy import Policy
from zswapbench.plugins.registry import Parameter
TOLD = []
class Mine(Policy):
    \"\"\"one of mine

    More of it.
    \"\"\"
    retries_each = True
    parameters = (Parameter("depth", int, 3, "how deep"),)
    held = ()
    def on_store(self, entry, klass, key):
        self.held = (*self.held, entry)
    def on_remove(self, entry):
        self.held = tuple(one for one in self.held if one != entry)
    def victim(self, need, amount):
        zspage, offset = self.pool.place(self.held[0])
        TOLD.append((need, self.depth, self.retries_each, self.event, self.pool.frames))
        assert self.held[0] in self.pool.entries_of(zspage) and self.held[0] < self.capacity
        return self.held[0]
"""
    )
    choice = POLICIES.choose(f"{file}:Mine:5")
    leaf = choice.leaf
    assert (leaf.name, leaf.help, leaf.where, str(choice)) == (
        "Mine",
        "one of mine",
        "own",
        f"{file}:Mine:depth=5",
    )
    outcome([*FIVE_STORES, (0, Op.FLUSH, 0, 0, 0, 1)], replace(setting("lru"), policy=choice))
    told = sys.modules[leaf.__module__].TOLD
    assert told[0] == (policy.OBJECT, 5, True, 4, 2)
    assert {one[0] for one in told} == {policy.OBJECT, policy.FRAMES}


@pytest.mark.parametrize(
    ("look", "told"),
    [
        ("self.pool.place(10**6)", "ValueError: entry 1000000 is not held"),
        ("self.pool.place(-3)", "ValueError: entry -3 is not held"),
        ("self.pool.place(entry + 1)", "ValueError: entry 1 is not held"),
        ("self.pool.release(entry)", "AttributeError: 'PoolView' object has no attribute 'release'"),
        ("self.pool.frames = 7", "AttributeError: "),
    ],
)
def test_the_pool_is_to_be_looked_at_and_not_to_be_harmed(tmp_path: Path, look: str, told: str) -> None:
    message = fault(tmp_path, f"def on_store(self, entry, klass, key):\n    {look}\n")
    assert message.startswith(f"policy mine.py:Mine: event 0 (STORE): on_store raises {told}")


@pytest.mark.parametrize("pool", ["zsmalloc", "zbud", "z3fold", "zcache-zbud", "ideal"])
def test_what_is_seen_of_the_pool_is_so_whatever_is_asked(pool: str) -> None:
    core = Core(Machine(None, TEMPLATE, pool=pool))
    core.replay(events([(0, Op.STORE, 0, 0, offset, QUARTER) for offset in range(9)]))
    cache = core.caches[0]
    view = PoolView(cache.pool)
    held = {entry: view.place(entry)[0] for entry in cache.policy.order()}
    for zspage in range(-5, view.capacity + 5):
        assert sorted(view.entries_of(zspage)) == [entry for entry in sorted(held) if held[entry] == zspage]
    assert (view.name, view.frames, view.page_size) == (pool, cache.pool.frames, 4096)
    assert [view.class_for(size) for size in (-1, 0, 1 << 40)] == [-1] * 3
    assert view.class_for(1024) < view.classes
    assert view.describe() == cache.pool.describe()


def test_methods_that_cannot_be_looked_up_are_told(tmp_path: Path) -> None:
    body = "@property\ndef victim(self):\n    return {}['x']\n"
    message = fault(tmp_path, body)
    assert message == (
        "policy mine.py:Mine: event 0 (STORE): its methods cannot be looked up: KeyError: 'x' (mine.py, line 18)"
    )


def test_an_own_policy_may_be_given_the_future(tmp_path: Path) -> None:
    body = "    foresees = True\n    def foresee(self, next_loads):\n        print(list(next_loads))\n"
    (tmp_path / "mine.py").write_text(HEAD + body)
    trace = events(FIVE_STORES)
    found, wanted = scan(trace, len(SIZES)), setting(f"{tmp_path}/mine.py")
    future = next_loads(trace, found.keys)
    replay(trace, found.keys, found.stores_of, costs_of(era=wanted.era), wanted, next_loads=future)
    (tmp_path / "mine.py").write_text((HEAD + body).replace("print(", "{}['x']("))
    wanted = setting(f"{tmp_path}/mine.py")
    with pytest.raises(
        OwnCodeError, match=r"mine.py:Mine: foresee raises KeyError: 'x' \(mine.py, line 18\)"
    ):
        replay(trace, found.keys, found.stores_of, costs_of(era=wanted.era), wanted, next_loads=future)
