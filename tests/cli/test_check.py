"""The gate from the command line: what is caught, what passes, and what is written where."""

from __future__ import annotations

import errno
import json
import os
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import ROOT, Done, environment, inside, zswapbench
from zswapbench.results.files import read_results

LIMIT = ("--pool-limit", "8p")

RANDOM = """
from random import Random
from zswapbench.policy import Policy

class MyPolicy(Policy):
    def __init__(self, capacity, pool):
        self.entries = {}
        self.random = Random(1)

    def on_store(self, entry, klass, key):
        self.entries[entry] = None

    def on_remove(self, entry):
        del self.entries[entry]

    def victim(self, need, amount):
        return self.random.choice(list(self.entries))
"""
"""Who is flushed is left to chance."""

CODEC = """
import zlib
from zswapbench.codecs.base import Codec

class Mine(Codec):
    def compress(self, page):
        for _ in range({times}):
            packed = zlib.compress(page)
        return packed + bytes({more})

    def decompress(self, data, size):
        for _ in range({times}):
            page = zlib.decompressobj().decompress(data)
        return page
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_cache: None) -> None:
    """Runs stand in a folder of their own, and in no step of GitHub Actions."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


@pytest.fixture
def trace(ground: Path) -> Path:
    return ground / "app.trace.bin"


@pytest.fixture
def base(trace: Path, tmp_path: Path) -> Path:
    """A baseline: the trace under lru and class-lru."""
    path = tmp_path / "base.json"
    specs = ("compare", "lru", "class-lru", "--trace", trace, *LIMIT, "--codec", "lz4")
    assert inside(*specs, "--format", "json", "-o", path).code == 0
    return path


def check(subject: Path, base: Path | str, *arguments: str | Path) -> Done:
    return inside("check", subject, "--baseline", base, *arguments)


WORSE = {"refaults": 10**6}
"""A figure that is both counter and metric."""


def altered(path: Path, to: Path, **changes: Any) -> Path:
    """The results in ``path`` with other parts, the same in all."""
    documents = json.loads(path.read_text())
    for document in documents:
        for part, values in changes.items():
            document[part] = {**document[part], **values}
    to.write_text(json.dumps(documents))
    return to


@pytest.mark.parametrize("name", ["app.trace.bin", "app.trace.bin.zst"])
def test_a_trace_against_its_own_baseline_is_the_same(ground: Path, base: Path, name: str) -> None:
    done = check(ground / name, base)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0] == "no worse"
    assert done.out.splitlines()[-1].endswith("figures are the same")


def test_a_result_against_itself_is_the_same(base: Path) -> None:
    done = check(base, base, "--fail-on", "counters:0", "--fail-on", "metrics:0")
    assert (done.code, done.err) == (0, "")
    assert "class-lru" not in done.out
    assert "class-lru" in check(base, base, "--all").out


