"""Dumps become corpora: every page at its place, every kind counted, and never more memory than needed."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dumps.elfwriter import RX, Core, Load, file_note
from tests.making import PAGE, random_page, text_page
from zswapbench.common.errors import DumpError, UsageError, ZswapbenchError
from zswapbench.common.progress import Progress, Told
from zswapbench.corpus.importing import Wish, import_dumps
from zswapbench.corpus.manifest import Counts
from zswapbench.corpus.pages import PAGE_SIZES
from zswapbench.corpus.reading import Corpus
from zswapbench.report.corpus_tables import info_tables

ZERO, FILL = bytes(PAGE), b"\xa5" * PAGE
A, B, C, D = (text_page(seed) for seed in range(4))
BASE = 0x10000000


def imported(tmp_path: Path, dumps: Sequence[Path], **wish: object) -> Corpus:
    """The corpus made from ``dumps``; verified."""
    path = tmp_path / "out.zpages"
    import_dumps(dumps, path, Wish(**wish))  # type: ignore[arg-type]
    corpus = Corpus(path)
    corpus.verify()
    return corpus


def core(tmp_path: Path, *loads: Load, name: str = "core") -> Path:
    """A core of ``loads``."""
    return Core(loads).write(tmp_path / name)


def at_addresses(corpus: Corpus) -> list[tuple[int, bytes]]:
    """What the corpus says: address and page, in its order."""
    pages = corpus.pages()
    places = zip(corpus.vaddr.tolist(), corpus.index.tolist(), strict=True)
    return [(address, pages[page].tobytes()) for address, page in places]


def whole_pages(memory: Mapping[int, bytes], size: int) -> list[tuple[int, bytes]]:
    """The oracle: the whole pages of ``memory`` (bytes by address), sliced in plain Python."""
    found = []
    for start, data in memory.items():
        addresses = range(-(-start // size) * size, start + len(data) - size + 1, size)
        found += [(address, data[address - start :][:size]) for address in addresses]
    return found


def test_pages_are_counted_by_what_they_are(tmp_path: Path) -> None:
    first = Load(BASE, A, ZERO, B, A, FILL, ZERO, FILL, 3 * PAGE, C)
    second = Load(2 * BASE, b"#" * 100, memsz=PAGE)
    third = Load(3 * BASE, B, D)
    corpus = imported(tmp_path, [core(tmp_path, first, second, third)])
    records = corpus.manifest.segments
    assert [record.counts for record in records] == [
        Counts(never_written=3, zero=2, same_filled=2, duplicate=1, distinct=3),
        Counts(partial=1),
        Counts(duplicate=1, distinct=1),
    ]
    assert [record.addresses for record in records] == [(0, 8), (8, 8), (8, 10)]
    assert [(record.start, record.end, record.dumped) for record in records] == [
        (BASE, BASE + 11 * PAGE, 11 * PAGE),
        (2 * BASE, 2 * BASE + PAGE, 100),
        (3 * BASE, 3 * BASE + 2 * PAGE, 2 * PAGE),
    ]
    assert corpus.counts == Counts(zero=2, same_filled=2, duplicate=2, distinct=4)
    assert corpus.manifest.population == Counts(3, 1, 2, 2, 2, 4)
    assert corpus.kinds.tolist() == [0, 2, 0, 1, 0, 0]
    assert [page.tobytes() for page in corpus.pages()] == [A, ZERO, B, FILL, C, D]


def test_every_page_lies_at_its_address(tmp_path: Path) -> None:
    pieces = {BASE: A + ZERO + B + A, 5 * BASE: C + A, (1 << 64) - 2 * PAGE: D + FILL}
    path = core(tmp_path, *(Load(start, data) for start, data in pieces.items()))
    corpus = imported(tmp_path, [path])
    assert at_addresses(corpus) == whole_pages(pieces, PAGE)
    assert corpus.vaddr[-1] == (1 << 64) - PAGE


@pytest.mark.parametrize("size", PAGE_SIZES)
def test_larger_pages_are_cut_at_their_own_borders(tmp_path: Path, size: int) -> None:
    data = b"".join(random_page(seed) for seed in range(70))
    pieces = {BASE + 3 * PAGE: data, 9 * BASE: data[: 32 * PAGE], 17 * BASE + PAGE: data[: 2 * PAGE]}
    corpus = imported(
        tmp_path, [core(tmp_path, *(Load(start, one) for start, one in pieces.items()))], page_size=size
    )
    assert corpus.page_size == size
    assert at_addresses(corpus) == whole_pages(pieces, size)
    partial = [record.counts.partial for record in corpus.manifest.segments]
    assert partial == {4096: [0, 0, 0], 16384: [2, 0, 1], 65536: [2, 0, 1]}[size]


@pytest.mark.parametrize("size", PAGE_SIZES)
def test_a_segment_smaller_than_a_page_is_counted_as_partial(tmp_path: Path, size: int) -> None:
    path = core(tmp_path, Load(BASE + 256, b"x" * 512), Load(2 * BASE, random_page(1, size)))
    corpus = imported(tmp_path, [path], page_size=size)
    assert [record.counts for record in corpus.manifest.segments] == [Counts(partial=1), Counts(distinct=1)]


@pytest.mark.parametrize(
    ("vaddr", "size", "pages", "partial"),
    [
        ((1 << 64) - 100, 100, 0, 1),
        ((1 << 64) - PAGE, PAGE, 1, 0),
        ((1 << 64) - PAGE, 100, 0, 1),
        ((1 << 64) - PAGE - 100, PAGE + 100, 1, 1),
    ],
)
def test_the_last_page_of_the_address_space_is_one_as_any_other(
    tmp_path: Path, vaddr: int, size: int, pages: int, partial: int
) -> None:
    corpus = imported(tmp_path, [core(tmp_path, Load(BASE, B), Load(vaddr, random_page(1, 2 * PAGE)[:size]))])
    _, last = corpus.manifest.segments
    assert (last.counts.distinct, last.counts.partial) == (pages, partial)
    assert corpus.vaddr.tolist() == [BASE, (1 << 64) - PAGE][: 1 + pages]


def test_a_page_at_each_ragged_edge_is_counted_as_partial(tmp_path: Path) -> None:
    data = random_page(1, 3 * PAGE)
    corpus = imported(tmp_path, [core(tmp_path, Load(BASE + 1000, data))])
    assert corpus.manifest.population == Counts(partial=2, distinct=2)
    assert at_addresses(corpus) == whole_pages({BASE + 1000: data}, PAGE)


def test_a_hole_in_part_of_a_larger_page_is_written_zeros(tmp_path: Path) -> None:
    path = core(tmp_path, Load(BASE, A, 3 * PAGE, 8 * PAGE, B, 3 * PAGE))
    corpus = imported(tmp_path, [path], page_size=16384)
    assert corpus.manifest.population == Counts(never_written=2, distinct=2)
    assert at_addresses(corpus) == [(BASE, A + 3 * ZERO), (BASE + 12 * PAGE, B + 3 * ZERO)]


def test_holes_are_never_written_pages_and_have_no_address(tmp_path: Path) -> None:
    corpus = imported(tmp_path, [core(tmp_path, Load(BASE, 5000 * PAGE, A, 3000 * PAGE))])
    assert corpus.manifest.population == Counts(never_written=8000, distinct=1)
    assert corpus.vaddr.tolist() == [BASE + 5000 * PAGE]


def test_only_what_is_selected_is_imported(tmp_path: Path) -> None:
    loads = [Load(BASE, A), Load(2 * BASE, B, flags=RX), Load(3 * BASE, C), Load(4 * BASE, D, flags=RX)]
    notes = [file_note((2 * BASE, 2 * BASE + PAGE, b"/bin/x"), (3 * BASE, 3 * BASE + PAGE, b"/dev/shm/y"))]
    path = Core(loads, notes).write(tmp_path / "core")

    def pages(select: str) -> list[bytes]:
        return [page for _, page in at_addresses(imported(tmp_path, [path], select=select))]

    assert pages("private") == [A]
    assert pages("swappable") == [A, C, D]
    assert pages("writable") == [A, C]
    assert pages("all") == [A, B, C, D]
    assert pages("/bin/*") == [B]
    with Corpus(tmp_path / "out.zpages") as corpus:
        (record,) = corpus.manifest.segments
        assert (record.name, record.permissions) == ("/bin/x", "r-x")
        assert corpus.manifest.sources[0]["select"] == "/bin/*"


def test_several_dumps_make_one_corpus_and_share_their_pages(tmp_path: Path) -> None:
    first = core(tmp_path, Load(BASE, A, ZERO, B), name="first")
    second = core(tmp_path, Load(BASE, B, C, ZERO, A), name="second")
    corpus = imported(tmp_path, [first, second])
    assert [source["file"] for source in corpus.manifest.sources] == ["first", "second"]
    assert [(record.source, record.addresses) for record in corpus.manifest.segments] == [
        (0, (0, 3)),
        (1, (3, 7)),
    ]
    assert corpus.manifest.segments[1].counts == Counts(zero=1, duplicate=2, distinct=1)
    assert [page for _, page in at_addresses(corpus)] == [A, ZERO, B, B, C, ZERO, A]
    assert len(corpus) == 4


def test_of_segments_at_one_address_each_gives_what_the_ones_before_it_lack(tmp_path: Path) -> None:
    corpus = imported(tmp_path, [core(tmp_path, Load(BASE, A), Load(BASE, B, C), Load(BASE, 2 * PAGE, D))])
    assert at_addresses(corpus) == [(BASE, A), (BASE + PAGE, C), (BASE + 2 * PAGE, D)]


NAMELESS = (
    "{}: it does not list the files that were mapped (it has no NT_FILE note), so no segment has a name: shared memory "
    "and devices cannot be told from private memory"
)


def test_a_gcore_that_lost_its_notes_gives_the_same_pages_and_says_what_it_cannot_know(
    tmp_path: Path,
) -> None:
    """The notes lie last: without them shared memory has no name."""
    shared = file_note((2 * BASE, 2 * BASE + PAGE, b"/memfd:x (deleted)"))
    content = Core([Load(BASE, A), Load(2 * BASE, B)], [shared], notes_last=True, align=1).to_bytes()
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    whole.write_bytes(content)
    cut.write_bytes(content[: -len(shared)])
    assert at_addresses(imported(tmp_path, [cut])) == at_addresses(imported(tmp_path, [whole]))
    assert import_dumps([whole], tmp_path / "a.zpages", Wish()).remarks == []
    assert import_dumps([cut], tmp_path / "a.zpages", Wish()).remarks == [
        (
            f"{cut}: its notes are lost (the file ends before they do), so no segment has a name: shared memory and "
            "devices cannot be told from private memory"
        )
    ]


def test_an_import_tells_what_it_left_out(tmp_path: Path) -> None:
    notes = [file_note((2 * BASE, 2 * BASE + PAGE, b"/anon_hugepage (deleted)"))]
    path = Core([Load(BASE, A), Load(2 * BASE, B)], notes).write(tmp_path / "core")
    made = import_dumps([path], tmp_path / "a.zpages", Wish())
    assert made.counts == Counts(distinct=1)
    assert made.remarks == [
        (
            "left out: 4.0 KiB in 1 segment of hugetlb memory, which the kernel does not swap; "
            "--select all takes it"
        )
    ]


PARTS = "left out: 8.0 KiB in 1 page of which the dump has only a part; --page-size 4K takes whole pages of that size"


def test_what_larger_pages_leave_out_at_the_edges_of_segments_is_told(tmp_path: Path) -> None:
    path = core(tmp_path, Load(BASE, random_page(1, 6 * PAGE)))
    assert import_dumps([path], tmp_path / "a.zpages", Wish()).remarks == [NAMELESS.format(path)]
    made = import_dumps([path], tmp_path / "a.zpages", Wish(page_size=16384))
    assert made.remarks == [NAMELESS.format(path), PARTS]
    path.write_bytes(random_page(1, 16384 + 100))
    assert import_dumps([path], tmp_path / "a.zpages", Wish(page_size=16384, raw=True)).remarks == [
        "left out: 100 B in 1 page of which the dump has only a part"
    ]


def test_an_import_of_no_page_tells_what_it_left_out(tmp_path: Path) -> None:
    loads = [Load(BASE, 5 * PAGE), Load(2 * BASE, memsz=PAGE), Load(3 * BASE, b"x" * 10), Load(4 * BASE, B)]
    notes = [file_note((4 * BASE, 4 * BASE + PAGE, b"/anon_hugepage (deleted)"))]
    with pytest.raises(DumpError) as raised:
        import_dumps([Core(loads, notes).write(tmp_path / "core")], tmp_path / "a.zpages", Wish())
    assert [remark.partition("; ")[0] for remark in raised.value.remarks] == [
        "left out: 10 B in 1 page of which the dump has only a part",
        "left out: 4.0 KiB in 1 segment of hugetlb memory, which the kernel does not swap",
        "not in the dump: 4.0 KiB in 1 segment",
        "never written: 20.0 KiB, which are holes in the file",
    ]


def test_the_same_dump_twice_adds_addresses_but_no_page(tmp_path: Path) -> None:
    path = core(tmp_path, Load(BASE, A, ZERO, B))
    corpus = imported(tmp_path, [path, path])
    assert len(corpus) == 3
    assert corpus.counts == Counts(zero=2, duplicate=2, distinct=2)
    assert len(corpus.manifest.segments) == 2


@pytest.mark.parametrize("size", PAGE_SIZES)
def test_duplicates_are_found_across_the_blocks_of_4_mib(tmp_path: Path, size: int) -> None:
    random = Random(0)
    # As many pages as fill a block, less one, then repeats of them on both sides of each border.
    pages = [random_page(seed, size) for seed in range((4 << 20) // size - 1)]
    pages += [random.choice(pages) for _ in range(2 * len(pages))]
    data = b"".join(pages)
    corpus = imported(tmp_path, [core(tmp_path, Load(BASE, data))], page_size=size)
    assert corpus.counts.distinct == len(corpus) == len(set(pages))
    assert at_addresses(corpus) == whole_pages({BASE: data}, size)


def test_pages_that_first_appear_late_keep_their_order(tmp_path: Path) -> None:
    """More distinct pages than the table of digests begins with, so that it grows on the way."""
    numbers = np.arange(10_000, dtype=np.uint32)
    order = np.concatenate([numbers[:4500], numbers[:7000], numbers[::-1]])
    pages = np.zeros((len(order), PAGE), np.uint8)
    pages[:, 8:12] = order.reshape(-1, 1).view(np.uint8)
    pages[:, 0] = 1
    path = tmp_path / "many.pages"
    path.write_bytes(pages.tobytes())
    corpus = imported(tmp_path, [path])
    _, first = np.unique(order, return_index=True)
    rank = np.empty(10_000, np.int64)
    rank[order[np.sort(first)]] = np.arange(10_000)
    assert corpus.index.tolist() == rank[order].tolist()
    assert np.array_equal(corpus.pages()[corpus.index], pages)


def test_a_page_file_is_memory_from_address_zero(tmp_path: Path) -> None:
    path = tmp_path / "some.pages"
    path.write_bytes(A + ZERO + B + b"the rest")
    corpus = imported(tmp_path, [path])
    assert at_addresses(corpus) == [(0, A), (PAGE, ZERO), (2 * PAGE, B)]
    assert corpus.manifest.population == Counts(partial=1, zero=1, distinct=2)
    assert corpus.manifest.sources[0]["format"] == "raw"


def test_any_file_is_a_page_file_when_asked_for(tmp_path: Path) -> None:
    path = core(tmp_path, Load(BASE, A))
    corpus = imported(tmp_path, [path], raw=True, force=True)
    assert at_addresses(corpus) == whole_pages({0: path.read_bytes()}, PAGE)


def test_a_packed_dump_gives_what_the_plain_one_does(tmp_path: Path) -> None:
    plain = core(tmp_path, Load(BASE, A, ZERO, B, A))
    packed = tmp_path / "core.zst"
    packed.write_bytes(zstandard.compress(plain.read_bytes()))
    expected = at_addresses(imported(tmp_path, [plain]))
    corpus = imported(tmp_path, [packed])
    assert at_addresses(corpus) == expected
    assert corpus.manifest.sources[0]["packing"] == "zst"


def test_a_dump_that_ends_early_is_used_as_far_as_it_goes(tmp_path: Path) -> None:
    path = core(tmp_path, Load(BASE, A, B, C), Load(2 * BASE, D))
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 2 * PAGE - 10)
    corpus = imported(tmp_path, [path])
    assert at_addresses(corpus) == [(BASE, A)]
    source = corpus.manifest.sources[0]
    assert (source["partial_segments"], source["lost_segments"]) == (1, 1)
    assert source["lost_bytes"] == 3 * PAGE


def test_a_packed_page_file_whose_packing_ends_early_is_taken_with_a_line(tmp_path: Path) -> None:
    path = tmp_path / "memory.raw.gz"
    path.write_bytes(gzip.compress(A + B)[:-8])
    made = import_dumps([path], tmp_path / "a.zpages", Wish())
    assert made.counts == Counts(distinct=2)
    assert made.remarks == [
        f"{path}: its .gz packing ends early: 8,192 bytes were unpacked, and what may have followed is lost"
    ]
    assert made.manifest.sources[0]["packing_cut"] is True


def test_the_end_of_a_packed_core_is_looked_at_even_where_no_page_lies_there(tmp_path: Path) -> None:
    plain = core(tmp_path, Load(BASE, A), Load(2 * BASE, B, flags=RX))
    packed = gzip.compress(plain.read_bytes())
    path = tmp_path / "core.gz"
    path.write_bytes(packed[:-1])
    assert import_dumps([path], tmp_path / "a.zpages", Wish()).manifest.sources[0]["packing_cut"]
    path.write_bytes(packed[:-8] + bytes(8))  # another checksum
    with pytest.raises(DumpError, match="packing is damaged"):
        import_dumps([path], tmp_path / "a.zpages", Wish())


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_any_dump_at_any_page_size_is_cut_as_plain_python_would(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp()
    size = data.draw(st.sampled_from(PAGE_SIZES))
    palette = [ZERO, FILL, A, B, C, b"z" * 10, D[:2000]]
    memory: dict[int, bytes] = {}
    for number in range(data.draw(st.integers(1, 3))):
        pieces = data.draw(st.lists(st.sampled_from(palette), min_size=1, max_size=40))
        start = (number + 1) * BASE + data.draw(st.sampled_from([0, 0, PAGE, 7 * PAGE, 100]))
        memory[start] = b"".join(pieces)
    expected = whole_pages(memory, size)
    path = Core([Load(start, one) for start, one in memory.items()]).write(folder / "any.core")
    packed = data.draw(st.booleans())
    if not expected:
        with pytest.raises(DumpError, match="holds no written page"):
            imported(folder, [path], page_size=size, packed=packed)
        return
    with imported(folder, [path], page_size=size, packed=packed) as corpus:
        assert at_addresses(corpus) == expected
        assert len(corpus) == len({page for _, page in expected})
        zero = sum(not any(page) for _, page in expected)
        same = sum(page == page[:8] * (size // 8) for _, page in expected) - zero
        assert (corpus.counts.zero, corpus.counts.same_filled) == (zero, same)
        population = corpus.manifest.population
        assert corpus.counts == Counts(
            0, 0, population.zero, population.same_filled, population.duplicate, population.distinct
        )


# Sampling.


def many(tmp_path: Path) -> Path:
    """A dump of 6000 pages, a third of them zero, in two segments."""
    pages = [bytes([seed % 250 + 1]) * 2048 + seed.to_bytes(2048, "big") for seed in range(4000)]
    mixed = [ZERO if place % 3 == 0 else pages[place * 2 // 3] for place in range(6000)]
    return core(tmp_path, Load(BASE, b"".join(mixed[:2500])), Load(2 * BASE, b"".join(mixed[2500:])))


def test_a_sample_has_as_many_addresses_as_asked_for(tmp_path: Path) -> None:
    path = many(tmp_path)
    everything = dict(at_addresses(imported(tmp_path, [path])))
    for count in (1, 7, 1000, 5999):
        corpus = imported(tmp_path, [path], sample=count, seed=3)
        assert corpus.manifest.sample == {"pages": count, "seed": 3, "of": 6000}
        taken = at_addresses(corpus)
        assert len(taken) == len(dict(taken)) == count
        assert all(everything[address] == page for address, page in taken)
        assert [address for address, _ in taken] == sorted(address for address, _ in taken)


def test_a_sample_keeps_the_counts_of_all(tmp_path: Path) -> None:
    path = many(tmp_path)
    whole = imported(tmp_path, [path])
    sample = imported(tmp_path, [path], sample=100)
    assert sample.manifest.population == whole.manifest.population
    assert [one.counts for one in sample.manifest.segments] == [one.counts for one in whole.manifest.segments]
    assert sample.counts.written == 100
    (first, middle), (again, last) = (one.addresses for one in sample.manifest.segments)
    assert (first, last) == (0, 100)
    assert middle == again == (sample.vaddr < 2 * BASE).sum()


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tmp_path: Path) -> None:
    path = many(tmp_path)
    found = []
    for seed in (5, 5, 6):
        imported(tmp_path, [path], sample=200, seed=seed)
        found.append((tmp_path / "out.zpages").read_bytes())
    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize("count", [6000, 6001, 10**12])
def test_a_sample_of_more_than_there_is_takes_all(tmp_path: Path, count: int) -> None:
    path = many(tmp_path)
    whole = imported(tmp_path, [path])
    sample = imported(tmp_path, [path], sample=count)
    assert sample.digest == whole.digest
    assert sample.manifest.sample == {"pages": 6000, "seed": 0, "of": 6000}


def test_every_page_is_as_likely_to_be_taken(tmp_path: Path) -> None:
    """200 samples of a tenth: each twentieth of the dump is hit 600 times, give or take five deviations."""
    path = core(tmp_path, Load(BASE, b"".join(seed.to_bytes(PAGE, "big") for seed in range(300))))
    hits = np.zeros(300, np.int64)
    for seed in range(200):
        corpus = imported(tmp_path, [path], sample=30, seed=seed)
        hits[(corpus.vaddr.astype(np.int64) - BASE) // PAGE] += 1
    assert hits.sum() == 6000
    assert hits.min() > 2
    parts = hits.reshape(20, 15).sum(axis=1)
    assert abs(parts - 300).max() < 5 * 300**0.5


def test_zero_and_duplicate_pages_are_sampled_like_all_others(tmp_path: Path) -> None:
    corpus = imported(tmp_path, [many(tmp_path)], sample=3000, seed=1)
    assert 900 < corpus.counts.zero < 1100


# What cannot be, and what is told of it.


def refusal(tmp_path: Path, dumps: Sequence[Path], **wish: object) -> str:
    """The message with which an import is refused; nothing is left behind."""
    out = tmp_path / "refused" / "out.zpages"
    out.parent.mkdir()
    with pytest.raises(ZswapbenchError) as raised:
        import_dumps(dumps, out, Wish(**wish))  # type: ignore[arg-type]
    assert list(out.parent.iterdir()) == []
    assert raised.value.exit_code == (3 if isinstance(raised.value, DumpError) else 2)
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("size", [0, 1, 512, 8192, -4096, 1 << 20])
def test_another_page_size_is_a_usage_error(tmp_path: Path, size: int) -> None:
    assert "is not one of 4K, 16K, 64K" in refusal(tmp_path, [core(tmp_path, Load(BASE, A))], page_size=size)


@pytest.mark.parametrize("wish", [{"sample": 0}, {"sample": -1}, {"sample": 5, "seed": -1}])
def test_a_sample_that_cannot_be_is_a_usage_error(tmp_path: Path, wish: dict[str, int]) -> None:
    assert "or more" in refusal(tmp_path, [core(tmp_path, Load(BASE, A, B))], **wish)


def test_a_selection_of_nothing_is_a_usage_error(tmp_path: Path) -> None:
    assert "selects no segment" in refusal(tmp_path, [core(tmp_path, Load(BASE, A))], select="[heap]")


@pytest.mark.parametrize("load", [Load(BASE, 5 * PAGE), Load(BASE, b"x" * 10), Load(BASE, memsz=PAGE)])
def test_a_dump_without_a_whole_page_is_a_dump_error(tmp_path: Path, load: Load) -> None:
    assert "holds no written page of what is selected (swappable)" in refusal(
        tmp_path, [core(tmp_path, load)]
    )


def test_a_dump_that_is_none_is_a_dump_error_wherever_it_stands(tmp_path: Path) -> None:
    good, bad = core(tmp_path, Load(BASE, A)), tmp_path / "text"
    bad.write_bytes(b"hello")
    assert refusal(tmp_path, [good, bad]).startswith(f"{bad}: ")


def test_a_place_that_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    path = core(tmp_path, Load(BASE, A))
    with pytest.raises(UsageError, match="cannot be written"):
        import_dumps([path], tmp_path / "absent" / "out.zpages", Wish())


def listening(told: Told, expected: int) -> Progress:
    """A Progress that hands out ``told`` for a piece of work of the ``expected`` bytes."""

    @contextmanager
    def progress(what: str, total: int, unit: str) -> Iterator[Told]:
        assert (what, total, unit) == ("import", expected, "B")
        yield told

    return progress


@pytest.mark.parametrize("tells", [True, False], ids=["and says so", "behind a mapping"])
@pytest.mark.parametrize("packed", [False, True], ids=["stored", "packed"])
def test_a_dump_that_changes_between_the_readings_is_a_dump_error(
    tmp_path: Path, tells: bool, packed: bool
) -> None:
    """A guest writes to its memory through a mapping, and the file's time of change may be late by seconds."""
    path = core(tmp_path, Load(BASE, A, B, C))
    before = path.stat()
    told = []

    def scribble(count: int) -> None:
        told.append(count)
        if len(told) > 1:
            return
        with path.open("r+b") as file:
            file.seek(before.st_size - PAGE)
            file.write(b"x" if not tells else C[:1])
        if not tells:
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    with pytest.raises(DumpError, match="changed while it was read"):
        import_dumps([path], tmp_path / "out.zpages", Wish(packed=packed), listening(scribble, 2 * 3 * PAGE))
    assert not (tmp_path / "out.zpages").exists()


