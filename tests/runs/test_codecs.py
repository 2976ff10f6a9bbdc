"""A survey's figures, on corpora of which each can be counted by hand."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from tests.making import PAGE, make_corpus, make_export, pages_of, random_page, text_page
from zswapbench.codecs.base import Codec
from zswapbench.common.errors import CorpusError, UsageError
from zswapbench.corpus.reading import Corpus
from zswapbench.plugins.registry import CODECS, Choice
from zswapbench.runs.codecs import Figures, Survey, Wish, codecs_of, survey, to_json

LZ4: Choice[Codec] = CODECS.choose("lz4")
QUIET = Wish(rounds=0)
# By address: 0 text, 1 random, 2 zero, 3 the same text, 4 another text, 5 same-filled.
PAGES = pages_of(text_page(1), random_page(1), bytes(PAGE), text_page(2), b"\x07" * PAGE)
INDEX = [0, 1, 2, 0, 3, 4]


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A corpus of six addresses."""
    return make_corpus(tmp_path / "a.zpages", PAGES, INDEX)


def survey_of(*paths: Path, wish: Wish = QUIET, choices: tuple[str, ...] = ("lz4",)) -> Survey:
    """The survey of the corpora at ``paths``."""
    with ExitStack() as stack:
        corpora = [stack.enter_context(Corpus(path)) for path in paths]
        return survey(corpora, codecs_of(wish.kernel, choices), wish)


def figures_of(*paths: Path, wish: Wish = QUIET, codec: str = "lz4") -> Figures:
    """The same, of one codec."""
    (figures,) = survey_of(*paths, wish=wish, choices=(codec,)).codecs
    return figures


def sizes(*pages: bytes) -> list[int]:
    """Of each page under lz4."""
    return [int(size) for size in LZ4.make().sizes(pages_of(*pages))]


def test_ratios_count_every_address_once_with_and_once_without_same_filled_pages(made: Path) -> None:
    figures = figures_of(made)
    text, random, zero, other, filled = sizes(*(page.tobytes() for page in PAGES))
    assert figures.ratio == pytest.approx(6 * PAGE / (2 * text + random + zero + other + filled))
    assert figures.ratio_distinct == pytest.approx(4 * PAGE / (2 * text + random + other))
    found = survey_of(made)
    assert (found.pages, found.same_filled) == (6, 2)


