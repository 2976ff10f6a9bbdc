"""Policies, codecs and pools of the user's own: found in files and through entry points."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import environment
from tests.making import make_corpus, pages_of, random_page, text_page
from zswapbench.common.errors import OwnCodeError, UsageError, ZswapbenchError
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes import compute_sizes, identity_of, sizes_of
from zswapbench.plugins.codec_guard import proven
from zswapbench.plugins.registry import CODECS, POLICIES, POOLS

TWO = """
from zswapbench.policy import Policy
from zswapbench.plugins.registry import Parameter
class One(Policy):
    "the first"
    parameters = (Parameter("depth", int, 3, "how deep", low=1, high=9),)
    def on_store(self, *given): pass
    def on_remove(self, *given): pass
    def victim(self, *given): pass
class Two(One):
    name = "second"
    parameters = ()
class Three: pass
"""

CODEC = """
import zlib
from zswapbench.codecs.base import Codec
class Mine(Codec):
    def compress(self, page):
        return zlib.compress(page, 1)
    def decompress(self, data, size):
        return zlib.decompress(data)
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, with two.py and codec.py."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "two.py").write_text(TWO)
    (tmp_path / "codec.py").write_text(CODEC)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "shown", "short"),
    [
        ("./two.py:One", "./two.py:One:depth=3", "./two.py:One"),
        ("two.py:One:5", "two.py:One:depth=5", "two.py:One:depth=5"),
        ("./two.py:One:depth=5", "./two.py:One:depth=5", "./two.py:One:depth=5"),
        ("./two.py:Two", "./two.py:Two", "./two.py:Two"),
    ],
)
def test_a_class_in_a_file_is_chosen_and_told_as_it_was_asked_for(
    here: Path, text: str, shown: str, short: str
) -> None:
    choice = POLICIES.choose(text)
    assert (str(choice), choice.short) == (shown, short)
    assert POLICIES.choose(str(choice)) == choice


def test_a_class_is_named_and_described_by_itself_where_it_does_not_say(here: Path) -> None:
    one, two = POLICIES.choose("two.py:One").leaf, POLICIES.choose("two.py:Two").leaf
    assert (one.name, one.help, one.where) == ("One", "the first", "own")
    assert two.name == "second"


def test_the_class_may_be_left_out_where_there_is_one(here: Path) -> None:
    assert str(CODECS.choose("codec.py")) == "codec.py:Mine"
    (here / "a:b").mkdir()
    (here / "a:b" / "codec.py").write_text(CODEC)
    assert str(CODECS.choose("a:b/codec.py")) == "a:b/codec.py:Mine"


REFUSED = {
    "absent.py:One": "absent.py: cannot be read: No such file or directory",
    "two.py:Four": "two.py: there is no class 'Four'; there are: One, Two",
    "two.py:one": "two.py: there is no class 'one'; there are: One, Two",
    "two.py:Three": "two.py: Three is not a subclass of zswapbench.policy.Policy; the file has these: One, Two",
    "two.py": "two.py: the file has several classes: One, Two; name one of them, such as two.py:One",
    "two.py:depth=3": "two.py: the file has several classes: One, Two; name one of them, such as two.py:One",
    "codec.py": "codec.py: the file has no policy: it needs a subclass of zswapbench.policy.Policy",
    "two.py:One:x=3": "policy 'two.py:One' has no parameter 'x'; there are: depth",
    "two.py:One:10": "policy 'two.py:One': depth='10' is not a number from 1 to 9",
    "two.py:One:1:2": "policy 'two.py:One' takes at most 1 parameters; '2' is one too many",
}


@pytest.mark.parametrize("text", REFUSED)
def test_a_class_that_is_not_there_is_refused_with_what_there_is(here: Path, text: str) -> None:
    with pytest.raises(UsageError) as raised:
        POLICIES.choose(text)
    assert str(raised.value) == REFUSED[text]