def test_a_dump_that_shrinks_between_the_readings_is_a_dump_error(tmp_path: Path) -> None:
    path = core(tmp_path, Load(BASE, A, B, C))
    told = []

    def shrink(count: int) -> None:
        told.append(count)
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size - 2 * PAGE if len(told) == 1 else path.stat().st_size)

    with pytest.raises(DumpError, match="changed while it was read"):
        import_dumps([path], tmp_path / "out.zpages", Wish(), listening(shrink, 2 * 3 * PAGE))
    assert not (tmp_path / "out.zpages").exists()


def test_progress_tells_of_all_bytes_in_each_of_the_two_readings(tmp_path: Path) -> None:
    told: list[int] = []
    path = core(tmp_path, Load(BASE, A, 9 * PAGE, B, ZERO), Load(2 * BASE, C))
    import_dumps([path], tmp_path / "out.zpages", Wish(), listening(told.append, 2 * 13 * PAGE))
    assert sum(told) == 2 * 13 * PAGE


def test_the_same_dumps_give_the_same_bytes(tmp_path: Path) -> None:
    path = many(tmp_path)
    made = []
    for _ in range(2):
        imported(tmp_path, [path])
        made.append((tmp_path / "out.zpages").read_bytes())
    assert made[0] == made[1]


def test_nothing_of_the_machine_but_the_file_s_name_is_told(tmp_path: Path) -> None:
    corpus = imported(tmp_path, [core(tmp_path, Load(BASE, A))])
    assert str(tmp_path) not in corpus.manifest.to_json()
    assert (tmp_path / "out.zpages").stat().st_mode & 0o777 == 0o600


