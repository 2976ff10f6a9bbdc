"""scripts/record-trace up to the boot, and after it: what needs no qemu.

What a machine would have recorded is made here, or is a recording of tests/golden. docs/record-trace.md has what real
machines recorded.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest
import zstandard
from booting.qemu import QEMU
from recording.checking import ANSWERS, check, held_at_the_end
from recording.machine import CARRIED, pack_job, unpack_results
from recording.programs import redis, service
from recording.programs.base import Program, find_program, program_names

from zswapbench.common.errors import MissingError
from zswapbench.traces.record_scripts import PROBES

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "scripts"
RECORDINGS = ROOT / "tests" / "golden" / "recordings"
RELEASE = "6.12.117+deb12-amd64"

TRACE = f"""\
 python3-1 [000] ..... 10.0: tracing_mark_write: zswapbench recording: kprobes, kernel {RELEASE}
 cc1plus-9 [000] ..... 10.1: so: (swap_writepage+0x4/0x1) off=7 type=0 idx=0x7f fl=0x0 ord=0
 cc1plus-9 [000] ..... 10.2: st: (zswap_store+0x4/0x1) off=7 type=0 idx=0x7f fl=0x0 ord=0
 cc1plus-9 [000] ..... 10.3: str: (swap_writepage+0x4/0x1 <- zswap_store) ret=1
 cc1plus-9 [000] ..... 10.4: so: (swap_writepage+0x4/0x1) off=8 type=0 idx=0x80 fl=0x0 ord=0
 cc1plus-9 [000] ..... 10.5: st: (zswap_store+0x4/0x1) off=8 type=0 idx=0x80 fl=0x0 ord=0
 cc1plus-9 [000] ..... 10.6: str: (swap_writepage+0x4/0x1 <- zswap_store) ret=1
 cc1plus-9 [000] ..... 10.7: si: (swap_read_folio+0x4/0x1) off=7 type=0 idx=0x0 fl=0x0 ord=0
 cc1plus-9 [000] ..... 10.8: ld: (zswap_load+0x4/0x1) off=7 type=0 idx=0x0 fl=0x0 ord=0
 cc1plus-9 [000] ..... 10.9: ldr: (swap_read_folio+0x4/0x1 <- zswap_load) ret=1
"""
COUNTERS = {
    "time": (9, 11),
    "vmstat.zswpout": (5, 7),
    "vmstat.zswpin": (0, 1),
    "vmstat.pswpout": (0, 0),
    "vmstat.pswpin": (0, 0),
    "vmstat.swpout_zero": (0, 0),
    "vmstat.swpin_zero": (0, 0),
    "zswap.written_back_pages": (0, 0),
    "zswap.stored_pages": (0, 1),
}
RECORDED = {
    "trace.txt": TRACE,
    "counters.csv": "\n".join(
        ",".join(map(str, row)) for row in (COUNTERS, *zip(*COUNTERS.values(), strict=True))
    ),
    "kprobe_profile": "  so 2 0\n  st 2 0\n",
    "stats": "entries: 0\noverrun: 0\ncommit overrun: 0\ndropped events: 0\nread events: 10\n",
    "facts.json": '{"kernel": "' + RELEASE + '"}',
    "pagemap.csv": "vpn_hex,state,swap_type,swap_offset_or_pfn\n80,swapped,0,8\n",
    "core": "\x7fELF",
}


def record(
    *arguments: str | Path, path: str | None = None, packages: Path | None = None
) -> tuple[int, str, str]:
    """The command, in a folder of its own: exit code, output, errors. ``path`` and ``packages`` as in its sister."""
    changed = {"PATH": path, "PYTHONPATH": str(packages) if packages else None}
    done = subprocess.run(
        [sys.executable, SCRIPTS / "record-trace", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {name: value for name, value in changed.items() if value is not None},
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def kernel(tmp_path: Path) -> Path:
    """A folder with kernels that boot nowhere: one whose code is known, and one whose code is not."""
    for release in (RELEASE, "6.9.1"):
        modules = tmp_path / "kernels" / "lib" / "modules" / release
        modules.mkdir(parents=True)
        (modules / "vmlinuz").write_bytes(b"no image")
    return tmp_path / "kernels"


@pytest.fixture
def roots(tmp_path: Path) -> Path:
    """A folder in which cc1plus's root file system is said to be."""
    folder = tmp_path / "roots"
    folder.mkdir()
    for name in ("cc1plus.ext4", "cc1plus.busybox"):
        (folder / name).write_bytes(b"nothing")
    return folder


