"""Page numbers by content."""

from __future__ import annotations

import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from zswapbench.corpus.page_numbers import PageNumbers


def digest(low: int, high: int) -> bytes:
    return struct.pack("=QQ", low, high)


# Few low halves, which choose the slot, so that many digests meet in one place and run over the table's end.
DIGESTS = st.builds(
    digest, st.sampled_from([0, 1, (1 << 13) - 1, 1 << 13, (1 << 64) - 1]), st.integers(0, 40)
)


@settings(max_examples=200, deadline=None)
@given(batches=st.lists(st.lists(DIGESTS, max_size=60), max_size=8))
def test_equal_digests_get_equal_numbers_in_the_order_of_first_appearance(batches: list[list[bytes]]) -> None:
    table = PageNumbers()
    known: dict[bytes, int] = {}
    for batch in batches:
        expected = [known.setdefault(one, len(known)) for one in batch]
        numbers = table.number(b"".join(batch))
        assert numbers.tolist() == expected
        assert numbers.dtype == "uint32"
        assert len(table) == len(known)
        assert table.all_digests() == b"".join(known)


def test_table_grows_and_keeps_every_number() -> None:
    """Three times over its first room of 4096, every slot wanted by three digests."""
    table = PageNumbers()
    digests = [digest(slot, high) for high in range(3) for slot in range(5000)]
    for start in range(0, len(digests), 777):
        batch = digests[start : start + 777]
        assert table.number(b"".join(batch)).tolist() == list(range(start, start + len(batch)))
    assert table.number(b"".join(digests)).tolist() == list(range(15_000))
    assert table.all_digests() == b"".join(digests)


def test_digests_that_differ_in_either_half_are_different_pages() -> None:
    table = PageNumbers()
    pages = [digest(low, high) for low in (0, 1 << 40) for high in (0, 1 << 63)]
    assert table.number(b"".join(pages + pages)).tolist() == [0, 1, 2, 3] * 2


def test_new_table_has_no_pages() -> None:
    table = PageNumbers()
    assert (len(table), table.all_digests(), table.number(b"").tolist()) == (0, b"", [])