# Many dumps.


def test_what_is_true_of_several_dumps_is_told_once(tmp_path: Path) -> None:
    notes = [file_note((2 * BASE, 2 * BASE + PAGE, b"/anon_hugepage (deleted)"))]
    loads = [Load(BASE, A), Load(2 * BASE, B)]
    known = [Core(loads, notes).write(tmp_path / f"known{number}") for number in range(3)]
    nameless = [core(tmp_path, Load(BASE, A), name=f"nameless{number}") for number in range(3)]
    remarks = import_dumps([*known, *nameless], tmp_path / "a.zpages", Wish()).remarks
    assert [remark.partition(", ")[0] for remark in remarks] == [
        f"{nameless[0]} and 2 more: it does not list the files that were mapped (it has no NT_FILE note)",
        "left out: 12.0 KiB in 3 segments of hugetlb memory",
    ]


IMPORT_WITH_FEW_FILES = """
import resource, sys
from zswapbench.corpus.importing import Wish, import_dumps
resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
import_dumps(sys.argv[2:], sys.argv[1], Wish())
"""


def test_there_may_be_more_dumps_than_files_that_a_process_may_have_open(tmp_path: Path) -> None:
    dumps = [core(tmp_path, Load(BASE, text_page(number)), name=f"core.{number}") for number in range(100)]
    for dump in dumps[::3]:
        dump.write_bytes(zstandard.compress(dump.read_bytes()))
    out = tmp_path / "out.zpages"
    subprocess.run([sys.executable, "-c", IMPORT_WITH_FEW_FILES, out, *dumps], check=True)
    with Corpus(out) as corpus:
        corpus.verify()
        assert [page for _, page in at_addresses(corpus)] == [text_page(number) for number in range(100)]


