"""The three producers of cores, each with its ways."""

from __future__ import annotations

from pathlib import Path

from tests.dumps.elfwriter import Core, Load, R, file_note, note
from tests.dumps.reading import PAGE, memory_of, runs_of
from zswapbench.dumps import open_dump

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


def test_two_addresses_of_the_same_guest_page_both_give_it(tmp_path: Path) -> None:
    core = Core([Load(PAGE, A, flags=0), Load(1 << 40, A, flags=0, offset=PAGE)], QEMU)
    assert memory_of(runs_of(core.write(tmp_path / "core"))) == {PAGE: A, 1 << 40: A}


def test_the_default_selection_of_a_guest_is_all_of_it(tmp_path: Path) -> None:
    path = Core([Load(0, A, flags=0), Load(0, B, flags=0, paddr=PAGE)], QEMU).write(tmp_path / "core")
    assert memory_of(runs_of(path, "private")) == {0: A + B}
