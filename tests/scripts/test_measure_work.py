"""scripts/measure-work: what faults cost here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "measure-work"


def measured(folder: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, str(SCRIPT), "--folder", str(folder), "--rounds", "1"]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_each_kind_of_work_has_a_time_and_the_file_is_taken_away(tmp_path: Path) -> None:
    done = measured(tmp_path)
    assert done.returncode == 0, done.stderr
    times = {line[:12].strip(): float(line[12:].split()[0]) for line in done.stdout.splitlines()}
    assert [*times] == ["first touch", "cached", "cold", "pageout"]
    assert min(times["first touch"], times["cached"]) > 0
    assert not [*tmp_path.iterdir()]


def test_a_folder_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    done = measured(tmp_path / "nowhere")
    assert done.returncode == 3
    assert done.stderr == f"measure-work: {tmp_path}/nowhere: No such file or directory\n"