def test_a_dump_that_is_another_when_it_is_read_again_is_a_dump_error(tmp_path: Path) -> None:
    first, second = core(tmp_path, Load(BASE, A), name="first"), core(tmp_path, Load(BASE, B), name="second")

    def exchange(count: int) -> None:
        core(tmp_path, Load(BASE, C), name="new").replace(second)

    with pytest.raises(DumpError, match=f"{second}: changed while it was read"):
        import_dumps([first, second], tmp_path / "out.zpages", Wish(), listening(exchange, 2 * 2 * PAGE))


# Many mappings.


def cpu_seconds_of_import(tmp_path: Path, mappings: int) -> float:
    """CPU time of the import of a core with so many mappings of one page, half of them of files."""
    loads = [Load(BASE + 2 * PAGE * place, place.to_bytes(16, "big") * 256) for place in range(mappings)]
    files = [(load.fields["vaddr"], load.fields["vaddr"] + PAGE, b"/lib/x.so") for load in loads[::2]]
    path = Core(loads, [file_note(*files)]).write(tmp_path / f"{mappings}.core")
    begun = time.process_time()
    with imported(tmp_path, [path]) as corpus:
        assert [record.addresses for record in corpus.manifest.segments] == [
            (place, place + 1) for place in range(mappings)
        ]
        assert len(info_tables(corpus, 20)[1].rows) == 21
    return time.process_time() - begun


