"""Imports go down only: the layers of the package, and a reader of all imports that holds them to it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = "zswapbench"
ROOT = Path(__file__).parents[1]

LAYERS = (
    ("cli", "api", "policy"),  # the doors: the command line, Python, policies of the user's own
    ("report",),  # results in, text out
    ("runs",),  # one story for each command
    ("results",),  # what came out, and the gate
    ("sim",),  # what happens
    ("corpus",),  # pages, and what they cost
    ("dumps", "codecs", "traces", "rules"),  # what goes in
    ("plugins",),  # how leaves are found, and how a user's own are kept from harm
    ("structures",),  # lists and heaps of the compiled core
    ("common",),  # errors, units, files
)
"""Top to bottom, as in the picture. A room may import what lies below it, and nothing above it or beside it."""

LAYER_OF = {name: number for number, names in enumerate(LAYERS) for name in names}
ABOVE_ALL = ("__init__", "__main__")
"""The package itself imports what it offers when asked, and all may import it: its version. __main__ is the door."""

COPIED = "zswapbench.plugins.policy_template"
"""Not a step of the package but a text: what ``new-policy`` hands out, written as its reader will have it."""


def modules() -> list[Path]:
    """All sources of the package, what other compiled modules share (.pxd) included."""
    return sorted(path for ending in ("py", "pxd") for path in (ROOT / PACKAGE).rglob(f"*.{ending}"))


def imports_of(source: str, module: str) -> Iterator[str]:
    """The modules of the package that ``source`` imports, wherever in it; ``module`` is its dotted name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".")[: -node.level] if node.level else []
            base = ".".join([*package, *([node.module] if node.module else [])])
            # "from zswapbench import pages" names a module as "from zswapbench.corpus.pages import ..." does.
            found = [f"{base}.{alias.name}" if base.endswith(PACKAGE) else base for alias in node.names]
        else:
            continue
        for name in (one.removeprefix("cython.cimports.") for one in found):
            if name.startswith(f"{PACKAGE}."):
                yield name


def cimports_of(source: str) -> Iterator[str]:
    """The same for a .pxd file, which ``ast`` cannot read."""
    for line in source.splitlines():
        words = line.split()
        if words[:1] in (["from"], ["cimport"]) and words[1].startswith(f"{PACKAGE}."):
            yield words[1]


def dotted(path: Path) -> str:
    """The name that the module at ``path`` is imported by, ``__init__`` included."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def edges() -> list[tuple[str, str]]:
    """Every import of one module of the package by another."""
    found = []
    for path in modules():
        name, source = dotted(path), path.read_text()
        imported = imports_of(without_types(source), name) if path.suffix == ".py" else cimports_of(source)
        found += [(name, other) for other in imported]
    return found


def top(module: str) -> str:
    """The module or package right under zswapbench that ``module`` is or lies in."""
    return module.split(".")[1]


def fault(importer: str, imported: str) -> str:
    """What is wrong with an import; "" if nothing is."""
    upper, lower = top(importer), top(imported)
    if upper in ABOVE_ALL or lower.startswith("__") or upper == lower:
        return ""
    above, below = LAYER_OF[upper], LAYER_OF[lower]
    if above < below or importer == COPIED:
        return ""
    return f"{importer} imports {imported}, which stands {'beside' if above == below else 'above'} it"


def test_every_module_has_its_layer() -> None:
    names = {top(dotted(path)) for path in modules()} - set(ABOVE_ALL)
    unknown = sorted(names - set(LAYER_OF))
    assert not unknown, (
        f"add {', '.join(unknown)} to the table LAYERS in {Path(__file__).name}, where it belongs"
    )


def test_imports_go_down_only() -> None:
    known = [edge for edge in edges() if {top(name) for name in edge} <= {*LAYER_OF, "__init__", "__main__"}]
    faults = sorted({found for edge in known if (found := fault(*edge))})
    assert not faults, "; ".join(faults)


def without_types(source: str) -> str:
    """``source`` less what only type checkers see: a name in an annotation is no step of the way."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = [ast.Pass()]
    return ast.unparse(tree)


