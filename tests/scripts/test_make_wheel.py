"""scripts/make-wheel, but for the compiling, which takes minutes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "make-wheel"


def test_without_a_python_it_says_so_and_makes_nothing(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("bash", "dirname"):
        (tools / name).symlink_to(str(shutil.which(name)))
    done = subprocess.run(
        [str(tools / "bash"), str(SCRIPT)],
        env={"PATH": str(tools)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == "make-wheel: there is no python3.10 to python3.14; name one\n"


def test_what_it_leaves_behind_is_no_part_of_the_repository() -> None:
    assert "dist/" in (SCRIPT.parents[1] / ".gitignore").read_text().splitlines()