def test_a_policy_made_worse_is_caught(trace: Path, base: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(RANDOM)
    done = check(trace, base, "--policy", "./mine.py:MyPolicy", "--fail-on", "headline")
    assert (done.code, done.err) == (1, "")
    assert done.out.startswith("worse: ")
    assert "lru: policy: lru -> ./mine.py:MyPolicy" in done.out
    done = check(trace, base, "--policy", "./mine.py:MyPolicy", "--fail-on", "data_ratio:50%")
    assert done.code == 0
    assert "worse, allowed" in done.out


def test_a_codec_made_worse_is_caught(trace: Path, tmp_path: Path) -> None:
    codec = tmp_path / "codec.py"
    codec.write_text(CODEC.format(times=1, more=0))
    assert check(trace, "b.json", "--codec", "codec.py", *LIMIT, "--update").code == 0
    assert check(trace, "b.json", "--trust").code == 0
    codec.write_text(CODEC.format(times=1, more=100))
    done = check(trace, "b.json", "--trust")
    assert (done.code, done.err) == (1, "")
    assert done.out.startswith("worse: compression ratio -")
    assert "codec: Mine codec.py sha256:" in done.out
    assert check(trace, "b.json", "--trust", "--fail-on", "data_ratio:90%").code == 0
    assert check(trace, "b.json", "--trust", "--fail-on", "data_ratio:5%").code == 1


def test_the_baseline_s_options_are_used_but_for_those_that_are_given(trace: Path, tmp_path: Path) -> None:
    first = ("--era", "linux-6.12", "--ram", "400KiB", "--max-pool-percent", "30", "--policy", "fifo")
    assert check(trace, "b.json", *first, "--device", "hdd", "--update").code == 0
    (made,) = read_results("b.json")
    wanted = {"era": "linux-6.12", "ram": "400KiB", "max_pool_percent": 30, "policy": "fifo", "device": "hdd"}
    assert made.asked == {**made.asked, **wanted}
    assert check(trace, "b.json").out.startswith("no worse")
    assert check(trace, "b.json", "--era", "linux-6.12", "--update").code == 0
    assert read_results("b.json")[0].asked == made.asked
    assert check(trace, "b.json", "--device", "ssd", "--pool-limit", "9p", "--update").code == 0
    (again,) = read_results("b.json")
    limits = {"ram": "", "max_pool_percent": None, "limit": "9p", "device": "ssd"}
    assert again.asked == {**made.asked, **limits}
    assert check(trace, "b.json", "--ram", "300KiB", "--update").code == 0
    assert read_results("b.json")[0].asked == {**again.asked, "limit": "", "ram": "300KiB"}


def test_bounds_are_replayed_where_the_baseline_has_them(trace: Path) -> None:
    assert check(trace, "b.json", *LIMIT, "--bounds", "--update").code == 0
    bounds = read_results("b.json")[0].bounds
    assert bounds["refaults"] > 0
    assert check(trace, "b.json", "--fail-on", "refaults_of_bound:0", "--update").code == 0
    assert read_results("b.json")[0].bounds == bounds


def test_update_tells_what_changed_and_then_rewrites(trace: Path, base: Path) -> None:
    done = check(trace, base, "--pool-limit", "6p", "--update")
    assert done.code == 0
    assert done.out.startswith("worse: ")
    assert done.err == f"zswapbench: {base}: is now the baseline, 2 results\n"
    assert [one.setting["pool_limit_pages"] for one in read_results(base)] == [6, 6]
    assert check(trace, base).out.startswith("no worse")


def test_update_makes_a_first_baseline_of_the_options(trace: Path) -> None:
    done = check(trace, "b.json", "--codec", "lz4", "--update")
    assert (done.code, done.out) == (0, "nothing to compare with\n\nnew: lru\n")
    assert done.err == "zswapbench: b.json: is now the baseline, 1 result\n"
    assert read_results("b.json")[0].asked["codec"] == "lz4"


def test_an_update_does_not_offer_itself(base: Path, tmp_path: Path) -> None:
    one = tmp_path / "one.json"
    one.write_text(json.dumps(json.loads(base.read_text())[0]))
    done = check(base, one, "--update")
    assert done.out.startswith("no worse")
    assert done.out.endswith("new: class-lru\n")


def test_an_update_that_cannot_be_written_loses_nothing(
    trace: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before, names = base.read_bytes(), {*base.parent.iterdir()}
    monkeypatch.setattr(Path, "replace", full)
    done = check(trace, base, "--pool-limit", "6p", "--update")
    assert (done.code, done.err) == (
        4,
        f"zswapbench: {base}: cannot be written: No space left on device; name another place\n",
    )
    assert base.read_bytes() == before
    assert {*base.parent.iterdir()} == names


def test_a_label_that_is_gone_fails_and_a_new_one_does_not(base: Path, tmp_path: Path) -> None:
    one = tmp_path / "one.json"
    one.write_text(json.dumps(json.loads(base.read_text())[0]))
    done = check(one, base)
    assert (done.code, done.out.splitlines()[0]) == (1, "worse: class-lru is missing")
    done = check(base, one)
    assert done.code == 0
    assert "new: class-lru; --update records what is new" in done.out


@pytest.mark.parametrize("version", [1, 2, 3])
def test_results_are_held_against_those_of_any_earlier_version(version: int) -> None:
    path = ROOT / "tests" / "results" / "files" / f"{version}.json"
    for other in range(1, version + 1):
        done = check(path, path.with_name(f"{other}.json"), "--fail-on", "headline")
        assert (done.code, done.err) == (0, "")


def message(code: int, done: Done) -> str:
    """The one line of a run that ended with ``code``."""
    assert (done.code, done.out) == (code, "")
    (line,) = done.err.splitlines()
    return line


def test_another_trace_is_3_unless_it_is_to_be_the_baseline(
    ground: Path, trace: Path, base: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.trace.bin"
    made = inside("trace", "make", ground / "app.zpages", "-o", other, "--events", "2000", "--seed", "9")
    assert made.code == 0
    corpus = ("--corpus", ground / "app.zpages")
    said = message(3, check(other, base, *corpus))
    assert said.startswith(f"zswapbench: {other}: cannot be compared with {base}: trace other.trace.bin (")
    assert said.endswith("; --update makes a new baseline")
    done = check(other, base, *corpus, "--update")
    assert done.code == 0
    assert done.out.startswith("nothing to compare with\n")
    assert "not compared with the old baseline: trace other.trace.bin (" in done.out
    assert check(other, base, *corpus).code == 0
    assert "--update" in message(3, check(trace, base))


def test_results_of_another_corpus_are_3(base: Path, tmp_path: Path) -> None:
    other = altered(base, tmp_path / "other.json", inputs={"corpus_digest": "00" * 32})
    assert "corpus app.zpages (000000000000), the baseline's" in message(3, check(other, base))


def test_a_baseline_that_is_not_there_or_broken_is_3(trace: Path, base: Path, tmp_path: Path) -> None:
    said = message(3, check(trace, tmp_path / "none.json"))
    assert said.endswith("none.json: there is no baseline yet; --update makes it")
    text = base.read_text()
    for broken in (
        "",
        "{}",
        "[]",
        text[:1000],
        "\x00\xff",
        text.replace('"stores": ', '"stores": null, "x": ', 1),
    ):
        base.write_text(broken)
        for arguments in ((), ("--update",)):
            assert str(base) in message(3, check(trace, base, *arguments))
            assert base.read_text() == broken
    assert str(tmp_path) in message(3, check(trace, tmp_path))
    assert "none.json: cannot be read" in message(3, check(tmp_path / "none.json", base))
    (tmp_path / "text").write_text("text")
    assert "is not JSON" in message(3, check(tmp_path / "text", trace))


def test_a_baseline_of_an_older_version_can_be_made_anew(trace: Path, base: Path) -> None:
    documents = json.loads(base.read_text())
    for document in documents:
        for part in ("asked", "class_sizes", "barren_runs", "stored_sizes"):
            del document[part]
        del document["inputs"]["trace_digest"]
        document["schema_version"] = 3
    old = base.with_name("old.json")
    old.write_text(json.dumps(documents))
    assert check(base, old).code == 0
    for more in ((), ("--update",)):
        assert "records no settings to replay" in message(3, check(trace, old, *more))
    old.unlink()
    assert check(trace, old, *LIMIT, "--update").code == 0
    assert read_results(old)[0].asked["limit"] == "8p"


def test_a_baseline_that_is_damaged_is_not_replaced_unseen(trace: Path, base: Path) -> None:
    base.write_text("{")
    assert message(3, check(trace, base, "--update")).endswith("remove it, then --update makes a new one")
    assert base.read_text() == "{"


def test_what_is_kept_has_the_label_of_what_was_run(trace: Path, base: Path) -> None:
    saved = base.with_name("saved.json")
    assert check(trace, base, "--policy", "clock", "--save", saved, "--update").code == 0
    assert {one.label for one in read_results(saved)} == {"clock"}
    assert {one.label for one in read_results(base)} == {"clock"}


def test_another_trace_is_noticed_whatever_its_label(trace: Path, base: Path) -> None:
    other = altered(base, base.with_name("other.json"), inputs={"trace_digest": "00"})
    documents = [{**one, "label": f"another {one['label']}"} for one in json.loads(other.read_text())]
    other.write_text(json.dumps(documents))
    assert "cannot be compared with" in message(3, check(other, base))


def test_what_was_asked_of_another_version_is_3(trace: Path, base: Path) -> None:
    altered(base, base, asked={"swappiness": 60})
    said = message(3, check(trace, base))
    assert "swappiness" in said


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--fail-on", "refault:2%"), "no figure is called 'refault'; did you mean refaults?"),
        (("--fail-on", "refaults:-"), "there is no amount"),
        (("--fail-on", "refaults_of_bound:5%"), "nor the result has it; make both with bounds"),
        (
            ("--fail-on", "total time:5%"),
            "nothing can fail by total_ns: neither the baseline nor the result has it; make",
        ),
        (("--fail-on", "compress_ns:5%"), "names compress_ns, which only --timings measures"),
        (("--rounds", "9"), "--rounds says how to measure timings: add --timings"),
        (("--baseline-python", "python3"), "--baseline-python says how to measure"),
        (
            ("--timings", "--rounds", "6"),
            "--rounds 6 is too few to reach p < 0.01, even if all rounds agree: give 7 or more",
        ),
        (("--timings", "--update"), "--timings and --update do not go together"),
        (("--codec", "rar"), "no codec is called 'rar'"),
        (("-o", "base.json"), "base.json: is an input too"),
        (("--junit", "base.json"), "base.json: is an input too"),
        (("--save", "base.json"), "base.json: is an input too"),
        (("-o", "x", "--junit", "./x"), "./x: is named by two outputs"),
        (("--timings", "--rounds", "7", "--baseline-python", "./none"), "./none: cannot be run"),
    ],
)
def test_what_cannot_be_asked_is_2(
    trace: Path, base: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    before = base.read_bytes()
    assert complaint in message(2, check(trace, base, *arguments))
    assert base.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("--codec", "lz4"), "--codec"),
        (LIMIT, "--pool-limit"),
        (("--policy", "lru"), "--policy"),
        (("--bounds",), "--bounds"),
        (("--max-pool-percent", "20"), "--max-pool-percent"),
        (("--timings",), "--timings"),
    ],
)
def test_a_result_is_not_replayed(base: Path, arguments: tuple[str, ...], option: str) -> None:
    said = message(2, check(base, base, *arguments))
    assert said == f"zswapbench: {option} needs a TRACE to replay, and {base} is not a trace"


