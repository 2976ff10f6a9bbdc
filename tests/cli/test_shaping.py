"""``trace slice``, ``merge``, ``scale`` and ``export`` as commands: what they print, and how they end."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import PAGES
from tests.cli.running import COMMAND, environment, inside, zswapbench
from tests.making import make_corpus, pages_of, text_page
from zswapbench.traces.format import read_trace
from zswapbench.traces.oracle_general import REQUEST

SHAPERS: dict[str, tuple[str, ...]] = {
    "slice": ("trace", "slice", "app.trace.bin", "--from", "1000"),
    "merge": ("trace", "merge", "app.trace.bin", "app.trace.bin"),
    "scale": ("trace", "scale", "app.trace.bin", "--time", "2x"),
}
LZ4 = ("--codec", "lz4", "--pool-limit", "9p")


@pytest.fixture
def place(ground: Path, tmp_path: Path) -> Path:
    """A folder with app.zpages and app.trace.bin."""
    for name in ("app.zpages", "app.trace.bin", "app.trace.bin.zst"):
        shutil.copy(ground / name, tmp_path)
    return tmp_path


@pytest.mark.parametrize("shaper", SHAPERS)
def test_what_is_made_can_be_replayed_and_says_where_it_comes_from(shaper: str, place: Path) -> None:
    done = zswapbench(*SHAPERS[shaper], "-o", "b.trace.bin", cwd=place)
    assert done.code == 0
    assert done.out.startswith("b.trace.bin\n")
    assert zswapbench("trace", "check", "b.trace.bin", cwd=place).code == 0
    run = zswapbench("run", "b.trace.bin", *LZ4, "--format", "json", cwd=place)
    origin = json.loads(run.out)["inputs"]["origin"]
    assert origin.startswith("derived: ")
    assert origin.endswith("synthetic: zipf")
    seeds = zswapbench("run", "b.trace.bin", *LZ4, "--seeds", "2", cwd=place)
    assert seeds.code == 0  # its blocks are drawn: the recipe is that of another trace


def test_a_slice_says_what_it_begins_with(place: Path) -> None:
    done = zswapbench(*SHAPERS["slice"], "-o", "b.trace.bin", cwd=place)
    live = read_trace(place / "b.trace.bin").provenance["live_at_cut"]
    assert live > 0
    assert done.err == f"b.trace.bin: begins with {live} pages that were swapped out then\n"
    done = zswapbench(*SHAPERS["slice"], "--cold", "-o", "b.trace.bin", cwd=place)
    assert done.err == ""
    assert re.search(r"^events +2,000$", done.out, re.MULTILINE)


@pytest.mark.parametrize("shaper", SHAPERS)
def test_a_trace_packed_or_from_a_pipe_gives_the_same(shaper: str, place: Path) -> None:
    if shaper == "merge":  # which would read standard input twice
        return
    first = [word for word in SHAPERS[shaper] if word != "app.trace.bin"]
    made = []
    for name, data in (("app.trace.bin.zst", b""), ("-", (place / "app.trace.bin").read_bytes())):
        done = subprocess.run(
            [*COMMAND, *first, name, "-o", "-"],
            input=data,
            cwd=place,
            env=environment(place / ".cache"),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0
        (place / "c.trace.bin").write_bytes(done.stdout)
        made.append(read_trace(place / "c.trace.bin").events.tobytes())
    assert made[0] == made[1]


def test_traces_of_two_programs_are_merged_with_their_corpora(place: Path) -> None:
    make_corpus(place / "b.zpages", pages_of(*(text_page(number) for number in range(30, 60))))
    made = zswapbench("trace", "make", "b.zpages", "-o", "b.trace.bin", "--events", "500", cwd=place)
    assert made.code == 0
    merge = ("trace", "merge", "app.trace.bin", "b.trace.bin", "-o", "all.trace.bin")
    done = zswapbench(*merge, cwd=place)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "name the corpus with the pages of all by --corpus-out" in done.err
    done = zswapbench(*merge, "--corpus-out", "all.zpages", cwd=place)
    assert done.code == 0
    assert done.err == "all.trace.bin: b.trace.bin: swap type 0 became 1\n"
    assert re.search(r"^events +3,500$", done.out, re.MULTILINE)
    check = zswapbench("trace", "check", "all.trace.bin", cwd=place)
    assert check.out.startswith(f"all.trace.bin: 3,500 events, all valid; corpus {place / 'all.zpages'}\n")
    verify = zswapbench("corpus", "verify", "all.zpages", cwd=place)
    assert verify.out.startswith(f"all.zpages: {len(set(PAGES)) + 20} distinct pages, 150 addresses")


def test_an_export_is_counted_and_read_again(place: Path) -> None:
    done = zswapbench("trace", "export", "app.trace.bin", "-o", "a.oracleGeneral.zst", cwd=place)
    assert done.code == 0
    lost = " ".join(done.err.splitlines())
    assert "left out, since oracleGeneral cannot tell of them: 9 flushes" in lost
    back = ("trace", "import", "a.oracleGeneral.zst", "-o", "b.trace.bin", "--corpus", "app.zpages")
    again = zswapbench(*back, cwd=place)
    assert again.code == 0
    count = done.out.split()[1]
    assert again.out.startswith(f"recorded: oracleGeneral, {count} requests for ")
    events = read_trace(place / "b.trace.bin").events
    assert f"{len(events):,}" == count


def test_an_export_goes_down_a_pipe(place: Path) -> None:
    command = ("trace", "export", "app.trace.bin", "-o", "-", "--to")
    for form, start in (
        ("csv", b"time_us,cpu,event,type,offset,index\n"),
        ("oracleGeneral", b"\0\0\0\0\1\0"),
    ):
        done = subprocess.run(
            [*COMMAND, *command, form],
            cwd=place,
            env=environment(place / ".cache"),
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stdout[: len(start)]) == (0, start)
        assert done.stderr.splitlines()[-1].startswith(b"-: ")


def requests(*rows: tuple[int, int, int, int]) -> bytes:
    return np.array(list(rows), REQUEST).tobytes()


@pytest.mark.parametrize(
    ("data", "more", "code", "problem"),
    [
        (requests((5, 1, 9, -1), (4, 2, 9, -1)), (), 3, "offset 24: request 2 is of an earlier time"),
        (requests((5, 1, 9, -1)) + b"\1", (), 3, "offset 24: ends within a request, 1 bytes of 24"),
        (requests((5, 1, 9, 2), (4, 2, 9, -1)), (), 3, "is no recording that is known here"),
        (requests((5, 1, 9, -1)), ("--kernel", "6.1"), 2, "--kernel and --pagemap say nothing of it"),
        (requests((5, 1, 9, -1)), ("--pagemap", "x"), 2, "--kernel and --pagemap say nothing of it"),
    ],
)
def test_oracle_general_that_cannot_be_is_told_in_one_line(
    place: Path, data: bytes, more: tuple[str, ...], code: int, problem: str
) -> None:
    (place / "a.bin").write_bytes(data)
    command = ("trace", "import", "a.bin", "-o", "b.trace.bin", "--corpus", "app.zpages")
    done = zswapbench(*command, *more, cwd=place)
    assert (done.code, done.err.count("\n")) == (code, 1)
    assert f"a.bin{': ' if code == 3 else ' is '}" in done.err
    assert problem in done.err
    assert not (place / "b.trace.bin").exists()


def test_requests_far_apart_are_told_and_sizes_are_not_used(place: Path) -> None:
    (place / "a.bin").write_bytes(requests((5, 7, 9, 3), (5, 8, 4096, -1), (9999, 7, 9, -1)))
    done = zswapbench("trace", "import", "a.bin", "-o", "b.trace.bin", "--corpus", "app.zpages", cwd=place)
    assert done.code == 0
    assert "recorded: oracleGeneral, 3 requests for 2 objects; " in done.out
    assert "  requests for objects that are not as large as a page, taken as pages: 2\n" in done.out
    assert "  pauses of more than 71 minutes, shortened to that: 1\n" in done.out
    events = read_trace(place / "b.trace.bin").events
    assert events["op"].tolist() == [1, 1, 2]
    assert events["offset"].tolist() == [0, 1, 0]
    assert events["delta_us"].tolist() == [0, 0, (1 << 32) - 1]


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (("slice", "app.trace.bin", "-o", "app.trace.bin"), "is an input too"),
        (("slice", "app.trace.bin", "-o", "x", "--from", "999h"), "there is no event from 999h"),
        (("slice", "app.trace.bin", "-o", "x", "--from", "later"), "'later' is not a duration"),
        (("slice", "app.trace.bin", "-o", "x", "--swap-type", "40"), "40 is not in the range 0<=x<=31"),
        (("merge", "-o", "x"), "Missing argument 'TRACE...'"),
        (("merge", "app.trace.bin", "-o", "app.trace.bin"), "is an input too"),
        (("merge", "-", "-", "-o", "x"), "standard input can be read once"),
        (("merge", "app.trace.bin", "-o", "x", "--corpus-out", "app.trace.bin"), "is an input too"),
        (("merge", "app.trace.bin", "-o", "x", "--corpus-out", "x"), "is named by two outputs"),
        (("merge", "app.trace.bin", "-o", "x", "--corpus-out", "./x"), "is named by two outputs"),
        (("scale", "app.trace.bin", "-o", "x"), "nothing to scale"),
        (("scale", "app.trace.bin", "-o", "x", "--time", "2"), "is not a factor"),
        (("scale", "app.trace.bin", "-o", "x", "--copies", "0"), "0 is not in the range"),
        (("export", "app.trace.bin", "-o", "x"), "its name tells no form"),
        (("export", "app.trace.bin", "-o", "app.trace.bin", "--to", "csv"), "is an input too"),
        (("export", "app.trace.bin", "-o", "app.zpages", "--to", "csv"), "is an input too"),
        (("export", "app.trace.bin", "-o", "x", "--to", "lcs"), "no form of exports is called 'lcs'"),
    ],
)
def test_what_cannot_be_asked_for_is_2_and_makes_nothing(
    place: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], problem: str
) -> None:
    monkeypatch.chdir(place)
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    done = inside("trace", *command)
    assert done.code == 2
    assert problem in done.err
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before
