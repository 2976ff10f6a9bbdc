"""The red-black tree that steps are measured on: it finds what is in it, and stays red-black."""

from __future__ import annotations

import random

import pytest

from zswapbench.sim.locks.rb_tree import Keys


def blacks_below(shape: list[tuple[int, int, bool]], *, under_red: bool = True) -> int:
    """How many black nodes each way down passes, which must be the same for all, and no red one below a red one."""
    if not shape:
        return 1
    top = min(range(len(shape)), key=lambda place: shape[place][1])
    red = shape[top][2]
    assert not (red and under_red)
    left, right = blacks_below(shape[:top], under_red=red), blacks_below(shape[top + 1 :], under_red=red)
    assert left == right
    return left + (not red)


@pytest.mark.parametrize("seed", range(20))
def test_a_tree_stays_red_black_and_holds_what_was_put_in_and_not_taken_out(seed: int) -> None:
    draw = random.Random(seed)
    keys, present = Keys(200), set[int]()
    for _ in range(600):
        key = draw.randrange(200)
        if key in present:
            keys.remove(key)
            present.remove(key)
        else:
            keys.add(key)
            present.add(key)
        shape = keys.shape()
        assert [one for one, _, _ in shape] == sorted(present)
        blacks_below(shape)
        assert (key in keys) == (key in present)


@pytest.mark.parametrize("order", [range(1000), range(999, -1, -1)])
def test_keys_in_order_make_no_list(order: range) -> None:
    keys = Keys(1000)
    for key in order:
        keys.add(key)
    assert max(depth for _, depth, _ in keys.shape()) < 2 * 10
    for key in order:
        keys.remove(key)
        blacks_below(keys.shape())
    assert keys.shape() == []


def test_a_key_is_not_put_in_twice_nor_taken_out_when_it_is_not_there() -> None:
    keys = Keys(2)
    keys.add(1)
    for wrong in (1, 2, -1):
        with pytest.raises(ValueError, match="cannot be put in"):
            keys.add(wrong)
    with pytest.raises(ValueError, match="is not there"):
        keys.remove(0)