def test_a_pool_in_plain_python_is_refused_with_the_way_that_there_is(here: Path) -> None:
    with pytest.raises(
        UsageError, match=r"is compiled code and cannot be plain Python.*group zswapbench.pools"
    ):
        POOLS.choose("./pool.py:Mine")


def test_parameters_that_are_none_are_told(here: Path) -> None:
    (here / "two.py").write_text(f"{TWO}\nTwo.parameters = ['depth']\n")
    with pytest.raises(OwnCodeError, match=r"two.py:Two: parameters is not a tuple of zswapbench.Parameter"):
        POLICIES.choose("two.py:Two")


def test_sizes_under_a_codec_of_a_file_are_its_own_after_every_edit(here: Path) -> None:
    pages = pages_of(*[text_page(number) for number in range(20)], random_page(1))
    with Corpus(make_corpus(here / "a.zpages", pages)) as corpus:
        choice = CODECS.choose("./codec.py:Mine")
        identity = identity_of(corpus, choice)
        fast = sizes_of(corpus, choice)
        (here / "codec.py").write_text(CODEC.replace(", 1)", ", 9)"))
        again = CODECS.choose("./codec.py:Mine")
        assert identity.startswith("Mine codec.py sha256:")
        assert identity_of(corpus, again) != identity
        assert (sizes_of(corpus, again) != fast).any()
        assert (compute_sizes(corpus, again, workers=2) == sizes_of(corpus, again)).all()


def test_the_file_is_part_of_the_identity_whatever_the_codec_says(here: Path) -> None:
    (here / "codec.py").write_text(f"{CODEC}\n    name, library_version = 'lz4', 'liblz4 1.9.4'\n")
    codec = CODECS.choose("codec.py").make()
    assert codec.identity.startswith("lz4 liblz4 1.9.4 codec.py sha256:")


BROKEN_CODECS = {
    "def compress(self, page):\n        return 1 // 0": "compress raises ZeroDivisionError",
    "def compress(self, page):\n        return None": "compress gives a NoneType and not bytes",
    "def compress(self, page):\n        raise SystemExit(0)": "compress raises SystemExit: 0 (codec.py, line ",
    "def sizes(self, pages):\n        return [1, 2]": "sizes does not give a number of bytes for each page",
    "def sizes(self, pages):\n        return [-1] * len(pages)": "sizes does not give a number of bytes",
    "def sizes(self, pages):\n        raise OSError('no')": "sizes raises OSError: no (codec.py, line ",
}  # fmt: skip


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("body", BROKEN_CODECS)
def test_a_codec_that_does_wrong_is_told_in_one_line(here: Path, body: str, workers: int) -> None:
    (here / "codec.py").write_text(f"{CODEC}    {body}\n")
    pages = pages_of(*[text_page(number) for number in range(3)], bytes([1]) * 4096)
    with Corpus(make_corpus(here / "a.zpages", pages)) as corpus:
        choice = CODECS.choose("codec.py")
        with pytest.raises(OwnCodeError) as raised:
            compute_sizes(corpus, choice, workers=workers)
        assert str(raised.value).startswith(f"codec Mine: {BROKEN_CODECS[body]}")


def test_a_codec_that_does_not_give_the_page_back_is_told(here: Path) -> None:
    for wrong, complaint in {
        "bytes(size)": "decompress does not give back the page that was compressed",
        "b'short'": "decompress does not give the 4096 bytes of a page",
        "1 // 0": "decompress raises ZeroDivisionError",
    }.items():
        (here / "codec.py").write_text(
            f"{CODEC}    def decompress(self, data, size):\n        return {wrong}\n"
        )
        with pytest.raises(OwnCodeError, match=f"codec Mine: {complaint}"):
            proven(CODECS.choose("codec.py").make(), text_page())


