"""Programs that record: their probes are those that were set on real kernels, and what they write is read."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.traces.recorded import GOLDEN, WITH_PAGEMAP, reading
from zswapbench.traces.record_scripts import FORMS, PROBES, kprobe_line, script
from zswapbench.traces.record_scripts import KERNELS as KNOWN
from zswapbench.traces.records import NAMES
from zswapbench.traces.table_lines import FIELDS


def bare(line: str) -> str:
    """A line of kprobe_events without its group, the limit of a return, and what tells the order."""
    line = re.sub(r"^(\w)\d*:\w+/", r"\1:", line)
    return re.sub(r" (fl|ord)=\S+", "", line)


@pytest.mark.parametrize("kernel", WITH_PAGEMAP)
def test_the_probes_are_those_of_the_recordings(kernel: str) -> None:
    there = {
        bare(line).split()[0]: bare(line)
        for line in (GOLDEN / kernel / "kprobe_events").read_text().splitlines()
    }
    for probe in PROBES[kernel]:
        line = bare(kprobe_line(probe, kernel)).replace("$retval:u8", "$retval:s32")
        # The recordings of 7.3 told no index where a load begins; it is the same place in the same folio.
        recorded = there[line.split()[0]].replace("$retval:u8", "$retval:s32")
        assert line in (recorded, recorded + " idx=+32($arg1):x64")


@pytest.mark.parametrize("kernel", KNOWN)
def test_each_kernel_has_each_probe_once(kernel: str) -> None:
    names = [probe.name for probe in PROBES[kernel]]
    assert names == ["so", "st", "str", "wd", "si", "ld", "ldr", "iv"]
    assert set(names) <= set(NAMES)
    assert all(probe.function in NAMES or probe.slot == "return" for probe in PROBES[kernel])


@pytest.mark.parametrize("kernel", KNOWN)
@pytest.mark.parametrize("form", ["kprobes"])
def test_the_shell_script_is_one(kernel: str, form: str) -> None:
    done = subprocess.run(
        ["sh", "-n"], input=script(form, kernel), text=True, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert all(kprobe_line(probe, kernel) in script(form, kernel) for probe in PROBES[kernel])


@pytest.mark.parametrize("kernel", KNOWN)
def test_each_row_that_bpftrace_prints_has_the_columns_of_its_header(kernel: str) -> None:
    program = script("bpftrace", kernel)
    prints = re.findall(r'printf\("([^"]*)\\n"(.*)\);', program)
    (marker, _), (header, _), *rows = prints
    assert f"kernel {kernel}" in marker
    columns = header.split(",")
    assert set(columns) - {"cgroup"} <= set(FIELDS)
    assert len(rows) == len(PROBES[kernel])
    for row, values in rows:
        assert row.count(",") == len(columns) - 1
        assert row.count("%") == values.count(",")
    assert program.count("{") == program.count("}") == len(rows) + 1


@pytest.mark.parametrize("kernel", KNOWN)
def test_what_bpftrace_prints_is_read(kernel: str) -> None:
    prints = re.findall(r'printf\("([^"]*)\\n"(.*)\);', script("bpftrace", kernel))
    told = "".join(re.sub(r"%\w+", "1", row) + "\n" for row, _ in prints)
    of = reading(f"Attaching 9 probes...\n{told}\n")
    list(of.swaps())
    account = of.recording.account
    assert (account.form, account.records, account.unread, account.cut) == ("bpftrace", 8, 0, 0)
    assert of.kernel == f"{kernel} (its script's)"


@pytest.mark.parametrize("form", FORMS)
def test_each_program_says_how_to_run_it_and_what_to_do_next(form: str) -> None:
    told = script(form, "6.12")
    head = told.split("\n\n", 1)[0]
    assert told.startswith("#!")
    assert "root" in head
    assert form == "pagemap" or "zswapbench trace import" in head
    assert max(map(len, told.splitlines())) < 200


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ([], "name one process: python3 pagemap.py PID > pagemap.csv"),
        (["1", "2"], "name one process"),
        (["999999999"], "there is no process 999999999"),
        (["ended"], "or it has no memory: it has ended, or is the kernel's own"),
    ],
)
def test_a_snapshot_of_no_process_is_one_line_and_no_table(
    tmp_path: Path, given: list[str], problem: str
) -> None:
    program = tmp_path / "pagemap.py"
    program.write_text(script("pagemap", "6.12"))
    with subprocess.Popen(["true"]) as ended:
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)  # so it is there, as a zombie
        words = [str(ended.pid) if word == "ended" else word for word in given]
        done = subprocess.run([sys.executable, program, *words], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert problem in done.stderr


def test_the_snapshot_of_this_very_process_can_be_made(tmp_path: Path) -> None:
    """Nothing of it is swapped, probably; that it is read is what counts."""
    program = tmp_path / "pagemap.py"
    program.write_text(script("pagemap", "6.12"))
    done = subprocess.run([sys.executable, program, "self"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "vpn_hex,state,swap_type,swap_offset_or_pfn"
