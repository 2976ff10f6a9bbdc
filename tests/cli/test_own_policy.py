"""A policy of one's own from the command line: written, compared, and stopped when it is wrong."""

from __future__ import annotations

import json
import re
import shlex
import stat
import time
from pathlib import Path

import pytest

from tests.cli.running import begin, inside, interrupt, zswapbench
from zswapbench.common.outputs import write_text

pytestmark = pytest.mark.usefixtures("own_cache")

LZ4 = ("--codec", "lz4")


def test_a_new_policy_runs_as_it_is_and_does_what_lru_does(ground: Path, tmp_path: Path) -> None:
    done = zswapbench("new-policy", "mine.py", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0] == "mine.py: written: lru in plain Python, for you to change. Try it:"
    command = shlex.split(done.out.splitlines()[-1])
    assert command == ["zswapbench", "compare", "lru", "./mine.py:MyPolicy"]
    assert " ".join(command) in (tmp_path / "mine.py").read_text()
    arguments = ("--trace", ground / "app.trace.bin", *LZ4, "--format", "json")
    done = zswapbench(*command[1:], *arguments, cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    lru, mine = json.loads(done.out)
    assert mine["setting"].pop("policy") == "./mine.py:MyPolicy"
    assert lru["setting"].pop("policy") == "lru"
    assert (lru["setting"].pop("policy_is_era_default"), mine["setting"].pop("policy_is_era_default")) == (
        True,
        False,
    )
    for part in ("setting", "counters", "classes"):
        assert mine[part] == lru[part]
    assert mine["counters"]["written_back_pages"] > 0


def test_a_new_policy_is_written_under_any_name_that_python_takes(tmp_path: Path) -> None:
    for name in ("sub/my policy.py", "../mine.py", str(tmp_path / "whole.py")):
        folder = tmp_path / "in"
        (folder / "sub").mkdir(parents=True, exist_ok=True)
        done = zswapbench("new-policy", name, cwd=folder)
        assert (done.code, done.err) == (0, "")
        command = shlex.split(done.out.splitlines()[-1])
        assert "--codec" not in command
        assert (folder / command[-1].removesuffix(":MyPolicy")).samefile(folder / name)
        assert stat.S_IMODE((folder / name).stat().st_mode) & 0o600 == 0o600


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("old.py", "old.py: this file exists already; name another one"),
        ("link.py", "link.py: this file exists already"),
        ("mine.txt", "mine.txt: the name of a policy's file must end in .py"),
        ("mine", "the name of a policy's file must end in .py"),
        ("a,b.py", "and have no comma"),
        ("no/such/folder/mine.py", "cannot be written: No such file or directory"),
    ],
)
def test_a_place_that_cannot_be_is_2_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, complaint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.py").write_text("old")
    (tmp_path / "link.py").symlink_to("nowhere")
    done = inside("new-policy", name)
    assert (done.code, done.out) == (2, "")
    assert complaint in done.err
    assert len(done.err.splitlines()) == 1
    assert (tmp_path / "old.py").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "cache") == ["link.py", "old.py"]


VICTIM = "return next(iter(self.entries))"

WRONG = {
    "return 99": "the victim, entry 99, is not held",
    "return -1": "victim names no entry: it answers -1, but ",
    "return self.entires": "victim raises AttributeError: 'MyPolicy' object has no attribute 'entires' (mine.py, line ",
    "while True: pass": "victim does not return within 0.3 s (mine.py, line ",
}


def write(folder: Path, victim: str) -> None:
    """mine.py with another answer to the question for a victim."""
    assert inside("new-policy", folder / "mine.py").code == 0
    text = (folder / "mine.py").read_text()
    assert text.count(VICTIM) == 1
    text = text.replace(VICTIM, victim).replace(
        "    def __init__", "    patience_s = 0.3\n\n    def __init__"
    )
    write_text(folder / "mine.py", text)


