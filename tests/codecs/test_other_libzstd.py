"""Another libzstd than the installed one: found in its folder, told how to get, and the kernel's to the byte."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import zstandard

from tests.codecs.golden import (
    COLUMNS,
    DICTIONARIES,
    SETS,
    dictionary,
    model_of_zram,
    page_set,
    stored_by_zram,
)
from tests.making import PAGE, make_corpus, make_export, pages_of, text_page
from zswapbench.codecs.base import Codec
from zswapbench.codecs.other_libzstd import DISTRIBUTIONS, folder_of
from zswapbench.common.errors import CorpusError, MissingError
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes import identity_of, sizes_of
from zswapbench.corpus.sizes_on_disk import cached_files
from zswapbench.plugins.registry import CODECS

OTHERS = [(version, one) for version, one in DISTRIBUTIONS.items() if version != "1.5.7"]
MEASURED = {"1.4.8": ("zstd-6.1",), "1.5.2": ("zstd-6.12-zswap", "zstd-6.12-zram")}
"""By version, what kernels with it gave."""


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for the user's data with nothing in it, and no version loaded already."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    for version in DISTRIBUTIONS:
        monkeypatch.delitem(sys.modules, f"zswapbench_libzstd_{version.replace('.', '_')}", raising=False)
    return tmp_path


def make(version: str, rules: str = "5.16") -> Codec:
    """The codec zstd by that version."""
    codec = CODECS.choose(f"zstd:rules={rules}:libzstd={version}").make()
    assert isinstance(codec, Codec)
    return codec


def fake(version: str, source: str) -> None:
    """A package in the place of that version."""
    package = folder_of(version) / "zstandard"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(source)


def install(version: str) -> None:
    """Do as the message says, or skip the test."""
    with pytest.raises(MissingError) as raised:
        make(version)
    command = shlex.split(str(raised.value).partition(": ")[2])
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"zstandard {DISTRIBUTIONS[version]} cannot be installed: {done.stderr.strip()[-200:]}")


def test_the_installed_version_is_there_already(nowhere: Path) -> None:
    installed = ".".join(map(str, zstandard.ZSTD_VERSION))
    assert make(installed).library_version == f"libzstd {installed}"
    assert not list(nowhere.iterdir())


@pytest.mark.parametrize(("version", "distribution"), OTHERS)
def test_the_way_to_get_a_version_is_told(nowhere: Path, version: str, distribution: str) -> None:
    with pytest.raises(MissingError) as raised:
        make(version)
    assert str(raised.value) == (
        f"libzstd {version} is not installed: pip install --no-deps --upgrade --target "
        f"{nowhere}/zswapbench/libzstd-{version}-{sys.implementation.cache_tag} zstandard=={distribution}"
    )
    assert raised.value.exit_code == 4


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("ZSTD_VERSION = (1, 5, 5)", "it is 1.5.5"),
        ("import no_such_module", "No module named 'no_such_module'"),
        ("", "has no attribute 'ZSTD_VERSION'"),
    ],
)
def test_what_cannot_be_used_is_not_there(nowhere: Path, source: str, why: str) -> None:
    fake("1.5.2", source)
    for _ in range(2):
        with pytest.raises(MissingError, match=f"libzstd 1.5.2 is not installed .*{why}.*: pip install"):
            make("1.5.2")


def test_an_export_under_another_version_is_not_taken_for_one_under_the_installed(tmp_path: Path) -> None:
    pages = pages_of(text_page(1))
    other = "zstd level=3 rules=5.16 libzstd=1.5.2 libzstd 1.5.2"
    export = make_export(tmp_path / "x.zpages", pages, {other: np.ones(1, np.uint32)})
    with Corpus(export) as corpus:
        assert identity_of(corpus, CODECS.choose("zstd:libzstd=1.5.2")) == other
        with pytest.raises(CorpusError, match=r"no sizes under 'zstd level=3 rules=5\.16'"):
            identity_of(corpus, CODECS.choose("zstd"))


@pytest.mark.parametrize(("version", "columns"), MEASURED.items())
def test_the_version_of_a_kernel_gives_the_sizes_of_that_kernel(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, version: str, columns: tuple[str, ...]
) -> None:
    install(version)
    for column in columns:
        codec = make(version, CODECS.choose(COLUMNS[column]).parameters["rules"])
        assert codec.library_version == f"libzstd {version}"
        for name in SETS:
            measured = page_set(name)
            assert codec.sizes(measured.pages).tolist() == measured.sizes[column].tolist()
    for name in DICTIONARIES if version == "1.5.2" else ():
        (nowhere / name).write_bytes(dictionary(name))
        codec = make(version, f"zram-6.12:dictionary={nowhere / name}")
        assert model_of_zram(codec, "6.12").tolist() == stored_by_zram("6.12")[f"zstd.{name}"].tolist()
    page = text_page(1)
    assert codec.decompress(codec.compress(page), PAGE) == page
    with pytest.raises(ValueError, match="frame of 4096 bytes"):
        codec.decompress(codec.compress(page[:2048]), PAGE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(nowhere / "cache"))
    with Corpus(make_corpus(nowhere / "a.zpages", page_set("node").pages)) as corpus:
        both = [sizes_of(corpus, CODECS.choose(spec)) for spec in ("zstd", f"zstd:libzstd={version}")]
        assert both[0].tolist() != both[1].tolist()
        assert both[1].tolist() == make(version).sizes(page_set("node").pages).tolist()
    assert len(cached_files()) == 2
