"""Frames of zstd: told whole from cut, after any byte and read in pieces of any size."""

from __future__ import annotations

import io
import random

import pytest
import zstandard

from zswapbench.common.zstd_frames import Frames

SKIPPABLE = b"\x5a\x2a\x4d\x18\x05\0\0\0words"
CONTENTS = (b"", b"x", b"x" * 300, bytes(300_000), random.Random(2013).randbytes(300_000))


def frames() -> list[bytes]:
    """Frames of every form of header, with blocks of every type."""
    made = [SKIPPABLE]
    for content in CONTENTS:
        for told in (False, True):
            for summed in (False, True):
                packer = zstandard.ZstdCompressor(write_content_size=told, write_checksum=summed)
                made.append(packer.compress(content))
        pieces = zstandard.ZstdCompressor().compressobj()  # a window, and blocks that were flushed
        made.append(
            pieces.compress(content) + pieces.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK) + pieces.flush()
        )
    words: list[bytes | bytearray | memoryview[int]] = [
        b"some words that repeat %d" % number for number in range(1000)
    ]
    dictionary = zstandard.train_dictionary(1000, words)
    return [*made, zstandard.ZstdCompressor(dict_data=dictionary).compress(b"some words")]


def followed(packed: bytes, step: int) -> Frames:
    found = Frames(io.BytesIO(packed))
    while found.read(step):
        pass
    return found


@pytest.mark.parametrize("step", [1, 7, 1 << 20])
def test_whole_frames_are_not_cut(step: int) -> None:
    assert not any(followed(frame, step).cut for frame in frames())
    assert not followed(b"".join(frames()), step).cut


def test_a_frame_is_cut_after_each_of_its_bytes_but_the_last() -> None:
    for frame in frames():
        cuts = {*range(1, min(40, len(frame))), *range(max(1, len(frame) - 40), len(frame))}
        assert all(followed(frame + frame[:cut], 1 << 20).cut for cut in cuts)


def test_what_is_read_is_what_the_file_holds() -> None:
    packed = b"".join(frames())
    found = Frames(io.BytesIO(packed))
    assert b"".join(iter(lambda: found.read(1000), b"")) == packed


def test_what_is_no_frame_never_ends() -> None:
    assert followed(frames()[1] + b"garbage", 3).cut
