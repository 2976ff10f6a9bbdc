"""Snapshots of a pagemap: which page lay in which slot."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.traces.recorded import GOLDEN, WITH_PAGEMAP
from zswapbench.common.errors import TraceError
from zswapbench.traces.pagemap import slots_of

HEADER = "vpn_hex,state,swap_type,swap_offset_or_pfn\n"


def write(folder: Path, text: str) -> Path:
    """A snapshot."""
    path = folder / "pagemap.csv"
    path.write_text(text)
    return path


def test_the_slots_of_the_pages_that_are_swapped_are_told(tmp_path: Path) -> None:
    told = HEADER + "7f58eb23d,swapped,0,5418\r\n7f58eb23e,present,,20366\n7f58eb23f,swapped,3,7"
    slots, pages = slots_of(write(tmp_path, told))
    assert slots.tolist() == [5418, 3 << 32 | 7]
    assert pages.tolist() == [0x7F58EB23D, 0x7F58EB23F]


@pytest.mark.parametrize(("kernel", "count"), [*zip(WITH_PAGEMAP, (4037, 4136), strict=True)])
def test_a_real_snapshot_is_read(kernel: str, count: int) -> None:
    slots, pages = slots_of(GOLDEN / kernel / "pagemap.csv.zst")
    assert len(slots) == len(set(slots.tolist())) == len(pages) == count


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ("", "is no snapshot of a pagemap: it has no column vpn_hex, state, swap_type, swap_offset_or_pfn"),
        ("vpn_hex,state,swap_type\n", "it has no column swap_offset_or_pfn in its first line"),
        (HEADER + "1,present,,0\n2,swapped,0\n", "line 3 is damaged: b'2,swapped,0'; make the snapshot anew"),
        (HEADER + "x,swapped,0,1\n", "line 2 is damaged"),
        (HEADER + f"1,swapped,0,{1 << 70}\n", "line 2 is damaged"),
        (HEADER + "1,swapped,0,-5\n", "line 2 is damaged"),
    ],
)
def test_what_is_no_snapshot_is_told_in_one_line(tmp_path: Path, told: str, problem: str) -> None:
    with pytest.raises(TraceError) as raised:
        slots_of(write(tmp_path, told))
    assert problem in str(raised.value)
    assert "\n" not in str(raised.value)
