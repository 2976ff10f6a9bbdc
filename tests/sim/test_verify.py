"""Carrying real bytes: what must be caught is caught, and real replays come out clean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from tests.making import make_corpus, pages_of, random_page, text_page
from tests.sim.replaying import Machine, random_trace
from zswapbench.codecs.base import Codec
from zswapbench.common.errors import InternalError
from zswapbench.corpus.reading import Corpus
from zswapbench.plugins.registry import CODECS
from zswapbench.runs.options import Options
from zswapbench.runs.zswap import run
from zswapbench.sim.verify import ByteCarrier
from zswapbench.traces.format import write_trace

PAGE = 4096


@dataclass
class Shelf:
    """A pool that puts every object where it is told to: entry -> (zspage, offset)."""

    places: dict[int, tuple[int, int]] = field(default_factory=dict)
    page_size: int = PAGE
    header: int = 0

    def data_place(self, entry: int) -> tuple[int, int]:
        zspage, offset = self.places[entry]
        return zspage, offset + self.header


def shorten(page: bytes) -> bytes:
    """A codec that knows only pages of one byte value: its length is in the bytes themselves."""
    return page[:1] * 1000


def lengthen(page: int, data: bytes) -> bytes:
    """What ``shorten`` shortened. Raises ValueError for anything else."""
    if data != data[:1] * 1000:
        raise ValueError("mixed bytes")
    return data[:1] * PAGE


def page_of(number: int) -> bytes:
    """Corpus page ``number``."""
    return bytes([number]) * PAGE


def carrier(shelf: Shelf) -> ByteCarrier:
    """Carries one-valued pages to and from ``shelf``."""
    return ByteCarrier(shelf, lambda number: shorten(page_of(number)), page_of, lengthen)


def test_bytes_that_are_read_back_where_they_were_put_are_fine() -> None:
    carried = carrier(Shelf({0: (0, 0), 1: (0, 1000), 2: (7, 0)}))
    for number in range(3):
        carried.stored(key=number, page=number + 1, entry=number)
    for number in (2, 0, 1, 1):
        carried.loaded(key=number, entry=number)
    carried.flushed(key=1, entry=1)
    carried.loaded(key=1, entry=-1)
    assert carried.checked == 6


@pytest.mark.parametrize("offset", [1, 500, 999])
def test_two_objects_that_overlap_are_caught(offset: int) -> None:
    carried = carrier(Shelf({0: (0, 0), 1: (0, offset)}))
    carried.stored(0, 1, 0)
    carried.stored(1, 2, 1)
    carried.loaded(1, 1)
    with pytest.raises(InternalError, match="swap offset 0: what the pool holds is not a compressed page"):
        carried.loaded(0, 0)


def test_two_objects_in_the_same_place_are_caught() -> None:
    carried = carrier(Shelf({0: (3, 96), 1: (3, 96)}))
    carried.stored(0, 1, 0)
    carried.stored(1, 2, 1)
    with pytest.raises(InternalError, match="swap offset 0: a load found other bytes"):
        carried.loaded(0, 0)
    with pytest.raises(InternalError, match="swap offset 0: a flush found other bytes"):
        carried.flushed(0, 0)


def test_a_place_that_changes_is_caught() -> None:
    shelf = Shelf({0: (0, 0)})
    carried = carrier(shelf)
    carried.stored(0, 1, 0)
    shelf.places[0] = (0, 8)
    with pytest.raises(InternalError, match="not a compressed page"):
        carried.loaded(0, 0)


def test_a_stale_object_that_answers_for_a_newer_page_is_caught() -> None:
    carried = carrier(Shelf({0: (0, 0), 1: (0, 1000)}))
    carried.stored(5, 1, 0)
    carried.stored(5, 2, 1)
    carried.loaded(5, 1)
    with pytest.raises(InternalError, match="swap offset 5"):
        carried.loaded(5, 0)


def test_the_object_of_another_offset_is_caught() -> None:
    carried = carrier(Shelf({0: (0, 0), 1: (0, 1000)}))
    carried.stored(0, 1, 0)
    carried.stored(1, 2, 1)
    with pytest.raises(InternalError, match="swap offset 0"):
        carried.loaded(0, 1)


def test_an_object_goes_across_frame_borders_and_back() -> None:
    shelf = Shelf({0: (0, PAGE - 10), 1: (0, 2 * PAGE - 999), 2: (0, PAGE - 1010)})
    carried = carrier(shelf)
    for number in range(3):
        carried.stored(number, number + 1, number)
    for number in range(3):
        carried.loaded(number, number)
    frames = carried.frames[0]
    assert len(frames) == 3
    assert frames[0][-10:] == b"\1" * 10
    assert frames[1][:990] == b"\1" * 990
    assert frames[1][-999:] == b"\2" * 999
    assert frames[2][:1] == b"\2"


def test_an_overlap_beyond_a_frame_border_is_caught() -> None:
    carried = carrier(Shelf({0: (0, PAGE - 10), 1: (0, PAGE + 989)}))
    carried.stored(0, 1, 0)
    carried.stored(1, 2, 1)
    with pytest.raises(InternalError, match="swap offset 0"):
        carried.loaded(0, 0)


def test_an_object_may_be_larger_than_a_frame() -> None:
    shelf = Shelf({0: (0, 90)}, page_size=256)
    carried = carrier(shelf)
    carried.stored(0, 9, 0)
    carried.loaded(0, 0)
    assert len(carried.frames[0]) == 5


def test_the_handle_lies_before_the_data_and_is_not_the_data_s() -> None:
    carried = carrier(Shelf({0: (0, 0), 1: (0, 1008)}, header=8))
    carried.stored(0, 1, 0)
    carried.stored(1, 2, 1)
    assert carried.frames[0][0][:8] == bytes(8)
    assert carried.frames[0][0][1008:1016] == bytes(8)
    carried.loaded(0, 0)
    carried.loaded(1, 1)


def test_an_entry_that_outlives_its_zspage_is_caught_when_the_number_is_used_again() -> None:
    carried = carrier(Shelf({0: (4, 0), 1: (4, 0)}))
    carried.stored(0, 1, 0)
    carried.flushed(0, 0)
    carried.stored(1, 2, 1)
    carried.loaded(0, -1)
    carried.loaded(1, 1)
    with pytest.raises(InternalError, match="swap offset 0"):
        carried.loaded(0, 0)


def test_what_a_frame_held_stays_in_it() -> None:
    # A pool that forgets to place an object reads what lay there before, and only its owner may.
    shelf = Shelf({0: (0, 0)})
    carried = carrier(shelf)
    carried.stored(0, 1, 0)
    shelf.places[1] = (0, 2000)
    carried.sizes[1], carried.expected[1] = 1000, 1
    with pytest.raises(InternalError, match="swap offset 1"):
        carried.loaded(1, 1)


def test_a_rejected_page_is_read_from_the_device_until_it_is_stored() -> None:
    carried = carrier(Shelf({0: (0, 0)}))
    carried.rejected(0, 3)
    carried.loaded(0, -1)
    carried.stored(0, 4, 0)
    with pytest.raises(KeyError):
        carried.loaded(0, -1)  # the device's copy is stale: a replay that asks for it is wrong
    carried.loaded(0, 0)


LENGTHS = [8, 100, 300, 700, 1000, 1500, 2000, 2500, 3000, 3200]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of pages that compress to all kinds of sizes, and a trace over them, of two swap types."""
    folder = tmp_path_factory.mktemp("verify")
    blends = [random_page(size)[:size] + text_page(size)[size:] for size in LENGTHS for _ in range(2)]
    texts = [text_page(number) for number in range(10)]
    pages = [*dict.fromkeys(blends), *texts, random_page(1), bytes(PAGE), b"\7" * PAGE]
    make_corpus(folder / "a.zpages", pages_of(*pages))
    machine = Machine(types=2, keys=60, sizes=[0] * len(pages))
    with Corpus(folder / "a.zpages") as corpus:
        write_trace(
            folder / "a.trace.bin",
            [random_trace(9, 1_500, machine)],
            page_size=PAGE,
            corpus_digest=corpus.digest,
            provenance={},
        )
    return folder


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes are remembered in a place of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.mark.usefixtures("own_cache")
@pytest.mark.parametrize("codec", [leaf.name for leaf in CODECS.leaves()])
@pytest.mark.parametrize(
    ("policy", "pool"),
    [
        ("lru", "zsmalloc:2012"),
        ("class-lru", "zsmalloc:4.2"),
        ("lru", "zsmalloc:6.4"),
        ("class-lru", "zsmalloc:6.4:chain=16"),
    ],
)
def test_every_load_of_a_real_replay_is_identical(ground: Path, codec: str, policy: str, pool: str) -> None:
    options = Options(policy=policy, pool=pool, codec=codec, limit="14p", verify=True)
    count = (found := run(ground / "a.trace.bin", options)).counters
    assert found.verified_pages == count["zswpin"] + count["refaults"] + count["written_back_pages"]
    assert min(count["zswpin"], count["refaults"], count["written_back_pages"], count["flush_requests"]) > 0
    plain = run(ground / "a.trace.bin", Options(policy=policy, pool=pool, codec=codec, limit="14p"))
    assert plain.counters == count
    assert plain.verified_pages is None


@pytest.mark.usefixtures("own_cache")
def test_a_codec_that_gives_back_another_page_is_caught(
    ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaf: type[Codec] = CODECS.choose("liblz4").leaf
    honest: Callable[[Codec, bytes, int], bytes] = leaf.decompress
    monkeypatch.setattr(leaf, "decompress", lambda self, data, size: honest(self, data, size)[::-1])
    with pytest.raises(InternalError, match="found other bytes than the last store brought"):
        run(ground / "a.trace.bin", Options(codec="liblz4", limit="14p", verify=True))


def test_the_sample_pages_are_of_many_sizes(ground: Path) -> None:
    with Corpus(ground / "a.zpages") as corpus:
        sizes = CODECS.choose("liblz4").make().sizes(corpus.pages())
    assert len(np.unique(sizes // 256)) > 8
