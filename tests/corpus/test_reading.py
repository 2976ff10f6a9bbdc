"""An open corpus: whatever is wrong with its file is said in one line."""

from __future__ import annotations

import io
import os
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.corpus.damaging import (
    INDEX,
    PACKED_OR_NOT,
    SOME,
    members_of,
    npy,
    npy_that_says,
    read_all,
    refusal,
    says,
    with_members,
)
from tests.making import PAGE, make_corpus, make_export, manifest_of, pages_of
from zswapbench.common.errors import CorpusError
from zswapbench.corpus.manifest import Counts, Manifest
from zswapbench.corpus.pages import kinds
from zswapbench.corpus.reading import Corpus


@PACKED_OR_NOT
def test_a_corpus_without_pages_is_a_corpus(tmp_path: Path, packed: bool) -> None:
    path = make_corpus(tmp_path / "a.zpages", SOME[:0], packed=packed)
    with Corpus(path) as corpus:
        corpus.verify()
        assert len(corpus) == 0
        assert corpus.counts == Counts()
        assert corpus.pages().shape == (0, PAGE)


@pytest.mark.parametrize(
    "ask", [lambda corpus: corpus.pages(), lambda corpus: corpus.verify(), lambda corpus: corpus.vaddr]
)
def test_content_asked_of_an_export_is_a_corpus_error(
    tmp_path: Path, ask: Callable[[Corpus], object]
) -> None:
    with Corpus(make_export(tmp_path / "a.zpages", SOME, {})) as corpus, pytest.raises(CorpusError):
        ask(corpus)


def test_exported_sizes_of_another_number_of_pages_are_refused(tmp_path: Path) -> None:
    path = make_export(tmp_path / "a.zpages", SOME, {"zlib": np.zeros(3, np.uint32)})
    assert "sizes for another number of pages" in refusal(path)


def test_the_way_in_which_the_tests_change_members_is_itself_harmless(tmp_path: Path) -> None:
    read_all(with_members(tmp_path, {}))
    each = np.arange(len(SOME), dtype=np.uint32)
    change: dict[str, bytes | None] = {
        "index.npy": npy_that_says(says("<u4", "(4,)"), each.tobytes()),
        "vaddr.npy": npy(each.astype(np.uint64) * PAGE),
        "manifest.json": manifest_of(SOME, each).to_json().encode(),
    }
    read_all(with_members(tmp_path, change))


@pytest.mark.parametrize("name", ["kinds.npy", "index.npy", "vaddr.npy", "manifest.json"])
def test_a_corpus_that_lacks_a_member_is_refused(tmp_path: Path, name: str) -> None:
    assert name in refusal(with_members(tmp_path, {name: None}))


def test_a_corpus_that_lacks_its_pages_is_taken_for_an_export(tmp_path: Path) -> None:
    with Corpus(with_members(tmp_path, {"pages.npy": None})) as corpus:
        assert not corpus.has_content
        with pytest.raises(CorpusError, match="is an export without page content"):
            corpus.pages()


@pytest.mark.parametrize("name", ["pages.npy", "kinds.npy", "index.npy", "vaddr.npy", "manifest.json"])
@pytest.mark.parametrize(
    "content", [b"", b"\0", b"\x93NUMPY", b"hello, world", b"\xff" * 300, b"[" * 100_000]
)
def test_a_member_that_is_something_else_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    refusal(with_members(tmp_path, {name: content}))


INTS = np.array(INDEX)


