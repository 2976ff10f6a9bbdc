"""Packed dumps: every packing, in every state of repair."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import random
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import lz4.frame
import pytest
import zstandard

from tests.dumps.elfwriter import Core, Load, file_note
from tests.dumps.reading import PAGE, memory_of, names_of, runs, runs_of
from zswapbench.common.errors import DumpError
from zswapbench.dumps import open_dump, packed
from zswapbench.dumps.packed import PackedSource


def zst(data: bytes) -> bytes:
    """A frame without its size, as a pipe into zstd gives, with a checksum."""
    return zstandard.ZstdCompressor(write_content_size=False, write_checksum=True).compress(data)


def lz4_frame(data: bytes) -> bytes:
    return bytes(lz4.frame.compress(data, content_checksum=True, store_size=False))


PACK: dict[str, Callable[[bytes], bytes]] = {
    "zst": zst,
    "lz4": lz4_frame,
    "gz": lambda data: gzip.compress(data, 1),
    "xz": lambda data: lzma.compress(data, preset=0),
    "bz2": lambda data: bz2.compress(data, 1),
}

NOISE = random.Random(2013).randbytes(150 * PAGE)
CORE = Core(
    [Load(0x10000, NOISE, bytes(9 << 20)), Load(1 << 40, NOISE)], [file_note((0x10000, 1 << 30, b"/x"))]
)
GCORE = Core(CORE.loads, CORE.notes, notes_last=True, align=1)
MEMORY = {0x10000: NOISE + bytes(9 << 20), 1 << 40: NOISE}

each_packing = pytest.mark.parametrize("packing", PACK)


@each_packing
@pytest.mark.parametrize("core", [CORE, GCORE], ids=["kernel", "gcore"])
def test_a_packed_core_reads_like_the_plain_one_whatever_its_name(
    tmp_path: Path, packing: str, core: Core
) -> None:
    path = tmp_path / "core"
    path.write_bytes(PACK[packing](core.to_bytes()))
    with open_dump(path) as dump:
        assert dump.packing == packing
        assert [segment.name for segment in dump.segments] == ["/x", ""]
        assert memory_of(runs(dump, [1])) == {1 << 40: NOISE}
        assert memory_of(runs(dump)) == MEMORY
        assert (dump.partial_segments, dump.lost_segments, dump.lost_bytes) == (0, 0, 0)


@each_packing
def test_several_streams_one_after_the_other_are_one_dump(tmp_path: Path, packing: str) -> None:
    content = CORE.to_bytes()
    cuts = [0, 10, 5000, 5 << 20, len(content)]
    path = tmp_path / "core"
    path.write_bytes(b"".join(PACK[packing](content[a:b]) for a, b in pairwise(cuts)))
    assert memory_of(runs_of(path)) == MEMORY


@each_packing
def test_a_stream_without_its_end_is_a_truncated_dump(tmp_path: Path, packing: str) -> None:
    whole = PACK[packing](CORE.to_bytes())
    path = tmp_path / "core"
    path.write_bytes(whole[: len(whole) - 400_000])
    with open_dump(path) as dump:
        memory = memory_of(runs(dump))
        assert dump.partial_segments + dump.lost_segments == 1
        assert dump.lost_bytes == sum(map(len, MEMORY.values())) - sum(map(len, memory.values())) > 0
    assert memory[0x10000] == MEMORY[0x10000]
    assert NOISE.startswith(memory.get(1 << 40, b""))


@each_packing
def test_pages_survive_when_only_the_trailer_is_missing(tmp_path: Path, packing: str) -> None:
    path = tmp_path / "core"
    path.write_bytes(PACK[packing](CORE.to_bytes())[:-2])
    assert memory_of(runs_of(path)) == MEMORY


@each_packing
def test_a_damaged_stream_is_refused_with_path_and_offset(tmp_path: Path, packing: str) -> None:
    packed = bytearray(PACK[packing](CORE.to_bytes()))
    packed[len(packed) - 200_000] ^= 0xFF
    path = tmp_path / "core"
    path.write_bytes(packed)
    with (
        open_dump(path) as dump,
        pytest.raises(DumpError, match=f"the .{packing} packing is damaged") as raised,
    ):
        runs(dump, "all")
        dump.source.size()  # a checksum over the whole comes at the end
    assert str(raised.value).startswith(f"{path}: offset ")
    assert "\n" not in str(raised.value)


@each_packing
@pytest.mark.parametrize("length", [1, 2, 6, 11, 72])
def test_garbage_behind_a_stream_is_damage_however_short(tmp_path: Path, packing: str, length: int) -> None:
    path = tmp_path / "data.pages"
    path.write_bytes(PACK[packing](NOISE) + b"garbage " * 9)
    os.truncate(path, path.stat().st_size - 72 + length)
    with pytest.raises(DumpError, match="packing is damaged"):
        open_dump(path)


def cut_at(path: Path) -> int | None:
    with open_dump(path) as dump:
        return dump.source.cut_at


@each_packing
def test_a_stream_that_lacks_any_of_its_last_bytes_is_said_to_be_cut(tmp_path: Path, packing: str) -> None:
    whole = PACK[packing](NOISE)
    path = tmp_path / "data.pages"
    for missing in range(1, 9):
        path.write_bytes(whole[:-missing])
        assert cut_at(path) is not None
    path.write_bytes(whole)
    assert cut_at(path) is None


@each_packing
def test_a_second_stream_is_said_to_be_cut_wherever_that_is(tmp_path: Path, packing: str) -> None:
    stream = PACK[packing](NOISE)
    path = tmp_path / "data.pages"
    for length in (1, 3, 5, 20, len(stream) // 2, len(stream) - 1):
        path.write_bytes(stream + stream[:length])
        found = cut_at(path)
        assert found is not None and len(NOISE) <= found <= 2 * len(NOISE)
    path.write_bytes(2 * stream)
    assert cut_at(path) is None


@pytest.mark.parametrize("packing", ["gz", "xz"])
def test_padding_with_zeros_is_no_damage(tmp_path: Path, packing: str) -> None:
    path = tmp_path / "data.pages"
    path.write_bytes(PACK[packing](NOISE) + bytes(512 << 10) + PACK[packing](NOISE) + bytes(512))
    assert memory_of(runs_of(path)) == {0: NOISE + NOISE}


@pytest.mark.parametrize("suffix", [".gz", ".xz", ".zst"])
def test_a_page_file_that_is_not_packed_as_its_name_says_is_no_page_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"memory.raw{suffix}"
    path.write_bytes(NOISE)
    with pytest.raises(DumpError, match="is not an ELF core"):
        open_dump(path)


@pytest.mark.parametrize("kind", [b"\x50", b"\x51", b"\x5f"])
def test_a_skippable_frame_in_front_is_zstds_own(tmp_path: Path, kind: bytes) -> None:
    path = tmp_path / "core"
    path.write_bytes(kind + b"\x2a\x4d\x18\x04\0\0\0size" + zst(CORE.to_bytes()))
    assert names_of(path) == ["/x", ""]


def test_a_packed_core_is_unpacked_a_few_times_only_whatever_the_order_of_its_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Headers in another order than the bytes that they stand for, notes among them, and a second time over."""
    rewound: list[PackedSource] = []
    rewind = PackedSource._rewind

    def counted(source: PackedSource) -> None:
        rewound.append(source)
        rewind(source)

    monkeypatch.setattr(PackedSource, "_rewind", counted)
    content = bytearray(
        Core([Load((1 + place) << 32, NOISE) for place in range(20)], [file_note()]).to_bytes()
    )
    headers = [content[64 + 56 * place : 64 + 56 * (place + 1)] for place in range(21)] * 2
    random.Random(1).shuffle(headers)
    content[56:58] = len(headers).to_bytes(2, "little")
    content[64 : 64 + 56 * len(headers)] = b"".join(headers)
    path = tmp_path / "core.zst"
    path.write_bytes(zst(bytes(content)))
    with open_dump(path) as dump:
        assert len(runs(dump)) == 20
    assert len(rewound) <= 3


