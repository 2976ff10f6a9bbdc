"""Lock designs: programs that can be run, and that take each lock as often as the kernel does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from zswapbench.rules.era_choice import choose_era
from zswapbench.rules.lock_designs import LOCK_DESIGNS, LockDesign
from zswapbench.rules.lock_steps import (
    LOADS,
    PAGE_WORKS,
    STORES,
    WORKS,
    Kind,
    Lock,
    Operation,
    Per,
    Steps,
    Under,
    locks_of,
    tmem_bucket,
)
from zswapbench.rules.lock_surroundings import SURROUNDINGS, Surroundings

DOCS = Path(__file__).parents[2] / "docs" / "locks.md"
FILLED = {Operation.STORE_FILLED, Operation.LOAD_FILLED, Operation.INVALIDATE_FILLED}
UNMET = {
    # The first zcache drops nothing that is swapped out.
    "zcache-2011": {Operation.WRITEBACK},
    "zcache-2012": {Operation.WRITEBACK},
    # These find out that the pool is full once the page is compressed.
    "zcache2-2012": {Operation.STORE_REFUSED},
    "zswap-2013": {Operation.STORE_REFUSED},
}
INDEX = {
    **dict.fromkeys(("zcache-2011", "zcache-2012", "zcache2-2012"), "&hb->lock"),
    **dict.fromkeys(("zswap-2013", "linux-6.2", "linux-6.6", "linux-6.8", "linux-6.9"), "&tree->lock"),
    **dict.fromkeys(("linux-6.12", "linux-7.3"), "&xa->xa_lock"),
}
"""The lock of what finds an entry, by design."""

TAKEN = {
    # How often a store, a load, an invalidation and a writeback take it.
    "zcache-2011": (1, 1, 1, None),
    "zcache-2012": (1, 1, 1, None),
    "zcache2-2012": (1, 1, 1, 1),
    "zswap-2013": (1, 2, 1, 2),
    "linux-6.2": (1, 2, 1, 3),
    "linux-6.6": (2, 2, 1, 3),
    "linux-6.8": (2, 2, 1, 3),
    "linux-6.9": (1, 1, 1, 1),
    "linux-6.12": (1, 1, 1, 1),
    "linux-7.3": (1, 1, 1, 1),
}
GIVEN_BACK = {
    "entry_alloc": "entry_free",
    "zs_malloc": "zs_free",
    "zbud_alloc": "zbud_free",
    "tree_insert": "tree_erase",
    "xa_store": "xa_erase",
}

designs = pytest.mark.parametrize("design", LOCK_DESIGNS.values(), ids=LOCK_DESIGNS)
surroundings = pytest.mark.parametrize("around", SURROUNDINGS.values(), ids=SURROUNDINGS)


def works_of(steps: Steps, held: tuple[Lock, ...] = ()) -> Iterator[tuple[str, tuple[Lock, ...]]]:
    """Each work of ``steps``, with the locks that are held meanwhile, the outer ones first."""
    for step in steps:
        if isinstance(step, Under):
            yield from works_of(step.steps, (*held, step.lock))
        else:
            yield step, held


def nested(steps: Steps, held: tuple[Lock, ...] = ()) -> Iterator[tuple[Lock, Lock]]:
    """Each lock that is held when another is taken, with that other."""
    for step in steps:
        if isinstance(step, Under):
            yield from ((lock, step.lock) for lock in held)
            yield from nested(step.steps, (*held, step.lock))


def taken(design: LockDesign, operation: Operation) -> int | None:
    """How often ``operation`` takes the lock of the index."""
    if operation not in design.programs:
        return None
    return sum(lock.name == INDEX[design.name] for lock in locks_of(design.programs[operation]))


def held_during(name: str, operation: Operation, work: str) -> list[str]:
    """Names of the locks that are held while an operation does ``work``, the first time."""
    found = (held for done, held in works_of(LOCK_DESIGNS[name].programs[operation]) if done == work)
    return [lock.name for lock in next(found)]


def whole_ways() -> Iterator[tuple[str, Operation, Steps]]:
    """Each program of each design, with what is around it."""
    for design in LOCK_DESIGNS.values():
        for operation, program in design.programs.items():
            yield design.name, operation, SURROUNDINGS[design.surroundings].of(operation).around(program)


@designs
def test_a_design_has_each_operation_that_its_kernel_can_meet(design: LockDesign) -> None:
    filled = set() if choose_era(design.era).same_filled != "compressed" else FILLED
    assert set(design.programs) == set(Operation) - UNMET.get(design.name, set()) - filled


@designs
def test_a_design_says_where_it_was_read(design: LockDesign) -> None:
    assert design.checked in {"source", "spec"}
    assert ".c " in design.source
    assert "()" in design.source


@designs
def test_all_work_has_a_name(design: LockDesign) -> None:
    done = {work for program in design.programs.values() for work, _ in works_of(program)}
    assert done <= {*WORKS, *PAGE_WORKS}


@designs
def test_one_name_is_one_lock(design: LockDesign) -> None:
    locks = {lock for program in design.programs.values() for lock in locks_of(program)}
    assert len({lock.name for lock in locks}) == len(locks)


@designs
def test_spinlocks_are_ticket_locks_before_linux_4_2(design: LockDesign) -> None:
    kinds = {lock.kind for program in design.programs.values() for lock in locks_of(program)}
    assert kinds == {Kind.TICKET} if design.surroundings == "2013" else Kind.TICKET not in kinds


@designs
def test_only_locks_that_are_chosen_among_have_a_count(design: LockDesign) -> None:
    for program in design.programs.values():
        for lock in locks_of(program):
            assert (lock.count > 1) == (lock.per in (Per.HASH, Per.OBJECT))


@designs
def test_the_lock_of_the_index_is_taken_as_often_as_in_the_kernel(design: LockDesign) -> None:
    asked = (Operation.STORE, Operation.LOAD, Operation.INVALIDATE, Operation.WRITEBACK)
    assert tuple(taken(design, operation) for operation in asked) == TAKEN[design.name]


@designs
def test_only_a_lookup_of_7_3_needs_no_lock_to_miss(design: LockDesign) -> None:
    assert taken(design, Operation.LOAD_MISS) == (0 if design.name == "linux-7.3" else 1)
    assert taken(design, Operation.INVALIDATE_MISS) == 1


@designs
def test_a_page_is_compressed_by_a_store_and_decompressed_by_a_load_or_a_writeback(
    design: LockDesign,
) -> None:
    for operation, program in design.programs.items():
        done = Counter(work for work, _ in works_of(program))
        packs = operation in (Operation.STORE, Operation.STORE_OVER, Operation.STORE_POOR)
        unpacks = operation in (Operation.LOAD, Operation.WRITEBACK)
        assert (done["compress"], done["decompress"]) == (packs, unpacks)


@designs
def test_what_a_store_takes_an_invalidation_gives_back(design: LockDesign) -> None:
    kinds = [(Operation.STORE, Operation.INVALIDATE)]
    if choose_era(design.era).same_filled == "unlisted":
        kinds.append((Operation.STORE_FILLED, Operation.INVALIDATE_FILLED))
    for store, invalidate in kinds:
        took = Counter(work for work, _ in works_of(design.programs[store]))
        gave = Counter(work for work, _ in works_of(design.programs[invalidate]))
        assert {back: took[work] for work, back in GIVEN_BACK.items()} == {
            back: gave[back] for back in GIVEN_BACK.values()
        }


@designs
def test_a_store_over_an_older_page_takes_and_gives_back(design: LockDesign) -> None:
    did = {
        operation: Counter(work for work, _ in works_of(design.programs[operation]))
        for operation in STORES[:2]
    }
    for work, back in GIVEN_BACK.items():
        replaced = work == "xa_store" and INDEX[design.name] == "&xa->xa_lock"  # one xa_store() does both
        assert did[Operation.STORE_OVER][work] == did[Operation.STORE][work]
        assert did[Operation.STORE_OVER][back] == (0 if replaced else did[Operation.STORE][work])


@designs
def test_a_load_frees_the_entry_where_loads_are_exclusive_and_a_writeback_does_everywhere(
    design: LockDesign,
) -> None:
    freed = {
        operation: {"zs_free", "zbud_free"} & {work for work, _ in works_of(design.programs[operation])}
        for operation in (Operation.LOAD, Operation.WRITEBACK)
        if operation in design.programs
    }
    assert bool(freed[Operation.LOAD]) == bool(choose_era(design.era).exclusive_loads)
    assert all(freed[operation] for operation in freed if operation is Operation.WRITEBACK)


def test_the_first_zcache_compresses_allocates_and_decompresses_under_the_lock_of_a_bucket() -> None:
    assert held_during("zcache-2011", Operation.STORE, "compress") == ["&hb->lock"]
    assert held_during("zcache-2011", Operation.STORE, "zs_malloc") == ["&hb->lock", "&pool->lock"]
    assert held_during("zcache-2011", Operation.LOAD, "decompress") == ["&hb->lock"]


def test_the_second_zcache_moved_the_slow_work_of_loads_under_one_lock_of_the_pool() -> None:
    assert held_during("zcache2-2012", Operation.STORE, "compress") == []
    assert held_during("zcache2-2012", Operation.STORE, "copy") == ["zbud_pers_lists_lock"]
    assert held_during("zcache2-2012", Operation.LOAD, "decompress") == ["&hb->lock", "zbud_pers_lists_lock"]


@pytest.mark.parametrize("operation", [Operation.STORE, Operation.LOAD, Operation.WRITEBACK])
@pytest.mark.parametrize("name", [name for name in LOCK_DESIGNS if not name.startswith("zcache")])
def test_zswap_does_slow_work_under_no_lock_but_one_of_the_cpu(name: str, operation: Operation) -> None:
    for work, held in works_of(LOCK_DESIGNS[name].programs[operation]):
        if work in (*PAGE_WORKS, "copy"):
            assert {lock.per for lock in held} <= {Per.CPU}


def test_6_2_to_6_9_free_under_the_lock_of_the_tree_and_the_others_do_not() -> None:
    inside = {
        name
        for name in LOCK_DESIGNS
        if INDEX[name]
        in held_during(name, Operation.INVALIDATE, "zbud_free" if name == "zcache2-2012" else "zs_free")
    }
    trees = {"linux-6.2", "linux-6.6", "linux-6.8", "linux-6.9"}
    assert inside == {"zcache-2011", "zcache-2012", "zcache2-2012", *trees}


def test_the_buckets_of_tmem_are_fewer_than_its_objects() -> None:
    assert len({tmem_bucket(0, offset, 16) for offset in range(1024)}) == 16
    assert len({tmem_bucket(0, offset, 256) for offset in range(1024)}) == 200
    assert {tmem_bucket(1, offset, 16) for offset in range(16)} != {
        tmem_bucket(0, offset, 16) for offset in range(16)
    }


def test_slots_that_are_a_multiple_of_the_objects_apart_share_a_bucket() -> None:
    assert [tmem_bucket(0, offset, 16) for offset in range(4)] == [0, 158, 60, 218]
    assert tmem_bucket(0, 5, 16) == tmem_bucket(0, 5 + 512, 16)


@designs
def test_the_way_to_zswap_is_that_of_a_row(design: LockDesign) -> None:
    assert design.surroundings in SURROUNDINGS


@designs
def test_the_table_in_the_docs_says_how_often_each_lock_is_taken(design: LockDesign) -> None:
    cells = [f"`{design.name}`"]
    for operation in (Operation.STORE, Operation.LOAD, Operation.INVALIDATE, Operation.WRITEBACK):
        times = Counter(lock.name for lock in locks_of(design.programs.get(operation, ())))
        cells.append(", ".join(f"`{name}`" + f" × {n}" * (n > 1) for name, n in times.items()) or "none")
    assert f"| {' | '.join(cells)} |\n" in DOCS.read_text()


@surroundings
def test_each_row_of_surroundings_is_of_some_design_and_says_where_it_was_read(around: Surroundings) -> None:
    assert any(design.surroundings == around.name for design in LOCK_DESIGNS.values())
    assert around.checked in {"source", "spec"}
    assert "mm/vmscan.c" in around.source


@surroundings
def test_all_work_around_zswap_has_a_name(around: Surroundings) -> None:
    done = {work for operation in Operation for work, _ in works_of(around.of(operation).around(()))}
    assert done <= set(WORKS)
    assert {"rmap", "unmap", "slot_alloc", "slot_free", "lru", "fault"} <= done


@designs
def test_no_lock_of_zswap_is_one_of_its_surroundings(design: LockDesign) -> None:
    own = {lock.name for program in design.programs.values() for lock in locks_of(program)}
    around = {
        lock.name
        for operation in Operation
        for lock in locks_of(SURROUNDINGS[design.surroundings].of(operation).around(()))
    }
    assert not own & around


def test_no_lock_is_taken_twice_and_no_two_locks_in_both_orders() -> None:
    for name in LOCK_DESIGNS:
        orders = {
            (outer.name, inner.name)
            for of, _, way in whole_ways()
            if of == name
            for outer, inner in nested(way)
        }
        assert not {(outer, inner) for outer, inner in orders if (inner, outer) in orders}


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("zswap-2013", ["swap_lock"]),
        ("linux-6.2", ["&p->lock"]),
        ("linux-6.12", []),
        ("linux-7.3", ["&cluster_info[i].lock"]),
    ],
)
def test_zswap_is_told_of_a_slot_that_is_free_under_these_locks(name: str, held: list[str]) -> None:
    design = LOCK_DESIGNS[name]
    way = SURROUNDINGS[design.surroundings].freed.around(design.programs[Operation.INVALIDATE])
    index = next(locks for work, locks in works_of(way) if work in ("tree_erase", "xa_erase"))
    assert [lock.name for lock in index] == [*held, INDEX[name]]


def test_reclaim_holds_nothing_while_zswap_stores_and_a_fault_its_address_space_while_it_loads() -> None:
    for name, operation, way in whole_ways():
        work = {Operation.STORE: "compress", Operation.LOAD: "decompress"}.get(operation)
        if work is None:
            continue
        own = held_during(name, operation, work)
        held = next(locks for done, locks in works_of(way) if done == work)
        of_process = [Per.PROCESS] if operation in LOADS else []
        assert [lock.per for lock in held[: len(held) - len(own)]] == of_process


def test_each_mapping_is_gone_through_twice_to_see_whether_it_was_used_and_once_to_undo_it() -> None:
    for around in SURROUNDINGS.values():
        done = [(work, [lock.per for lock in held]) for work, held in works_of(around.out.before)]
        assert [held for work, held in done if work == "rmap"] == [[Per.PROCESS]] * 3
        assert [held for work, held in done if work == "unmap"] == [[Per.PROCESS, Per.PAGES_2MIB]]
