"""What pages cost: the same however it is computed, remembered on disk, and never a process left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import left_behind
from tests.left_behind import no_workers
from tests.making import PAGE, make_corpus, make_export, pages_of, random_page, text_page
from zswapbench.codecs.base import Codec
from zswapbench.common.errors import CorpusError, InternalError
from zswapbench.corpus.file import BLOCK_BYTES, Corpus
from zswapbench.corpus.pages import PAGE_SIZES, Pages
from zswapbench.corpus.sizes import compute_sizes, sizes_of
from zswapbench.plugins.registry import CODECS, Choice

BLOCK = BLOCK_BYTES // PAGE
FAST: Choice[Codec] = CODECS.choose("liblz4")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that sizes are remembered in: nobody else's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "zswapbench"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A corpus of 40 pages."""
    return make_corpus(tmp_path / "small.zpages", mixed(40))


def mixed(count: int, size: int = PAGE) -> Pages:
    """Distinct pages, from a few bytes compressed to more than a page."""
    random = np.random.default_rng(count)
    pages = random.integers(0, 256, (count, size), np.uint8)
    for place, filled in enumerate(random.integers(0, size, count)):
        pages[place, filled:] = place % 251
    pages[:, :4] = np.arange(count, dtype=np.uint32).reshape(-1, 1).view(np.uint8)
    return pages


def one_by_one(pages: Pages, choice: Choice[Codec] = FAST) -> list[int]:
    """The oracle: each page compressed alone."""
    codec = choice.make()
    return [len(codec.compress(page.tobytes())) for page in pages]


@pytest.mark.parametrize("blocks", [1, 2, 3, 5], ids="{} blocks".format)
def test_any_number_of_workers_gives_the_same_sizes(tmp_path: Path, blocks: int) -> None:
    pages = mixed(blocks * BLOCK - 100)
    expected = FAST.make().sizes(pages).tolist()
    with Corpus(make_corpus(tmp_path / "a.zpages", pages)) as corpus:
        for workers in (0, 1, 2, 3):
            sizes = compute_sizes(corpus, FAST, workers=workers)
            assert sizes.dtype == np.uint32
            assert sizes.tolist() == expected
    assert no_workers()


@pytest.mark.parametrize("size", PAGE_SIZES)
@pytest.mark.parametrize("workers", [0, 2])
def test_sizes_are_those_of_each_page_compressed_alone(tmp_path: Path, size: int, workers: int) -> None:
    pages = mixed(50, size)
    with Corpus(make_corpus(tmp_path / "a.zpages", pages, packed=True)) as corpus:
        assert compute_sizes(corpus, FAST, workers=workers).tolist() == one_by_one(pages)


@pytest.mark.parametrize("text", ["libzstd:level=9", "zlib:level=1:window=15", "liblz4hc", "deflate"])
def test_workers_use_the_codec_with_its_parameters(small: Path, text: str) -> None:
    choice: Choice[Codec] = CODECS.choose(text)
    with Corpus(small) as corpus:
        assert compute_sizes(corpus, choice, workers=1).tolist() == one_by_one(mixed(40), choice)


@pytest.mark.parametrize("workers", [0, 1, 3, None])
def test_an_empty_corpus_has_no_sizes(tmp_path: Path, workers: int | None) -> None:
    with Corpus(make_corpus(tmp_path / "a.zpages", mixed(1)[:0])) as corpus:
        for sizes in (compute_sizes(corpus, FAST, workers=workers), sizes_of(corpus, FAST, workers=workers)):
            assert sizes.dtype == np.uint32
            assert sizes.tolist() == []


@pytest.mark.parametrize("workers", [0, 2, None])
def test_progress_tells_of_every_page(tmp_path: Path, workers: int | None) -> None:
    told: list[int] = []
    with Corpus(make_corpus(tmp_path / "a.zpages", mixed(BLOCK + 76))) as corpus:
        compute_sizes(corpus, FAST, told.append, workers)
    assert told == [BLOCK, 76]


def test_a_little_work_is_done_here_and_much_of_it_by_workers(tmp_path: Path) -> None:
    slow: Choice[Codec] = CODECS.choose("libzstd:level=22")
    pages = pages_of(*(text_page(seed) for seed in range(30)))
    many = np.concatenate([np.repeat(pages[:1], 3000, axis=0), pages])
    many[:, :4] = np.arange(len(many), dtype=np.uint32).reshape(-1, 1).view(np.uint8)
    for name, given, choice, started in (("a", pages, FAST, False), ("b", many, slow, True)):
        with Corpus(make_corpus(tmp_path / name, given)) as corpus:
            seen: list[bool] = []
            compute_sizes(corpus, choice, lambda count, seen=seen: seen.append(no_workers()))  # type: ignore[misc]
            assert (False in seen) == started
    assert no_workers()


