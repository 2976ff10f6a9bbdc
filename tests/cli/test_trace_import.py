"""``trace import`` and ``trace record-script`` as commands: what they print, and how they end."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
import zstandard

from tests.cli.running import COMMAND, environment, inside, zswapbench
from tests.traces.recorded import SAMPLES, STORED

FORMS = sorted(SAMPLES)


@pytest.mark.parametrize("form", FORMS)
def test_a_recording_of_each_form_becomes_a_trace_that_can_be_replayed(
    ground: Path, tmp_path: Path, form: str
) -> None:
    (tmp_path / "recorded.txt").write_text(SAMPLES[form])
    done = zswapbench(
        *("trace", "import", "recorded.txt", "-o", "app.trace.bin", "--corpus", ground / "app.zpages"),
        cwd=tmp_path,
    )
    assert (done.code, done.err) == (0, "")
    assert f", {form} text, " in done.out
    assert "1 store dealt by offset: not the recorded pages" in done.out
    assert "zswpout 1" in done.out
    run = ("run", "app.trace.bin", "--corpus", ground / "app.zpages", "--codec", "lz4", "--pool-limit", "8p")
    replayed = zswapbench(*run, "--format", "json", cwd=tmp_path)
    assert replayed.code == 0
    origin = json.loads(replayed.out)["inputs"]["origin"]
    assert origin.startswith("recorded: kernel ")
    assert origin.endswith("; contents dealt by offset: not the recorded pages")


def test_standard_input_is_read_packed_or_not(ground: Path, tmp_path: Path) -> None:
    made = []
    for name, data in (("a", STORED.encode()), ("b", zstandard.compress(STORED.encode()))):
        command = [
            *COMMAND,
            "trace",
            "import",
            "-",
            "-o",
            f"{name}.trace.bin",
            "--corpus",
            ground / "app.zpages",
        ]
        done = subprocess.run(
            [str(part) for part in command],
            input=data,
            cwd=tmp_path,
            env=environment(tmp_path),
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
        made.append((tmp_path / f"{name}.trace.bin").read_bytes())
    assert made[0] == made[1]


def test_what_is_left_out_is_told_with_its_number(ground: Path, tmp_path: Path) -> None:
    recording = tmp_path / "recorded.txt"
    recording.write_text(STORED + "CPU:0 [LOST 12 EVENTS]\nbroken\n" + STORED[:60])
    done = inside(
        "trace", "import", recording, "-o", tmp_path / "a.trace.bin", "--corpus", ground / "app.zpages"
    )
    assert done.code == 0
    assert "recorded: kernel after 6.12, ftrace text, 6 lines, 3 skipped" in done.out
    assert "  lines that are cut: 1\n" in done.out
    assert "  lines that could not be read: 1\n" in done.out
    assert "  events that the tracer lost: 12\n" in done.out


@pytest.mark.parametrize(
    ("text", "more", "code", "problem"),
    [
        ("hello\n", (), 3, "recorded.txt: is no recording that is known here; these are: "),
        ("a,b,event\n1,2,st\n", (), 3, "recorded.txt: is no recording"),
        ("time,event\n2,st\n", (), 3, "it needs offset or entry"),
        ("time,event,offset\n9,st,1\n3,st,1\n", (), 3, "its time goes back from 9.000000 s to 3.000000 s"),
        (STORED, ("--kernel", "new"), 2, "--kernel 'new' is no version of a kernel"),
        (STORED, ("--pagemap", "recorded.txt"), 3, "recorded.txt: is no snapshot of a pagemap"),
        (STORED, ("--pagemap", "none.csv"), 3, "none.csv: cannot be read"),
    ],
)
def test_bad_input_is_told_in_one_line(
    ground: Path, tmp_path: Path, text: str, more: tuple[str, ...], code: int, problem: str
) -> None:
    (tmp_path / "recorded.txt").write_text(text)
    corpus = ("--corpus", ground / "app.zpages")
    done = zswapbench("trace", "import", "recorded.txt", "-o", "a.trace.bin", *corpus, *more, cwd=tmp_path)
    assert done.code == code
    assert problem in done.err
    assert done.err.count("\n") == 1
    assert not (tmp_path / "a.trace.bin").exists()


@pytest.mark.parametrize("which", ["recorded.txt", "app.zpages", "pagemap.csv"])
def test_an_input_is_not_overwritten(ground: Path, tmp_path: Path, which: str) -> None:
    shutil.copy(ground / "app.zpages", tmp_path)
    (tmp_path / "recorded.txt").write_text(STORED)
    (tmp_path / "pagemap.csv").write_text("vpn_hex,state,swap_type,swap_offset_or_pfn\n")
    before = (tmp_path / which).read_bytes()
    command = (
        "trace",
        "import",
        "recorded.txt",
        "--corpus",
        "app.zpages",
        "--pagemap",
        "pagemap.csv",
        "-o",
        which,
    )
    done = zswapbench(*command, cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "is an input too" in done.err
    assert (tmp_path / which).read_bytes() == before


def test_a_trace_goes_down_a_pipe_and_what_is_told_of_it_does_not(ground: Path, tmp_path: Path) -> None:
    (tmp_path / "recorded.txt").write_text(STORED)
    command = ("trace", "import", "recorded.txt", "--corpus", ground / "app.zpages", "-o", "-")
    done = subprocess.run(
        [*COMMAND, *map(str, command)],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.startswith(b"zswaptrc")
    assert done.stderr.startswith(b"recorded: kernel after 6.12, ftrace text")


@pytest.mark.parametrize("form", ["bpftrace", "kprobes", "pagemap"])
def test_a_program_is_printed_or_written(tmp_path: Path, form: str) -> None:
    printed = inside("trace", "record-script", "--form", form, "--kernel", "7.3")
    assert printed.code == 0
    assert printed.out.startswith("#!")
    assert inside("trace", "record-script", "--form", form, "--kernel", "7.3", "-o", tmp_path / "x").code == 0
    assert (tmp_path / "x").read_text() == printed.out
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) & 0o400


def test_a_kernel_whose_functions_are_not_known_is_refused() -> None:
    done = inside("trace", "record-script", "--kernel", "2.6")
    assert done.code == 2
    assert "'6.1', '6.12', '7.3'" in done.err
