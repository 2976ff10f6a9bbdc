"""Notes: names of files, of heap and stack, and notes that are nonsense."""

from __future__ import annotations

import struct
import time
import tracemalloc
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dumps.elfwriter import NT_FILE, RX, Core, Load, R, auxv_note, file_note, note
from tests.dumps.reading import PAGE, names_of
from zswapbench.dumps import open_dump
from zswapbench.dumps.notes import AT_ENTRY, AT_EXECFN, AT_PHDR, AT_RANDOM

ONE = [Load(0x1000, b"A" * PAGE)]
NAMED = file_note((0x1000, 0x2000, b"/bin/x"))


def test_a_segment_gets_the_name_of_the_mapping_that_holds_its_start(tmp_path: Path) -> None:
    loads = [Load(address, b"A" * PAGE) for address in (0x1000, 0x2000, 0x3000, 0x5000)]
    mappings = file_note(
        (0x2000, 0x4000, b"/lib/a.so"), (0x4000, 0x5000, b"/lib/b.so"), (0x1000, 0x2000, b"/x")
    )
    path = Core(loads, [mappings]).write(tmp_path / "core")
    assert names_of(path) == ["/x", "/lib/a.so", "/lib/a.so", ""]


def test_several_file_notes_add_up(tmp_path: Path) -> None:
    loads = [Load(0x1000, b"A"), Load(0x2000, b"B")]
    path = Core(loads, [NAMED, file_note((0x2000, 0x3000, b"/y"))]).write(tmp_path / "core")
    assert names_of(path) == ["/bin/x", "/y"]


def test_names_can_always_be_printed(tmp_path: Path) -> None:
    path = Core(ONE, [file_note((0x1000, 0x2000, b"/tmp/caf\xe9\n\x1b[31m\xc3\xa9"))]).write(
        tmp_path / "core"
    )
    (name,) = names_of(path)
    assert name == "/tmp/caf\\xe9\\n\\x1b[31mé"
    assert name.encode() and name.isprintable()


def test_notes_at_the_end_of_the_file_are_found(tmp_path: Path) -> None:
    path = Core(ONE, [NAMED], notes_last=True, align=1).write(tmp_path / "core")
    assert names_of(path) == ["/bin/x"]


def test_without_its_end_a_gcore_has_pages_but_no_names(tmp_path: Path) -> None:
    path = tmp_path / "core"
    path.write_bytes(Core(ONE, [NAMED], notes_last=True, align=1).to_bytes()[: -len(NAMED)])
    assert names_of(path) == [""]


def test_notes_of_others_are_stepped_over(tmp_path: Path) -> None:
    others = [
        note(b"GDB", 0xFF000000, bytes(13_600)),
        NAMED.replace(b"CORE", b"ELSE").replace(b"/bin/x", b"/bin/y"),
        note(b"", 7),
    ]
    threads = [note(b"CORE", 1, bytes(336)) for _ in range(10_000)]
    path = Core(ONE, [*others, *threads, NAMED]).write(tmp_path / "core")
    assert names_of(path) == ["/bin/x"]


NONSENSE = {
    "an absurd owner": struct.pack("<III", 0xFFFFFFFF, 0, 1) + b"CORE\0",
    "an absurd size": struct.pack("<III", 5, 0xFFFFFFFF, NT_FILE) + b"CORE\0\0\0\0",
    "nothing but zeros": bytes(4096),
    "half a header": b"\5\0\0\0\1",
    "a file note of absurd count": note(b"CORE", NT_FILE, struct.pack("<QQ", 1 << 63, 4096) + bytes(48)),
    "a file note without names": note(
        b"CORE", NT_FILE, struct.pack("<QQQQQ", 1, 4096, 0x1000, 0x2000, 0)[:30]
    ),
    "a file note of three bytes": note(b"CORE", NT_FILE, b"abc"),
    "a vector of seven bytes": note(b"CORE", 6, b"1234567"),
    "a vector of nonsense": note(b"CORE", 6, b"\xff" * 999),
}


@pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE)
def test_malformed_notes_cost_the_names_and_nothing_else(tmp_path: Path, nonsense: bytes) -> None:
    path = Core(ONE, [nonsense]).write(tmp_path / "core")
    assert names_of(path) == [""]


@pytest.mark.parametrize("filesz", [1 << 63, (1 << 64) - 1])
def test_a_note_segment_of_absurd_size_ends_where_the_file_ends(tmp_path: Path, filesz: int) -> None:
    core = Core(ONE, [NAMED], notes_last=True, note_fields={"filesz": filesz})
    assert names_of(core.write(tmp_path / "core")) == ["/bin/x"]


def test_a_terabyte_of_notes_in_a_hole_is_not_walked(tmp_path: Path) -> None:
    path = Core(ONE, [NAMED], notes_last=True, note_fields={"filesz": 1 << 40}).write(tmp_path / "core")
    with path.open("r+b") as file:
        file.truncate(1 << 40)
    begun = time.process_time()
    assert names_of(path) == ["/bin/x"]
    assert time.process_time() - begun < 1


def cpu_seconds_to_open(path: Path) -> float:
    begun = time.process_time()
    names_of(path)
    return time.process_time() - begun


def test_note_segments_that_overlap_are_read_once(tmp_path: Path) -> None:
    """64 of them over one note of 2 MiB, as a file of 3 MB that became 3 GB in memory."""
    mappings = [(place << 12, (place + 1) << 12, b"/x") for place in range(80_000)]
    plain = Core(ONE, [file_note(*mappings)]).to_bytes()
    headers, at = 64, len(plain)
    phdr = struct.pack("<IIQQQQQQ", 4, 0, 64 + 2 * 56 + headers * 56, 0, 0, at - PAGE - 64 - 2 * 56, 0, 4)
    first = bytearray(plain[:64])
    first[56:58] = (headers + 1).to_bytes(2, "little")
    load = bytearray(plain[64 + 56 : 64 + 112])
    load[8:16] = (at + headers * 56 - PAGE).to_bytes(8, "little")
    path = tmp_path / "core"
    path.write_bytes(bytes(first) + phdr * headers + bytes(load) + bytes(56) + plain[64 + 112 :])
    tracemalloc.start()
    assert names_of(path) == ["/x"]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * path.stat().st_size + (8 << 20)


TINY = {
    "nothing": struct.pack("<III", 0, 0, 1),
    "file notes": note(b"CORE", NT_FILE, struct.pack("<QQ", 0, 4096)),
    "mappings": file_note((0x9000, 0xA000, b"/y")),
    "vectors": auxv_note({AT_PHDR: 1}),
}


