"""Process 1 of the machine: it runs the program under its load, records, and turns the machine off.

The job is in /job, what is recorded goes to /out and from there, as a tar archive, to the disk for results. Its last
member is ``done``, or ``failed`` with the reason.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import signal
import subprocess
import tarfile
import time
import traceback
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from recording.counters import Counters
from recording.memory import dump, keep_pagemap
from recording.programs.base import CLEAN_ENVIRONMENT, Program, Running, find_program
from recording.tracing import Tracing

JOB, OUT, RESULTS, SWAP = Path("/job"), Path("/out"), Path("/dev/vdb"), "vdc"
FILES = JOB / "files"
NOBODY = 65534
CGROUPS = Path("/sys/fs/cgroup")
ZSWAP = Path("/sys/module/zswap/parameters")
# Stopped before it is the program: the tracer has to know its number.
STOPPED = ("/bin/sh", "-c", 'kill -STOP $$; exec /usr/bin/env -i "$@"', "sh")
POWER_OFF = "o"


class FailedError(Exception):
    """The recording cannot be made; the message says why."""


def main() -> None:
    """Record, hand on what was recorded, turn off."""
    OUT.mkdir(mode=0o777, exist_ok=True)
    OUT.chmod(0o777)  # the program itself writes its core
    try:
        record(json.loads((JOB / "job.json").read_text()))
        (OUT / "done").touch()
    except FailedError as error:
        (OUT / "failed").write_text(str(error))
    except Exception as error:  # noqa: BLE001 - whatever it is, the other side has to know, and this machine to end
        where = traceback.extract_tb(error.__traceback__)[-1]
        (OUT / "failed").write_text(f"{where.filename}:{where.lineno}: {type(error).__name__}: {error}")
    with tarfile.open(RESULTS, "w|") as archive:
        for path in sorted(OUT.iterdir(), key=lambda path: (path.name in {"done", "failed"}, path.name)):
            archive.add(path, path.name)
    os.sync()
    Path("/proc/sysrq-trigger").write_text(POWER_OFF)
    time.sleep(60)


def record(job: dict[str, Any]) -> None:
    """The recording, from the program's first page to its core."""
    program = find_program(job["program"])
    group = set_up(job)
    tracing = Tracing(job["probes"], job["group"], OUT)
    process = start(program, group)
    say("the program is started")
    counters = Counters(group, SWAP, OUT / "counters.csv")
    keep_facts(program)
    tracing.start(process.pid)
    tracing.mark(f"zswapbench recording: kprobes, kernel {platform.release()}")
    say("the recording begins")
    os.kill(process.pid, signal.SIGCONT)
    load = ThreadPoolExecutor().submit(program.load, Running(process, FILES, tracing.mark), job["seed"])
    watch(job, counters, load, process)
    os.kill(process.pid, signal.SIGSTOP)
    say("the program is stopped")
    counters.wait_until_still()
    tracing.stop()
    counters.note()
    counters.close()
    tracing.keep()
    say("the recording is at its end")
    keep_pagemap(process.pid, JOB / "pagemap.py", OUT)
    say("the pagemap is kept")
    dump(process, group, OUT)


def say(what: str) -> None:
    """A line on the console, which is told if the machine does not come to its end."""
    print(f"{time.monotonic():.0f} s: {what}", flush=True)


def set_up(job: dict[str, Any]) -> Path:
    """Switch zswap on; the folder of a memory cgroup for the program."""
    Path("/proc/sys/kernel/randomize_va_space").write_text("0\n")
    for name, value in {**job["zswap"], "enabled": "Y"}.items():
        try:
            (ZSWAP / name).write_text(f"{value}\n")
        except OSError as error:
            raise FailedError(f"this kernel's zswap does not take {name}={value}: {error.strerror}") from None
    (CGROUPS / "cgroup.subtree_control").write_text("+memory\n")
    group = CGROUPS / "program"
    group.mkdir()
    (group / "memory.max").write_text(f"{job['limit'] << 20}\n")
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    FILES.mkdir(exist_ok=True)
    for path in (FILES, *FILES.iterdir()):
        os.chown(path, NOBODY, NOBODY)
    return group


def start(program: Program, group: Path) -> subprocess.Popen[bytes]:
    """The program in its cgroup, as nobody, stopped before its first instruction."""
    variables = [f"{name}={value}" for name, value in CLEAN_ENVIRONMENT.items()]
    process = subprocess.Popen(
        [*STOPPED, *variables, *program.command],
        cwd=FILES,
        env=CLEAN_ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        start_new_session=True,
    )
    os.waitid(os.P_PID, process.pid, os.WSTOPPED)
    # Now and not before it was started: pages of process 1 would be charged to the cgroup, and swapped.
    (group / "cgroup.procs").write_text(f"{process.pid}\n")
    return process


def watch(
    job: dict[str, Any], counters: Counters, load: Future[None], process: subprocess.Popen[bytes]
) -> None:
    """Until enough is recorded, the load is at its end, or the time is up. Raises FailedError if the program ended."""
    deadline = time.monotonic() + job["seconds"]
    while not (load.done() or enough(job, counters) or time.monotonic() > deadline):
        time.sleep(1)
        counters.note()
        if process.poll() is not None:
            raise FailedError(f"{job['program']} ended with {process.returncode} under its load")
    if load.done():
        load.result()  # raises what the load did


def enough(job: dict[str, Any], counters: Counters) -> bool:
    """Whether the pool was turned over, and shrunk, as often as asked for.

    Frames that shrinking gave back are not counted by the kernel: what was written back is as dense as the rest.
    """
    most = counters.most_stored
    frames = counters.last["zswap.pool_total_size"] / 4096
    shrunk = counters.since_start("zswap.written_back_pages") * frames
    return (
        most > 0
        and counters.since_start("vmstat.zswpout") >= job["turnovers"] * most
        and shrunk >= job["frames"] * counters.last["zswap.stored_pages"]
    )


def keep_facts(program: Program) -> None:
    """facts.json: the kernel, the program and how swap is set."""
    shown = subprocess.run(
        ["/usr/bin/dpkg-query", "--show", "--showformat=${Package} ${Version}\n", *program.packages],
        check=True,
        capture_output=True,
        text=True,
    )
    facts = {
        "kernel": platform.release(),
        "kernel_version": platform.version(),
        "command": " ".join(program.command),
        "packages": shown.stdout.splitlines(),
        "zswap": {path.name: path.read_text().strip() for path in sorted(ZSWAP.iterdir())},
        "vm": {
            name: int(Path(f"/proc/sys/vm/{name}").read_text()) for name in ("page-cluster", "swappiness")
        },
        "transparent_hugepage": Path("/sys/kernel/mm/transparent_hugepage/enabled").read_text().strip(),
        "memory_kb": int(Path("/proc/meminfo").read_text().split()[1]),
    }
    (OUT / "facts.json").write_text(f"{json.dumps(facts, indent=1)}\n")


if __name__ == "__main__":
    main()