# Remembered on disk.


def remembered(cache: Path) -> list[Path]:
    """The files in the cache."""
    return sorted(path for path in cache.rglob("*") if path.is_file())


def test_sizes_are_computed_once(small: Path, cache: Path) -> None:
    with Corpus(small) as corpus:
        first = sizes_of(corpus, FAST)
        (file,) = remembered(cache)
        before = file.stat().st_mtime_ns
        told: list[int] = []
        assert sizes_of(corpus, FAST, told.append).tolist() == first.tolist() == one_by_one(mixed(40))
        assert told == [40]
        assert file.stat().st_mtime_ns == before
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_is_remembered_is_what_counts(small: Path, cache: Path, tmp_path: Path) -> None:
    """The pages are not read again: with their content gone, the sizes are still known."""
    with Corpus(small) as corpus:
        first = sizes_of(corpus, FAST)
    data = small.read_bytes()
    start = data.index(bytes(mixed(40)[0]))
    small.write_bytes(data[:start] + bytes(PAGE) + data[start + PAGE :])
    with Corpus(small) as corpus:
        assert sizes_of(corpus, FAST).tolist() == first.tolist()
        with pytest.raises(CorpusError):
            compute_sizes(corpus, FAST)


def test_each_codec_and_each_parameter_is_remembered_by_itself(small: Path, cache: Path) -> None:
    with Corpus(small) as corpus:
        for text in ("liblz4", "liblz4:2", "liblz4hc", "zlib", "zlib:6:11"):
            choice: Choice[Codec] = CODECS.choose(text)
            for _ in range(2):
                assert sizes_of(corpus, choice).tolist() == one_by_one(mixed(40), choice)
    assert len(remembered(cache)) == 5


def test_each_corpus_is_remembered_by_its_content_and_not_by_its_name(
    small: Path, cache: Path, tmp_path: Path
) -> None:
    for pages in (mixed(40), mixed(41)):
        for name in ("x.zpages", "y.zpages"):
            with Corpus(make_corpus(tmp_path / name, pages)) as corpus:
                assert sizes_of(corpus, FAST).tolist() == one_by_one(pages)
    assert len(remembered(cache)) == 2


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "emptied": lambda data: b"",
    "cut short": lambda data: data[:-1],
    "cut to a page size less": lambda data: data[:-4],
    "longer": lambda data: data + bytes(4),
    "one bit flipped": lambda data: data[:-3] + bytes([data[-3] ^ 1]) + data[-2:],
    "its digest changed": lambda data: bytes([data[0] ^ 1]) + data[1:],
    "zeros": lambda data: bytes(len(data)),
    "an archive": lambda data: b"PK\5\6" + bytes(18),
    "an array of another type": lambda data: b"\x93NUMPY\1\0v\0{'descr': '<f8', 'shape': (10**15,), }\n",
    "a pickle": lambda data: b"\x80\4N.",
    "text": lambda data: b"hello",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_memory_is_ignored_and_made_anew(
    small: Path, cache: Path, damage: Callable[[bytes], bytes]
) -> None:
    with Corpus(small) as corpus:
        first = sizes_of(corpus, FAST).tolist()
        (file,) = remembered(cache)
        good = file.read_bytes()
        file.write_bytes(damage(good))
        assert sizes_of(corpus, FAST).tolist() == first
        assert file.read_bytes() == good


def test_a_folder_in_the_place_of_a_remembered_file_is_harmless(small: Path, cache: Path) -> None:
    with Corpus(small) as corpus:
        first = sizes_of(corpus, FAST).tolist()
        (file,) = remembered(cache)
        file.unlink()
        file.mkdir()
        assert sizes_of(corpus, FAST).tolist() == first
    assert file.is_dir()


@pytest.mark.parametrize("place", ["/dev/null", "/proc/self", "/dev/null/x", "file", "a\udcffb"])
def test_a_place_where_nothing_can_be_remembered_is_harmless(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / place))
    with Corpus(small) as corpus:
        for _ in range(2):
            assert sizes_of(corpus, FAST).tolist() == one_by_one(mixed(40))