def test_the_time_of_an_import_is_proportional_to_the_mappings(tmp_path: Path) -> None:
    few, many = (cpu_seconds_of_import(tmp_path, mappings) for mappings in (3_000, 30_000))
    assert many < 30 * few + 2


# Memory.

MEASURE = r"""
import re, sys
from pathlib import Path
from zswapbench.corpus.importing import Wish, import_dumps
import_dumps([sys.argv[1]], sys.argv[2], Wish())
# Not getrusage(): its peak is inherited from the process that started this one.
(peak,) = re.findall(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
print(int(peak) >> 10)
"""


def peak_mib(dump: Path) -> int:
    """Peak memory, in MiB, of a process that imports ``dump``."""
    out = dump.with_suffix(".zpages")
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, dump, out], stdout=subprocess.PIPE, text=True, check=True
    )
    out.unlink()
    return int(done.stdout)


def big_dump(path: Path, mib: int, *, distinct: bool) -> Path:
    """A page file of ``mib`` MiB: all pages different, or the same MiB over and over."""
    block = np.frombuffer(Random(0).randbytes(1 << 20), np.uint8).reshape(-1, PAGE).copy()
    with path.open("wb") as file:
        for number in range(mib):
            if distinct:
                block[:, :4] = np.frombuffer(number.to_bytes(4, "little"), np.uint8)
            file.write(block.data)
    return path


@pytest.mark.parametrize("distinct", [False, True], ids=["duplicate", "distinct"])
def test_memory_does_not_grow_with_the_dump(tmp_path: Path, distinct: bool) -> None:
    small = peak_mib(big_dump(tmp_path / "small.pages", 64, distinct=distinct))
    large = peak_mib(big_dump(tmp_path / "large.pages", 512, distinct=distinct))
    # 448 MiB more: 16 bytes of digest and about 40 of tables for each of 114,688 distinct pages.
    assert large - small <= (448 * 0.05 if distinct else 10)
    assert small < 120