@pytest.mark.parametrize("tiny", TINY.values(), ids=TINY)
def test_megabytes_of_tiny_notes_take_time_and_memory_in_proportion(tmp_path: Path, tiny: bytes) -> None:
    path = Core(ONE, [tiny * ((4 << 20) // len(tiny))]).write(tmp_path / "core")
    assert cpu_seconds_to_open(path) < 10
    tracemalloc.start()
    names_of(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * path.stat().st_size


def test_one_long_name_is_not_given_to_a_hundred_thousand_segments(tmp_path: Path) -> None:
    loads = [Load(0x10000 + PAGE * place, b"A") for place in range(20_000)]
    path = Core(loads, [file_note((0, 1 << 62, b"/" + b"n" * 4000))], align=1).write(tmp_path / "core")
    with open_dump(path) as dump:
        assert sum(len(segment.name) for segment in dump.segments) < 16 * 5000
        assert dump.remarks[0].startswith(
            "its list of mapped files (NT_FILE) is too long to be true, so some segments may lack their names"
        )


def packed(tmp_path: Path, *notes: bytes) -> Path:
    path = tmp_path / "core.zst"
    path.write_bytes(zstandard.compress(Core(ONE, notes).to_bytes()))
    return path


def test_lists_of_files_that_pack_to_next_to_nothing_take_next_to_no_memory(tmp_path: Path) -> None:
    """96 MiB in some KiB: all mappings alike, in one note or in several."""
    mappings = 1_000_000
    equal = struct.pack("<QQ", mappings, PAGE) + bytes(24 * mappings) + b"/\0" * mappings
    path = packed(tmp_path, *[note(b"CORE", NT_FILE, equal)] * 4)
    tracemalloc.start()
    with open_dump(path) as dump:
        assert dump.remarks[0].startswith("its list of mapped files (NT_FILE) is too long to be true")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 << 20


def test_notes_that_pack_to_next_to_nothing_take_next_to_no_time(tmp_path: Path) -> None:
    """A million in a KiB."""
    path = packed(tmp_path, struct.pack("<III", 0, 0, 1) * (1 << 20), NAMED)
    begun = time.process_time()
    assert names_of(path) == [""]
    assert time.process_time() - begun < 1


def test_a_long_list_of_files_that_packs_as_such_lists_do_is_read(tmp_path: Path) -> None:
    mappings = [(place << 12, (place + 1) << 12, b"/lib/%06d.so" % place) for place in range(200_000)]
    assert names_of(packed(tmp_path, file_note(*mappings))) == ["/lib/000001.so"]


@given(notes=st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_no_notes_can_make_a_core_unreadable(tmp_path_factory: pytest.TempPathFactory, notes: bytes) -> None:
    path = Core(ONE, [NAMED, note(b"CORE", NT_FILE, notes), notes]).write(
        tmp_path_factory.getbasetemp() / "any"
    )
    with open_dump(path) as dump:
        assert len(dump.segments) == 1


EXECUTABLE = [
    (0x400000, 0x401000, b"/bin/x"),
    (0x401000, 0x402000, b"/bin/x"),
    (0x7F0000, 0x7F1000, b"/lib/c.so"),
]
AUXV = {AT_PHDR: 0x400040, AT_ENTRY: 0x401000, AT_RANDOM: 0x7FF800, AT_EXECFN: 0x7FFFF0}


def process(*anonymous: tuple[int, int], auxv: dict[int, int] = AUXV) -> Core:
    """A process: an executable, anonymous memory (address, flags), a library, a stack."""
    loads = [Load(start, b"F" * PAGE, flags=RX) for start, _, _ in EXECUTABLE]
    loads += [Load(address, b"A" * PAGE, flags=flags) for address, flags in (*anonymous, (0x7FF000, 6))]
    return Core(loads, [file_note(*EXECUTABLE), auxv_note(auxv)])


def named(path: Path) -> dict[str, int]:
    """Address of each segment whose name is in brackets."""
    with open_dump(path) as dump:
        return {segment.name: segment.start for segment in dump.segments if segment.name.startswith("[")}


BSS, HEAP, ARENA, RW = 0x402000, 0x600000, 0x700000, 6


def test_the_stack_holds_what_the_kernel_put_there(tmp_path: Path) -> None:
    assert named(process().write(tmp_path / "core")) == {"[stack]": 0x7FF000}


def test_the_heap_is_the_first_anonymous_memory_above_the_executable(tmp_path: Path) -> None:
    path = process((HEAP, RW), (ARENA, RW)).write(tmp_path / "core")
    assert named(path)["[heap]"] == HEAP


def test_the_bss_is_not_the_heap(tmp_path: Path) -> None:
    path = process((BSS, RW), (HEAP, RW)).write(tmp_path / "core")
    assert named(path)["[heap]"] == HEAP


def test_a_heap_that_merged_with_the_bss_is_the_heap(tmp_path: Path) -> None:
    assert named(process((BSS, RW)).write(tmp_path / "core"))["[heap]"] == BSS


def test_read_only_memory_and_memory_above_a_library_is_no_heap(tmp_path: Path) -> None:
    path = process((HEAP, R), (0x7F1000, RW)).write(tmp_path / "core")
    assert "[heap]" not in named(path)


def test_without_an_auxiliary_vector_there_is_neither_heap_nor_stack(tmp_path: Path) -> None:
    assert named(process((HEAP, RW), auxv={}).write(tmp_path / "core")) == {}


def test_the_entry_point_finds_the_executable_too(tmp_path: Path) -> None:
    path = process((HEAP, RW), auxv={AT_ENTRY: 0x401000}).write(tmp_path / "core")
    assert named(path) == {"[heap]": HEAP}
