"""Sizes remembered on disk: computed once, and anew where what is there is not what it should be."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.corpus.compressing import FAST, mixed, one_by_one, remembered
from tests.corpus.damaging import members_of
from tests.making import PAGE, make_corpus, make_export
from zswapbench.codecs.base import Codec
from zswapbench.common.errors import CorpusError
from zswapbench.corpus import sizes_on_disk
from zswapbench.corpus.pages import Kind
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes import sizes_of
from zswapbench.corpus.sizes_on_disk import cache_folder, remember
from zswapbench.plugins.registry import CODECS, Choice


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


def altered(path: Path) -> None:
    """Zero the first page of the corpus ``path`` behind its back, checksums and kinds put right."""
    members = members_of(path)
    pages = bytearray(members["pages.npy"])
    pages[-40 * PAGE : -39 * PAGE] = bytes(PAGE)
    kinds = members["kinds.npy"][:-40] + bytes([Kind.ZERO]) + members["kinds.npy"][-39:]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**members, "pages.npy": bytes(pages), "kinds.npy": kinds}.items():
            archive.writestr(name, content)


def test_sizes_of_other_pages_are_not_taken_for_those_of_the_corpus_that_they_claim_to_be(
    small: Path, cache: Path
) -> None:
    """A manifest claims a digest. Neither are sizes remembered under it, nor are remembered ones believed for it."""
    whole = small.read_bytes()
    altered(small)
    with Corpus(small) as corpus, pytest.raises(CorpusError, match="content and digest differ"):
        sizes_of(corpus, FAST)
    assert remembered(cache) == []
    small.write_bytes(whole)
    with Corpus(small) as corpus:
        assert sizes_of(corpus, FAST).tolist() == one_by_one(mixed(40))
    altered(small)
    with Corpus(small) as corpus, pytest.raises(CorpusError, match="content and digest differ"):
        sizes_of(corpus, FAST)


@pytest.mark.parametrize("size", [0, 1, 5000, 65537, 0xFFFFFFFF])
def test_a_remembered_size_that_no_page_has_is_not_believed(small: Path, cache: Path, size: int) -> None:
    with Corpus(small) as corpus:
        first = sizes_of(corpus, FAST)
        (file,) = remembered(cache)
        forged = first.copy()
        forged[23] = size
        remember(file, forged)
        assert sizes_of(corpus, FAST).tolist() == first.tolist()


def test_a_file_that_is_not_the_users_alone_is_not_believed(small: Path, cache: Path, tmp_path: Path) -> None:
    with Corpus(small) as corpus:
        sizes_of(corpus, FAST)
        (file,) = remembered(cache)
        assert sizes_on_disk.remembered(file, 40) is not None
        file.chmod(0o622)
        assert sizes_on_disk.remembered(file, 40) is None
        file.chmod(0o600)
        file.rename(tmp_path / "elsewhere")
        file.symlink_to(tmp_path / "elsewhere")
        assert sizes_on_disk.remembered(file, 40) is None


def test_a_named_pipe_in_the_cache_does_not_block(small: Path, cache: Path) -> None:
    with Corpus(small) as corpus:
        first = sizes_of(corpus, FAST).tolist()
        (file,) = remembered(cache)
        file.unlink()
        os.mkfifo(file)
        assert sizes_of(corpus, FAST).tolist() == first


def test_files_and_folders_are_their_owners_alone_whatever_the_umask(small: Path, cache: Path) -> None:
    before = os.umask(0)
    try:
        with Corpus(small) as corpus:
            sizes_of(corpus, FAST)
    finally:
        os.umask(before)
    (file,) = remembered(cache)
    modes = [path.stat().st_mode & 0o777 for path in (cache, file.parent, file)]
    assert modes == [0o700, 0o700, 0o600]


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
from zswapbench.corpus import sizes_on_disk
from zswapbench.corpus.pages import Kind
from zswapbench.corpus.reading import Corpus
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


@pytest.mark.parametrize("place", ["relative", "./x"])
def test_a_relative_place_is_ignored(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", place)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_folder() == tmp_path / "home" / ".cache" / "zswapbench" / "sizes"


@pytest.mark.parametrize("home", ["", "here"])
def test_without_a_home_in_the_environment_the_users_own_is_taken(
    monkeypatch: pytest.MonkeyPatch, home: str
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", home)
    assert cache_folder() == Path(pwd.getpwuid(os.geteuid()).pw_dir) / ".cache" / "zswapbench" / "sizes"


def test_an_export_gives_the_sizes_that_it_has_and_remembers_nothing(tmp_path: Path, cache: Path) -> None:
    sizes = np.array([7, 5, 4100], np.uint32)
    path = make_export(tmp_path / "a.zpages", mixed(3), {FAST.make().identity: sizes})
    with Corpus(path) as corpus:
        assert sizes_of(corpus, FAST).tolist() == [7, 5, 4100]
    assert remembered(cache) == []