def test_the_package_itself_imports_nothing_of_its_own_until_it_is_asked() -> None:
    source = (ROOT / PACKAGE / "__init__.py").read_text()
    assert list(imports_of(source, f"{PACKAGE}.__init__"))
    assert not list(imports_of(without_types(source), f"{PACKAGE}.__init__"))


ROOMS = sorted(path.parent for path in (ROOT / PACKAGE).glob("*/__init__.py") if not path.parent.is_symlink())


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_each_room_opens_with_its_idea(room: Path) -> None:
    """What comes in, what goes out, what it must not know: 5 to 15 lines are enough, fewer are not."""
    idea = ast.get_docstring(ast.parse((room / "__init__.py").read_text())) or ""
    assert len(idea.splitlines()) >= 5


def test_every_folder_is_a_room() -> None:
    folders = {path for path in (ROOT / PACKAGE).iterdir() if path.is_dir() and not path.is_symlink()}
    assert {path for path in folders if path.name != "__pycache__"} == {*ROOMS}


def test_no_two_modules_import_each_other() -> None:
    pairs = {edge for edge in edges() if edge[0] != edge[1]}
    assert not [edge for edge in pairs if edge[::-1] in pairs]


def test_the_imports_of_the_package_are_seen() -> None:
    """Or the tests above would pass over nothing."""
    found = set(edges())
    assert len(found) > 100
    assert ("zswapbench.corpus.importing", "zswapbench.corpus.writing") in found
    assert ("zswapbench.sim.zswap.cache", "zswapbench.traces.event") in found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import os, zswapbench.corpus.pages", ["zswapbench.corpus.pages"]),
        ("from zswapbench.sim.pools.base import Pool", ["zswapbench.sim.pools.base"]),
        ("from zswapbench import api, shipped", ["zswapbench.api", "zswapbench.shipped"]),
        ("from cython.cimports.zswapbench.traces.event import Event", ["zswapbench.traces.event"]),
        ("from cython.cimports.zswapbench import policy", ["zswapbench.policy"]),
        ("from . import pages", ["zswapbench.corpus"]),
        ("from .pages import Kind", ["zswapbench.corpus.pages"]),
        ("from ..dumps.base import Dump", ["zswapbench.dumps.base"]),
        ("def f():\n    if True:\n        import zswapbench.cli", ["zswapbench.cli"]),
        ("import numpy\nfrom zswapbenchmark import x\nimport cython.cimports.libc.stdlib", []),
    ],
)
def test_an_import_is_seen_however_it_is_written(source: str, found: list[str]) -> None:
    assert list(imports_of(source, "zswapbench.corpus.reading")) == found


@pytest.mark.parametrize(
    ("importer", "imported", "complaint"),
    [
        ("zswapbench.codecs.base", "zswapbench.corpus.sizes", "which stands above it"),
        ("zswapbench.sim.replay", "zswapbench.results.records", "which stands above it"),
        ("zswapbench.common.units", "zswapbench.corpus.reading", "which stands above it"),
        ("zswapbench.traces.reclaim", "zswapbench.rules.eras", "which stands beside it"),
        ("zswapbench.dumps.core", "zswapbench.codecs.base", "which stands beside it"),
        ("zswapbench.sim.pools.zsmalloc", "zswapbench.sim.device", ""),
        ("zswapbench.plugins.policy_template", "zswapbench.policy", ""),
        ("zswapbench.plugins.registry", "zswapbench.policy", "which stands above it"),
        ("zswapbench.common.files", "zswapbench.common.errors", ""),
        ("zswapbench.cli.run", "zswapbench.common.errors", ""),
        ("zswapbench.__main__", "zswapbench.cli", ""),
        ("zswapbench.results.records", "zswapbench.__version__", ""),
    ],
)
def test_a_wrong_import_is_told_from_a_right_one(importer: str, imported: str, complaint: str) -> None:
    assert fault(importer, imported).endswith(complaint)
    assert bool(fault(importer, imported)) == bool(complaint)
