"""Runs the command line: as a process of its own, or inside this one where many runs are wanted."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

from zswapbench.cli import run

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "zswapbench"]


class Done(NamedTuple):
    """How a run ended."""

    code: int
    out: str
    err: str


def environment(cache: Path, **more: str) -> dict[str, str]:
    """Of this process, with sizes remembered in ``cache`` and no wishes about colour or width."""
    wishes = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")
    ours = {name: value for name, value in os.environ.items() if name not in wishes}
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {**ours, "PYTHONPATH": path, "XDG_CACHE_HOME": str(cache), **more}


def zswapbench(*arguments: str | Path, cwd: Path, env: dict[str, str] | None = None, **options: Any) -> Done:
    """Run the command in ``cwd``. Whatever happens, there is no traceback."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        env=environment(cwd / ".cache") if env is None else env,
        stdout=options.pop("stdout", subprocess.PIPE),
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
        **options,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Done(done.returncode, done.stdout or "", done.stderr)


def begin(folder: Path, *arguments: str | Path, before: str = "") -> subprocess.Popen[str]:
    """A command in a session of its own; ``before``: what a shell does first."""
    shell = ["bash", "-c", f'{before} exec "$@"', "bash"] if before else []
    return subprocess.Popen(
        [*shell, *COMMAND, *map(str, arguments)],
        cwd=folder,
        env=environment(folder / "cache"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def interrupt(process: subprocess.Popen[str]) -> tuple[str, float]:
    """Interrupt ``process`` as Ctrl-C does; its errors, and the seconds until it was gone."""
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert "Traceback" not in errors
    assert "zswapbench: interrupted" in errors
    assert process.returncode == 130
    return errors, time.monotonic() - start


def inside(*arguments: str | Path) -> Done:
    """Run the command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run([str(argument) for argument in arguments])
    assert "Traceback" not in err.getvalue(), err.getvalue()
    return Done(code, out.getvalue(), err.getvalue())
