"""The trace file: as documented to the byte, and every kind of damage said with path and offset."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from zswapbench.common.errors import TraceError, UsageError
from zswapbench.traces import format as format_
from zswapbench.traces.event import EVENT
from zswapbench.traces.format import _unchanging, read_trace, write_trace

ROOT = Path(__file__).parents[2]
DIGEST = bytes(range(32))
EVENTS = np.array([(7, 1, 0, 2, 3, 4), (5, 2, 1, 0, 3, 0), (0, 3, 2, 1, 9, 0), (1, 5, 0, 0, 0, 32)], EVENT)
PROVENANCE = {"made_by": "hand", "größe": [1, 2, {"three": None}]}


def build(
    *,
    magic: bytes = b"zswaptrc",
    version: int = 1,
    shift: int = 12,
    event_bytes: int = 16,
    count: int = len(EVENTS),
    block: bytes = b'{"made_by": "hand"}',
    json_bytes: int | None = None,
    tail: bytes = b"",
) -> bytes:
    """A trace, put together as the documentation says; wrong where a test wants it wrong."""
    block = block.ljust(-(-len(block) // 64) * 64)
    length = len(block) if json_bytes is None else json_bytes
    header = struct.pack("<8sHHIQ32sII", magic, version, shift, event_bytes, count, DIGEST, length, 0)
    return header + block + EVENTS.tobytes() + tail


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to write over and over."""
    return tmp_path_factory.mktemp("traces") / "a.trace.bin"


def error_of(path: Path) -> TraceError:
    """What reading ``path`` raises."""
    with pytest.raises(TraceError) as raised:
        read_trace(path)
    assert str(path) in str(raised.value)
    assert raised.value.exit_code == 3
    assert "\n" not in str(raised.value)
    return raised.value


def run_python(program: str, path: Path) -> str:
    """What ``program``, given ``path``, writes to standard error in a process of its own."""
    command: list[str | Path] = [sys.executable, "-c", program, path]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stderr


@pytest.mark.parametrize("name", ["a.trace.bin", "a.trace.bin.zst"])
def test_what_is_told_after_the_events_stands_before_them(tmp_path: Path, name: str) -> None:
    told: dict[str, Any] = {}

    def events() -> Iterator[NDArray[np.void]]:
        yield EVENTS
        told["events"] = len(EVENTS)

    path = tmp_path / name
    write_trace(path, events(), page_size=4096, corpus_digest=DIGEST.hex(), provenance=lambda: told)
    trace = read_trace(path)
    assert trace.provenance == {"events": len(EVENTS)}
    assert trace.offset % 64 == 0
    assert np.array_equal(trace.events, EVENTS)


@pytest.mark.parametrize("name", ["a.trace.bin", "a.trace.bin.zst"])
@pytest.mark.parametrize("page_size", [4096, 16384, 65536])
def test_a_trace_comes_back_as_it_was_written(tmp_path: Path, name: str, page_size: int) -> None:
    path = tmp_path / name
    parts = [EVENTS[:1], EVENTS[1:1], EVENTS[1:]]
    count = write_trace(
        path, parts, page_size=page_size, corpus_digest=DIGEST.hex(), provenance=dict(PROVENANCE)
    )
    trace = read_trace(path)
    assert count == len(EVENTS)
    assert trace.events.tobytes() == EVENTS.tobytes()
    assert (trace.path, trace.page_size, trace.corpus_digest) == (path, page_size, DIGEST.hex())
    assert trace.provenance == PROVENANCE
    assert not trace.events.flags.writeable


def test_every_byte_is_where_the_documentation_says(place: Path) -> None:
    provenance = {"b": 1, "a": "x"}
    write_trace(place, [EVENTS], page_size=16384, corpus_digest=DIGEST.hex(), provenance=provenance)
    data = place.read_bytes()
    assert data[0:8] == b"zswaptrc"
    assert data[8:10] == b"\x01\x00"
    assert data[10:12] == b"\x0e\x00"
    assert data[12:16] == b"\x10\x00\x00\x00"
    assert data[16:24] == b"\x04" + bytes(7)
    assert data[24:56] == DIGEST
    assert data[56:60] == b"\x40\x00\x00\x00"
    assert data[60:64] == bytes(4)
    assert data[64:128] == b'{"a": "x", "b": 1}'.ljust(64)
    first = struct.pack("<IBBHII", 7, 1, 0, 2, 3, 4)
    assert data[128:144] == first
    assert len(data) == 128 + 16 * len(EVENTS)