def test_each_form_goes_where_it_is_wanted(base: Path, tmp_path: Path) -> None:
    worse = altered(base, tmp_path / "worse.json", counters=WORSE, metrics=WORSE)
    done = check(worse, base, "--format", "json")
    assert done.code == 1
    form = json.loads(done.out)
    assert form["worse"] is True
    assert {one["word"] for one in form["verdicts"]} == {"same", "worse"}
    assert check(worse, base, "--format", "markdown").out.startswith("### worse: lru: refaults ")
    assert "class-lru,refaults," in check(worse, base, "--format", "csv").out
    assert "lru,stores," in check(worse, base, "--format", "csv").out
    done = check(worse, base, "--junit", "report.xml", "-o", "table")
    assert (done.code, done.out, done.err) == (1, "", "")
    assert Path("table").read_text().startswith("worse: lru: refaults ")
    assert Path("report.xml").read_text() == check(worse, base, "--format", "junit").out
    root = ET.parse("report.xml").getroot()
    assert [suite.get("failures") for suite in root] == ["1", "1"]


def test_what_was_replayed_is_saved_even_if_it_is_worse(trace: Path, base: Path) -> None:
    assert check(trace, base, "--pool-limit", "6p", "--save", "result.json").code == 1
    assert [one.setting["pool_limit_pages"] for one in read_results("result.json")] == [6, 6]
    assert check(Path("result.json"), base).code == 1


