"""The tables of docs/questions.md and docs/machine.md hold what the commands beside them print."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SHIPPED = "## A run that is shipped"

AS_JSON = """
zswapbench() {{ calls=$((calls + 1)); {python} -m zswapbench "$@" --format json -o {folder}/$calls.json; }}
set -e
"""
UNITS = {"us": 1e3, "ms": 1e6, "MiB": 2.0**20}
DAY_NS = 86_400e9
FIGURE = re.compile(r"(\d+(?:,\d{3})*(?:\.(\d+))?)(?: (us|ms|MiB))?")

Cell = tuple[float, ...] | None  # what a cell has to say; None: out of memory
Table = list[dict[int, Cell]]  # the rows of a table: cells by column, those that hold figures


def commands(page: str) -> str:
    return "\n".join(re.findall(r"```sh\n(.*?)```", page, re.DOTALL))


def results_of(commands: str, folder: Path) -> list[Any]:
    """Run ``commands`` in corpora/; the results of each call of zswapbench, in their order."""
    script = AS_JSON.format(python=sys.executable, folder=folder) + commands
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT / "corpora", check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    calls = len(list(folder.glob("*.json")))
    return [json.loads((folder / f"{call}.json").read_text()) for call in range(1, calls + 1)]


def tables(page: str) -> list[list[list[str]]]:
    """The rows of all tables of ``page``, below their headings, as cells."""
    parts = re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE)
    return [[line[1:-1].split("|") for line in part.splitlines()[2:]] for part in parts]


def figure(setup: dict[str, Any], name: str) -> float:
    """What a set-up of a result counted under ``name``."""
    if name == "written_per_day":
        return float(setup["metrics"]["device_write_bytes"] * DAY_NS / setup["metrics"]["trace_ns"])
    return float((setup["counters"] | setup["metrics"])[name])


def cell(setup: dict[str, Any], *names: str) -> Cell:
    if setup["out_of_memory_at"] is not None:
        return None
    return tuple(figure(setup, name) for name in names)


def side_by_side(results: list[Any], *names: str) -> Table:
    """A row for each set-up, of all ``results``: ``names`` of the first, then those of the next."""
    rows = zip(*(result["setups"] for result in results), strict=True)
    return [dict(enumerate((cell(setup, name) for setup in row for name in names), start=1)) for row in rows]


def of_questions(answers: list[Any]) -> Iterator[Table]:
    """The tables of docs/questions.md, in their order, by what its commands gave."""
    redis, sort, disksizes, mem_limits, redis_codecs, sort_codecs, over_zram, upkeep, pools = answers
    yield side_by_side([redis, sort], "slowdown", "faults_major", "device_writes")
    yield [
        {
            1: cell(size["setups"][0], "slowdown"),
            2: cell(size["setups"][1], "slowdown"),
            5: cell(limit["setups"][0], "slowdown"),
        }
        for size, limit in zip(disksizes["results"], mem_limits["results"], strict=True)
    ]
    yield side_by_side([redis_codecs, sort_codecs], "slowdown", "faults_major", "device_reads")
    zram_lz4, both_lz4, zram_zstd, both_zstd = over_zram["setups"]
    yield [
        {1: cell(zram, name), 2: cell(both, name)}
        for zram, both in ((zram_lz4, both_lz4), (zram_zstd, both_zstd))
        for name in ("slowdown", "faults_major")
    ]
    yield [
        {
            1: cell(setup, "total_ns"),
            2: cell(setup, "faults_major"),
            3: cell(setup, "device_writes", "device_reads"),
            4: cell(setup, "written_per_day"),
            5: cell(setup, "resident_pages_mean"),
            6: cell(setup, "fault_p99_ns"),
        }
        for setup in upkeep["setups"]
    ]
    limits = (result["setups"][0] for result in pools["results"])
    yield [dict(enumerate((cell(setup, "slowdown") for setup in limits), start=1))]


def says(text: str, wanted: Cell) -> bool:
    """Whether a cell says ``wanted``, within the rounding of its last digit."""
    if wanted is None:
        return text.strip() == "out of memory"
    found = FIGURE.findall(text)
    return len(found) == len(wanted) and all(
        abs(float(number.replace(",", "")) - value / UNITS.get(unit, 1)) <= 0.5001 * 10.0 ** -len(decimals)
        for (number, decimals, unit), value in zip(found, wanted, strict=True)
    )


def of_shipped_runs(answers: list[Any]) -> Iterator[Table]:
    """The tables of the three runs that docs/machine.md tells first; ``none`` has no row."""
    counts = ("faults_major", "device_reads", "device_writes", "resident_pages_mean")
    for answer, paid in zip(answers, ("slowdown", "slowdown", "total_ns"), strict=True):
        setups = {"setups": answer["setups"][1:]}
        yield side_by_side([setups], paid, *counts, "pool_pages_mean")


def in_other_ram(command: str, program: str, ram: str, disksize: str) -> str:
    """``command``, which is for sort in 6 MiB, for another program and other sizes."""
    there = command.replace("sort-run", program).replace("--ram 6MiB", f"--ram {ram}")
    return there.replace("disksize=12MiB", f"disksize={disksize}")


def differences(shown: list[list[list[str]]], given: Iterator[Table]) -> list[str]:
    """The cells that say something else than the commands gave."""
    return [
        f"{row[0].strip()}: {row[column].strip()}, and not {wanted}"
        for rows, cells_of in zip(shown, given, strict=True)
        for row, cells in zip(rows, cells_of, strict=True)
        for column, wanted in cells.items()
        if not says(row[column], wanted)
    ]


def test_the_tables_of_the_questions_hold_what_the_commands_give(tmp_path: Path) -> None:
    page = (DOCS / "questions.md").read_text()
    answers = results_of(commands(page), tmp_path)
    assert differences(tables(page), of_questions(answers)) == []


def test_the_tables_of_the_shipped_runs_hold_what_the_command_gives(tmp_path: Path) -> None:
    page = (DOCS / "machine.md").read_text()
    section = page[page.index(SHIPPED) : page.index("### Does writeback pay?")]
    sort = commands(section).removeprefix("cd corpora\n")
    redis = in_other_ram(sort, "redis-run", "10MiB", "24MiB")
    cache = in_other_ram(sort, "cache-run", "5.5MiB", "16MiB")
    answers = results_of(sort + redis + cache, tmp_path)
    assert differences(tables(section), of_shipped_runs(answers)) == []
