"""The grid file of a sweep, in TOML: which traces, and which values.

    traces = ["app.trace.bin", "more/*.trace.bin.zst"]   # beside this file
    corpora = ["app.zpages"]                             # if they do not lie beside the traces
    cost = ["lz4=2.1us/0.6us"]

    [[grid]]
    era = ["linux-6.6", "linux-6.12"]
    codec = ["lz4", "zstd"]
    limit = ["10%", "20%"]

    [[grid]]
    setup = "zram"
    codec = ["lz4", "zstd"]

Each ``[[grid]]`` is a block of its own.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from zswapbench.common.errors import InputError, UsageError
from zswapbench.common.files import open_input
from zswapbench.common.names import offer
from zswapbench.runs.sweeps.axes import Axis, Block, Grid, axis_of, checked

SUFFIX = ".toml"

_MOST_BYTES = 16 << 20
_LISTS = ("traces", "corpora", "cost")
_GRID = "grid"


def read_grid(path: str | os.PathLike[str]) -> Grid:
    """The grid in the file ``path``. Raises InputError if it is no TOML, UsageError for what means nothing in it."""
    text = _text(path)
    try:
        said = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(path, f"is not TOML: {error}") from None
    lines = _lines(text)
    for key in said:
        if key not in (*_LISTS, _GRID):
            where = _where(path, lines.get((0, key)))
            hint = offer(key, [*_LISTS, _GRID])
            raise UsageError(f"{where}: there is no key {key!r} outside of [[grid]]; {hint}")
    lists = {key: _names(said.get(key, []), _where(path, lines.get((0, key))), key) for key in _LISTS}
    tables = said.get(_GRID, [])
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        raise UsageError(f"{os.fspath(path)}: grid is no list of tables: write [[grid]] before each block")
    beside = Path(path).resolve().parent
    return Grid(
        traces=tuple(found for text in lists["traces"] for found in _paths(beside, text, path)),
        corpora=tuple(os.fspath(beside / text) for text in lists["corpora"]),
        costs=tuple(lists["cost"]),
        blocks=tuple(_block(path, number, table, lines) for number, table in enumerate(tables, 1)),
    )


def _text(path: str | os.PathLike[str]) -> str:
    with open_input(path, InputError) as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise InputError(path, "is larger than any grid could be")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise InputError(path, "is not TOML: it is not text", offset=error.start) from None


def _block(
    path: str | os.PathLike[str], number: int, table: Mapping[str, Any], lines: Mapping[tuple[int, str], int]
) -> Block:
    """Table ``number`` of the grids, from 1 on."""
    axes: list[Axis] = []
    for key, value in table.items():
        where = _where(path, lines.get((number, key)), key)
        axes.append(axis_of(key, _texts(value, where, key), where))
    return checked(Block(tuple(axes), _where(path, lines.get((number, "")), f"[[grid]] {number}")))


def _texts(value: Any, where: str, key: str) -> list[str]:
    """``value`` of ``key`` as a list of text: one value, or several; numbers and true or false as they are written."""
    several = value if isinstance(value, list) else [value]
    for one in several:
        if not isinstance(one, str | int | float):
            raise UsageError(f"{where}: {key} is no text or number, and no list of them")
    return [str(int(one)) if isinstance(one, bool) else str(one) for one in several]


def _names(value: Any, where: str, key: str) -> list[str]:
    """``value`` of ``key`` as a list of text, of which it may be the only one."""
    several = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str) for one in several):
        raise UsageError(f"{where}: {key} is no text, and no list of texts")
    return several


def _paths(beside: Path, text: str, path: str | os.PathLike[str]) -> list[str]:
    """The files that ``text`` means, of which it may be a pattern, in order."""
    if not re.search(r"[*?\[]", text):
        return [os.fspath(beside / text)]
    pattern = Path(text)
    root, rest = (Path("/"), pattern.relative_to("/")) if pattern.is_absolute() else (beside, pattern)
    found = sorted(root.glob(os.fspath(rest)))
    if not found:
        raise UsageError(f"{os.fspath(path)}: no file is called {text}; name traces that are there")
    return [os.fspath(one) for one in found]


def _where(path: str | os.PathLike[str], line: int | None, what: str = "") -> str:
    """What messages call a place of the file."""
    at = f"{os.fspath(path)}: line {line}" if line else os.fspath(path)
    return f"{at}: {what}" if what else at


def _lines(text: str) -> dict[tuple[int, str], int]:
    """The line of each key, by number of its table, 0 for those before the first; "" is the table itself."""
    found: dict[tuple[int, str], int] = {}
    table = 0
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"\s*\[\[\s*grid\s*\]\]", line):
            table += 1
            found[table, ""] = number
        elif key := re.match(r"\s*(['\"]?)([A-Za-z0-9_-]+)\1\s*=", line):
            found.setdefault((table, key[2]), number)
    return found
