"""The comparison that docs/kernel-oracle.md offers, on what the script wrote of two kernels."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import zstandard

from tests.model.zram_sequences import GOLDEN
from tests.sim import measured

ROOT = Path(__file__).parents[2]
MEASURED = GOLDEN / "kernel-oracle"
MIXED = ("cc1plus", "m32", "node", "redis")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("pages") / "mixed.pages"
    packed = [(GOLDEN / "pages" / f"{name}.pages.zst").read_bytes() for name in MIXED]
    file.write_bytes(
        b"".join(zstandard.ZstdDecompressor().decompressobj().decompress(part) for part in packed)
    )
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The measurement of zswap in 6.12, to be changed."""
    copy = tmp_path / "measured"
    shutil.copytree(MEASURED / "zswap" / "6.12", copy / "zswap" / "6.12")
    return copy


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.sim.measured", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)


def test_two_kernels_of_debian_and_the_model_agree_in_every_row(
    pages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert measured.told(str(pages), MEASURED, None) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 * (len(("sizes", "pool pages", "PVD", "E", "R")) + len(("zswap",)) * 4)
    assert all(": all " in line for line in lines)


def test_a_row_that_differs_is_counted_and_ends_the_command_with_1(pages: Path, folder: Path) -> None:
    file = next(folder.rglob("*.store1.csv.zst"))
    head, first, *rows = zstandard.ZstdDecompressor().decompress(file.read_bytes()).decode().splitlines()
    cells = rows[100].split(",")
    rows[100] = ",".join([cells[0], str(int(cells[1]) + 1), *cells[2:]])
    file.write_bytes(zstandard.compress("\n".join([head, first, *rows, ""]).encode()))
    done = command(pages, folder)
    assert (done.returncode, done.stderr) == (1, "")
    assert "store1: 7,508 of 7,509 equal; stored_pages 1,950, model 1,950" in done.stdout


def test_other_pages_than_those_measured_are_refused(pages: Path, folder: Path, tmp_path: Path) -> None:
    fewer = tmp_path / "mixed.pages"
    fewer.write_bytes(pages.read_bytes()[:8192])
    done = command(fewer, folder)
    assert done.returncode == 3
    assert "is of 7,509 pages, and not of these 2" in done.stderr


@pytest.mark.parametrize("ending", [".json", ".load1.csv.zst"])
def test_a_damaged_measurement_is_told_in_a_line(ending: str, pages: Path, folder: Path) -> None:
    next(folder.rglob(f"*{ending}")).write_bytes(b"nothing of ours")
    done = command(pages, folder)
    assert done.returncode == 3
    assert "a file in it is not as scripts/kernel-oracle writes it; measure again" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_folder_without_a_measurement_of_these_pages_is_told(pages: Path, folder: Path) -> None:
    done = command(pages, folder, "--name", "other")
    assert done.returncode == 3
    assert done.stderr.endswith("has no measurement of other\n")


def test_a_kernel_newer_than_the_newest_era_is_told(pages: Path, folder: Path) -> None:
    (folder / "zswap" / "6.12").rename(folder / "zswap" / "9.0")
    done = command(pages, folder)
    assert done.returncode == 2
    assert "kernel 9.0 is newer than what is known here" in done.stderr
