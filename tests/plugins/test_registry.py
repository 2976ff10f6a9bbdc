"""Finding leaves by name: one file is all that it takes to add one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from zswapbench.common.errors import UsageError
from zswapbench.plugins.registry import CODECS, POLICIES, POOLS, Choice, Family, Parameter

BASE = """
class Drink:
    parameters = ()
    def __init__(self, **given):
        self.given = given
"""

TEA = """
from zswapbench.plugins.registry import Parameter
from .base import Drink

class GreenTea(Drink):
    name = "green-tea"
    parameters = (
        Parameter("minutes", int, 3, "how long", low=1, high=10),
        Parameter("cup", str, "small", "which", choices=("small", "large")),
        Parameter("sugar", float, 0.5, "spoons"),
    )
"""

WATER = """
from zswapbench.plugins.registry import Parameter
from .base import Drink

class Water(Drink):
    name = "water"
    parameters = (Parameter("ice", int, None, "cubes, if any"),)
    def __init__(self, place, ice=None):
        self.place = place
"""


@pytest.fixture
def drinks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Family[Any]]:
    """A family of two, in a package of its own."""
    package = f"drinks_{uuid4().hex}"
    folder = tmp_path / package
    folder.mkdir()
    for name, text in {"__init__": "", "base": BASE, "green_tea": TEA, "water": WATER}.items():
        (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield Family("drink", package)
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        del sys.modules[name]


def refusal(family: Family[Any], text: str) -> str:
    """The message with which ``text`` is refused."""
    with pytest.raises(UsageError) as raised:
        family.choose(text)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_leaves_are_found_by_their_names_in_order(drinks: Family[Any]) -> None:
    assert [leaf.name for leaf in drinks.leaves()] == ["green-tea", "water"]


def test_a_new_file_is_a_new_leaf(drinks: Family[Any], tmp_path: Path) -> None:
    new = tmp_path / drinks.package / "juice.py"
    new.write_text("from .base import Drink\nclass Juice(Drink):\n    name = 'juice'\n")
    assert [leaf.name for leaf in drinks.leaves()] == ["green-tea", "juice", "water"]
    assert drinks.choose("juice").make().given == {}


def test_naming_a_leaf_imports_its_module_alone(drinks: Family[Any]) -> None:
    drinks.choose("green-tea")
    assert f"{drinks.package}.green_tea" in sys.modules
    assert f"{drinks.package}.water" not in sys.modules


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("green-tea", (3, "small", 0.5)),
        ("green-tea:5", (5, "small", 0.5)),
        ("green-tea:5:large:2", (5, "large", 2.0)),
        ("green-tea:cup=large", (3, "large", 0.5)),
        ("green-tea:10:sugar=0", (10, "small", 0.0)),
        ("green-tea:1:sugar=0:cup=large", (1, "large", 0.0)),
    ],
)
def test_parameters_are_given_in_order_or_by_name(
    drinks: Family[Any], text: str, expected: tuple[int, str, float]
) -> None:
    choice = drinks.choose(text)
    assert choice.parameters == dict(zip(("minutes", "cup", "sugar"), expected, strict=True))
    assert choice.make().given == choice.parameters
    assert drinks.choose(str(choice)) == choice


def test_a_choice_is_told_with_all_parameters_that_have_a_value(drinks: Family[Any]) -> None:
    assert str(drinks.choose("green-tea")) == "green-tea:minutes=3:cup=small:sugar=0.5"
    assert str(drinks.choose("water")) == "water"
    assert str(drinks.choose("water:ice=2")) == "water:ice=2"


def test_what_the_constructor_needs_besides_is_given_when_it_is_made(drinks: Family[Any]) -> None:
    assert drinks.choose("water").make("well").place == "well"


@pytest.mark.parametrize("name", ["coffee", "", "Water", "base", "water ", "../water", "Drink"])
def test_an_unknown_name_is_refused_with_what_there_is(drinks: Family[Any], name: str) -> None:
    told = refusal(drinks, name)
    assert told.startswith(f"no drink is called {name!r}; ")
    assert told.endswith("here are: green-tea, water")
    assert ("did you mean water?" in told) == ("water" in name.lower())


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("green-tea:milk=1", "drink 'green-tea' has no parameter 'milk'; there are: minutes, cup, sugar"),
        ("water:milk=1", "drink 'water' has no parameter 'milk'; there are: ice"),
        ("water:1:2", "drink 'water' takes at most 1 parameters; '2' is one too many"),
        ("green-tea:1:small:1:9", "takes at most 3 parameters; '9' is one too many"),
        ("green-tea:0", "drink 'green-tea': minutes='0' is not a number from 1 to 10"),
        ("green-tea:11", "minutes='11' is not a number from 1 to 10"),
        ("green-tea:", "minutes='' is not a number from 1 to 10"),
        ("green-tea:minutes=", "minutes='' is not a number from 1 to 10"),
        ("green-tea:cup=huge", "cup='huge' is not small or large"),
        ("green-tea:sugar=much", "sugar='much' is not a float"),
    ],
)
def test_a_parameter_that_cannot_be_is_refused_with_what_can(
    drinks: Family[Any], text: str, complaint: str
) -> None:
    assert complaint in refusal(drinks, text)


def test_a_bound_on_one_side_is_enforced() -> None:
    parameter = Parameter("n", int, 5, "", low=1)
    assert parameter.parse("drink", "1") == 1
    with pytest.raises(UsageError, match="n='0' is not"):
        parameter.parse("drink", "0")


@pytest.mark.parametrize("family", [CODECS, POOLS, POLICIES], ids=lambda family: family.kind)
def test_every_leaf_of_the_package_is_found_by_its_own_name(family: Family[Any]) -> None:
    leaves = family.leaves()
    names = [leaf.name for leaf in leaves]
    assert names == sorted(set(names))
    assert leaves
    for leaf in leaves:
        assert family.choose(leaf.name) == Choice(leaf, {p.name: p.default for p in leaf.parameters})


def test_the_short_form_leaves_out_what_is_the_default_anyway(drinks: Family[Any]) -> None:
    for text in ("green-tea", "green-tea:cup=large", "green-tea:minutes=5:sugar=0.25"):
        assert drinks.choose(text).short == text
        assert drinks.choose(str(drinks.choose(text))).short == text
    assert drinks.choose("green-tea:3").short == "green-tea"


def test_naming_one_codec_loads_no_other_s_library() -> None:
    program = (
        "import sys\n"
        "from zswapbench.plugins.registry import CODECS\n"
        "CODECS.choose('zlib').make()\n"
        "sys.exit(bool({'lz4', 'lzo', 'zstandard'} & set(sys.modules)))\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
