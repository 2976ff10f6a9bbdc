"""A codec whose library is not installed says so when it is used, and how to get it; not before."""

from __future__ import annotations

import subprocess
import sys

import pytest

from zswapbench.codecs.base import Codec, Library
from zswapbench.common.errors import MissingError
from zswapbench.plugins.registry import CODECS

NEEDY = [leaf.name for leaf in CODECS.leaves() if leaf.library]

USE = """
import sys
sys.modules[{module!r}] = None  # importing it fails, as if it were not there
from zswapbench.common.errors import ZswapbenchError
from zswapbench.plugins.registry import CODECS
assert {name!r} in [leaf.name for leaf in CODECS.leaves()]
choice = CODECS.choose({name!r})
try:
    choice.make()
except ZswapbenchError as error:
    print(error)
    sys.exit(error.exit_code)
"""


def library_of(name: str) -> Library:
    """What the codec calls."""
    leaf: type[Codec] = CODECS.choose(name).leaf
    assert leaf.library
    return leaf.library


@pytest.mark.parametrize("name", NEEDY)
def test_the_way_to_get_the_library_is_told(name: str) -> None:
    library = library_of(name)
    program = USE.format(module=library.module, name=name)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (4, "")
    assert done.stdout.startswith(f"{library.distribution} is not installed")
    assert done.stdout.rstrip().endswith(library.how)
    assert f"pip install {library.distribution}" in library.how
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize("name", NEEDY)
def test_the_distribution_is_the_one_that_brings_the_module(name: str) -> None:
    library = library_of(name)
    assert library.load().__name__ == library.module
    assert library.version


def test_a_library_that_nobody_has_is_missing() -> None:
    library = Library("no_such_module", "no-such-distribution", "pip install no-such-distribution")
    assert library.version is None
    with pytest.raises(MissingError, match=r"no-such-distribution is not installed .*: pip install"):
        library.load()