def test_every_page_but_same_filled_ones_is_in_one_class_and_one_sixteenth(made: Path) -> None:
    found = survey_of(made)
    (figures,) = found.codecs
    assert sum(figures.by_class) == sum(figures.by_sixteenth) == 4
    text, other = sizes(text_page(1), text_page(2))
    for size, count in ((text, 2), (other, 1)):
        fitting = next(place for place, one in enumerate(found.classes) if one.size >= size + 8)
        assert figures.by_class[fitting] >= count
        assert figures.by_sixteenth[(size - 1) // 256] >= count
    assert figures.by_class[-1] == figures.by_sixteenth[-1] == 1
    assert figures.quartiles[1] == sorted([text, text, other, sizes(random_page(1))[0]])[1]


def test_page_frames_are_those_of_full_zspages(made: Path) -> None:
    found = survey_of(made)
    (figures,) = found.codecs
    frames = sum(
        count * one.pages_per_zspage / one.objs_per_zspage
        for one, count in zip(found.classes, figures.by_class, strict=True)
    )
    assert figures.pool_ratio == pytest.approx(4 / frames)


@pytest.mark.parametrize(
    ("kernel", "classes", "rules"), [("3.18", 255, "2012"), ("4.19", 69, "4.2"), ("6.12", 119, "6.4")]
)
def test_the_kernel_chooses_the_size_classes(made: Path, kernel: str, classes: int, rules: str) -> None:
    found = survey_of(made, wish=Wish(kernel, rounds=0))
    assert (len(found.classes), found.zsmalloc, found.kernel) == (classes, rules, kernel)


def test_incompressible_pages_are_told_by_their_fate(made: Path) -> None:
    rejected = figures_of(made)
    assert rejected.zswap["reject_compress_fail"] == rejected.zram_raw == 1
    assert rejected.zswap["compressed"] == 3
    kept = figures_of(made, wish=Wish("6.18", rounds=0))
    assert (kept.zswap["raw"], kept.zswap["compressed"]) == (1, 3)
    assert sum(kept.zswap.values()) == sum(rejected.zswap.values()) == 4


@pytest.mark.parametrize(("kernel", "rules"), [("4.15", "4.15"), ("6.16", "5.16"), ("6.17", "6.17")])
def test_zstd_is_that_of_the_kernel_unless_asked_for_otherwise(made: Path, kernel: str, rules: str) -> None:
    asked = ("zstd", f"zstd:rules={rules}", "zstd:9:rules=zram-6.12")
    found = survey_of(made, wish=Wish(kernel, rounds=0), choices=asked).codecs
    assert [one.identity.partition(" lib")[0] for one in found] == [
        f"zstd level=3 rules={rules}",
        "zstd level=9 rules=zram-6.12",
    ]


def test_corpora_are_added_up_and_told_apart(made: Path, tmp_path: Path) -> None:
    other = make_corpus(tmp_path / "b.zpages", pages_of(text_page(7), text_page(8)))
    both, one, two = survey_of(made, other), figures_of(made), figures_of(other)
    (figures,) = both.codecs
    assert both.corpora == ("a.zpages", "b.zpages")
    assert both.pages == 8
    assert figures.by_corpus == (one.ratio_distinct, two.ratio_distinct)
    assert np.add(one.by_class, two.by_class).tolist() == list(figures.by_class)


def test_corpora_of_two_page_sizes_are_refused(made: Path, tmp_path: Path) -> None:
    large = make_corpus(tmp_path / "b.zpages", pages_of(text_page(1, 16384)))
    with pytest.raises(UsageError, match=r"b\.zpages has pages of 16384 bytes, .*a\.zpages of 4096"):
        survey_of(made, large)


@pytest.mark.parametrize("size", [16384, 65536])
def test_larger_pages_have_classes_of_their_own(tmp_path: Path, size: int) -> None:
    found = survey_of(make_corpus(tmp_path / "a.zpages", pages_of(text_page(1, size), random_page(1, size))))
    assert found.classes[-1].size == size
    assert sum(found.codecs[0].by_sixteenth) == 2


def test_a_corpus_of_same_filled_pages_alone_has_no_ratio_without_them(tmp_path: Path) -> None:
    path = make_corpus(tmp_path / "a.zpages", pages_of(bytes(PAGE), b"\x01" * PAGE))
    figures = figures_of(path, wish=Wish(rounds=1))
    assert figures.ratio is not None
    assert (figures.ratio_distinct, figures.pool_ratio, figures.quartiles, figures.speed) == (
        None,
        None,
        (),
        None,
    )


def test_an_empty_corpus_has_figures_without_values(tmp_path: Path) -> None:
    figures = figures_of(make_corpus(tmp_path / "a.zpages", PAGES[:0]), wish=Wish(rounds=1))
    assert (figures.ratio, figures.speed, figures.zram_raw) == (None, None, 0)


def test_an_export_gives_what_can_be_told_from_sizes(made: Path, tmp_path: Path) -> None:
    export = make_export(tmp_path / "x.zpages", PAGES, {LZ4.make().identity: LZ4.make().sizes(PAGES)})
    figures = figures_of(export, wish=Wish(rounds=1))
    assert figures.speed is None
    whole = figures_of(make_corpus(tmp_path / "w.zpages", PAGES))
    assert (figures.ratio, figures.by_class, figures.zswap) == (whole.ratio, whole.by_class, whole.zswap)
    with pytest.raises(CorpusError, match="no sizes under 'zlib"):
        figures_of(export, codec="zlib")


def test_speed_is_measured_for_each_codec_and_stands_in_the_json(made: Path) -> None:
    found = survey_of(made, wish=Wish(rounds=2, threads=1), choices=("lz4", "zstd:level=1"))
    assert [one.codec for one in found.codecs] == ["lz4", "zstd:level=1"]
    form = json.loads(to_json(found))
    assert form["schema_version"] == 1
    assert form["threads"] == 1
    for one in form["codecs"]:
        assert len(one["speed"]["compress"]["one"]) == 2
        assert one["identity"].startswith(one["codec"].split(":")[0])
