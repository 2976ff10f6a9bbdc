"""A program for the tests of 'machine', and the command over it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from tests.cli.running import inside
from tests.dumps.elfwriter import Core, Load
from tests.making import PAGE, random_page, text_page
from zswapbench.traces.refs import REFERENCE, References, write_refs

PAGES = 900
FIRST = 0x5500_0000
COSTS = {"lz4": "lz4=2us/1us", "zstd": "zstd=9us/3us"}


def write_program(folder: Path) -> Path:
    """``folder``, with references to 900 pages, ``app.refs``, and a core of these, ``core``: a fourth is random."""
    content = b"".join(random_page(n) if n % 4 == 0 else text_page(n % 30) for n in range(PAGES))
    Core([Load(FIRST, content)]).write(folder / "core")
    random = np.random.default_rng(2)
    some = np.zeros(30_000, REFERENCE)
    some["page"] = FIRST // PAGE + (PAGES * random.random(len(some)) ** 3).astype(np.uint64)
    some["write"] = random.random(len(some)) < 0.3
    some["delta_us"] = 20
    write_refs(folder / "app.refs", References("app", PAGE, {"form": "made"}, [some], [], len(some)))
    assert inside("corpus", "import", folder / "core", "-o", folder / "app.zpages").code == 0
    return folder


def machine(program: Path, *words: str | Path, ram: str = "2MiB") -> Any:
    """The command over the program's files; without --ram if that is empty."""
    inputs = [
        str(program / "app.refs"),
        "--corpus",
        str(program / "app.zpages"),
        *(["--ram", ram] if ram else []),
    ]
    costs = [f"--cost={cost}" for codec, cost in COSTS.items() if any(codec in str(word) for word in words)]
    return inside("machine", *inputs, *costs, *words)


def found(program: Path, *words: str, ram: str = "2MiB") -> dict[str, Any]:
    """Its JSON."""
    done = machine(program, *words, "--format", "json", ram=ram)
    assert done.code == 0, done.err
    result: dict[str, Any] = json.loads(done.out)
    return result
