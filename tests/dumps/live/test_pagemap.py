"""What the pagemap tells, asked of the kernel in two ways, and of words that were made up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.dumps.live.running import PAGE, running
from zswapbench.dumps.live.pagemap import Pagemap

PRESENT, SWAPPED, FILE, GUARD, EXCLUSIVE = (1 << bit for bit in (63, 62, 61, 58, 56))


@contextmanager
def of_words(path: Path, words: list[int]) -> Iterator[Pagemap]:
    """A pagemap that is a file of ``words``, as kernels without the ioctl have it."""
    path.write_bytes(b"".join(word.to_bytes(8, "little") for word in words))
    handle = os.open(path, os.O_RDONLY)
    try:
        yield Pagemap(handle, PAGE)
    finally:
        os.close(handle)


def test_pages_of_one_kind_come_together(tmp_path: Path) -> None:
    own, other, slot = PRESENT | EXCLUSIVE, PRESENT, SWAPPED | 0x1234
    with of_words(
        tmp_path / "pagemap", [0, own, own, slot, slot, SWAPPED | GUARD, other, PRESENT | FILE, own]
    ) as pagemap:
        assert not pagemap.left_out
        found = [(one.start // PAGE, one.end // PAGE, *one[2:]) for one in pagemap.touched(0, 9 * PAGE)]
        assert found == [
            (1, 3, False, False),
            (3, 5, True, False),
            (6, 8, False, True),
            (8, 9, False, False),
        ]
        assert [one.end for one in pagemap.touched(2 * PAGE, 4 * PAGE)] == [3 * PAGE, 4 * PAGE]


def test_what_crosses_a_piece_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zswapbench.dumps.live.pagemap._ENTRIES", 4)
    words = [PRESENT | EXCLUSIVE if number % 3 else 0 for number in range(50)]
    with of_words(tmp_path / "pagemap", words) as pagemap:
        found = {
            page
            for one in pagemap.touched(0, 50 * PAGE)
            for page in range(one.start // PAGE, one.end // PAGE)
        }
    assert found == {number for number in range(50) if number % 3}


def test_the_kernel_s_scan_and_its_words_tell_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    program = """
at = memory(512)
for page in range(0, 512, 3):
    put(at, page, b"x")
ctypes.string_at(at + PAGE, 1)
print(at, flush=True)
time.sleep(100)
"""
    with running(program) as one, Path(f"/proc/{one.pid}/pagemap").open("rb") as file:
        pagemap = Pagemap(file.fileno(), PAGE)
        if not pagemap.left_out:
            pytest.skip("the kernel has no PAGEMAP_SCAN")
        monkeypatch.setattr("zswapbench.dumps.live.pagemap._REGIONS", 7)
        scanned = [found[:3] for found in pagemap.touched(one.at, one.at + 512 * PAGE)]
        pagemap.left_out = 0
        words = [*pagemap.touched(one.at, one.at + 512 * PAGE)]
    assert len(scanned) == 171
    assert scanned == [found[:3] for found in words if not found.maybe_zero]
    assert [found.start for found in words if found.maybe_zero] == [one.at + PAGE]