def machine(folder: Path, files: Mapping[str, str], last: str = "done") -> str:
    """A PATH on which there is a qemu that boots nothing: its disk of results has ``files``."""
    folder.mkdir()
    write_results(folder / "results", files, last)
    (folder / QEMU).write_text(
        "#!/bin/sh\n"
        'for word; do case $word in file=*/results,*) place=${word#file=}; cp "$0.results" "${place%%,*}"; esac; done\n'
    )
    (folder / QEMU).chmod(0o755)
    (folder / "results").rename(folder / f"{QEMU}.results")
    return f"{folder}:{os.environ['PATH']}"


def write_results(path: Path, files: Mapping[str, str], last: str) -> None:
    with tarfile.open(path, "w") as tar:
        for name, text in {**files, last: "zswap does not take it"}.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))


def test_the_help_tells_every_exit_code_and_every_program() -> None:
    code, said, _ = record("--help")
    assert code == 0
    assert all(f" {number} " in said for number in (0, 1, 2, 3, 4))
    assert ", ".join(program_names()) in said


@pytest.mark.parametrize(("arguments", "code"), [(("--help",), 0), (("redis", "--kernel", "/"), 4)])
def test_the_help_needs_no_library_and_the_rest_names_the_one_that_is_missing(
    arguments: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    (tmp_path / "zstandard.py").write_text("raise ModuleNotFoundError('no', name='zstandard')\n")
    ended, out, errors = record(*arguments, packages=tmp_path)
    assert ended == code
    assert out.startswith("usage: ") == (code == 0)
    assert ("no zstandard here; run it by .venv/bin/python" in errors) == (code == 4)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("emacs",), 2, "error: PROGRAM 'emacs': there is cc1plus, redis, service, sort, sqlite"),
        (("redis", "--limit", "1"), 2, "error: --limit 1: give 4 to 65,536"),
        (("redis", "--minutes", "nan"), 2, "error: --minutes nan: give 0.01 to 100,000"),
        (("redis", "--zswap", "lz4"), 2, "error: --zswap 'lz4': is no NAME=VALUE, as compressor=zstd"),
        (("redis", "--sources", "/nope"), 2, "error: --sources /nope: there is no such file"),
        (("redis", "--root", "/dev/null"), 2, "error: --root /dev/null: is no folder"),
        (("redis", "--release", "5.0"), 2, "--release 5.0: ROOT has 6.12.117+deb12-amd64, 6.9.1"),
        (
            ("redis", "--release", "6.9.1"),
            4,
            "6.9.1: where to probe it is not known; known are 6.1, 6.12, 7.3",
        ),
        (
            ("redis", "--release", RELEASE, "--out", "/"),
            2,
            "--out /: is there already; name another, or remove it",
        ),
        (("redis", "--release", RELEASE, "--out", "/no/x"), 2, "--out /no/x: there is no folder /no"),
    ],
)
def test_what_cannot_be_recorded_is_told_in_a_line(
    arguments: tuple[str, ...], code: int, said: str, kernel: Path, tmp_path: Path
) -> None:
    path = machine(tmp_path / "tools", {})
    ended, out, errors = record(*arguments, "--kernel", kernel, path=path)
    assert (ended, out) == (code, "")
    usage, _, line = errors.rpartition("record-trace: ")
    assert line.startswith(said.replace("ROOT", str(kernel)))
    assert line.count("\n") == 1
    assert not usage or usage.startswith("usage: ")


