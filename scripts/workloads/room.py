"""An empty room to run a program in, so that its memory tells nothing about the machine or its users.

What goes into a process without anybody asking: the environment, the host name, the user's name and home, the
working directory, the command line. So a program here starts with ``PATH`` and ``LC_ALL`` only, in its own
UTS namespace whose host is ``localhost``, as ``nobody``, in a fresh folder ``/tmp/zswapbench-*``, and under
``setarch --addr-no-randomize``, which makes two dumps of one program more alike.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

NOBODY = 65534
CLEAN_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
PATIENCE = 120.0  # seconds that a program gets to come up, to grow or to finish
_PREPARE = 'ulimit -c unlimited && /bin/hostname localhost && exec "$@"'
_ENTER = (
    *("/usr/bin/unshare", "--uts", "/bin/sh", "-c", _PREPARE, "sh"),
    *("/usr/bin/setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
    *("/usr/bin/setarch", "--addr-no-randomize", "/usr/bin/env", "-i"),
)


class RoomError(Exception):
    """A program did not come up, died early, or failed; the message names it."""


@dataclass(frozen=True)
class Program:
    """One program of the corpora. ``start(room, seed)`` returns the pid to dump, loaded and ready."""

    name: str
    executable: str
    package: str
    start: Callable[[Room, int], int]
    by_kernel: bool = False  # dumped by the kernel rather than by gcore; ends the process


@contextmanager
def empty_room() -> Iterator[Room]:
    """A room with a fresh folder; on leaving, its processes and the folder are gone."""
    with tempfile.TemporaryDirectory(prefix="zswapbench-", dir="/tmp") as folder:
        os.chown(folder, NOBODY, NOBODY)
        room = Room(Path(folder))
        try:
            yield room
        finally:
            room.stop_all()


@dataclass
class Room:
    """A folder and the processes started in it."""

    folder: Path
    _running: list[tuple[subprocess.Popen[bytes], signal.Signals]] = field(default_factory=list)

    def start(
        self,
        *argv: str | Path,
        stdin: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        **environment: str,
    ) -> subprocess.Popen[bytes]:
        """Start a program; its input is a pipe, or the file ``stdin``; what it complains of goes to a log."""
        variables = [f"{key}={value}" for key, value in (CLEAN_ENVIRONMENT | environment).items()]
        with open(stdin or os.devnull, "rb") as source, open(self.folder / "errors.log", "ab") as errors:
            process = subprocess.Popen(
                [*_ENTER, *variables, *map(str, argv)],
                cwd=self.folder,
                env=CLEAN_ENVIRONMENT,
                stdin=source if stdin else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        self._running.append((process, stop_signal))
        return process

    def run(self, *argv: str | Path, stdin: Path | None = None) -> str:
        """Run a program to its end and return what it printed. Raises RoomError if it fails."""
        process = self.start(*argv, stdin=stdin)
        output, _ = process.communicate(timeout=PATIENCE)
        if process.returncode:
            raise RoomError(f"{argv[0]} ended with {process.returncode}: {self._last_error()}")
        return output.decode()

    def run_until_it_works(self, *argv: str | Path) -> None:
        """Run ``argv`` again and again until it succeeds: is the server up?"""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self.run(*argv)
                return
            except RoomError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def wait_for_line(self, process: subprocess.Popen[bytes], expected: str = "") -> str:
        """The next line that ``process`` prints, which has to be ``expected`` if that is given."""
        assert process.stdout is not None
        line = process.stdout.readline().decode().strip()
        if not line or (expected and line != expected):
            raise RoomError(f"{process.args!r} said {line!r}: {self._last_error()}")
        return line

    def freeze_at(self, pid: int, mebibytes: int) -> None:
        """Let ``pid`` grow until it holds so much anonymous memory, then stop it there."""
        deadline = time.monotonic() + PATIENCE
        while (held := anonymous_memory(pid)) < mebibytes << 20:
            if not held or time.monotonic() > deadline:
                raise RoomError(f"process {pid} never held {mebibytes} MiB: {self._last_error()}")
            time.sleep(0.002)
        os.kill(pid, signal.SIGSTOP)

    def child_named(self, name: str, parent: int) -> int:
        """The pid of the child of ``parent`` whose command is ``name``, as soon as there is one."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
                if Path(f"/proc/{child}/comm").read_text().strip() == name:
                    return int(child)
            time.sleep(0.002)
        raise RoomError(f"process {parent} never started {name}: {self._last_error()}")

    def stop_all(self) -> None:
        """End whatever still runs, the last started first."""
        for process, stop_signal in reversed(self._running):
            _stop(process, stop_signal)

    def _last_error(self) -> str:
        lines = (self.folder / "errors.log").read_text(errors="replace").splitlines()
        return lines[-1] if lines else "it said nothing"


def anonymous_memory(pid: int) -> int:
    """Bytes of anonymous memory that ``pid`` holds in RAM, 0 once it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return 0
    found = re.search(r"^RssAnon:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) << 10 if found else 0


def _stop(process: subprocess.Popen[bytes], stop_signal: signal.Signals) -> None:
    """End a process and its children, if it still runs, politely first."""
    for number in (stop_signal, signal.SIGKILL):
        if process.poll() is None:  # otherwise its pid may be somebody else's by now
            os.killpg(process.pid, number)
            os.killpg(process.pid, signal.SIGCONT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
    for pipe in (process.stdin, process.stdout):
        if pipe and not pipe.closed:
            with suppress(BrokenPipeError):  # what was not sent yet has nobody to read it
                pipe.close()
