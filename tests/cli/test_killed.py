"""Commands that are killed at a random moment, or meet a full disk: the old file is whole, and nothing else is left.

In small here. In large on demand, with so many kills for each command and signal:

    KILLS=25 python -m pytest tests/cli/test_killed.py
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import pytest

from tests.cli.running import COMMAND, environment, inside
from tests.traces.recorded import GOLDEN
from zswapbench.corpus.reading import Corpus
from zswapbench.traces.format import read_trace
from zswapbench.traces.references.importer import Wish
from zswapbench.traces.references.importing import open_references

ROUNDS = int(os.environ.get("KILLS", "1"))
SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGKILL: -9}
LZ4 = ("--codec", "lz4", "--pool-limit", "9p")

COMMANDS: dict[str, tuple[str, ...]] = {
    "import": ("corpus", "import", "--raw", "bare", "-o", "OUTPUT"),
    "import --pack": ("corpus", "import", "--raw", "--pack", "--sample", "200", "bare", "-o", "OUTPUT"),
    "sizes": ("corpus", "sizes", "app.zpages", "--codec", "lz4", "--codec", "zlib", "-o", "OUTPUT"),
    "make": ("trace", "make", "app.zpages", "--events", "200000", "-o", "OUTPUT"),
    "make packed": ("trace", "make", "app.zpages", "--events", "200000", "-o", "OUTPUT.zst"),
    "trace import": ("trace", "import", "recorded", "--corpus", "app.zpages", "-o", "OUTPUT"),
    "slice": ("trace", "slice", "app.trace.bin", "--from", "1000", "--cold", "-o", "OUTPUT"),
    "merge": ("trace", "merge", "app.trace.bin", "app.trace.bin", "--same-device", "-o", "OUTPUT"),
    "scale": ("trace", "scale", "app.trace.bin", "--copies", "20", "-o", "OUTPUT"),
    "export": ("trace", "export", "app.trace.bin", "--to", "csv", "-o", "OUTPUT"),
    "refs": ("trace", "import-refs", "touched", "-o", "OUTPUT"),
    "from-refs": (
        "trace",
        "from-refs",
        "touched",
        "--corpus",
        "app.zpages",
        "--ram",
        "256K",
        "-o",
        "OUTPUT",
    ),
    "machine": (
        "machine",
        "touched",
        "disk",
        "zram,lz4,disksize=1MiB",
        "--corpus",
        "app.zpages",
        "--ram",
        "256K",
        "--cost",
        "lz4=1us/1us",
        "-o",
        "OUTPUT",
        "--format",
        "json",
    ),
    "run": ("run", "app.trace.bin", *LZ4, "--format", "json", "-o", "OUTPUT"),
    "compare": (
        "compare",
        "lru",
        "fifo",
        "--trace",
        "app.trace.bin",
        *LZ4,
        "--format",
        "json",
        "-o",
        "OUTPUT",
    ),
    "report": ("report", "base.json", "-o", "OUTPUT"),
    "update": ("check", "app.trace.bin", "--baseline", "OUTPUT", *LZ4, "--update"),
}
OLD = b"what was here before\n"
INPUTS = ("bare", "app.zpages", "app.trace.bin", "base.json", "recorded", "touched")


@pytest.fixture(scope="module")
def place(ground: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that the commands read."""
    folder = tmp_path_factory.mktemp("killed")
    for name in ("app.zpages", "app.trace.bin"):
        shutil.copy(ground / name, folder)
    shutil.copy(GOLDEN / "7.3" / "trace.txt.zst", folder / "recorded")
    with Corpus(folder / "app.zpages") as corpus:
        touched = np.random.default_rng(0).choice(corpus.vaddr >> np.uint64(12), 1 << 20)
    (folder / "touched").write_bytes(touched.astype("<u8").tobytes())
    (folder / "bare").write_bytes(Random(0).randbytes(8 << 20))
    run = ("run", folder / "app.trace.bin", *LZ4, "--format", "json", "-o", folder / "base.json")
    assert inside(*run).code == 0
    return folder