@each_packing
def test_a_packed_empty_file_is_empty(tmp_path: Path, packing: str) -> None:
    path = tmp_path / "core"
    path.write_bytes(PACK[packing](b""))
    with pytest.raises(DumpError, match="is empty"):
        open_dump(path)


@each_packing
@pytest.mark.parametrize("cut", [6, 30])
def test_a_file_cut_in_its_first_block_is_truncated_and_not_empty(
    tmp_path: Path, packing: str, cut: int
) -> None:
    path = tmp_path / "core"
    path.write_bytes(PACK[packing](b"some words that repeat " * 20_000)[:cut])
    with pytest.raises(DumpError, match="the file ends within the first block of its"):
        open_dump(path)


def with_window(exponent: int) -> bytes:
    """NOISE as a zstd frame that asks for a window of 2**exponent bytes, in plain blocks (RFC 8878, 3.1.1)."""
    step = 64 << 10
    blocks = [NOISE[at : at + step] for at in range(0, len(NOISE), step)]
    headers = [(len(block) << 3 | (block is blocks[-1])).to_bytes(3, "little") for block in blocks]
    content = b"".join(header + block for header, block in zip(headers, blocks, strict=True))
    return b"\x28\xb5\x2f\xfd\0" + bytes([(exponent - 10) << 3]) + content


@pytest.mark.parametrize("exponent", [27, 28, 31])
def test_a_frame_with_a_long_window_is_read(tmp_path: Path, exponent: int) -> None:
    path = tmp_path / "data.pages"
    path.write_bytes(with_window(exponent))
    assert zstandard.get_frame_parameters(path.read_bytes()).window_size == 1 << exponent
    assert memory_of(runs_of(path)) == {0: NOISE}


def test_a_window_larger_than_memory_is_told_with_its_size_and_a_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "_WINDOW_AT_MOST", 128 << 20)  # as on a small machine
    path = tmp_path / "core"
    path.write_bytes(with_window(28))
    with pytest.raises(
        DumpError, match=r"needs 256\.0 MiB of memory or more .* unpack it: zstd -d --long=31 FILE"
    ):
        open_dump(path)


def test_a_window_larger_than_any_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "core"
    path.write_bytes(with_window(36))
    with pytest.raises(DumpError, match="packing is damaged"):
        open_dump(path)


def test_a_window_for_which_there_is_no_memory_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "data.pages"
    path.write_bytes(with_window(31))
    program = (
        "import resource, sys\n"
        "from zswapbench.dumps import open_dump\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "open_dump(sys.argv[1])"
    )
    done = subprocess.run([sys.executable, "-c", program, path], check=False, capture_output=True, text=True)
    assert "needs 2.0 GiB of memory or more to be unpacked" in done.stderr


@each_packing
def test_a_packed_source_reads_in_any_order(tmp_path: Path, packing: str) -> None:
    content = os.urandom(1000) + bytes(3 << 20) + NOISE
    path = tmp_path / "data"
    path.write_bytes(PACK[packing](content))
    source = PackedSource(str(path), path.open("rb"), packing)
    choice = random.Random(packing)
    for _ in range(30):
        offset, length = choice.randrange(len(content) + 99), choice.randrange(2 << 20)
        assert bytes(source.read_at(offset, length)) == content[offset : offset + length]
    assert source.size() == len(content)
    assert not source.read_at(1 << 64, 1)
    assert source.bytes_at(0, 1 << 40) == content
    source.close()
