"""The .zpages file: what goes in comes out, and whatever is wrong with one is said in one line."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.making import PAGE, make_corpus, make_export, manifest_of, pages_of, random_page, text_page
from zswapbench.common.errors import CorpusError, DumpError
from zswapbench.corpus.file import (
    BLOCK_BYTES,
    ArrayCorpus,
    Corpus,
    Counts,
    Manifest,
    corpus_digest,
    write_corpus,
)
from zswapbench.corpus.pages import PAGE_SIZES, Pages, digests, kinds

SOME = pages_of(bytes(PAGE), text_page(1), b"\7" * PAGE, random_page(2))
INDEX = [0, 1, 1, 2, 3, 0, 2, 2, 1]
PACKED_OR_NOT = pytest.mark.parametrize("packed", [False, True], ids=["stored", "packed"])


def read_all(path: Path) -> None:
    """Everything that a user of a corpus can ask of it."""
    with Corpus(path) as corpus:
        assert corpus.counts.written == len(corpus.index)
        assert corpus.manifest.population.written >= 0
        assert Manifest.from_json(corpus.manifest.to_json().encode()) == corpus.manifest
        if corpus.has_content:
            corpus.verify()
        else:
            corpus.exported_sizes()


def refusal(path: Path) -> str:
    """The message with which the corpus is refused."""
    with pytest.raises(CorpusError) as raised:
        read_all(path)
    message = str(raised.value)
    assert raised.value.exit_code == 3
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


def refused_or_the_same(path: Path) -> bool:
    """Whether a damaged corpus of SOME is refused, or says what it always said: some bits mean nothing."""
    try:
        read_all(path)
    except CorpusError as error:
        return str(error).startswith(f"{path}: ")
    with Corpus(path) as corpus:
        return np.array_equal(corpus.pages(), SOME) and corpus.index.tolist() == INDEX


@PACKED_OR_NOT
@pytest.mark.parametrize("size", PAGE_SIZES)
def test_what_was_written_is_read_back(tmp_path: Path, packed: bool, size: int) -> None:
    pages = pages_of(bytes(size), text_page(1, size), b"\7" * size, random_page(2, size))
    path = make_corpus(tmp_path / "a.zpages", pages, INDEX, packed=packed)
    with Corpus(path) as corpus:
        corpus.verify()
        assert len(corpus) == 4
        assert corpus.page_size == size
        assert corpus.has_content
        assert corpus.index.tolist() == INDEX
        assert corpus.kinds.tolist() == [2, 0, 1, 0]
        assert corpus.vaddr.tolist() == [size * place for place in range(9)]
        assert corpus.counts == Counts(zero=2, same_filled=3, duplicate=2, distinct=2)
        assert np.array_equal(corpus.pages(), pages)
        assert corpus.manifest == manifest_of(pages, corpus.index)
        assert corpus.digest == corpus_digest(size, digests(pages), corpus.index)


@PACKED_OR_NOT
def test_numpy_opens_a_corpus(tmp_path: Path, packed: bool) -> None:
    path = make_corpus(tmp_path / "a.zpages", SOME, INDEX, packed=packed)
    with np.load(path) as archive:
        assert sorted(archive.files) == ["index", "kinds", "manifest.json", "pages", "vaddr"]
        assert np.array_equal(archive["pages"], SOME)
        assert archive["index"].tolist() == INDEX
        assert archive["kinds"].tolist() == kinds(SOME).tolist()
        assert archive["vaddr"].dtype == np.uint64


@PACKED_OR_NOT
def test_a_corpus_without_pages_is_a_corpus(tmp_path: Path, packed: bool) -> None:
    path = make_corpus(tmp_path / "a.zpages", SOME[:0], packed=packed)
    with Corpus(path) as corpus:
        corpus.verify()
        assert len(corpus) == 0
        assert corpus.counts == Counts()
        assert corpus.pages().shape == (0, PAGE)


@PACKED_OR_NOT
@pytest.mark.parametrize("size", PAGE_SIZES)
def test_pages_come_in_blocks_of_4_mib(tmp_path: Path, packed: bool, size: int) -> None:
    count = BLOCK_BYTES // size + 3
    pages = np.random.default_rng(0).integers(0, 4, (count, size), np.uint8)
    path = make_corpus(tmp_path / "a.zpages", pages, packed=packed)
    with Corpus(path) as corpus:
        assert [block.shape for block in corpus.blocks()] == [(count - 3, size), (3, size)]
        assert np.array_equal(corpus.pages(), pages)
        corpus.verify()


def test_a_corpus_may_be_read_more_than_once_at_a_time(tmp_path: Path) -> None:
    with Corpus(make_corpus(tmp_path / "a.zpages", SOME)) as corpus:
        one, other = corpus.blocks(), corpus.blocks()
        assert np.array_equal(next(one), next(other))
        corpus.verify()


@PACKED_OR_NOT
def test_the_same_input_gives_the_same_bytes(tmp_path: Path, packed: bool) -> None:
    paths = [make_corpus(tmp_path / name, SOME, INDEX, packed=packed) for name in ("a.zpages", "b.zpages")]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_packing_changes_the_file_but_not_the_digest(tmp_path: Path) -> None:
    stored = make_corpus(tmp_path / "a.zpages", SOME)
    smaller = make_corpus(tmp_path / "b.zpages", SOME, packed=True)
    assert smaller.stat().st_size < stored.stat().st_size - PAGE
    with Corpus(stored) as one, Corpus(smaller) as other:
        assert one.digest == other.digest


@pytest.mark.parametrize("umask", [0, 0o022])
def test_nobody_else_may_read_a_corpus(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        path = make_corpus(tmp_path / "a.zpages", SOME)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_failure_while_pages_are_written_leaves_the_old_corpus(tmp_path: Path) -> None:
    path = make_corpus(tmp_path / "a.zpages", SOME)
    old = path.read_bytes()

    def failing() -> Any:
        yield SOME[:1]
        raise DumpError("core", "is damaged")

    index = np.arange(4, dtype=np.uint32)
    arrays: dict[str, NDArray[Any]] = {"kinds.npy": kinds(SOME), "index.npy": index}
    with pytest.raises(DumpError, match="core: is damaged"):
        write_corpus(path, manifest_of(SOME, index), arrays, failing())
    assert [one.read_bytes() for one in tmp_path.iterdir()] == [old]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_pages_in_any_order_come_back(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    seeds = data.draw(st.lists(st.integers(0, 50), max_size=12, unique=True))
    pages = pages_of(*(text_page(seed) if seed % 3 else bytes([seed]) * PAGE for seed in seeds or [0]))
    order = data.draw(st.lists(st.integers(0, len(pages) - 1), max_size=30))
    index = [*range(len(pages)), *order]
    path = tmp_path_factory.getbasetemp() / "any.zpages"
    make_corpus(path, pages, index, packed=data.draw(st.booleans()))
    with Corpus(path) as corpus:
        corpus.verify()
        assert np.array_equal(corpus.pages(), pages)
        assert corpus.index.tolist() == index
        assert corpus.counts.written == len(index)
        assert corpus.counts.distinct == (corpus.kinds == 0).sum()


def test_digests_differ_by_pages_by_order_and_by_index(tmp_path: Path) -> None:
    variants: list[tuple[Pages, list[int]]] = [
        (SOME, INDEX),
        (SOME[::-1], INDEX),
        (SOME[:3], [0, 1, 2]),
        (SOME, INDEX[:-1]),
        (SOME, [0, 1, 2, 3]),
        (SOME.reshape(1, -1), [0]),
    ]
    found = {
        corpus_digest(pages.shape[1], digests(pages), np.array(index, "u4")) for pages, index in variants
    }
    assert len(found) == len(variants)


# Exports: all that a replay needs, and no byte of anybody's memory.


@pytest.mark.parametrize("size", PAGE_SIZES)
def test_pages_in_memory_are_what_they_would_be_in_a_file(tmp_path: Path, size: int) -> None:
    some = pages_of(text_page(1, size), bytes(size), random_page(2, size))
    pages = np.repeat(some, BLOCK_BYTES // size, axis=0)
    with Corpus(make_corpus(tmp_path / "x.zpages", pages)) as file, ArrayCorpus(pages) as array:
        assert (array.digest, array.page_size, len(array)) == (file.digest, size, len(file))
        assert array.has_content
        assert array.counts == file.counts
        for one, other in ((array.kinds, file.kinds), (array.index, file.index), (array.vaddr, file.vaddr)):
            assert (one.dtype, one.tolist()) == (other.dtype, other.tolist())
        assert [len(block) for block in array.blocks()] == [len(block) for block in file.blocks()]
        assert (np.concatenate(list(array.blocks())) == pages).all()
        assert (array.pages() == pages).all()
        array.verify()
    assert (array.pages() == pages).all()


def test_an_export_has_sizes_and_no_content(tmp_path: Path) -> None:
    sizes = {"zlib level=6": np.array([20, 900, 21, 4101], np.uint32), "other": np.ones(4, np.uint32)}
    path = make_export(tmp_path / "a.zpages", SOME, sizes)
    with Corpus(path) as corpus, Corpus(make_corpus(tmp_path / "b.zpages", SOME)) as whole:
        assert not corpus.has_content
        assert corpus.digest == whole.digest
        assert corpus.counts == whole.counts
        assert {name: one.tolist() for name, one in corpus.exported_sizes().items()} == {
            name: one.tolist() for name, one in sizes.items()
        }
    assert random_page(2)[:16] not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600


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


# Whatever may be wrong with a file.


def members_of(path: Path) -> dict[str, bytes]:
    """The members of an archive, unpacked."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_members(tmp_path: Path, change: dict[str, bytes | None]) -> Path:
    """A corpus with some members replaced (None: missing) and right checksums all the same."""
    path = make_corpus(tmp_path / "changed.zpages", SOME, INDEX)
    members: dict[str, bytes | None] = {**members_of(path), **change}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            if content is not None:
                archive.writestr(name, content)
    return path