def test_a_codec_without_a_method_or_that_cannot_be_made_is_told(here: Path) -> None:
    (here / "codec.py").write_text("from zswapbench.codecs.base import Codec\nclass Mine(Codec): pass\n")
    with pytest.raises(
        OwnCodeError, match=r"codec.py:Mine: has no method compress, as every codec must have"
    ):
        CODECS.choose("codec.py")
    (here / "codec.py").write_text(f"{CODEC}    def __init__(self): 1 // 0\n")
    with pytest.raises(ZswapbenchError, match=r"codec.py:Mine: cannot be made: ZeroDivisionError"):
        CODECS.choose("codec.py").make()


POINTS = """
[zswapbench.policies]
mine = their.policies:One
lru = their.policies:Other
broken = their.broken:One
absent = their.policies:Nobody
other = their.policies:Other
text = their.policies:TEXT
[zswapbench.codecs]
theirs = their.codec:Mine
"""

ASK = """
import sys
from zswapbench.common.errors import ZswapbenchError
from zswapbench.plugins.registry import CODECS, POLICIES
POLICIES.choose("lru")
print("importlib.metadata" in sys.modules or "their" in sys.modules)
for name in ("mine:4", "lru", "broken", "absent", "other", "text", "nobody"):
    try:
        print(POLICIES.choose(name), POLICIES.choose(name).leaf.__name__)
    except ZswapbenchError as error:
        print(f"{type(error).__name__}: {error}")
print(*(leaf.name for leaf in POLICIES.leaves() if not leaf.__module__.startswith("zswapbench.sim.policies")))
print(len(POLICIES.broken()))
print(CODECS.choose("theirs").make().identity)
"""


@pytest.fixture
def installed(here: Path) -> dict[str, str]:
    """An environment in which a package with entry points is installed."""
    package, info = here / "site" / "their", here / "site" / "their-1.2.dist-info"
    package.mkdir(parents=True)
    info.mkdir()
    (package / "__init__.py").touch()
    (package / "policies.py").write_text(f"{TWO}\nclass Other(One):\n    name = 'another'\nTEXT = 'x'\n")
    (package / "broken.py").write_text("import no_such_module\n")
    (package / "codec.py").write_text(CODEC)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(POINTS)
    variables = environment(here / "cache")
    return {**variables, "PYTHONPATH": f"{here / 'site'}{os.pathsep}{variables['PYTHONPATH']}"}


def test_entry_points_are_found_after_our_own_names(installed: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=installed, capture_output=True, text=True, check=True
    )
    broken, absent = (
        "OwnCodeError: policy broken, their.broken:One",
        "OwnCodeError: policy absent, their.policies:Nobody",
    )
    ours = [leaf.name for leaf in POLICIES.leaves()]
    known = ", ".join(sorted([*ours, "absent", "broken", "mine", "other", "text"]))
    assert done.stdout.splitlines() == [
        "False",
        "mine:depth=4 One",
        "lru Lru",
        f"{broken}: cannot be loaded: ModuleNotFoundError: No module named 'no_such_module' (broken.py, line 1)",
        f"{absent}: cannot be loaded: AttributeError: module 'their.policies' has no attribute 'Nobody'",
        "OwnCodeError: policy other, their.policies:Other: calls itself 'another'",
        "OwnCodeError: policy text, their.policies:TEXT: is not a subclass of zswapbench.sim.policies.base.FlushPolicy",
        f"UsageError: no policy is called 'nobody'; there are: {known}",
        "mine",
        "4",
        "theirs their 1.2",
    ]


def test_entry_points_are_listed_and_the_broken_ones_with_the_reason(
    here: Path, installed: dict[str, str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "zswapbench", "list"],
        env=installed,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    words = " ".join(done.stdout.split())
    assert "mine the first own depth=3: how deep (a number from 1 to 9)" in words
    assert "policy broken, their.broken:One: cannot be loaded: ModuleNotFoundError" in words
    assert "their 1.2" in words
