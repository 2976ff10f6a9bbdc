"""Debian's Python with the data of an application in its heap; see python3_inside.py for what it holds."""

from __future__ import annotations

import shutil
from pathlib import Path

from workloads.room import Program, Room


def start(room: Room, seed: int) -> int:
    """An interpreter that holds some 200 MB, from neutral paths: code objects know the path of their file."""
    package = room.folder / "workloads"
    package.mkdir()
    for name in ("__init__.py", "synth.py", "python3_inside.py"):
        shutil.copyfile(Path(__file__).with_name(name), package / name)
    # -S: looking for the user's own packages reads /etc/passwd, pieces of which would stay in the heap.
    command = ("/usr/bin/python3", "-S", "-B", "-m", "workloads.python3_inside", str(seed))
    python = room.start(*command, PYTHONHASHSEED="1")
    room.wait_for_line(python, "ready")
    return python.pid


PROGRAM = Program("python", "/usr/bin/python3.11", "python3.11-minimal", start, by_kernel=True)
