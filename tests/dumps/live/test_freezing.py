"""--freeze stops all threads, and whatever becomes of zswapbench, the process goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.dumps.live.running import Running, running, until
from zswapbench.common.errors import DumpError
from zswapbench.dumps import read_process
from zswapbench.dumps.live import freezing
from zswapbench.dumps.live.freezing import frozen
from zswapbench.dumps.live.proc import Proc

COUNTING = """
import threading
at = memory(4)
counters = (ctypes.c_uint64 * 3).from_address(at)
def count(number):
    while True:
        counters[number] += 1
        time.sleep(0.001)
for number in range(2):
    threading.Thread(target=count, args=(number,), daemon=True).start()
print(at, flush=True)
count(2)
"""


def counters(program: Running) -> list[int]:
    """How far each thread of COUNTING came."""
    with Path(f"/proc/{program.pid}/mem").open("rb", buffering=0) as file:
        file.seek(program.at)
        data = file.read(24)
    return [int.from_bytes(data[at : at + 8], "little") for at in (0, 8, 16)]


def states(program: Running) -> set[str]:
    """The letters of ps of all its threads."""
    tasks = Path(f"/proc/{program.pid}/task").iterdir()
    return {(task / "stat").read_text().rpartition(")")[2].split()[0] for task in tasks}


def goes_on(program: Running) -> bool:
    """Whether each of its threads moves."""
    before = counters(program)
    until(lambda: all(now > then for now, then in zip(counters(program), before, strict=True)))
    return True


def test_all_threads_stop_and_go_on() -> None:
    with running(COUNTING) as program, Proc(program.pid) as proc:
        with frozen(proc.threads) as state:
            assert (state.threads, state.in_kernel) == (3, 0)
            assert states(program) == {"t"}
            before = counters(program)
            time.sleep(0.02)
            assert counters(program) == before
        assert goes_on(program)


def test_a_process_that_was_stopped_before_stays_so() -> None:
    with running(COUNTING) as program, Proc(program.pid) as proc:
        os.kill(program.pid, signal.SIGSTOP)
        until(lambda: states(program) == {"T"})
        with frozen(proc.threads):
            assert states(program) == {"t"}
        until(lambda: states(program) == {"T"})
        os.kill(program.pid, signal.SIGCONT)
        assert goes_on(program)


def test_a_signal_that_comes_meanwhile_arrives_later() -> None:
    counting = """
import select
reader, writer = os.pipe()
os.set_blocking(writer, False)
signal.set_wakeup_fd(writer)  # a byte for every signal
signal.signal(signal.SIGRTMIN, lambda *_: None)
print(0, flush=True)
count = 0
while count < 300 and select.select([reader], [], [], 3)[0]:
    count += len(os.read(reader, 300))
print(count, flush=True)
"""
    with running(counting) as program, Proc(program.pid) as proc:
        for _ in range(30):
            for _ in range(5):
                os.kill(program.pid, signal.SIGRTMIN)
            with frozen(proc.threads):
                for _ in range(5):
                    os.kill(program.pid, signal.SIGRTMIN)
        assert program.hear() == "300\n"


def test_a_signal_at_which_a_thread_stopped_is_given_back_to_it() -> None:
    """It was on its way before the thread was asked to stop."""
    waiting = """
signal.signal(signal.SIGUSR1, lambda *_: os.write(1, b"got it\\n"))
print(0, flush=True)
while True:
    time.sleep(1)
"""
    with running(waiting) as program:
        freezing._ptrace(freezing._SEIZE, program.pid)
        os.kill(program.pid, signal.SIGUSR1)
        stopped: dict[int, int] = {}

        def seen() -> bool:
            freezing._look(program.pid, stopped, set())
            return bool(stopped)

        until(seen)
        assert stopped == {program.pid: signal.SIGUSR1}
        freezing._let_go(program.pid, stopped[program.pid])
        assert program.hear() == "got it\n"


def test_a_killed_zswapbench_leaves_nobody_stopped() -> None:
    holding = """
import sys, time
from zswapbench.dumps.live.freezing import frozen
from zswapbench.dumps.live.proc import Proc
with Proc(int(sys.argv[1])) as proc, frozen(proc.threads):
    print("frozen", flush=True)
    time.sleep(100)
"""
    with (
        running(COUNTING) as program,
        subprocess.Popen(
            [sys.executable, "-c", holding, str(program.pid)], stdout=subprocess.PIPE, text=True
        ) as holder,
    ):
        try:
            assert holder.stdout
            assert holder.stdout.readline() == "frozen\n"
            assert states(program) == {"t"}
            before = counters(program)
        finally:
            holder.kill()
            holder.wait()
        until(lambda: "t" not in states(program))
        assert goes_on(program)
        assert counters(program) > before


def test_a_thread_that_waits_in_the_kernel_is_told_and_let_go(tmp_path: Path) -> None:
    """It waits for the child of vfork(), which waits for a pipe; no signal but SIGKILL reaches it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    spawning = f"""
print(0, flush=True)
os.posix_spawn("/bin/true", ["true"], {{}}, file_actions=[(os.POSIX_SPAWN_OPEN, 5, {str(pipe)!r}, os.O_RDONLY, 0)])
print(1, flush=True)
time.sleep(100)
"""
    with running(spawning, sleeps=False) as program:
        until(lambda: states(program) == {"D"})
        with read_process(program.pid, freeze=True) as dump:
            assert dump.particulars["threads_not_stopped"] == 1
            assert any("waited in the kernel" in remark for remark in dump.remarks)
        pipe.open("wb").close()
        assert program.hear() == "1\n"


def test_what_a_debugger_has_is_refused_in_one_line() -> None:
    with running(COUNTING) as program, Proc(program.pid) as proc, frozen(proc.threads):
        problem = (
            f"process {program.pid}: is traced by process [0-9]+, a debugger; end that, or leave out --freeze"
        )
        with pytest.raises(DumpError, match=problem):
            read_process(program.pid, freeze=True)
        with read_process(program.pid) as dump:
            assert dump.particulars["frozen"] is False
