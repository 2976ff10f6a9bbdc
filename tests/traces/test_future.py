"""What is loaded when: against a search through all later events."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.future import NEVER, next_load
from tests.sim.replaying import events
from zswapbench.traces.event import Op
from zswapbench.traces.future import first_uses, next_loads

TYPES, KEYS = {0: 4, 2: 3}, 3
STEPS = st.lists(
    st.tuples(st.sampled_from(Op), st.sampled_from(sorted(TYPES)), st.integers(0, KEYS - 1)), max_size=60
)


def found(steps: list[tuple[Op, int, int]]) -> list[int]:
    """The next load of each event, as indices."""
    return next_loads(events((0, op, of, 0, offset, 0) for op, of, offset in steps), TYPES).tolist()  # type: ignore[no-any-return]


@settings(max_examples=300, deadline=None)
@given(steps=STEPS)
def test_future_is_what_a_search_through_later_events_finds(steps: list[tuple[Op, int, int]]) -> None:
    about = [(op.name, of, 0 if op in (Op.FLUSH, Op.INVALIDATE_AREA) else offset) for op, of, offset in steps]
    expected = [next_load(about, index) for index in range(len(about))]
    assert found([(Op[op], of, offset) for op, of, offset in about]) == expected


def test_page_ends_with_the_next_store_or_invalidate_at_its_offset_or_the_whole_area() -> None:
    for end in (Op.STORE, Op.INVALIDATE, Op.INVALIDATE_AREA):
        assert found([(Op.STORE, 0, 0), (end, 0, 0), (Op.LOAD, 0, 0)])[0] == NEVER


def test_dropped_page_is_the_same_page() -> None:
    assert found([(Op.STORE, 0, 1), (Op.DROP, 0, 1), (Op.LOAD, 0, 1)]) == [2, 2, NEVER]


def test_other_offsets_and_other_swap_types_are_other_pages() -> None:
    steps = [(Op.STORE, 0, 1), (Op.LOAD, 0, 2), (Op.LOAD, 2, 1), (Op.INVALIDATE_AREA, 2, 0), (Op.LOAD, 0, 1)]
    assert found(steps) == [4, NEVER, NEVER, NEVER, NEVER]


def test_no_events_have_no_future() -> None:
    assert found([]) == []


def first_of(steps: list[tuple[Op, int, int]]) -> list[int]:
    """The event that the page of each event began with, as indices."""
    of = events((0, op, of, 0, offset, 0) for op, of, offset in steps)
    return first_uses(next_loads(of, TYPES)).tolist()  # type: ignore[no-any-return]


@settings(max_examples=300, deadline=None)
@given(steps=STEPS.map(lambda steps: [step for step in steps if step[0] != Op.DROP]))
def test_first_use_of_a_page_is_found_by_a_book_that_is_kept_forward(
    steps: list[tuple[Op, int, int]],
) -> None:
    there: dict[tuple[int, int], int] = {}
    expected = []
    for index, (op, of, offset) in enumerate(steps):
        expected.append(there.get((of, offset), index) if op == Op.LOAD else index)
        if op == Op.STORE:
            there[of, offset] = index
        elif op == Op.LOAD:
            there.setdefault((of, offset), index)
        elif op == Op.INVALIDATE:
            there.pop((of, offset), None)
        elif op == Op.INVALIDATE_AREA:
            there = {slot: begun for slot, begun in there.items() if slot[0] != of}
    loads = [index for index, (op, _, _) in enumerate(steps) if op in (Op.LOAD, Op.STORE)]
    assert [first_of(steps)[index] for index in loads] == [expected[index] for index in loads]
