"""The manifest: each field is what it should be, or the corpus is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.corpus.damaging import (
    INDEX,
    SOME,
    read_all,
    refusal,
    with_members,
)
from tests.making import manifest_of
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