WRONG_ARRAYS = {
    "an index of another type": ("index.npy", npy(INTS.astype(np.uint64))),
    "an index of the other byte order": ("index.npy", npy(INTS.astype(">u4"))),
    "an index of two dimensions": ("index.npy", npy(INTS.astype(np.uint32).reshape(3, 3))),
    "an index of none": ("index.npy", npy(np.uint32(0))),
    "an index beyond the pages": ("index.npy", npy(np.array([*INDEX[:-1], 4], np.uint32))),
    "another index": ("index.npy", npy(np.array(INDEX[::-1], np.uint32))),
    "a shorter index": ("index.npy", npy(np.array(INDEX[:-1], np.uint32))),
    "kinds of another type": ("kinds.npy", npy(np.zeros(4, np.int8))),
    "kinds of more pages": ("kinds.npy", npy(np.zeros(5, np.uint8))),
    "kinds of no pages": ("kinds.npy", npy(np.zeros(0, np.uint8))),
    "wrong kinds": ("kinds.npy", npy(np.zeros(4, np.uint8))),
    "unknown kinds": ("kinds.npy", npy(np.array([2, 0, 1, 9], np.uint8))),
    "addresses of another type": ("vaddr.npy", npy(INTS.astype(np.float64))),
    "fewer addresses": ("vaddr.npy", npy(np.zeros(8, np.uint64))),
    "objects for addresses": ("vaddr.npy", npy(np.array([None] * 9))),
    "fewer pages": ("pages.npy", npy(SOME[:3])),
    "more pages": ("pages.npy", npy(np.concatenate([SOME, SOME]))),
    "pages of another size": ("pages.npy", npy(SOME[:, :2048])),
    "pages in one row": ("pages.npy", npy(SOME.reshape(-1))),
    "pages of words": ("pages.npy", npy(SOME.view(np.uint16))),
    "pages of signed bytes": ("pages.npy", npy(SOME.view(np.int8))),
    "pages in Fortran order": ("pages.npy", npy(np.asfortranarray(SOME))),
    "pages of no bytes": ("pages.npy", npy(SOME[:, :0])),
    "other pages": ("pages.npy", npy(SOME[[0, 3, 2, 1]])),
    "fewer pages than said": ("pages.npy", npy(SOME)[:-1]),
    "more pages than said": ("pages.npy", npy(SOME) + b"\0"),
    "a page at no address": ("index.npy", npy(np.array([*INDEX[:4], *INDEX[:4], 1], np.uint32))),
    "items behind the index": ("index.npy", npy(INTS.astype(np.uint32)) + b"\0"),
    "an index cut short": ("index.npy", npy(INTS.astype(np.uint32))[:-1]),
}


@pytest.mark.parametrize(("name", "content"), WRONG_ARRAYS.values(), ids=WRONG_ARRAYS)
def test_a_wrong_array_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    refusal(with_members(tmp_path, {name: content}))


