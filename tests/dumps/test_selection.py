"""--select: words, names, patterns."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dumps.elfwriter import RW, RX, Core, Load, auxv_note, file_note
from tests.dumps.reading import PAGE
from zswapbench.common.errors import UsageError
from zswapbench.dumps import open_dump, select

SEGMENTS = {
    0x1000: (b"/bin/x", RX),
    0x2000: (b"/bin/x", RW),
    0x5000: (b"", RW),  # the heap
    0x6000: (b"/lib/libc.so.6", RW),
    0x7000: (b"/dev/shm/a (deleted)", RW),
    0x8000: (b"/memfd:b (deleted)", RW),
    0x9000: (b"/SYSV00000000 (deleted)", RW),
    0xA000: (b"/dev/zero (deleted)", RW),
    0xB000: (b"/dev/dri/card0", RW),
    0xC000: (b"", RW),
    0xD000: (b"", RW),  # the stack
    0xE000: (b"", RX),
}


@pytest.fixture
def process(tmp_path: Path) -> Path:
    loads = [Load(start, b"A" * PAGE, flags=flags) for start, (_, flags) in SEGMENTS.items()]
    files = [(start, start + PAGE, name) for start, (name, _) in SEGMENTS.items() if name]
    return Core(loads, [file_note(*files), auxv_note({3: 0x1040, 25: 0xD800})]).write(tmp_path / "core")


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        ("private", [0x2000, 0x5000, 0x6000, 0xC000, 0xD000]),
        ("anonymous", [0x5000, 0xC000, 0xD000]),
        ("writable", [start for start, (_, flags) in SEGMENTS.items() if flags == RW]),
        ("all", list(SEGMENTS)),
        ("heap", [0x5000]),
        ("stack", [0xD000]),
        ("[heap]", [0x5000]),
        ("/bin/x", [0x1000, 0x2000]),
        ("*/libc.so*", [0x6000]),
    ],
)
def test_each_word_and_pattern_selects_its_segments(process: Path, text: str, starts: list[int]) -> None:
    with open_dump(process) as dump:
        assert [dump.segments[index].start for index in select(dump, text)] == starts


def test_private_is_the_default(process: Path) -> None:
    with open_dump(process) as dump:
        assert select(dump) == select(dump, "private")


def test_a_selection_of_nothing_says_what_there_is(process: Path) -> None:
    with open_dump(process) as dump, pytest.raises(UsageError) as raised:
        select(dump, "haep")
    message = str(raised.value)
    assert message.startswith(
        f"{process}: 'haep' selects no segment; choose from private (5), anonymous (3), "
    )
    assert "or a name: /bin/x, [heap], /lib/libc.so.6, " in message
    assert "\n" not in message


def test_a_selection_in_a_dump_without_names_says_so(tmp_path: Path) -> None:
    path = Core([Load(0x1000, b"A")]).write(tmp_path / "core")
    with open_dump(path) as dump, pytest.raises(UsageError, match="no segment has a name"):
        select(dump, "heap")
