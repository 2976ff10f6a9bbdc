"""Timings of two sides: what the rounds say, and what a run of either side may come to."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from zswapbench.common.errors import MissingError, UsageError
from zswapbench.results.gate import BETTER, SAME, WORSE, Verdict
from zswapbench.results.thresholds import TIMINGS, default_thresholds, thresholds_of
from zswapbench.runs.timing import (
    FEWEST_ROUNDS,
    SIGNIFICANT,
    Side,
    judge_rounds,
    measure,
    notes_on,
    signed_rank_test,
)

COMPRESS = TIMINGS[0]


def rounds(base: Sequence[float], found: Sequence[float], *expressions: str) -> Verdict:
    """The verdict on rounds of a timing."""
    return judge_rounds("lru", COMPRESS, base, found, thresholds_of(expressions), signed_rank_test())


def test_rounds_that_agree_on_slower_are_worse_beyond_the_limit() -> None:
    base = [100.0 + number for number in range(FEWEST_ROUNDS)]
    slower = rounds(base, [value * (1.2 + value / 1e4) for value in base])
    assert (slower.word, slower.fails, slower.p) == (WORSE, True, 2**-FEWEST_ROUNDS)
    assert slower.base == 103
    assert slower.change == pytest.approx(0.2103)
    little = rounds(base, [value * (1.02 + value / 1e6) for value in base])
    assert (little.word, little.fails, little.told) == (WORSE, False, "worse, allowed")
    assert rounds(base, [value * (1.02 + value / 1e6) for value in base], "compress_ns:1%").fails
    assert not rounds(base, [value * 1.5 for value in base], "compress_ns:60%").fails
    assert not rounds(base, [value * 1.5 for value in base], "refaults:0").fails
    faster = rounds(base, [value * (0.8 + value / 1e4) for value in base])
    assert (faster.word, faster.fails) == (BETTER, False)


def test_rounds_that_disagree_or_are_equal_are_the_same() -> None:
    base = [100.0] * 12
    assert rounds(base, base).word == SAME
    assert rounds(base, base).p == 1
    mixed = rounds(base, [130.0, 80.0, 125.0, 75.0, 140.0, 70.0, 135.0, 77.0, 111.0, 90.0, 128.0, 83.0])
    assert (mixed.word, mixed.fails) == (SAME, False)


def test_fewer_rounds_can_never_be_significant() -> None:
    def p_of(count: int) -> float:
        return rounds([1.0] * count, [2.0 + number for number in range(count)]).p or 0

    assert p_of(FEWEST_ROUNDS) < SIGNIFICANT <= p_of(FEWEST_ROUNDS - 1)


def test_chance_is_as_rare_as_it_is_said_to_be() -> None:
    """All signs of seven rounds: as many are significant as p allows."""
    test = signed_rank_test()
    found = [
        test([(1 if signs >> number & 1 else -1) * (number + 1) / 100 for number in range(FEWEST_ROUNDS)])
        for signs in range(1 << FEWEST_ROUNDS)
    ]
    for level in (SIGNIFICANT, 0.05, 0.5):
        assert sum(p <= level for p in found) / len(found) <= level


def test_notes_say_when_only_noise_is_measured() -> None:
    side, other = Side({"policy": "lru"}), Side({"policy": "fifo"})
    assert any("noise" in note for note in notes_on([(side, side)], 12))
    assert not any("noise" in note for note in notes_on([(side, other)], 12))
    assert not any("noise" in note for note in notes_on([(Side({"policy": "lru"}, "old/python"), side)], 12))


def interpreter(path: Path, program: str) -> str:
    """Something that can be run in the place of a Python."""
    path.write_text(f"#!/bin/sh\n{program}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def told(count: int) -> None:
    """Nobody is."""


def test_rounds_go_by_turns_and_which_goes_first_changes(tmp_path: Path) -> None:
    log = tmp_path / "log"
    timings = json.dumps({"timings": {"compress_ns": 5.0, "replay_s": 0.0}})
    sides = tuple(
        Side({"policy": name}, interpreter(tmp_path / name, f"echo {name} >> '{log}'; echo '{timings}'"))
        for name in ("a", "b")
    )
    found = measure("lru", (sides[0], sides[1]), ("t", None), 8, default_thresholds(), told)
    assert log.read_text().split() == ["a", "b", "b", "a"] * 4
    # What either does not have, or has as 0, is left out.
    assert [(one.name, one.word, one.base, one.value) for one in found] == [("compress_ns", SAME, 5, 5)]


def test_a_side_is_run_with_what_was_asked_and_without_our_own_modules(tmp_path: Path) -> None:
    python = interpreter(
        tmp_path / "python", f"""echo "$@" > '{tmp_path}/args'; echo '{{"timings": {{}}}}'"""
    )
    asked = {"policy": "lru", "codec": "", "limit": "20%", "max_pool_percent": None, "chain_size": 8}
    Side(asked, python).timings("t.bin", "c.zpages")
    assert (tmp_path / "args").read_text().split() == [
        *("-I", "-m", "zswapbench", "run", "t.bin", "--corpus", "c.zpages"),
        *("--policy=lru", "--pool-limit=20%", "--chain-size=8", "--format", "json"),
    ]


def test_each_round_measures_the_codec_anew(tmp_path: Path) -> None:
    python = interpreter(tmp_path / "python", """echo '{"timings": {"'$ZSWAPBENCH_MEASURE'": 1}}'""")
    assert Side({}, python).timings("t", None) == {"anew": 1}


@pytest.mark.parametrize(
    ("program", "complaint"),
    [
        ("echo one >&2; echo no such option >&2; exit 2", "ended with code 2: no such option"),
        ("exit 0", "ended with code 0: no result"),
        ("echo '[]'", "ended with code 0: no result"),
        ("echo '{}'", "ended with code 0: no result"),
    ],
)
def test_a_side_that_gives_no_result_is_told_in_one_line(
    tmp_path: Path, program: str, complaint: str
) -> None:
    python = interpreter(tmp_path / "python", program)
    with pytest.raises(UsageError) as caught:
        Side({}, python).timings("t.bin", None)
    assert str(caught.value) == f"{python} -I -m zswapbench run t.bin --format json: {complaint}"


def test_an_interpreter_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none: cannot be run: No such file or directory"):
        Side({}, str(tmp_path / "none")).timings("t.bin", None)


def test_without_scipy_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.stats", None)
    with pytest.raises(MissingError, match=r"pip install .scipy>=1"):
        measure("lru", (Side({}), Side({})), ("t", None), 7, {}, told)