def test_a_member_is_not_unpacked_beyond_what_it_should_hold(tmp_path: Path) -> None:
    path = make_corpus(tmp_path / "bomb.zpages", SOME, INDEX)
    members = members_of(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(content)
                if name == "index.npy":
                    for _ in range(64):
                        member.write(bytes(1 << 20))
    assert "index.npy does not hold the 36 bytes of its 9 items" in refusal(path)


def repacked(tmp_path: Path, method: int) -> Path:
    """A corpus as another program would pack it."""
    members = members_of(make_corpus(tmp_path / "a.zpages", SOME))
    path = tmp_path / "b.zpages"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_a_deflated_archive_is_read(tmp_path: Path) -> None:
    with Corpus(repacked(tmp_path, zipfile.ZIP_DEFLATED)) as corpus:
        corpus.verify()
        assert np.array_equal(corpus.pages(), SOME)


def test_an_archive_packed_otherwise_is_refused(tmp_path: Path) -> None:
    assert "packed in a way that is not read here" in refusal(repacked(tmp_path, zipfile.ZIP_BZIP2))


NO_ARCHIVES = {
    "an empty file": b"",
    "a text": b"hello\n",
    "an empty archive": b"PK\5\6" + bytes(18),
    "zeros": bytes(100_000),
    "an ELF file": b"\x7fELF" + bytes(4096),
    "a .npy file": npy(SOME),
    "the start of an archive": b"PK\3\4" + b"\xff" * 100,
}


@pytest.mark.parametrize("content", NO_ARCHIVES.values(), ids=NO_ARCHIVES)
def test_a_file_that_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "no.zpages"
    path.write_bytes(content)
    assert "is not a readable corpus" in refusal(path)


def test_a_folder_and_a_file_that_is_not_there_are_refused(tmp_path: Path) -> None:
    assert "is a folder" in refusal(tmp_path)
    assert "No such file" in refusal(tmp_path / "absent.zpages")


@given(
    packed=st.booleans(),
    changes=st.lists(
        st.tuples(
            st.integers(0, 1 << 20),
            st.one_of(st.binary(max_size=4), st.sampled_from([b"(", b"'", b"L", b"\xff\xff\xff\xff", b"PK"])),
            st.integers(0, 6),
        ),
        min_size=1,
        max_size=4,
    ),
    near_end=st.booleans(),
)
@settings(max_examples=600, deadline=None)
def test_no_damage_does_worse_than_a_corpus_error(
    tmp_path_factory: pytest.TempPathFactory,
    packed: bool,
    changes: list[tuple[int, bytes, int]],
    near_end: bool,
) -> None:
    content = bytearray(UNDAMAGED[packed])
    for place, put, taken in changes:
        if content:
            # Half of the time among the members' headers and the archive's directory, small as they are.
            at = len(content) - 1 - place % min(len(content), 900) if near_end else place % len(content)
            content[at : at + taken] = put
    path = tmp_path_factory.getbasetemp() / "damaged.zpages"
    path.write_bytes(content)
    try:
        read_all(path)
    except CorpusError as error:
        message = str(error)
    else:
        return
    assert message.startswith(f"{path}: ")
    assert "\n" not in message


def undamaged() -> dict[bool, bytes]:
    """Small corpora, stored and packed, as bytes."""
    pages = pages_of(bytes(PAGE), b"\7" * PAGE)
    order = np.array([0, 1, 1], np.uint32)
    found = {}
    for packed in (False, True):
        file = io.BytesIO()
        method = zipfile.ZIP_LZMA if packed else zipfile.ZIP_STORED
        with zipfile.ZipFile(file, "w", method) as archive:
            archive.writestr("pages.npy", npy(pages))
            archive.writestr("manifest.json", manifest_of(pages, order).to_json())
            vaddr = np.arange(3, dtype="u8") * PAGE
            for name, array in {"kinds": kinds(pages), "index": order, "vaddr": vaddr}.items():
                archive.writestr(f"{name}.npy", npy(array))
        found[packed] = file.getvalue()
    return found


UNDAMAGED = undamaged()


def bomb(path: Path, name: str, content: bytes, manifest: Manifest) -> Path:
    """An archive of a few KiB, packed as a corpus is, whose member ``name`` unpacks to ``content``."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        for member, data in {"manifest.json": manifest.to_json().encode(), name: content}.items():
            archive.writestr(member, data)
    return path


@pytest.mark.parametrize("name", ["pages.npy", "index.npy", "sizes/x.npy"])
def test_a_small_file_that_unpacks_to_far_more_than_a_corpus_would_is_refused(
    tmp_path: Path, name: str
) -> None:
    path = bomb(tmp_path / "bomb.zpages", name, bytes(100 << 20), Manifest(PAGE, "0" * 64))
    assert "would unpack to 100.0 MiB" in refusal(path)


def test_a_manifest_that_unpacks_to_far_more_than_any_does_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zpages"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("manifest.json", b"[" * (16 << 20))
    assert "manifest.json would unpack to 16.0 MiB" in refusal(path)


def test_a_member_unpacks_to_no_more_than_its_directory_says(tmp_path: Path) -> None:
    """The packed bytes hold 200 MiB, the directory admits to 4 KiB: no more than that comes to be in memory."""
    path = bomb(tmp_path / "liar.zpages", "index.npy", bytes(200 << 20), Manifest(PAGE, "0" * 64))
    data = bytearray(path.read_bytes())
    place = data.rindex(b"PK\1\2")
    data[place + 24 : place + 28] = (4096).to_bytes(4, "little")
    path.write_bytes(data)
    tracemalloc.start()
    refusal(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 32 << 20  # the dictionary of the unpacker is 8 MiB


def test_a_named_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.zpages")
    assert "is not a regular file" in refusal(tmp_path / "pipe.zpages")


def test_pages_can_be_had_by_their_numbers(tmp_path: Path) -> None:
    for packed in (False, True):
        with Corpus(make_corpus(tmp_path / f"{packed}.zpages", SOME, packed=packed)) as corpus:
            assert np.array_equal(corpus.pages_at(np.array([1, 3])), SOME[[1, 3]])
            assert corpus.pages_at(np.array([], np.int64)).shape == (0, PAGE)


@pytest.mark.parametrize("packed", [False, True], ids=["stored", "packed"])
def test_a_corpus_that_is_cut_short_while_it_is_read_is_refused(tmp_path: Path, packed: bool) -> None:
    pages = np.random.default_rng(0).integers(0, 256, (4096, PAGE), np.uint8)
    path = make_corpus(tmp_path / "a.zpages", pages, packed=packed)
    with Corpus(path) as corpus:
        os.truncate(path, 5 << 20)
        with pytest.raises(CorpusError, match="ends early"):
            corpus.pages()