def is_whole(name: str, path: Path) -> bool:
    """Whether the new file of a command is one that can be read to its end."""
    if name.startswith(("import", "sizes")):
        with Corpus(path) as corpus:
            assert corpus.digest
    elif name.startswith("make"):
        assert len(read_trace(path).events) == 200000
    elif name == "trace import":
        assert len(read_trace(path).events) == 26874
    elif name == "refs":
        with open_references(path, Wish()) as references:
            assert sum(map(len, references.batches)) > 1000
    elif name == "from-refs":
        assert len(read_trace(path).events) > 1000
    elif name in ("slice", "merge", "scale"):
        wanted = {"slice": 2000, "merge": 6000, "scale": 60_000}[name]
        assert len(read_trace(path).events) == wanted
    elif name == "export":
        assert path.read_text().count("\n") == 1 + 3000 - 9
    elif name == "report":
        assert path.read_text().rstrip().endswith("</html>")
    else:
        json.loads(path.read_text())
    return True


def arguments(name: str) -> list[str]:
    return [*COMMAND, *(word.replace("OUTPUT", "output") for word in COMMANDS[name])]


@cache
def seconds(name: str, place: Path) -> float:
    """How long the command takes when nobody ends it."""
    start = time.monotonic()
    prepare(name, place)
    done = subprocess.run(
        arguments(name), cwd=place, env=environment(place / "cache"), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return time.monotonic() - start


def prepare(name: str, place: Path) -> Path:
    """The command's output as it was before; nothing else is there."""
    for path in place.iterdir():
        if path.name not in (*INPUTS, "cache"):
            path.unlink()
    shutil.rmtree(place / "cache", ignore_errors=True)
    output = place / ("output.zst" if name == "make packed" else "output")
    if name == "update":
        shutil.copy(place / "base.json", output)
    else:
        output.write_bytes(OLD)
    return output


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("name", COMMANDS)
def test_whenever_it_is_killed_a_file_is_the_old_or_the_new(
    name: str, number: signal.Signals, place: Path
) -> None:
    random = Random(f"{name} {number}")
    for _ in range(ROUNDS):
        whole = seconds(name, place)
        output = prepare(name, place)
        before = output.read_bytes()
        process = subprocess.Popen(
            arguments(name), cwd=place, env=environment(place / "cache"),
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        time.sleep(0.1 + whole * random.random())  # Python itself takes some 0.1 s to begin
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
        if "Traceback" in errors and "zswapbench" not in errors:
            continue  # Python itself was at its start
        # One that has not begun yet ends by the signal itself, which a shell tells by the same number.
        assert process.returncode in (0, SIGNALS[number], -number), errors
        assert number == signal.SIGKILL or process.returncode != -number or not errors
        assert "Traceback" not in errors
        left = {path.name for path in place.iterdir()} - {*INPUTS, "cache", output.name}
        assert not left or (number == signal.SIGKILL and all(one.endswith(".part") for one in left)), left
        assert output.read_bytes() == before or is_whole(name, output)
        assert process.returncode != 0 or is_whole(name, output)


FULL = """
mount -t tmpfs -o size="$1" tmpfs "$2" && cp "$3" "$2/$4" && shift 4 && cd "$PLACE" || exit 77
"$@"; code=$?
ls -A "$FULL" > "$PLACE/left"; cat "$FULL"/output* > "$PLACE/after"
exit $code
"""
"""In a mount namespace of its own: a file system of so many bytes, with the old output in it."""


@pytest.mark.parametrize("name", COMMANDS)
def test_a_disk_that_is_full_leaves_the_old_file(name: str, place: Path, tmp_path: Path) -> None:
    output = prepare(name, place)
    before = output.read_bytes()
    full = tmp_path / "full"
    full.mkdir()
    command = [word.replace("output", f"{full}/output") for word in arguments(name)]
    room = f"{-(-len(before) // 4096) * 4 + 8}k"
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", FULL, "sh",
         room, full, output, output.name, *command],
        env=environment(place / "cache", PLACE=str(place), FULL=str(full)), cwd=place,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode in (1, 77) and "zswapbench" not in done.stderr:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    # What a small trace or table needs may fit; then the new file is whole.
    assert done.returncode in (0, 4), done.stderr
    assert (place / "left").read_text().split() == [output.name]
    if done.returncode == 4:
        assert "No space left on device" in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert (place / "after").read_bytes() == before
