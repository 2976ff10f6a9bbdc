"""A small ground for the commands to stand on, made once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.cli.machines import write_program
from tests.cli.running import inside
from tests.dumps.elfwriter import Core, Load, file_note
from tests.making import random_page, text_page

PAGES = [
    *(text_page(number) for number in range(40)),
    *(random_page(number) for number in range(4)),
    bytes(4096),
]


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with core.1, app.zpages, app.trace.bin, app.trace.bin.zst. Tests change nothing in it."""
    folder = tmp_path_factory.mktemp("cli")
    memory = b"".join(PAGES[number] for number in np.arange(120) % len(PAGES))
    Core([Load(0x10000, memory)], [file_note()]).write(folder / "core.1")
    assert inside("corpus", "import", folder / "core.1", "-o", folder / "app.zpages").code == 0
    for name in ("app.trace.bin", "app.trace.bin.zst"):
        made = inside(
            *("trace", "make", folder / "app.zpages", "-o", folder / name),
            *("--events", "3000", "--flush-every", "300"),
        )
        assert made.code == 0
    return folder


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with app.refs, core and app.zpages, for 'machine'. Tests change nothing in it."""
    return write_program(tmp_path_factory.mktemp("machine"))


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For runs inside this process: sizes are remembered in a place of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