def test_a_user_without_a_home_is_served_too(small: Path) -> None:
    program = """
import os, sys
os.environ.pop("XDG_CACHE_HOME"), os.environ.pop("HOME", None)
from zswapbench.corpus.file import Corpus
from zswapbench.plugins.registry import CODECS
from zswapbench.corpus.sizes import sizes_of
with Corpus(sys.argv[1]) as corpus:
    if os.getuid() == 0:
        os.setuid(1234567)
    print(len(sizes_of(corpus, CODECS.choose("liblz4"))))
"""
    done = subprocess.run([sys.executable, "-c", program, small], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("40\n", "")


def test_without_a_word_about_it_the_memory_is_in_the_home_folder(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with Corpus(small) as corpus:
        sizes_of(corpus, FAST)
    assert len(remembered(tmp_path / "home" / ".cache" / "zswapbench")) == 1


# Exports.


def test_an_export_gives_the_sizes_that_it_has_and_remembers_nothing(tmp_path: Path, cache: Path) -> None:
    sizes = np.array([7, 5, 4100], np.uint32)
    path = make_export(tmp_path / "a.zpages", mixed(3), {FAST.make().identity: sizes})
    with Corpus(path) as corpus:
        assert sizes_of(corpus, FAST).tolist() == [7, 5, 4100]
    assert remembered(cache) == []


def test_an_export_without_the_codec_is_refused_with_what_it_has(tmp_path: Path) -> None:
    path = make_export(tmp_path / "a.zpages", mixed(3), {FAST.make().identity: np.ones(3, np.uint32)})
    with Corpus(path) as corpus, pytest.raises(CorpusError, match="no sizes under 'zlib level=6") as raised:
        sizes_of(corpus, CODECS.choose("zlib"))
    assert f"it has: {FAST.make().identity}" in str(raised.value)


def test_an_export_without_sizes_is_refused(tmp_path: Path) -> None:
    path = make_export(tmp_path / "a.zpages", mixed(3), {})
    with Corpus(path) as corpus, pytest.raises(CorpusError, match="it has: none"):
        sizes_of(corpus, FAST)


# Workers that end, corpora that are damaged, and interrupts.


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("when", [1, 3, 5])
def test_a_worker_that_is_killed_is_told_of_at_once(tmp_path: Path, workers: int, when: int) -> None:
    told: list[int] = []

    def kill(count: int) -> None:
        told.append(count)
        if len(told) == when:
            for pid in left_behind.workers():
                os.kill(pid, signal.SIGKILL)

    with Corpus(make_corpus(tmp_path / "a.zpages", mixed(10 * BLOCK))) as corpus:
        begun = time.perf_counter()
        with pytest.raises(InternalError, match="ended with code -9") as raised:
            compute_sizes(corpus, FAST, kill, workers)
        assert time.perf_counter() - begun < 10
    assert raised.value.exit_code == 5
    assert no_workers()


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_a_damaged_corpus_is_a_corpus_error_and_ends_the_workers(tmp_path: Path, workers: int) -> None:
    path = make_corpus(tmp_path / "a.zpages", mixed(3 * BLOCK))
    with path.open("r+b") as file:
        file.seek(2 * BLOCK_BYTES)
        file.write(b"damaged")
    with Corpus(path) as corpus, pytest.raises(CorpusError, match="checksum is another"):
        compute_sizes(corpus, FAST, workers=workers)
    assert no_workers()


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_an_interrupt_leaves_no_worker_and_nothing_remembered(
    tmp_path: Path, cache: Path, capfd: pytest.CaptureFixture[str], workers: int
) -> None:
    def interrupt(count: int) -> None:
        raise KeyboardInterrupt

    with Corpus(make_corpus(tmp_path / "a.zpages", mixed(7 * BLOCK))) as corpus:
        with pytest.raises(KeyboardInterrupt):
            sizes_of(corpus, FAST, interrupt, workers)
        assert no_workers()
    time.sleep(0.1)
    assert remembered(cache) == []
    assert capfd.readouterr() == ("", "")


LONG = """
import sys
from zswapbench.corpus.file import Corpus
from zswapbench.plugins.registry import CODECS
from zswapbench.corpus.sizes import compute_sizes
with Corpus(sys.argv[1]) as corpus:
    try:
        compute_sizes(corpus, CODECS.choose("libzstd:22"), lambda count: print(count, flush=True), 2)
    except KeyboardInterrupt:
        sys.exit(130)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["interrupted", "killed"])
def test_no_worker_outlives_the_process_that_started_it(tmp_path: Path, how: signal.Signals) -> None:
    path = make_corpus(tmp_path / "a.zpages", mixed(12 * BLOCK))
    command: list[Any] = [sys.executable, "-c", LONG, path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline()
        tasks = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        workers = [int(pid) for pid in tasks.read_text().split()]
        assert len(workers) == 2
        process.send_signal(how)
        assert process.wait(10) == (130 if how == signal.SIGINT else -9)
        deadline = time.monotonic() + 10
        while any(runs(pid) for pid in workers):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        if how == signal.SIGINT:
            assert process.stderr.read() == b""


def runs(pid: int) -> bool:
    """Whether the process exists and is not merely waiting to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_random_pages_take_more_than_a_page(tmp_path: Path) -> None:
    with Corpus(make_corpus(tmp_path / "a.zpages", pages_of(random_page(1), random_page(2)))) as corpus:
        assert (compute_sizes(corpus, FAST) > PAGE).all()
