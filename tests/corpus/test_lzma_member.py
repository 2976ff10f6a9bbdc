"""A member packed by LZMA: read as zipfile reads it, in whatever pieces, and never further than was asked for."""

from __future__ import annotations

import zipfile
from pathlib import Path
from random import Random

import pytest

from zswapbench.corpus.lzma_member import DICTIONARY_MOST, LzmaMember
from zswapbench.corpus.page_blocks import open_member

TEXT = bytes(range(256)) * 600 + Random(0).randbytes(70_000) + bytes(300_000)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive with TEXT in the member ``a``."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_LZMA) as made:
        made.writestr("a", TEXT)
    return tmp_path / "a.zip"


@pytest.mark.parametrize("step", [1 << 20, 65_536, 4_097])
def test_it_is_read_in_pieces_of_any_size(archive: Path, step: int) -> None:
    with zipfile.ZipFile(archive) as opened, open_member(opened, "a") as member:
        assert isinstance(member, LzmaMember)
        parts = []
        while part := member.read(step):
            parts.append(part)
            assert member.tell() == sum(map(len, parts))
    assert b"".join(parts) == TEXT
    assert all(len(part) == step for part in parts[:-1])


def test_a_dictionary_of_more_than_any_preset_takes_is_refused(archive: Path) -> None:
    data = bytearray(archive.read_bytes())
    start = 30 + len("a")
    data[start + 5 : start + 9] = (DICTIONARY_MOST + 1).to_bytes(4, "little")
    archive.write_bytes(data)
    with zipfile.ZipFile(archive) as opened, pytest.raises(ValueError, match="packed in a way"):
        open_member(opened, "a").__enter__()


def test_damage_is_a_value_error_or_one_of_lzma(archive: Path) -> None:
    whole, random = archive.read_bytes(), Random(1)
    with zipfile.ZipFile(archive) as opened:
        length = opened.getinfo("a").compress_size
    for place in random.sample(range(31, 31 + length), 60):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << random.randrange(8)
        archive.write_bytes(damaged)
        with zipfile.ZipFile(archive) as opened:
            try:
                with open_member(opened, "a") as member:
                    assert member.read(len(TEXT)) == TEXT
            except Exception as error:  # noqa: BLE001  whatever it is, it is one of these
                assert type(error).__name__ in ("ValueError", "LZMAError"), error