@pytest.mark.parametrize(("program", "package"), [(QEMU, "qemu-system-x86"), ("mmdebstrap", "mmdebstrap")])
def test_a_program_that_is_missing_is_told_with_its_package(
    program: str, package: str, kernel: Path, tmp_path: Path
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in {QEMU, "setpriv"} - {program}:
        (tools / name).symlink_to("/bin/true")
    arguments = ("redis", "--kernel", kernel, "--release", RELEASE, "--out", tmp_path / "out")
    code, _, errors = record(*arguments, path=str(tools))
    assert (code, errors) == (4, f"record-trace: {program} is not installed; run: apt install {package}\n")


def recorded(kernel: Path, roots: Path, out: Path, path: str) -> tuple[int, str, str]:
    """cc1plus, whose data is made fast."""
    return record(
        "cc1plus", "--kernel", kernel, "--release", RELEASE, "--root", roots, "--out", out, path=path
    )


def test_a_recording_that_agrees_with_the_counters_is_kept_packed(
    kernel: Path, roots: Path, tmp_path: Path
) -> None:
    code, said, errors = recorded(kernel, roots, tmp_path / "out", machine(tmp_path / "tools", RECORDED))
    assert (code, errors) == (0, "")
    assert "= stores into zswap: 2 in the trace, 2 by zswpout\n" in said
    assert "= pages in zswap at the end: 1 in the trace, 1 by stored_pages\n" in said
    packed = {"trace.txt", "counters.csv", "pagemap.csv", "core"}
    whole = {*RECORDED} - packed | {"check.txt"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == whole | {f"{name}.zst" for name in packed}
    trace = (tmp_path / "out" / "trace.txt.zst").read_bytes()
    assert zstandard.ZstdDecompressor().decompressobj().decompress(trace).decode() == TRACE
    facts = json.loads((tmp_path / "out" / "facts.json").read_text())
    assert (facts["program"], facts["kernel"], facts["limit"]) == ("cc1plus", RELEASE, 40)


def test_a_recording_that_differs_from_a_counter_is_kept_and_ends_with_1(
    kernel: Path, roots: Path, tmp_path: Path
) -> None:
    lines = TRACE.splitlines(keepends=True)
    files = RECORDED | {"trace.txt": "".join(lines[:4] + lines[7:])}
    code, said, _ = recorded(kernel, roots, tmp_path / "out", machine(tmp_path / "tools", files))
    assert code == 1
    assert "≠ stores into zswap: 1 in the trace, 2 by zswpout\n" in said
    assert "≠ pages in zswap at the end: 0 in the trace, 1 by stored_pages\n" in said
    assert (tmp_path / "out" / "check.txt").read_text() in said


def test_a_recording_that_tells_of_this_machine_is_not_kept(
    kernel: Path, roots: Path, tmp_path: Path
) -> None:
    files = RECORDED | {"maps": "7f00-7f01 r--p 0 0 0 /home/somebody/lib.so\n"}
    code, _, errors = recorded(kernel, roots, tmp_path / "out", machine(tmp_path / "tools", files))
    assert code == 3
    said = "maps: offset 21: a home directory; this must not be published, and is not kept"
    assert errors == f"record-trace: {said}\n"
    assert not (tmp_path / "out").exists()


def test_what_the_machine_failed_with_is_passed_on(kernel: Path, roots: Path, tmp_path: Path) -> None:
    path = machine(tmp_path / "tools", RECORDED, last="failed")
    code, _, errors = recorded(kernel, roots, tmp_path / "out", path)
    assert (code, errors) == (4, "record-trace: zswap does not take it\n")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("left", [0, 700, 2000])
def test_a_machine_that_was_cut_short_recorded_nothing(left: int, tmp_path: Path) -> None:
    write_results(tmp_path / "results", RECORDED, "done")
    content = (tmp_path / "results").read_bytes()
    (tmp_path / "results").write_bytes(content[:left] + bytes(len(content) - left))
    with pytest.raises(MissingError, match=r"^it stopped$"):
        unpack_results(tmp_path / "results", tmp_path, "it stopped")


@pytest.mark.parametrize("kernel", ["6.1", "7.3"])
def test_pages_in_zswap_follow_from_the_trace_as_the_kernel_counted_them(kernel: str) -> None:
    counted = dict(line.split(":") for line in (RECORDINGS / kernel / "zswap.end").read_text().split())
    assert held_at_the_end(RECORDINGS / kernel / "trace.txt.zst", kernel) == int(counted["stored_pages"])


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("stats", RECORDED["stats"].replace("overrun: 0", "overrun: 3"), "events that the tracer lost"),
        ("kprobe_profile", "  so 2 0\n  str 2 1\n", "hits that a probe missed"),
        ("counters.csv", RECORDED["counters.csv"].replace("\n11,7,1", "\n11,7,2"), "loads from zswap"),
    ],
)
def test_a_check_names_what_is_not_equal(name: str, text: str, what: str, tmp_path: Path) -> None:
    for file, content in (RECORDED | {name: text}).items():
        (tmp_path / file).write_text(content)
    assert [row.what for row in check(tmp_path, "6.12") if not row.equal] == [what]


