"""Codecs with a dictionary: the sizes of running kernels, streams that go back and forth, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codecs.golden import DICTIONARIES, dictionary, model_of_zram, page_set, stored_by_zram
from tests.codecs.strategies import pages
from tests.making import PAGE, make_corpus, make_export, pages_of, random_page, text_page
from zswapbench.codecs.base import Codec
from zswapbench.common.errors import CorpusError, InputError, UsageError
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes import identity_of, sizes_of
from zswapbench.corpus.sizes_on_disk import cached_files
from zswapbench.plugins.registry import CODECS, Choice

SPECS = ("lz4", "lz4hc", "zstd:rules=zram-6.12")
EACH = pytest.mark.parametrize("spec", SPECS)
MEASURED = sorted(key for key in stored_by_zram("7.3") if "." in key)


def choose(spec: str, content: bytes, path: Path) -> Choice[Codec]:
    """The codec with ``content`` for a dictionary, which is in the file ``path``."""
    path.write_bytes(content)
    return CODECS.choose(f"{spec}:dictionary={path}")


def make(spec: str, content: bytes, path: Path) -> Codec:
    return choose(spec, content, path).make()


def test_all_that_can_have_a_dictionary_was_measured_with_each() -> None:
    assert {f"{name}.{one}" for name in ("lz4", "lz4hc", "zstd") for one in DICTIONARIES} <= {*MEASURED}
    assert {name: len(dictionary(name)) for name in DICTIONARIES} == {
        "pages16k": 16384,
        "pages64k": 65536,
        "trained16k": 16384,
    }


@pytest.mark.parametrize("key", MEASURED)
def test_every_page_takes_with_a_dictionary_what_zram_of_7_3_stores(key: str, tmp_path: Path) -> None:
    asked, _, name = key.partition(".")
    compressor, _, level = asked.partition(":")
    spec = {"zstd": "zstd:rules=zram-6.12"}.get(compressor, compressor)
    spec += f":{'acceleration' if compressor == 'lz4' else 'level'}={level}" if level else ""
    codec = make(spec, dictionary(name), tmp_path / "dictionary")
    assert model_of_zram(codec, "7.3").tolist() == stored_by_zram("7.3")[key].tolist()


@pytest.mark.parametrize("name", DICTIONARIES)
@pytest.mark.parametrize("compressor", ["lz4", "lz4hc"])
def test_6_12_makes_the_same_of_a_page_under_lz4_and_lz4hc(compressor: str, name: str) -> None:
    key = f"{compressor}.{name}"
    assert stored_by_zram("6.12")[key].tolist() == stored_by_zram("7.3")[key].tolist()


@EACH
@pytest.mark.parametrize("name", DICTIONARIES)
def test_pages_of_a_program_come_back(spec: str, name: str, tmp_path: Path) -> None:
    codec = make(spec, dictionary(name), tmp_path / "dictionary")
    for page in page_set("node").pages[::25]:
        data = codec.compress(page.tobytes())
        assert codec.decompress(data, PAGE) == page.tobytes()


@settings(deadline=None, max_examples=50)
@given(page=pages(), kept=st.integers(8, 65536), shift=st.integers(0, 4096))
def test_any_page_comes_back(
    page: bytes, kept: int, shift: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The dictionary has the page in it, so that matches begin in it and end in the page, and lie far back."""
    content = (page * (1 + 65536 // len(page)))[shift:][:kept] or page.ljust(8)[:8]
    path = tmp_path_factory.getbasetemp() / "dictionary"
    for spec in SPECS:
        codec = make(spec, content.ljust(8, b"."), path)
        data = codec.compress(page)
        assert codec.decompress(data, len(page)) == page
        assert codec.sizes(
            pages_of(page) if len(page) == PAGE else np.frombuffer(page, np.uint8)[None]
        ).tolist() == [len(data)]


def test_a_page_that_is_in_the_dictionary_takes_some_bytes(tmp_path: Path) -> None:
    page = random_page(1)
    for spec in SPECS:
        codec = make(spec, random_page(2) + page + random_page(3), tmp_path / "dictionary")
        assert len(codec.compress(page)) < 40


@pytest.mark.parametrize("spec", ["lz4", "lz4hc"])
def test_a_stream_that_reaches_beyond_the_dictionary_is_refused(spec: str, tmp_path: Path) -> None:
    codec = make(spec, b"0123456789", tmp_path / "dictionary")
    literals = bytes([5 << 4]) + b"xxxxx"
    assert codec.decompress(bytes([3, 10, 0]) + literals, 12) == b"0123456xxxxx"
    assert codec.decompress(bytes([8, 4, 0]) + literals, 17) == b"678967896789xxxxx"
    with pytest.raises(ValueError, match="is no lz4"):
        codec.decompress(bytes([3, 11, 0]) + literals, 12)


@EACH
def test_one_with_another_dictionary_is_another_codec(
    spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    page, path = text_page(1), tmp_path / "dictionary"
    found = []
    with Corpus(make_corpus(tmp_path / "a.zpages", pages_of(page, text_page(2)))) as corpus:
        for content in (page, text_page(2), page):
            choice = choose(spec, content, path)
            found.append((choice.make().identity, sizes_of(corpus, choice).tolist()))
    assert found[0] == found[2]
    assert found[0][0] != found[1][0]
    assert found[0][1] != found[1][1]
    assert "dictionary=4096-sha256-" in found[0][0]
    assert str(tmp_path) not in found[0][0]
    assert len(cached_files()) == 2


def test_an_export_has_sizes_under_the_same_dictionary_only(tmp_path: Path) -> None:
    page, path = text_page(1), tmp_path / "dictionary"
    identity = choose("lz4", page, path).make().identity
    with Corpus(
        make_export(tmp_path / "x.zpages", pages_of(page), {identity: np.ones(1, np.uint32)})
    ) as corpus:
        assert identity_of(corpus, choose("lz4", page, path)) == identity
        with pytest.raises(CorpusError, match="no sizes under 'lz4 acceleration=1 dictionary=4096-sha256-"):
            identity_of(corpus, choose("lz4", text_page(2), path))


@pytest.mark.parametrize(
    ("spec", "content", "words"),
    [
        (
            "lz4",
            b"1234567",
            "has 7 bytes; a dictionary for lz4 has 8 to 65,536, and with another a kernel takes no",
        ),
        ("lz4", bytes(65537), "has 65,537 bytes; a dictionary for lz4 has 8 to 65,536"),
        ("lz4hc", bytes(65537), "has 65,537 bytes; a dictionary for lz4hc has 1 to 65,536"),
        ("zstd", bytes((16 << 20) + 1), "has more than 16,777,216 bytes; give a smaller dictionary"),
        ("lz4", b"", "is empty, which a kernel refuses; give a dictionary with bytes in it"),
        ("zstd", b"\x37\xa4\x30\xec" + bytes(100), "begins as a dictionary of zstd's own and is damaged"),
    ],
)
def test_a_dictionary_that_a_kernel_cannot_use_is_told(
    spec: str, content: bytes, words: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as raised:
        make(spec, content, tmp_path / "dictionary").sizes(pages_of(text_page(1)))
    assert str(raised.value).startswith(f"{tmp_path}/dictionary: {words}")
    assert raised.value.exit_code == 3


@pytest.mark.parametrize("level", [13, 15, 19, 22])
def test_levels_of_zstd_that_are_not_as_in_a_kernel_are_refused(level: int, tmp_path: Path) -> None:
    codec = make(f"zstd:level={level}:rules=zram-6.12", bytes(16384), tmp_path / "dictionary")
    with pytest.raises(
        UsageError, match=rf"level={level} searches by binary trees.* not modelled; give a lower level"
    ):
        codec.compress(text_page(1))


@pytest.mark.parametrize("size", [1, 3, 4, 7])
def test_lz4hc_and_zstd_take_a_dictionary_that_is_too_small_to_help(size: int, tmp_path: Path) -> None:
    page = text_page(1)
    for spec in SPECS[1:]:
        codec = make(spec, page[:size], tmp_path / "dictionary")
        assert codec.decompress(codec.compress(page), PAGE) == page


def test_nothing_of_a_dictionary_is_in_what_is_told_of_it(tmp_path: Path) -> None:
    choice = choose("zstd", b"secret of a program", tmp_path / "dictionary")
    assert "secret" not in f"{choice!r} {choice} {choice.make().identity}"


def test_zstd_s_own_dictionary_has_its_number_in_each_frame(tmp_path: Path) -> None:
    codec = make("zstd:rules=zram-6.12", dictionary("trained16k"), tmp_path / "dictionary")
    data = codec.compress(text_page(1))
    assert zstandard.get_frame_parameters(data).dict_id == int.from_bytes(
        dictionary("trained16k")[4:8], "little"
    )