def test_the_documented_bytes_are_read(place: Path) -> None:
    place.write_bytes(build())
    trace = read_trace(place)
    assert trace.events.tobytes() == EVENTS.tobytes()
    assert trace.provenance == {"made_by": "hand"}
    assert [trace.where(index) for index in (0, 3)] == [128, 176]


@pytest.mark.parametrize("length", [*range(40, 70), 127, 128, 1000])
def test_the_events_begin_at_a_multiple_of_64(place: Path, length: int) -> None:
    provenance = {"x": "y" * length}
    write_trace(place, [EVENTS], page_size=4096, corpus_digest=DIGEST.hex(), provenance=provenance)
    trace = read_trace(place)
    assert trace.offset % 64 == 0
    assert trace.provenance == provenance


def test_a_trace_may_have_no_events_and_no_provenance(place: Path) -> None:
    place.write_bytes(build(count=0, block=b"")[:64])
    trace = read_trace(place)
    assert (len(trace.events), trace.provenance, trace.offset) == (0, {}, 64)


def test_a_trace_that_was_cut_is_none_wherever_it_was_cut(place: Path) -> None:
    whole = build()
    for length in range(len(whole)):
        place.write_bytes(whole[:length])
        error = error_of(place)
        assert error.offset == (0 if length < 64 else 56 if length < 128 else 16)


def test_a_packed_trace_that_was_cut_is_none_wherever_it_was_cut(tmp_path: Path) -> None:
    packed = zstandard.ZstdCompressor().compress(build())
    path = tmp_path / "a.trace.bin.zst"
    for length in range(len(packed)):
        path.write_bytes(packed[:length])
        error_of(path)


WRONG: list[tuple[dict[str, Any], int, str]] = [
    ({"magic": b"zswaptrd"}, 0, "is not a trace"),
    ({"magic": b"PK\x03\x04\0\0\0\0"}, 0, "is not a trace"),
    ({"version": 0}, 8, "version 0"),
    ({"version": 2}, 8, "reads version 1"),
    ({"shift": 0}, 10, "page shift 0"),
    ({"shift": 13}, 10, "not 12, 14 or 16"),
    ({"shift": 65535}, 10, "page shift 65535"),
    ({"event_bytes": 0}, 12, "events of 0 bytes"),
    ({"event_bytes": 24}, 12, "events of 24 bytes, not 16"),
    ({"count": 3}, 16, "should have 3 events and has more: something was added"),
    ({"count": 5}, 16, "should have 5 events and has 4: the file was cut"),
    ({"count": 0}, 16, "should have 0 events"),
    ({"tail": b"x"}, 16, "should have 4 events and has more"),
    ({"json_bytes": 1}, 56, "JSON block of an impossible size, 1 bytes"),
    ({"json_bytes": 63}, 56, "JSON block of an impossible size, 63 bytes"),
    ({"json_bytes": 192}, 56, "JSON block of an impossible size, 192 bytes"),
    ({"json_bytes": (1 << 32) - 64}, 56, "an impossible size"),
    ({"json_bytes": 0}, 16, "should have 4 events and has more"),
    ({"json_bytes": 128}, 16, "should have 4 events and has 0"),
    ({"block": b"not JSON"}, 64, "damaged JSON"),
    ({"block": b'{"a": 1'}, 64, "damaged JSON"),
    ({"block": b"\xff\xfe{}"}, 64, "damaged JSON"),
    ({"block": b" "}, 64, "damaged JSON"),
    ({"block": b'{"seed": 1, "seed": 2}'}, 64, "damaged JSON: an object has 'seed' twice"),
    ({"block": b'{"memory": Infinity}'}, 64, "damaged JSON: Infinity is not a number in JSON"),
    ({"block": b"[1, 2]"}, 64, "not an object"),
    ({"block": b"null"}, 64, "not an object"),
    ({"block": b"[" * 200_000}, 64, "damaged JSON"),
    ({"block": b'{"n": ' + b"9" * 10_000 + b"}"}, 64, "damaged JSON"),
]


@pytest.mark.parametrize(("wrong", "offset", "words"), WRONG, ids=[repr(one[0])[:40] for one in WRONG])
@pytest.mark.parametrize("packed", [False, True])
def test_damage_is_told_with_its_offset(
    place: Path, wrong: dict[str, Any], offset: int, words: str, packed: bool
) -> None:
    data = build(**wrong)
    place.write_bytes(zstandard.ZstdCompressor().compress(data) if packed else data)
    error = error_of(place)
    assert error.offset == offset
    assert words in str(error)
    assert f"{place}: offset {offset}: " in str(error)