def test_each_kernel_that_is_known_has_its_probes() -> None:
    assert {*ANSWERS} == {*PROBES}


def test_the_job_tells_no_user_and_no_time_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "data.txt").write_text("data\n")
    pack_job({"program": "sort", "hooks": "6.12"}, tmp_path / "files", tmp_path / "job.tar")
    with tarfile.open(tmp_path / "job.tar") as tar:
        members = {member.name: member for member in tar}
    assert {"job.json", "pagemap.py", "files/data.txt", "recording/guest.py", "workloads/synth.py"} <= {
        *members
    }
    assert {(one.uid, one.gid, one.uname, one.gname, one.mtime) for one in members.values()} == {
        (0, 0, "", "", 0)
    }


def test_what_runs_in_the_machine_needs_nothing_but_python(tmp_path: Path) -> None:
    for package in CARRIED:
        (tmp_path / package).symlink_to(SCRIPTS / package)
    names = ["recording.guest", *(f"recording.programs.{name}" for name in program_names())]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.append('.'); import {', '.join(names)}"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_first_program_of_the_machine_is_a_script_of_sh() -> None:
    subprocess.run(["/bin/sh", "-n", SCRIPTS / "recording" / "init"], check=True)


@pytest.mark.parametrize("name", program_names())
def test_a_program_is_whole(name: str) -> None:
    program = find_program(name)
    assert isinstance(program, Program)
    assert program.command[0].startswith("/usr/")
    assert 0 < program.limit < 256


def test_the_same_seed_makes_the_same_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "RECORDS", 20)
    made = []
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        service.prepare(folder, seed=number // 2)
        made.append((folder / "records.txt").read_text())
    assert made[0] == made[1] != made[2]


def test_the_service_answers_each_request_with_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "RECORDS", 20)
    service.prepare(tmp_path, seed=1)
    done = subprocess.run(
        [sys.executable, *service.PROGRAM.command[1:]],
        cwd=tmp_path,
        input="get 3\nchange 3\nsearch 0\nget 3\n",
        check=True,
        capture_output=True,
        text=True,
    )
    ready, before, changed, found, after = done.stdout.splitlines()
    assert ready == "ready"
    assert before != changed == after
    assert 1 <= int(found) <= 20
    assert json.loads(after)["email"] == json.loads(before)["email"]


def test_a_command_goes_to_redis_in_its_protocol() -> None:
    sent = redis.encoded((b"SET", redis.key(7), b"a\r\n"))
    assert sent == b"*3\r\n$3\r\nSET\r\n$14\r\nsession:000007\r\n$3\r\na\r\n\r\n"
