"""ELF headers: both classes, both byte orders, very many segments, and everything that is no core."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import pytest
import zstandard
from elftools.elf.elffile import ELFFile
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dumps.elfwriter import RX, Core, Load, R, file_note
from tests.dumps.reading import PAGE, memory_of, runs_of
from zswapbench.common.errors import DumpError
from zswapbench.dumps import open_dump


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("order", ["<", ">"])
def test_both_classes_and_both_byte_orders_are_read(tmp_path: Path, bits: int, order: str) -> None:
    loads = [Load(0x10000, b"A" * PAGE), Load(0x20000, b"B" * PAGE, flags=RX, memsz=3 * PAGE)]
    core = Core(
        loads, [file_note((0x20000, 0x23000, b"/bin/true"), bits=bits, order=order)], bits=bits, order=order
    )
    path = core.write(tmp_path / "core")
    with open_dump(path) as dump:
        assert (dump.format, dump.bits, dump.byte_order) == (
            "elf-core",
            bits,
            {"<": "little", ">": "big"}[order],
        )
        first, second = dump.segments
    assert (first.start, first.end, first.permissions, first.dumped) == (0x10000, 0x11000, "rw-", PAGE)
    assert (second.start, second.end, second.permissions, second.dumped) == (0x20000, 0x23000, "r-x", PAGE)
    assert second.name == "/bin/true"
    assert memory_of(runs_of(path)) == {0x10000: b"A" * PAGE, 0x20000: b"B" * PAGE}


def test_another_reader_of_elf_sees_the_same_segments(tmp_path: Path) -> None:
    loads = [Load(PAGE * (1 + 3 * index), bytes([index]) * PAGE, flags=index % 8) for index in range(1, 30)]
    path = Core(loads, [file_note((PAGE, 2 * PAGE, b"/x"))]).write(tmp_path / "core")
    with path.open("rb") as file:
        theirs = [s.header for s in ELFFile(file).iter_segments("PT_LOAD")]
    with open_dump(path) as dump:
        ours = [(s.start, s.end - s.start, s.dumped, s.offset) for s in dump.segments]
    assert ours == [(h.p_vaddr, h.p_memsz, h.p_filesz, h.p_offset) for h in theirs]


@pytest.mark.parametrize(("number", "name"), [(62, "x86_64"), (183, "aarch64"), (4711, "machine 4711")])
def test_the_machine_is_named_as_uname_does(tmp_path: Path, number: int, name: str) -> None:
    path = Core([Load(0, b"A" * PAGE)], header={"e_machine": number}).write(tmp_path / "core")
    with open_dump(path) as dump:
        assert dump.machine == name


@pytest.mark.parametrize("count", [2_000, 65_534, 65_535, 80_000])
def test_very_many_segments_are_read_quickly(tmp_path: Path, count: int) -> None:
    loads = [Load(PAGE * (1 + 2 * index), memsz=PAGE) for index in range(count - 1)]
    path = Core([*loads, Load(1 << 40, b"Z" * PAGE)]).write(tmp_path / "core")
    begun = time.process_time()
    with open_dump(path) as dump:
        assert len(dump.segments) == count
    kept = runs_of(path)
    assert time.process_time() - begun < 5
    assert memory_of(kept) == {1 << 40: b"Z" * PAGE}


@pytest.mark.parametrize("notes_last", [False, True])
def test_the_count_of_segments_survives_the_loss_of_the_section_header(
    tmp_path: Path, notes_last: bool
) -> None:
    loads = [Load(PAGE * (1 + 2 * index), memsz=PAGE) for index in range(69_998)]
    # gcore, which puts notes last, puts data right behind the headers; the kernel puts notes there.
    core = Core(
        [Load(1 << 40, b"Y" * 64), *loads, Load(1 << 41, b"Z" * 64)], [file_note()], notes_last, align=1
    )
    path = tmp_path / "core"
    path.write_bytes(core.to_bytes()[:-64])
    with open_dump(path) as dump:
        assert len(dump.segments) == 70_000


def test_addresses_are_unsigned_and_may_reach_the_very_end(tmp_path: Path) -> None:
    loads = [Load(0xFFFFFFFFFF600000, b"V" * PAGE, flags=RX), Load((1 << 64) - PAGE, b"E" * PAGE)]
    path = Core(loads).write(tmp_path / "core")
    with open_dump(path) as dump:
        assert dump.segments[0].name == "[vsyscall]"
        assert dump.segments[1].end == 1 << 64
    assert memory_of(runs_of(path)) == {0xFFFFFFFFFF600000: b"V" * PAGE, (1 << 64) - PAGE: b"E" * PAGE}


ONE = [Load(0x1000, b"A" * PAGE)]

NOT_A_CORE = {
    "an empty file": (b"", "is empty"),
    "a text file": (b"Hello, world\n", "offset 0: is not an ELF core"),
    "a file cut off in its first bytes": (b"\x7fELF\x02\x01", "offset 6: the file ends within"),
    "a file cut off in its header": (Core(ONE).to_bytes()[:40], "offset 40: the file ends within"),
    "a relocatable object": (Core(ONE, header={"e_type": 1}).to_bytes(), "relocatable object, not a core"),
    "an executable": (Core(ONE, header={"e_type": 2}).to_bytes(), "ELF executable, not a core"),
    "a library": (Core(ONE, header={"e_type": 3}).to_bytes(), "shared object or executable, not a core"),
    "a file of an unknown type": (Core(ONE, header={"e_type": 0xFE01}).to_bytes(), "file of type 0xfe01"),
    "a bad class": (Core(ONE, ident={4: 9}).to_bytes(), "offset 4: ELF class 9"),
    "a bad byte order": (Core(ONE, ident={5: 0}).to_bytes(), "offset 5: ELF byte order 0"),
    "a bad header size": (
        Core(ONE, header={"e_phentsize": 57}).to_bytes(),
        "headers of 57 bytes instead of 56",
    ),
    "no program headers": (Core(ONE, header={"e_phnum": 0}).to_bytes(), "without program headers"),
    "no place for program headers": (Core(ONE, header={"e_phoff": 0}).to_bytes(), "without program headers"),
    "program headers far away": (
        Core(ONE, header={"e_phoff": 1 << 63}).to_bytes(),
        "ends before its 1 program",
    ),
    "too few program headers": (Core(ONE).to_bytes()[:100], "offset 100: the file ends before its 1 program"),
    "more program headers than file": (
        Core(ONE, header={"e_phnum": 60_000}).to_bytes(),
        "ends before its 60000",
    ),
    "no memory": (Core(notes=[file_note()]).to_bytes(), "without memory"),
    "memory beyond 2**64": (
        Core([Load((1 << 64) - 1, b"AA")]).to_bytes(),
        "offset 64: memory at 0xffffffffffffffff",
    ),
    "memory beyond 2**32": (
        Core([Load(0xFFFFFFFF, b"AA")], bits=32).to_bytes(),
        "offset 52: memory at 0xffffffff",
    ),
}


@pytest.mark.parametrize(("content", "complaint"), NOT_A_CORE.values(), ids=NOT_A_CORE)
def test_what_is_no_core_is_refused_in_one_line(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "not-a-core"
    path.write_bytes(content)
    with pytest.raises(DumpError) as raised:
        open_dump(path)
    assert str(raised.value).startswith(str(path))
    assert complaint in str(raised.value)
    assert "\n" not in str(raised.value)
    assert raised.value.exit_code == 3


def test_an_absurd_number_of_program_headers_is_refused_at_once(tmp_path: Path) -> None:
    core = Core(ONE, header={"e_phnum": 0xFFFF, "e_shoff": 64 + 56})
    section = struct.pack("<II4QII2Q", 0, 0, 0, 0, 0, 0, 0, 0xFFFFFFFF, 0, 0)
    path = tmp_path / "core"
    path.write_bytes(core.to_bytes()[:120] + section)
    with path.open("r+b") as file:
        file.truncate(1 << 39)  # so that the headers are "there", in a hole
    with pytest.raises(DumpError, match="4294967295 program headers, more than any process has"):
        open_dump(path)


def test_a_table_that_packs_to_next_to_nothing_is_refused(tmp_path: Path) -> None:
    """Half a million equal headers, 28 MB, in a few KiB: each would take many times its size in memory."""
    head = bytearray(Core(ONE, header={"e_phnum": 0xFFFF, "e_shoff": 64}).to_bytes()[:120])
    table = bytes(head[64:120]) * 500_000
    section = struct.pack("<II4QII2Q", 0, 0, 0, 0, 0, 0, 0, 500_000, 0, 0)
    head[40:48] = (64 + len(table)).to_bytes(8, "little")  # e_shoff
    path = tmp_path / "core.zst"
    path.write_bytes(zstandard.compress(bytes(head[:64]) + table + section))
    with pytest.raises(DumpError, match="500000 program headers, more than any process has"):
        open_dump(path)


@given(data=st.data(), bits=st.sampled_from([32, 64]))
@settings(max_examples=300, deadline=None)
def test_no_damage_to_headers_does_worse_than_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, bits: int
) -> None:
    content = bytearray(Core(ONE * 3, [file_note((0x1000, 0x2000, b"/x"), bits=bits)], bits=bits).to_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(4, 400))] = data.draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xFF]))
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(content)
    try:
        assert sum(run.length for run in runs_of(path)) <= 4 * len(content)
    except DumpError as error:
        assert str(path) in str(error)


def test_sizes_that_the_file_only_claims_are_harmless(tmp_path: Path) -> None:
    huge = Load(0, b"A" * PAGE, filesz=1 << 63, memsz=1 << 63)
    beyond = Load(1 << 63, filesz=1 << 62, memsz=1 << 62, offset=(1 << 64) - 1, flags=R)
    path = Core([huge, beyond]).write(tmp_path / "core")
    with open_dump(path) as dump:
        assert [bytes(run.data or b"") for run in dump.runs([0, 1], PAGE)] == [b"A" * PAGE]
        assert (dump.partial_segments, dump.lost_segments) == (1, 1)
        assert dump.lost_bytes == (1 << 63) - PAGE + (1 << 62)