@pytest.mark.parametrize("damage", [slice(4, 8), slice(-20, -10), slice(9, 20)])
def test_a_damaged_zstd_frame_is_told(place: Path, damage: slice) -> None:
    packed = bytearray(zstandard.ZstdCompressor(write_checksum=True).compress(build()))
    packed[damage] = bytes(byte ^ 0xFF for byte in packed[damage])
    place.write_bytes(packed)
    error_of(place)


@pytest.mark.parametrize("missing", [1, 3, 4, 20])
def test_a_zstd_frame_without_all_of_its_end_is_told(place: Path, missing: int) -> None:
    packed = zstandard.ZstdCompressor(write_checksum=True).compress(build())
    place.write_bytes(packed[:-missing])
    assert "ends before its packing does" in str(error_of(place))
    place.write_bytes(packed + packed[:missing])
    assert "ends before its packing does" in str(error_of(place))


def test_garbage_behind_a_zstd_frame_is_told(place: Path) -> None:
    place.write_bytes(zstandard.ZstdCompressor().compress(build()) + b"garbage")
    assert "packed with zstd but damaged" in str(error_of(place))


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    assert "No such file" in str(error_of(tmp_path / "absent"))
    assert "is a folder" in str(error_of(tmp_path))
    for other in ("/dev/null", "/dev/zero", "/dev/stdin"):
        assert "is not a regular file" in str(error_of(Path(other)))
    os.mkfifo(tmp_path / "pipe")
    assert "is not a regular file" in str(error_of(tmp_path / "pipe"))
    empty = tmp_path / "empty"
    empty.touch()
    assert error_of(empty).offset == 0


def test_count_that_no_disk_has_room_for_costs_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = build(count=1 << 60)
    place.write_bytes(data)
    assert "should have 1152921504606846976 events and has 4" in str(error_of(place))
    place.write_bytes(zstandard.ZstdCompressor().compress(data))
    start = time.process_time()
    error = error_of(place)
    assert time.process_time() - start < 0.5
    assert "which no trace of this size unpacks to" in str(error)
    reader, writer = os.pipe()  # whose size nobody knows
    os.write(writer, place.read_bytes())
    os.close(writer)
    with open(reader) as pipe:
        monkeypatch.setattr(sys, "stdin", pipe)
        error = error_of(Path("-"))
    assert f"in the temporary folder {tempfile.gettempdir()}" in str(error)
    assert "set TMPDIR to a folder with more room" in str(error)


def test_what_comes_through_a_pipe_is_bounded_by_what_came(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 20_000_000
    whole = build(count=count)[: -4 * 16] + bytes(count * 16)
    place.write_bytes(zstandard.ZstdCompressor().compress(whole))
    assert place.stat().st_size < 64 << 10
    reader, writer = os.pipe()
    os.write(writer, place.read_bytes())
    os.close(writer)
    with open(reader) as pipe:
        monkeypatch.setattr(sys, "stdin", pipe)
        assert "which no trace of this size does" in str(error_of(Path("-")))


def test_frame_that_goes_on_behind_its_events_is_left_there(place: Path) -> None:
    """A gibibyte in few bytes, and the frame does not say so."""
    packer = zstandard.ZstdCompressor(write_content_size=False).compressobj()
    zeros = bytes(64 << 20)
    place.write_bytes(
        packer.compress(build()) + b"".join(packer.compress(zeros) for _ in range(16)) + packer.flush()
    )
    start = time.process_time()
    assert "should have 4 events and has more" in str(error_of(place))
    assert time.process_time() - start < 0.5


def test_frame_with_a_long_window_is_read(place: Path) -> None:
    how = zstandard.ZstdCompressionParameters(window_log=28, enable_ldm=True)
    packer = zstandard.ZstdCompressor(compression_params=how).compressobj()
    place.write_bytes(packer.compress(build()) + packer.flush())
    assert zstandard.get_frame_parameters(place.read_bytes()).window_size == 1 << 28
    assert read_trace(place).events.tobytes() == EVENTS.tobytes()


def test_too_little_memory_to_unpack_is_not_taken_for_damage(place: Path) -> None:
    how = zstandard.ZstdCompressionParameters(window_log=31, enable_ldm=True)
    packer = zstandard.ZstdCompressor(compression_params=how).compressobj()
    place.write_bytes(packer.compress(build()) + packer.flush())
    errors = run_python(
        "import resource, sys\n"
        "from zswapbench.traces.format import read_trace\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "read_trace(sys.argv[1])\n",
        place,
    )
    assert errors.endswith(f"MemoryError: {place} cannot be unpacked\n")


@pytest.mark.parametrize("packed", [False, True])
def test_more_events_than_memory_should_hold_are_mapped_from_a_temporary_file(
    place: Path, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    monkeypatch.setattr(format_, "_IN_MEMORY", 0)
    place.write_bytes(zstandard.ZstdCompressor().compress(build()) if packed else build())
    trace = read_trace(place)
    assert trace.events.tobytes() == EVENTS.tobytes()
    assert not trace.events.flags.writeable


FULL = (
    "import resource, signal, sys\n"
    "from tests.traces.test_format import DIGEST, EVENTS, format_, np, read_trace, write_trace\n"
    "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    "many = np.tile(EVENTS, 100_000)\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))\n"
)
"""A limit of the size of files stands for the end of a disk."""