def test_the_step_s_summary_is_appended_to(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    done = check(base, base)
    assert done.out.startswith("no worse\n")
    assert summary.read_text().startswith("before\n### no worse\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    done = check(base, base)
    assert done.code == 0
    assert done.err == (
        f"zswapbench: warning: GITHUB_STEP_SUMMARY: {tmp_path}: cannot be written: Is a directory\n"
    )


def test_a_process_ends_with_1(base: Path, tmp_path: Path) -> None:
    worse = altered(base, tmp_path / "worse.json", counters=WORSE, metrics=WORSE)
    done = zswapbench("check", worse, "--baseline", base, cwd=tmp_path, env=environment(tmp_path))
    assert (done.code, done.err) == (1, "")


RUNS = """
from pathlib import Path
from zswapbench.policy import Policy

Path("it-ran").touch()


class Mine(Policy):
    def __init__(self, capacity, pool):
        pass
"""


def test_a_baseline_alone_makes_no_code_run(trace: Path, base: str, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(RUNS)
    document = json.loads(Path(base).read_text())
    for one in document if isinstance(document, list) else [document]:
        one["asked"]["policy"] = f"{tmp_path}/mine.py:Mine"
    Path("forged.json").write_text(json.dumps(document))
    done = check(trace, "forged.json")
    assert done.code == 3
    assert done.err.startswith("zswapbench: forged.json: names the policy ")
    assert "add --trust" in done.err
    assert not Path("it-ran").exists()
    assert check(trace, "forged.json", "--policy", "lru").code in (0, 1)
    assert not Path("it-ran").exists()
    assert check(trace, "forged.json", "--policy", "lru", "--timings").code == 3
    assert not Path("it-ran").exists()
    check(trace, "forged.json", "--trust")
    assert Path("it-ran").exists()


def test_modules_of_the_folder_that_one_stands_in_are_not_run(
    trace: Path, base: Path, tmp_path: Path
) -> None:
    """A checkout of somebody's change is such a folder."""
    for name in ("click.py", "numpy.py", "zswapbench.py"):
        (tmp_path / name).write_text("from pathlib import Path\nPath('it-ran').touch()\n")
    check(trace, base, "--timings", "--rounds", "7", "--fail-on", "refaults:1%")
    assert not (tmp_path / "it-ran").exists()


def test_a_summary_that_is_a_pipe_does_not_block(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "pipe"))
    done = check(base, base)
    assert done.code == 0
    assert "GITHUB_STEP_SUMMARY" in done.err


@pytest.fixture
def codecs(tmp_path: Path) -> None:
    """One that does its work once, and one that does it five times."""
    (tmp_path / "once.py").write_text(CODEC.format(times=1, more=0))
    (tmp_path / "often.py").write_text(CODEC.format(times=5, more=0))


@pytest.mark.usefixtures("codecs")
def test_a_codec_that_works_five_times_is_caught_by_its_timings(trace: Path) -> None:
    assert check(trace, "b.json", "--codec", "once.py", *LIMIT, "--update").code == 0
    timings = ("--trust", "--timings", "--rounds", "7", "--fail-on", "compress_ns:50%")
    done = check(trace, "b.json", "--codec", "often.py", *timings)
    assert (done.code, done.err) == (1, "")
    assert done.out.startswith("worse: compress_ns +")
    assert "Timings, medians" in done.out
    assert "noise" not in done.out


@pytest.mark.usefixtures("codecs")
def test_the_same_code_is_not_slower_than_itself(trace: Path) -> None:
    assert check(trace, "b.json", "--codec", "once.py", *LIMIT, "--update").code == 0
    timings = ("--trust", "--timings", "--rounds", "7", "--fail-on", "timings:50%", "--fail-on", "headline")
    done = check(trace, "b.json", *timings, "--format", "json")
    assert (done.code, done.err) == (0, "")
    form = json.loads(done.out)
    assert any(
        "the same code with the same options, so any difference is noise" in note for note in form["notes"]
    )
    measured = [one["name"] for one in form["verdicts"] if one["p"] is not None]
    assert measured == ["compress_ns", "decompress_ns", "replay_s"]


@pytest.mark.usefixtures("codecs")
def test_the_baseline_s_side_may_be_another_environment(
    trace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stood in for by a script that drops -I, since no other environment is at hand, and says that it was run."""
    monkeypatch.setenv("PYTHONPATH", environment(tmp_path)["PYTHONPATH"])
    old = tmp_path / "old-python"
    old.write_text(f'#!/bin/sh\necho "$1" >> log\nshift\nexec "{sys.executable}" "$@"\n')
    old.chmod(0o755)
    assert check(trace, "b.json", "--codec", "once.py", *LIMIT, "--update").code == 0
    timings = ("--trust", "--timings", "--rounds", "7", "--fail-on", "timings:50%")
    done = check(trace, "b.json", *timings, "--baseline-python", old)
    assert (done.code, done.err) == (0, "")
    assert Path("log").read_text().split() == ["-I"] * 7
    assert "noise" not in done.out