@pytest.mark.parametrize("victim", WRONG)
@pytest.mark.parametrize("command", ["run", "compare"])
def test_a_wrong_policy_is_3_with_the_event_and_one_line(
    ground: Path, tmp_path: Path, victim: str, command: str
) -> None:
    write(tmp_path, victim)
    arguments: dict[str, tuple[str | Path, ...]] = {
        "run": ("run", ground / "app.trace.bin", "--policy", "./mine.py:MyPolicy"),
        "compare": ("compare", "lru", "./mine.py:MyPolicy", "class-lru", "--trace", ground / "app.trace.bin"),
    }
    done = zswapbench(*arguments[command], "--pool-limit", "8p", *LZ4, "-o", "out", cwd=tmp_path)
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("zswapbench: policy ./mine.py:MyPolicy: event ")
    assert f"): {WRONG[victim]}" in done.err
    assert len(done.err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_file_that_cannot_be_loaded_is_3_and_a_name_that_is_not_there_2(
    ground: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text("class Mine(\n")
    run = ("run", ground / "app.trace.bin", "--policy")
    done = zswapbench(*run, "mine.py:Mine", cwd=tmp_path)
    assert done == (
        3,
        "",
        "zswapbench: mine.py: cannot be loaded: SyntaxError: '(' was never closed (line 1)\n",
    )
    done = zswapbench(*run, "absent.py:Mine", cwd=tmp_path)
    assert done == (2, "", "zswapbench: absent.py: cannot be read: No such file or directory\n")


def test_a_codec_of_a_file_is_verified_and_recorded(ground: Path, tmp_path: Path) -> None:
    (tmp_path / "codec.py").write_text(
        "import zlib\nfrom zswapbench.codecs.base import Codec\nclass Mine(Codec):\n"
        "    def compress(self, page):\n        return zlib.compress(page)\n"
        "    def decompress(self, data, size):\n        return zlib.decompress(data)\n"
    )
    run = ("run", ground / "app.trace.bin", "--codec", "codec.py", "--verify", "--format", "json")
    found = json.loads(zswapbench(*run, cwd=tmp_path).out)
    assert found["setting"]["codec"] == "codec.py:Mine"
    assert found["setting"]["codec_identity"].startswith("Mine codec.py sha256:")
    assert found["verified_pages"] > 0
    done = zswapbench("codecs", ground / "app.zpages", "--codec", "codec.py", "--rounds", "1", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    with (tmp_path / "codec.py").open("a") as file:
        file.write("        return bytes(size)\n")
    (tmp_path / "codec.py").write_text(
        (tmp_path / "codec.py").read_text().replace("return zlib.dec", "zlib.dec")
    )
    for arguments in (run, ("codecs", ground / "app.zpages", "--codec", "codec.py")):
        done = zswapbench(*arguments, cwd=tmp_path)
        assert (done.code, done.out) == (3, "")
        assert done.err == (
            "zswapbench: codec Mine: decompress does not give back the page that was compressed\n"
        )


@pytest.mark.parametrize("victim", [VICTIM, "import time; time.sleep(0.2); return next(iter(self.entries))"])
def test_an_interrupted_replay_under_a_policy_in_python_ends_soon(
    ground: Path, tmp_path: Path, victim: str
) -> None:
    write(tmp_path, victim)
    trace = tmp_path / "long.trace.bin"
    assert inside("trace", "make", ground / "app.zpages", "-o", trace, "--events", "12000000").code == 0
    arguments = ("--trace", trace, "--corpus", ground / "app.zpages", *LZ4, "--pool-limit", "8p")
    process = begin(tmp_path, "compare", "./mine.py:MyPolicy", "mine.py:MyPolicy", *arguments)
    time.sleep(2)
    assert process.poll() is None
    _, seconds = interrupt(process)
    assert seconds < 10


@pytest.mark.parametrize("stuck", ["time.sleep(1000)", "spin()"])
def test_a_call_that_nothing_ends_ends_the_process(ground: Path, tmp_path: Path, stuck: str) -> None:
    (tmp_path / "mine.py").write_text(STUCK.format(stuck=stuck))
    start = time.monotonic()
    run = ("run", ground / "app.trace.bin", "--policy", "mine.py", *LZ4, "--pool-limit", "8p")
    done = zswapbench(*run, cwd=tmp_path)
    assert time.monotonic() - start < 20
    assert (done.code, done.out) == (3, "")
    assert re.fullmatch(
        r"zswapbench: policy mine.py:Mine: event [0-9]+ \(STORE\): a call does not return and cannot be interrupted\n",
        done.err,
    )


def test_an_interrupt_ends_a_process_that_is_stuck(ground: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(STUCK.format(stuck="time.sleep(1000)").replace("0.3", "1000"))
    run = ("run", ground / "app.trace.bin", "--policy", "mine.py", *LZ4, "--pool-limit", "8p")
    process = begin(tmp_path, *run)
    time.sleep(3)
    assert process.poll() is None
    _, seconds = interrupt(process)
    assert seconds < 10


STUCK = """
import time
from zswapbench.policy import Policy

def spin():
    while True:
        try:
            time.sleep(0.01)
        except BaseException:
            pass

class Mine(Policy):
    patience_s = 0.3
    def on_store(self, entry, klass, key): pass
    def on_remove(self, entry): pass
    def victim(self, need, amount):
        {stuck}
"""