FULL_FOLDER = (
    f"needs room in the temporary folder {tempfile.gettempdir()}, which cannot be written: File too large; "
    "set TMPDIR to another folder"
)


@pytest.mark.parametrize("packed", [False, True])
def test_full_temporary_folder_is_named_and_not_the_trace_blamed(place: Path, packed: bool) -> None:
    many = np.tile(EVENTS, 100_000)
    write_trace(place, [many], page_size=4096, corpus_digest=DIGEST.hex(), provenance={})
    if packed:
        place.write_bytes(zstandard.ZstdCompressor().compress(place.read_bytes()))
    errors = run_python(f"{FULL}format_._IN_MEMORY = 0; read_trace(sys.argv[1])", place)
    assert errors.endswith(f"MissingError: {place}: {FULL_FOLDER}\n")


@pytest.mark.parametrize("events", ["many", "many[:65_520], many[:100]"])
def test_full_temporary_folder_is_named_and_not_the_output_blamed(tmp_path: Path, events: str) -> None:
    """Whether it is noticed at once, or when the last that a buffer holds is written."""
    packed, plain = tmp_path / "a.trace.bin.zst", tmp_path / "a.trace.bin"
    write = (
        f"write_trace(sys.argv[1], [{events}], page_size=4096, corpus_digest=DIGEST.hex(), provenance={{}})"
    )
    errors = run_python(f"{FULL}{write}", packed)
    assert errors.endswith(f"MissingError: {packed}: {FULL_FOLDER}\n")
    errors = run_python(f"{FULL}{write}", plain)
    assert errors.endswith(f"MissingError: {plain}: cannot be written: File too large; name another place\n")
    assert not any(tmp_path.iterdir())


def test_events_stay_as_they_were_read_whatever_becomes_of_the_file(place: Path) -> None:
    many = np.tile(EVENTS, 10_000)
    write_trace(place, [many], page_size=4096, corpus_digest=DIGEST.hex(), provenance={})
    trace = read_trace(place)
    with place.open("r+b") as file:
        file.write(b"x" * 100_000)
        file.truncate(100_000)
    assert trace.events.tobytes() == many.tobytes()


def test_file_that_is_written_to_while_it_is_read_is_refused(place: Path) -> None:
    place.write_bytes(build())
    with (
        pytest.raises(TraceError, match="changed while it was read; try again when it is complete"),
        place.open("rb") as file,
        _unchanging(place, file),
    ):
        place.write_bytes(build()[:100])
        raise TraceError(place, "is cut")


EDITS = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), min_size=1, max_size=6)


@given(edits=EDITS, cut=st.integers(0, 20), packed=st.booleans())
def test_whatever_bytes_are_changed_it_is_a_trace_or_a_trace_error(
    place: Path, edits: list[tuple[int, int]], cut: int, packed: bool
) -> None:
    data = bytearray(zstandard.ZstdCompressor().compress(build()) if packed else build())
    for position, byte in edits:
        data[position % len(data)] = byte
    place.write_bytes(data[: len(data) - cut])
    try:
        trace = read_trace(place)
    except TraceError as error:
        assert str(place) in str(error)
    else:
        assert trace.page_size in (4096, 16384, 65536)
        assert isinstance(trace.provenance, dict)
        assert trace.offset + trace.events.nbytes == (64 if trace.offset == 64 else 128) + 64


@given(data=st.binary(max_size=300))
def test_bytes_that_are_no_trace_are_told(place: Path, data: bytes) -> None:
    place.write_bytes(data)
    error_of(place)


def test_events_that_fail_on_the_way_leave_the_old_trace(place: Path) -> None:
    def failing() -> Any:
        yield EVENTS
        raise KeyboardInterrupt

    place.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        write_trace(place, failing(), page_size=4096, corpus_digest=DIGEST.hex(), provenance={})
    assert place.read_bytes() == b"old"
    assert list(place.parent.iterdir()) == [place]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    none: list[NDArray[np.void]] = []
    with pytest.raises(UsageError, match="cannot be written"):
        write_trace(tmp_path / "no" / "a", none, page_size=4096, corpus_digest=DIGEST.hex(), provenance={})
