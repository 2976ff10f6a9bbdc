"""Workers: the same sizes however many there are, and never a process left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import left_behind
from tests.corpus.compressing import BLOCK, FAST, mixed, one_by_one, remembered
from tests.left_behind import no_workers
from tests.making import make_corpus, pages_of, text_page
from zswapbench.codecs.base import Codec
from zswapbench.common.errors import CorpusError, InternalError, MissingError
from zswapbench.corpus.pages import BLOCK_BYTES
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes import compute_sizes, sizes_of
from zswapbench.corpus.workers import Worker
from zswapbench.plugins.registry import CODECS, Choice


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


@pytest.mark.parametrize("text", ["libzstd:level=9", "zlib:level=1:window=15", "liblz4hc", "deflate"])
def test_workers_use_the_codec_with_its_parameters(small: Path, text: str) -> None:
    choice: Choice[Codec] = CODECS.choose(text)
    with Corpus(small) as corpus:
        assert compute_sizes(corpus, choice, workers=1).tolist() == one_by_one(mixed(40), choice)


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
        with pytest.raises(
            MissingError, match=r"was killed \(signal 9\), most often for want of memory; "
        ) as raised:
            compute_sizes(corpus, FAST, kill, workers)
        assert time.perf_counter() - begun < 10
    assert raised.value.exit_code == 4
    assert no_workers()


def test_a_worker_that_ends_otherwise_is_a_bug(tmp_path: Path) -> None:
    def stop(count: int) -> None:
        for pid in left_behind.workers():
            os.kill(pid, signal.SIGTERM)

    with (
        Corpus(make_corpus(tmp_path / "a.zpages", mixed(10 * BLOCK))) as corpus,
        pytest.raises(InternalError, match="ended with code -15"),
    ):
        compute_sizes(corpus, FAST, stop, 1)


def hungry() -> None:
    """What a worker does that wants more memory than there is."""
    sys.stdout.buffer.write(bytes(1 << 40))


@pytest.mark.parametrize("kib", [60 << 10, 4 << 20], ids=["to load a module", "to work"])
def test_a_worker_without_enough_memory_is_told_in_one_line(
    kib: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    limited = tmp_path / "python"
    limited.write_text(f'#!/bin/sh\nulimit -v {kib}\nexec {sys.executable} "$@"\n')
    limited.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(limited))
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    with (
        closing(Worker(__name__, hungry.__name__, ())) as worker,
        pytest.raises(MissingError, match="a worker process has not enough memory; "),
    ):
        worker.receive(1)
    assert "Traceback" not in capfd.readouterr().err


def broken() -> None:
    """What a worker does that has a bug."""
    raise ValueError("a bug")


def test_a_worker_with_a_bug_is_one_of_zswapbench(capfd: pytest.CaptureFixture[str]) -> None:
    with (
        closing(Worker(__name__, broken.__name__, ())) as worker,
        pytest.raises(InternalError, match="ended with code 1"),
    ):
        worker.receive(1)
    assert capfd.readouterr().err.endswith("ValueError: a bug\n")


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
from zswapbench.corpus.reading import Corpus
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
