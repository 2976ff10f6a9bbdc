"""The table of ratios can be made. What is in it no test judges: that depends on the machine and on the minute."""

from __future__ import annotations

import subprocess
import sys

from tests.perf.rows import Row, in_turns, ratio


def table(*arguments: str) -> list[str]:
    """The lines that python -m tests.perf prints."""
    command = [sys.executable, "-m", "tests.perf", *arguments, "--quick", "--rounds", "1"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def test_each_policy_has_a_row_with_and_without_room() -> None:
    lines = table("replay")
    assert lines[0].startswith("| what | against | ratio |")
    told = {line.split(" | ")[0][2:] for line in lines[2:]}
    for policy in ("lru", "sieve", "s3-fifo", "class-lru", "class-lru-frames"):
        assert {f"replay, {policy}, room for all", f"replay, {policy}, tight"} <= told


def test_unknown_part_is_refused() -> None:
    command = [sys.executable, "-m", "tests.perf", "reply"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "reply is not among replay, swap-types, start-up" in done.stderr


def test_ratio_is_above_one_for_who_takes_less() -> None:
    row = Row("a", "b", ratio([1.0, 2.0, 4.0], [2.0, 2.0, 2.0]), "some figures", "1.5")
    assert str(row) == "| a | b | 1.00 | 0.50 to 2.00 | some figures | 1.5 |"


def test_both_sides_take_turns() -> None:
    done: list[str] = []
    seconds = in_turns({"a": lambda: done.append("a"), "b": lambda: done.append("b")}, 3)
    assert done == ["a", "b"] * 3
    assert {name: len(took) for name, took in seconds.items()} == {"a": 3, "b": 3}
