"""The README's CI recipes, run as they stand: a change for the worse fails the build and says why."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import ROOT, environment

GOOD = """from collections import OrderedDict

from zswapbench.policy import Policy


class Ours(Policy):
    def __init__(self, capacity, pool):
        self.entries = OrderedDict()

    def on_store(self, entry, klass, key):
        self.entries[entry] = klass

    def on_load(self, entry):
        self.entries.move_to_end(entry)

    def on_remove(self, entry):
        del self.entries[entry]

    def victim(self, need, amount):
        return next(iter(self.entries))
"""
"""A plain LRU."""

WORSE = GOOD.replace("next(iter(self.entries))", "next(reversed(self.entries))")
"""Flushes what was used last."""


def blocks(language: str) -> list[str]:
    """The README's code of a language."""
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


def github() -> list[tuple[str, bool]]:
    """The commands of the steps, each with whether it runs after a failure, too."""
    recipe = next(block for block in blocks("yaml") if "runs-on:" in block)
    steps = re.split(r"\n      - ", recipe)[1:]
    runs = [(re.search("^run: (.*)", step), "if: always()" in step) for step in steps]
    return [(found[1], always) for found, always in runs if found]


def gitlab() -> list[tuple[str, bool]]:
    """The same of script and after_script."""
    recipe = next(block for block in blocks("yaml") if "after_script:" in block)
    parts = dict(re.findall(r"^  (script|after_script):\n((?:    - .*\n)+)", recipe, re.MULTILINE))
    lines = {name: re.findall("- (.*)", part) for name, part in parts.items()}
    return [(line, False) for line in lines["script"]] + [(line, True) for line in lines["after_script"]]


RECIPES = {"github": github, "gitlab": gitlab}


class Repository:
    """A checkout with a trace, the export of its corpus, a policy and a baseline."""

    def __init__(self, folder: Path, ground: Path) -> None:
        self.folder = folder / "checkout"
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        self.summary = folder / "summary.md"
        self.env = environment(
            folder / "cache",
            PATH=path,
            GITHUB_STEP_SUMMARY=str(self.summary),
            PIP_DISABLE_PIP_VERSION_CHECK="1",  # an older pip would say that there is a newer one
        )
        (self.folder / "swap").mkdir(parents=True)
        (self.folder / "swap" / "app.trace.bin").write_bytes((ground / "app.trace.bin").read_bytes())
        (self.folder / "app.zpages").write_bytes((ground / "app.zpages").read_bytes())
        self.shell(next(block for block in blocks("sh") if "corpus sizes" in block))
        (self.folder / "app.zpages").unlink()  # memory stays out of the repository
        self.write(GOOD)
        self.shell(
            "zswapbench check swap/app.trace.bin --policy ./swap/policy.py:Ours --pool-limit 20% "
            "--baseline swap/base.json --update"
        )

    def write(self, policy: str) -> None:
        """The policy under test."""
        (self.folder / "swap" / "policy.py").write_text(policy)

    def shell(self, line: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run ``line`` as a CI job does."""
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", line],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0 or not check, done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def build(self, steps: list[tuple[str, bool]]) -> tuple[int, str, str]:
        """Run the steps until one fails, then those that run always: exit code of the job, output, errors."""
        code, out, errors = 0, "", ""
        for line, always in steps:
            if (code and not always) or line.startswith(
                "pip install"
            ):  # it is here, and the URL is to be filled in
                continue
            done = self.shell(line, check=False)
            code, out, errors = code or done.returncode, out + done.stdout, errors + done.stderr
        return code, out, errors


@pytest.fixture
def repository(tmp_path: Path, ground: Path) -> Repository:
    """A new one for each test."""
    return Repository(tmp_path, ground)


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_build_without_a_change_for_the_worse_passes(recipe: str, repository: Repository) -> None:
    code, out, errors = repository.build(RECIPES[recipe]())
    assert (code, errors) == (0, "")
    assert "no worse" in out
    assert "no worse" in repository.summary.read_text()
    assert (repository.folder / "report.html").read_text().startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_policy_made_worse_fails_the_build_and_the_summary_says_why(
    recipe: str, repository: Repository
) -> None:
    repository.write(WORSE)
    code, out, errors = repository.build(RECIPES[recipe]())
    assert code == 1
    assert errors == ""
    for text in (out, repository.summary.read_text()):
        assert "worse: " in text
        assert "refaults" in text
    assert "<failure" in (repository.folder / "junit.xml").read_text()
    assert len(json.loads((repository.folder / "result.json").read_text())["label"]) > 0
    assert (repository.folder / "report.html").stat().st_size > 1_000_000


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_change_that_is_meant_brings_its_own_baseline(recipe: str, repository: Repository) -> None:
    repository.write(WORSE)
    repository.shell("zswapbench check swap/app.trace.bin --baseline swap/base.json --trust --update")
    assert repository.build(RECIPES[recipe]())[0] == 0


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_policy_that_does_not_run_breaks_the_build_otherwise(recipe: str, repository: Repository) -> None:
    repository.write(GOOD.replace("self.entries", "self.entires", 1))
    code, _, errors = repository.build(RECIPES[recipe]())
    assert code == 3
    assert errors.startswith("zswapbench: policy ./swap/policy.py:Ours: ")


def test_the_recipes_are_found() -> None:
    for recipe in RECIPES.values():
        steps = recipe()
        assert [always for _, always in steps] == [False, False, True]
        assert steps[0] == ('pip install "git+https://URL/OF/zswapbench.git"', False)
        assert all(words in line for words, (line, _) in zip(("check", "report"), steps[1:], strict=True))
