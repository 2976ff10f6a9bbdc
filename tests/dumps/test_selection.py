"""--select: words, names, patterns."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dumps.elfwriter import RW, RX, Core, Load, R, auxv_note, file_note
from tests.dumps.reading import PAGE, runs
from zswapbench.common.errors import UsageError
from zswapbench.dumps import left_out, open_dump, select

SEGMENTS = {
    0x1000: (b"/bin/x", RX),
    0x2000: (b"/bin/x", R),
    0x3000: (b"/bin/x", R),  # relro
    0x4000: (b"/bin/x", RW),
    0x6000: (b"", RW),  # the heap
    0x7000: (b"/lib/libc.so.6", RW),
    0x8000: (b"/dev/shm/a (deleted)", RW),
    0x9000: (b"/memfd:b (deleted)", R),
    0xA000: (b"/SYSV00000000 (deleted)", RW),
    0xB000: (b"/dev/zero (deleted)", RW),
    0xC000: (b"/dev/zero", RW),
    0xD000: (b"/dev/dri/card0", RW),
    0xE000: (b"/dev/hugepages/c", RW),
    0xF000: (b"/anon_hugepage (deleted)", RW),
    0x10000: (b"anon_inode:[io_uring]", RW),
    0x11000: (b"", RW),
    0x12000: (b"", RX),  # code that was made at run time
    0x13000: (b"", R),
    0x15000: (b"", R),  # vvar
    0x16000: (b"", RX),  # vdso
    0x18000: (b"", RW),  # the stack
}
NOTES = [
    file_note(*((start, start + PAGE, name) for start, (name, _) in SEGMENTS.items() if name)),
    auxv_note({3: 0x1040, 25: 0x18800, 33: 0x16000}),
]
SWAPPABLE = [
    0x3000,
    0x4000,
    0x6000,
    0x7000,
    0x8000,
    0x9000,
    0xA000,
    0xB000,
    0xC000,
    0x11000,
    0x12000,
    0x18000,
]


@pytest.fixture
def process(tmp_path: Path) -> Path:
    """As gcore writes one."""
    loads = [Load(start, bytes([start >> 12]) * PAGE, flags=flags) for start, (_, flags) in SEGMENTS.items()]
    return Core(loads, NOTES, notes_last=True, align=1).write(tmp_path / "core")


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        ("swappable", SWAPPABLE),
        ("private", [0x4000, 0x6000, 0x7000, 0xF000, 0x10000, 0x11000, 0x18000]),
        ("anonymous", [0x6000, 0xC000, 0x11000, 0x18000]),
        ("writable", [start for start, (_, flags) in SEGMENTS.items() if flags == RW]),
        ("all", list(SEGMENTS)),
        ("heap", [0x6000]),
        ("stack", [0x18000]),
        ("[heap]", [0x6000]),
        ("/bin/x", [0x1000, 0x2000, 0x3000, 0x4000]),
        ("*/libc.so*", [0x7000]),
    ],
)
def test_each_word_and_pattern_selects_its_segments(process: Path, text: str, starts: list[int]) -> None:
    with open_dump(process) as dump:
        assert [dump.segments[index].start for index in select(dump, text)] == starts


def test_what_the_kernel_would_swap_is_the_default(process: Path) -> None:
    with open_dump(process) as dump:
        assert select(dump) == select(dump, "swappable")


def starts_selected(path: Path) -> list[int]:
    """Addresses of the segments that are taken by default."""
    with open_dump(path) as dump:
        return [dump.segments[index].start for index in select(dump)]


TEXT = Load(0x1000, memsz=PAGE, flags=RX)
KERNEL = [file_note(*((start, start + 0x2000, b"/lib/x.so") for start in (0x1000, 0x4000, 0x8000)))]


def test_in_a_core_of_the_kernel_a_read_only_piece_of_a_file_was_written_if_more_than_its_first_page_is_there(
    tmp_path: Path,
) -> None:
    loads = [TEXT, Load(0x4000, b"H" * PAGE, memsz=2 * PAGE, flags=R), Load(0x8000, b"W" * 2 * PAGE, flags=R)]
    assert starts_selected(Core(loads, KERNEL).write(tmp_path / "core")) == [0x8000]


def test_that_is_no_sign_where_the_core_has_whole_files(tmp_path: Path) -> None:
    loads = [
        Load(0x1000, b"T" * PAGE, flags=RX),
        Load(0x8000, b"W" * 2 * PAGE, flags=R),
        Load(0xC000, b"A" * PAGE),
    ]
    assert starts_selected(Core(loads, KERNEL).write(tmp_path / "core")) == [0xC000]


def test_in_a_core_of_the_kernel_memory_without_a_file_was_written_whatever_its_permissions(
    tmp_path: Path,
) -> None:
    loads = [
        Load(start, b"A" * PAGE, flags=flags) for start, flags in ((0x10000, R), (0x20000, RX), (0x30000, 0))
    ]
    assert starts_selected(Core(loads, KERNEL).write(tmp_path / "core")) == [0x10000, 0x20000, 0x30000]


def test_reserved_address_space_that_gcore_wrote_out_is_not_taken(tmp_path: Path) -> None:
    loads = [Load(0x10000, 64 << 30, flags=R), Load(1 << 40, b"A" * PAGE)]
    core = Core(loads, KERNEL, notes_last=True, align=1)
    assert starts_selected(core.write(tmp_path / "core")) == [1 << 40]


def test_what_is_left_out_is_told_with_its_bytes_and_the_reason(process: Path) -> None:
    with open_dump(process) as dump:
        assert left_out([(dump, select(dump))]) == [
            (
                "left out: 8.0 KiB in 2 segments of pages of files that nobody wrote to, which the kernel reads again "
                "from there; --select all takes it"
            ),
            "left out: 4.0 KiB in 1 segment of device memory, which the kernel does not swap; --select all takes it",
            "left out: 8.0 KiB in 2 segments of hugetlb memory, which the kernel does not swap; --select all takes it",
            (
                "left out: 12.0 KiB in 3 segments of objects of the kernel (vdso, rings of io_uring and the like), "
                "which it does not swap; --select all takes it"
            ),
            (
                "left out: 4.0 KiB in 1 segment of read-only memory without a file, as gcore writes address space that "
                "is only reserved; --select all takes it"
            ),
        ]
        assert left_out([(dump, select(dump, "all"))]) == []


def test_what_would_be_swapped_and_is_not_selected_is_told_too(process: Path) -> None:
    with open_dump(process) as dump:
        first, *_ = [line for line in left_out([(dump, select(dump, "heap"))]) if "would swap" in line]
    assert first == (
        "left out: 44.0 KiB in 11 segments of memory that the kernel would swap; --select swappable takes it"
    )


def test_what_the_file_lost_is_not_counted_as_left_out(tmp_path: Path) -> None:
    path = Core([Load(0x80000, b"A" * PAGE), Load(0x1000, b"T" * 9 * PAGE, flags=RX)], KERNEL).write(
        tmp_path / "core"
    )
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 8 * PAGE)
    with open_dump(path) as dump:
        line, lost = left_out([(dump, select(dump))])
    assert line.startswith("left out: 4.0 KiB in 1 segment of pages of files")
    assert lost == "lost: 32.0 KiB in 1 segment, since the file ends before they do; copy it again"


def test_what_the_file_lost_of_what_is_taken_is_told_with_the_rest(tmp_path: Path) -> None:
    path = Core([Load(0x80000, b"A" * 3 * PAGE), Load(0x1000, b"T" * PAGE, flags=RX)], KERNEL).write(
        tmp_path / "core"
    )
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 3 * PAGE)
    with open_dump(path) as dump:
        wanted = select(dump)
        assert len(runs(dump, wanted)) == 1
        assert left_out([(dump, wanted)]) == [
            "lost: 12.0 KiB in 2 segments, since the file ends before they do; copy it again"
        ]


def test_memory_that_the_dump_does_not_hold_is_one_line_in_all(tmp_path: Path) -> None:
    loads = [TEXT, Load(0x4000, b"H" * PAGE, memsz=2 * PAGE, flags=R), Load(0x80000, b"A" * PAGE)]
    path = Core(loads, KERNEL).write(tmp_path / "core")
    with open_dump(path) as dump:
        assert left_out([(dump, select(dump, "all"))]) == [
            (
                "not in the dump: 8.0 KiB in 2 segments; the kernel leaves out pages of files (see coredump_filter in "
                "core(5)) and memory that nobody wrote to"
            )
        ]


def test_an_empty_selection_is_a_usage_error(process: Path) -> None:
    with open_dump(process) as dump, pytest.raises(UsageError, match="--select '' names no segments"):
        select(dump, "")


def test_a_selection_of_nothing_says_what_there_is(process: Path) -> None:
    with open_dump(process) as dump, pytest.raises(UsageError) as raised:
        select(dump, "haep")
    message = str(raised.value)
    assert message.startswith(
        f"{process}: 'haep' selects no segment; choose from swappable (12), private (7), anonymous (4), "
    )
    assert "or a name: /bin/x, [heap], /lib/libc.so.6, " in message
    assert "\n" not in message


def test_a_selection_in_a_dump_without_names_says_so(tmp_path: Path) -> None:
    path = Core([Load(0x1000, b"A")]).write(tmp_path / "core")
    with open_dump(path) as dump, pytest.raises(UsageError, match="no segment has a name"):
        select(dump, "heap")
