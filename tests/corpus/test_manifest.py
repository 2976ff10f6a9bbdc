"""The manifest: each field is what it should be, or the corpus is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.corpus.damaging import (
    INDEX,
    SOME,
    npy,
    read_all,
    refusal,
    with_members,
)
from tests.making import PAGE, manifest_of
from zswapbench.corpus.manifest import Counts, Manifest, corpus_digest
from zswapbench.corpus.pages import Pages, digests


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
    assert "pages.npy holds" in refusal(with_manifest(tmp_path, GOOD | {"page_size": size, "segments": []}))


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


def changed(**fields: object) -> dict[str, object]:
    """The segment of GOOD with other fields."""
    return {**GOOD["segments"][0], **fields}


SEGMENT = GOOD["segments"][0]
HALVES = [changed(addresses=(0, 5)), changed(addresses=(5, 9))]
DISAGREEING = {
    "more zero pages than there is memory": [changed(counts=SEGMENT["counts"] | {"zero": 10**9})],
    "more holes than there is memory": [changed(counts=SEGMENT["counts"] | {"never_written": 10**9})],
    "a zero page less": [changed(counts=SEGMENT["counts"] | {"zero": 1})],
    "another kind of page": [changed(counts=SEGMENT["counts"] | {"zero": 3, "same_filled": 2})],
    "another page that is the first": [changed(counts=SEGMENT["counts"] | {"duplicate": 1, "distinct": 3})],
    "a segment twice": [SEGMENT, SEGMENT],
    "a segment twice, with half of its addresses": HALVES,
    "addresses left out": [changed(addresses=(1, 9))],
    "an end beyond the address space": [changed(end=2**64 + 1)],
    "an end of four thousand digits": [changed(end=10**4000)],
    "an end before the dumped part ends": [changed(end=5 * PAGE)],
    "a source beyond numbers": [changed(source=10**400)],
    "a segment elsewhere": [changed(start=16 * PAGE, end=25 * PAGE)],
    "less of it dumped": [changed(dumped=8 * PAGE)],
}


@pytest.mark.parametrize("segments", DISAGREEING.values(), ids=DISAGREEING)
def test_segments_that_the_rest_of_the_file_contradicts_are_refused(
    tmp_path: Path, segments: list[object]
) -> None:
    refusal(with_manifest(tmp_path, GOOD | {"segments": segments}))


@pytest.mark.parametrize(
    "addresses",
    [[0] * 9, [*range(8, -1, -1)], [*range(8), 9], [*range(8), 7.5], [*range(1, 9), 2**52 - 1]],
    ids=["equal", "falling", "beyond", "between pages", "at the end of all"],
)
def test_addresses_that_are_not_those_of_the_segment_s_pages_are_refused(
    tmp_path: Path, addresses: list[float]
) -> None:
    vaddr = np.array([int(address * PAGE) for address in addresses], np.uint64)
    path = with_members(tmp_path, {"vaddr.npy": npy(vaddr)})
    assert "its segment 0 are not those of pages in it" in refusal(path)


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        ({"pages": 8, "seed": 0, "of": 9}, "its sample is of 8 of 9 pages, its segments have 9 of 9"),
        ({"pages": 9, "seed": 0, "of": 10**400}, "its sample is of 9 of 1"),
        ({"pages": 9, "seed": 0, "of": 9}, ""),
    ],
)
def test_a_sample_is_as_large_as_the_corpus_and_drawn_from_its_segments(
    tmp_path: Path, sample: object, message: str
) -> None:
    path = with_manifest(tmp_path, GOOD | {"sample": sample})
    if message:
        assert message in refusal(path)
    else:
        read_all(path)


def test_a_sample_has_no_more_of_a_kind_than_its_segment(tmp_path: Path) -> None:
    sample = {"pages": 9, "seed": 0, "of": 10}
    counts = SEGMENT["counts"]
    for name in ("zero", "same_filled", "duplicate", "distinct"):
        more = changed(counts=counts | {name: counts[name] + 1}, end=10 * PAGE, dumped=10 * PAGE)
        read_all(with_manifest(tmp_path, GOOD | {"sample": sample, "segments": [more]}))
    other = changed(counts=counts | {"zero": 1, "distinct": 4}, end=10 * PAGE, dumped=10 * PAGE)
    message = refusal(with_manifest(tmp_path, GOOD | {"sample": sample, "segments": [other]}))
    assert "the counts of its segment 0 are not those of its pages" in message


def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    text = json.dumps(GOOD).replace('"end":', '"end": 7, "end":').encode()
    assert "an object has 'end' twice" in refusal(with_members(tmp_path, {"manifest.json": text}))


@pytest.mark.parametrize("number", ["Infinity", "NaN", "1e999"])
def test_what_is_no_number_in_json_is_refused(tmp_path: Path, number: str) -> None:
    text = json.dumps(GOOD | {"sources": [{"file": "x", "bits": 0}]}).replace(
        '"bits": 0', f'"bits": {number}'
    )
    assert number in refusal(with_members(tmp_path, {"manifest.json": text.encode()}))


def test_the_population_is_the_sum_over_segments() -> None:
    numbers = {"never_written": 1, "partial": 2, "zero": 3, "same_filled": 4, "duplicate": 5, "distinct": 6}
    segments = [
        changed(counts=numbers, addresses=(first, first + 18), end=20 * PAGE, dumped=20 * PAGE)
        for first in (0, 18)
    ]
    manifest = Manifest.from_json(json.dumps(GOOD | {"segments": segments}).encode())
    assert manifest.population == Counts(2, 4, 6, 8, 10, 12)
    assert manifest.population.written == 36
