"""scripts/record-lock-stat, but for building a kernel, which takes long: its usage, and its guest program."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from booting.guest import COMPILE

SCRIPTS = Path(__file__).parents[2] / "scripts"
SCRIPT = SCRIPTS / "record-lock-stat"
GUEST = SCRIPTS / "lock_stat" / "guest.c"


@pytest.mark.parametrize("given", [[], ["."], [".", "out"]], ids=["nothing", "no OUT", "no kernel source"])
def test_it_says_how_it_is_called(given: list[str], tmp_path: Path) -> None:
    done = subprocess.run([SCRIPT, *given], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "scripts/record-lock-stat SOURCE OUT" in done.stderr


def test_shellcheck_has_nothing_to_say() -> None:
    done = subprocess.run(["shellcheck", SCRIPT], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_guest_program_compiles_without_a_warning(tmp_path: Path) -> None:
    command = [*COMPILE, "-Wno-unused-function", "-pthread", "-o", str(tmp_path / "init"), str(GUEST)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_kernel_is_configured_to_count_locks() -> None:
    assert "CONFIG_LOCK_STAT=y" in (SCRIPTS / "lock_stat" / "config").read_text().splitlines()