def npy(array: Any) -> bytes:
    """``array`` as a .npy file."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npy_that_says(header: str, data: bytes = b"", version: int = 1) -> bytes:
    """A .npy file with any header, true or not."""
    text = header.encode() + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + len(text).to_bytes(2, "little") + text + data


def says(descr: str, shape: str, order: bool = False) -> str:
    """A header as numpy writes it."""
    return f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}"


def test_the_way_in_which_the_tests_change_members_is_itself_harmless(tmp_path: Path) -> None:
    read_all(with_members(tmp_path, {}))
    one = np.zeros(1, np.uint32)
    change: dict[str, bytes | None] = {
        "index.npy": npy_that_says(says("<u4", "(1,)"), one.tobytes()),
        "vaddr.npy": npy(one.astype(np.uint64)),
        "manifest.json": manifest_of(SOME, one).to_json().encode(),
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
    "items behind the index": ("index.npy", npy(INTS.astype(np.uint32)) + b"\0"),
    "an index cut short": ("index.npy", npy(INTS.astype(np.uint32))[:-1]),
}


@pytest.mark.parametrize(("name", "content"), WRONG_ARRAYS.values(), ids=WRONG_ARRAYS)
def test_a_wrong_array_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    refusal(with_members(tmp_path, {name: content}))


LYING_HEADERS = {
    "a huge shape": says("<u4", "(1000000000000,)"),
    "a shape beyond 64 bits": says("<u4", f"({10**30},)"),
    "a negative shape": says("<u4", "(-9,)"),
    "a shape of thousands of dimensions": says("<u4", "(" + "1, " * 3000 + ")"),
    "a shape of words": says("<u4", "('nine',)"),
    "an unknown type": says("<q17", "(9,)"),
    "objects": says("|O", "(9,)"),
    "items of a terabyte": says("|V1099511627776", "(9,)"),
    "an open bracket": "{'descr': (((('<u4', 'shape': (9,)",
    "an open string": "{'descr': '<u4, 'fortran_order': False, 'shape': (9,), }",
    "Python 2's numbers": says("<u4", "(9L,)"),
    "a call": says("<u4", "(print(9),)"),
    "thousands of brackets": "(" * 9000,
    "thousands of signs": "-" * 9000 + "1",
    "nothing": "",
    "zero bytes": "\0" * 100,
}


@pytest.mark.parametrize("name", ["pages.npy", "kinds.npy", "index.npy", "vaddr.npy"])
@pytest.mark.parametrize("header", LYING_HEADERS.values(), ids=LYING_HEADERS)
def test_a_header_that_lies_is_refused_and_nothing_is_allocated(
    tmp_path: Path, name: str, header: str
) -> None:
    refusal(with_members(tmp_path, {name: npy_that_says(header, bytes(36))}))


@pytest.mark.parametrize("version", [0, 2, 3, 255])
def test_another_version_of_npy_is_refused(tmp_path: Path, version: int) -> None:
    content = npy_that_says(says("<u4", "(9,)"), bytes(36), version)
    assert "no .npy file of version 1.0" in refusal(with_members(tmp_path, {"index.npy": content}))


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


@PACKED_OR_NOT
def test_sizes_that_the_directory_of_the_archive_claims_are_not_believed(
    tmp_path: Path, packed: bool
) -> None:
    path = make_corpus(tmp_path / "liar.zpages", SOME, INDEX, packed=packed)
    data = bytearray(path.read_bytes())
    place = data.index(b"PK\1\2")
    while place >= 0:
        data[place + 24 : place + 28] = (0xFFFFFFF0).to_bytes(4, "little")  # uncompressed size
        place = data.find(b"PK\1\2", place + 4)
    path.write_bytes(data)
    assert refused_or_the_same(path)


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
    assert "directory" in refusal(tmp_path)
    assert "No such file" in refusal(tmp_path / "absent.zpages")


@PACKED_OR_NOT
def test_a_corpus_that_ends_early_is_refused_wherever_it_ends(tmp_path: Path, packed: bool) -> None:
    whole = make_corpus(tmp_path / "whole.zpages", SOME, INDEX, packed=packed).read_bytes()
    path = tmp_path / "short.zpages"
    for length in [*range(0, len(whole), 97), *range(len(whole) - 50, len(whole))]:
        path.write_bytes(whole[:length])
        refusal(path)


@PACKED_OR_NOT
def test_a_flipped_bit_in_any_member_is_found(tmp_path: Path, packed: bool) -> None:
    path = make_corpus(tmp_path / "a.zpages", SOME, INDEX, packed=packed)
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        starts = {info.filename: (info.header_offset, info.compress_size) for info in archive.infolist()}
    random = Random(0)
    for name, (offset, length) in starts.items():
        # Behind the local header: 30 bytes, the name, 20 of the ZIP64 sizes.
        start = offset + 30 + len(name) + 20
        for place in random.sample(range(start, start + length), min(length, 40)):
            damaged = bytearray(whole)
            damaged[place] ^= 1 << random.randrange(8)
            path.write_bytes(damaged)
            assert refused_or_the_same(path)


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
            for name, array in {"kinds": kinds(pages), "index": order, "vaddr": order.astype("u8")}.items():
                archive.writestr(f"{name}.npy", npy(array))
        found[packed] = file.getvalue()
    return found


UNDAMAGED = undamaged()


# The manifest.

GOOD = json.loads(manifest_of(SOME, np.array(INDEX, np.uint32)).to_json())


def with_manifest(tmp_path: Path, manifest: object) -> Path:
    """A corpus with this manifest."""
    return with_members(tmp_path, {"manifest.json": json.dumps(manifest).encode()})


def test_the_manifest_that_is_changed_below_is_good(tmp_path: Path) -> None:
    read_all(with_manifest(tmp_path, GOOD))


@pytest.mark.parametrize("name", ["format", "version", "page_size", "digest", "segments"])
def test_a_manifest_that_lacks_a_field_is_refused(tmp_path: Path, name: str) -> None:
    refusal(with_manifest(tmp_path, {key: value for key, value in GOOD.items() if key != name}))


@pytest.mark.parametrize("name", list(GOOD["segments"][0]))
def test_a_segment_that_lacks_a_field_is_refused(tmp_path: Path, name: str) -> None:
    segment = {key: value for key, value in GOOD["segments"][0].items() if key != name}
    refusal(with_manifest(tmp_path, GOOD | {"segments": [segment]}))


def test_a_field_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    refusal(with_manifest(tmp_path, GOOD | {"colour": "blue"}))
    refusal(with_manifest(tmp_path, GOOD | {"segments": [GOOD["segments"][0] | {"colour": "blue"}]}))


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_another_version_is_refused_by_its_number(tmp_path: Path, version: object) -> None:
    message = refusal(with_manifest(tmp_path, GOOD | {"version": version}))
    assert f"version {version}; this zswapbench reads version 1" in message


@pytest.mark.parametrize("size", [0, 512, 8192, 1 << 40, -4096, 4096.0, "4096", None, [4096], True])
def test_another_page_size_is_refused(tmp_path: Path, size: object) -> None:
    refusal(with_manifest(tmp_path, GOOD | {"page_size": size}))


@pytest.mark.parametrize("size", [16384, 65536])
def test_a_page_size_that_is_not_that_of_the_pages_is_refused(tmp_path: Path, size: int) -> None:
    assert "pages.npy holds" in refusal(with_manifest(tmp_path, GOOD | {"page_size": size}))


@pytest.mark.parametrize(
    "digest", ["", "abc", "A" * 64, "../" * 21 + "x", 7, None, "0" * 65, "0" * 64 + "\n"]
)
def test_a_digest_that_is_none_is_refused_before_it_names_a_file(tmp_path: Path, digest: object) -> None:
    assert "its digest is no SHA-256" in refusal(with_manifest(tmp_path, GOOD | {"digest": digest}))


def test_the_digest_of_another_corpus_is_refused(tmp_path: Path) -> None:
    path = with_manifest(tmp_path, GOOD | {"digest": "0" * 64})
    assert "content and digest differ" in refusal(path)


WRONG = [None, True, 1.5, "x", [], {}, [1], {"a": "b"}, -1]


@pytest.mark.parametrize("value", WRONG, ids=repr)
@pytest.mark.parametrize("name", ["sources", "segments", "sample"])
def test_a_field_of_the_wrong_type_is_refused(tmp_path: Path, name: str, value: object) -> None:
    # No segments, and no sample, are allowed.
    if (name, value) in [("segments", []), ("segments", {}), ("sample", None), ("sample", {})]:
        return
    refusal(with_manifest(tmp_path, GOOD | {name: value}))


@pytest.mark.parametrize("value", WRONG, ids=repr)
@pytest.mark.parametrize("name", list(GOOD["segments"][0]))
def test_a_segment_s_field_of_the_wrong_type_is_refused(tmp_path: Path, name: str, value: object) -> None:
    if (name, value) in [("name", "x"), ("permissions", "x"), ("counts", {})]:
        return
    refusal(with_manifest(tmp_path, GOOD | {"segments": [GOOD["segments"][0] | {name: value}]}))


@pytest.mark.parametrize("value", [None, True, 1.5, "1", [1], -1], ids=repr)
@pytest.mark.parametrize("name", list(GOOD["segments"][0]["counts"]))
def test_a_count_of_the_wrong_type_is_refused(tmp_path: Path, name: str, value: object) -> None:
    segment = GOOD["segments"][0]
    changed = segment | {"counts": segment["counts"] | {name: value}}
    refusal(with_manifest(tmp_path, GOOD | {"segments": [changed]}))


@pytest.mark.parametrize("addresses", [[0], [0, 1, 2], [3, 2], [0, 10], ["0", "9"], "09", {"0": 1, "1": 2}])
def test_addresses_that_are_no_part_of_the_index_are_refused(tmp_path: Path, addresses: object) -> None:
    segment = GOOD["segments"][0] | {"addresses": addresses}
    refusal(with_manifest(tmp_path, GOOD | {"segments": [segment]}))


def test_a_segment_of_a_source_that_is_not_there_is_refused(tmp_path: Path) -> None:
    refusal(with_manifest(tmp_path, GOOD | {"segments": [GOOD["segments"][0] | {"source": 1}]}))


@pytest.mark.parametrize(
    "text", [b"{", b"null", b"[]", b"\xff\xfe", b"{}", b'{"format": "zip"}', b"[" * 99_999]
)
def test_a_manifest_that_is_no_such_json_is_refused(tmp_path: Path, text: bytes) -> None:
    refusal(with_members(tmp_path, {"manifest.json": text}))


def test_the_population_is_the_sum_over_segments() -> None:
    one = GOOD["segments"][0]
    counts = {"never_written": 1, "partial": 2, "zero": 3, "same_filled": 4, "duplicate": 5, "distinct": 6}
    manifest = Manifest.from_json(json.dumps(GOOD | {"segments": [one | {"counts": counts}] * 2}).encode())
    assert manifest.population == Counts(2, 4, 6, 8, 10, 12)
    assert manifest.population.written == 36
