"""The three producers of cores, each with its ways."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.dumps.elfwriter import Core, Load, R, file_note, note
from tests.dumps.reading import PAGE, memory_of, runs_of
from zswapbench.dumps import open_dump
from zswapbench.dumps.swappable import PERMISSIONS_UNKNOWN

A, B = b"A" * PAGE, b"B" * PAGE
QEMU = [note(b"CORE", 1, bytes(336)), note(b"QEMU", 0, bytes(432))]


def producer_of(path: Path) -> str:
    with open_dump(path) as dump:
        return dump.producer


def test_notes_in_front_are_the_kernels(tmp_path: Path) -> None:
    assert producer_of(Core([Load(PAGE, A)], [file_note()]).write(tmp_path / "core")) == "kernel"


def test_notes_at_the_end_are_gcores(tmp_path: Path) -> None:
    assert (
        producer_of(Core([Load(PAGE, A)], [file_note()], notes_last=True).write(tmp_path / "core")) == "gcore"
    )


def test_no_alignment_is_gcores_wherever_the_notes_are(tmp_path: Path) -> None:
    assert producer_of(Core([Load(PAGE, A)], [file_note()], align=1).write(tmp_path / "core")) == "gcore"


def test_a_truncated_gcore_is_still_gcores(tmp_path: Path) -> None:
    path = tmp_path / "core"
    path.write_bytes(Core([Load(PAGE, A)], [file_note()], notes_last=True).to_bytes()[: PAGE + 2000])
    assert producer_of(path) == "gcore"


def test_without_notes_the_producer_is_unknown(tmp_path: Path) -> None:
    assert producer_of(Core([Load(PAGE, A)]).write(tmp_path / "core")) == "unknown"


def test_a_reservation_that_gcore_wrote_out_is_not_selected_by_default(tmp_path: Path) -> None:
    loads = [Load(PAGE, A), Load(1 << 40, 64 << 30, flags=R), Load(2 << 40, B)]
    path = Core(loads, [file_note()], notes_last=True, align=1).write(tmp_path / "core")
    assert memory_of(runs_of(path, "private")) == {PAGE: A, 2 << 40: B}


def test_qemu_gives_physical_addresses_when_no_virtual_ones_are_known(tmp_path: Path) -> None:
    loads = [Load(0, A, flags=0, paddr=0), Load(0, B, flags=0, paddr=1 << 32)]
    path = Core(loads, QEMU, align=1).write(tmp_path / "core")
    with open_dump(path) as dump:
        assert dump.producer == "qemu"
        assert [segment.permissions for segment in dump.segments] == ["---", "---"]
    assert memory_of(runs_of(path)) == {0: A, 1 << 32: B}


def test_qemu_gives_virtual_addresses_when_asked_to_follow_page_tables(tmp_path: Path) -> None:
    loads = [Load(0xFFFF888000000000, A, flags=0, paddr=0), Load(0, B, flags=0, paddr=PAGE)]
    path = Core(loads, QEMU).write(tmp_path / "core")
    assert memory_of(runs_of(path)) == {0xFFFF888000000000: A, 0: B}


def remarks_on(path: Path) -> tuple[str, ...]:
    with open_dump(path) as dump:
        return dump.remarks


def test_a_page_of_a_guest_that_has_two_addresses_is_taken_once(tmp_path: Path) -> None:
    core = Core([Load(PAGE, A, flags=0), Load(1 << 40, A, flags=0, offset=PAGE)], QEMU)
    path = core.write(tmp_path / "core")
    assert memory_of(runs_of(path)) == {PAGE: A}
    assert remarks_on(path) == (
        PERMISSIONS_UNKNOWN,
        "left out: 4.0 KiB in 1 segment from address 0x10000000000 on, since segments before them hold the same memory",
    )


@pytest.mark.parametrize("guest", [True, False])
def test_of_loads_that_overlap_the_first_counts_and_the_others_add_to_it(tmp_path: Path, guest: bool) -> None:
    def load(address: int, *pieces: bytes) -> Load:
        return Load(0, *pieces, flags=0, paddr=address) if guest else Load(address, *pieces)

    loads = [load(4 * PAGE, A), load(2 * PAGE, B, B, B, B), load(8 * PAGE, A), load(4 * PAGE, B)]
    path = Core(loads, QEMU if guest else [file_note()]).write(tmp_path / "core")
    assert memory_of(runs_of(path)) == {2 * PAGE: B + B + A + B, 8 * PAGE: A}
    assert remarks_on(path)[guest:] == (
        "left out: 8.0 KiB in 2 segments from address 0x4000 on, since segments before them hold the same memory",
    )


def test_two_addresses_of_the_same_physical_memory_are_taken_once(tmp_path: Path) -> None:
    loads = [Load(1 << 40, A, B, paddr=PAGE), Load(1 << 41, B, A, paddr=2 * PAGE)]
    path = Core(loads, [file_note()]).write(tmp_path / "core")
    assert memory_of(runs_of(path)) == {1 << 40: A + B, (1 << 41) + PAGE: A}


def test_very_many_loads_over_the_same_bytes_hold_them_once(tmp_path: Path) -> None:
    begin = Load(PAGE, A * 64)
    others = [Load(2 * PAGE + place, filesz=60 * PAGE, memsz=60 * PAGE, offset=0) for place in range(60_000)]
    path = Core([begin, *others], [file_note()]).write(tmp_path / "core")
    begun = time.process_time()
    with open_dump(path) as dump:
        assert sum(segment.dumped for segment in dump.segments) <= path.stat().st_size
        assert len(dump.segments) < 120_000
    assert time.process_time() - begun < 10


def test_the_default_selection_of_a_guest_is_all_of_it(tmp_path: Path) -> None:
    path = Core([Load(0, A, flags=0), Load(0, B, flags=0, paddr=PAGE)], QEMU).write(tmp_path / "core")
    assert memory_of(runs_of(path, "private")) == {0: A + B}
