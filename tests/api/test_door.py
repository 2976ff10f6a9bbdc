"""The door: what importing the package does and does not, and the examples that the docs show."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import zswapbench
from tests.api.examples import typed
from tests.dumps.elfwriter import Core, Load
from tests.dumps.test_real import dumped_by_gcore
from tests.making import random_page, text_page
from zswapbench import shipped

ROOT = Path(__file__).parents[2]
EXAMPLES = Path(__file__).parent / "examples"


@pytest.mark.parametrize("name", ["budget", "sweep", "frame"])
def test_readme_shows_the_example_as_it_is(name: str) -> None:
    example = (EXAMPLES / f"{name}.py").read_text().partition('"""\n\n')[2]
    assert f"```python\n{example}```" in (ROOT / "README.md").read_text()


INTERRUPTED = """
import os, signal, sys, threading
import zswapbench
from zswapbench import shipped

handler = signal.getsignal(signal.SIGINT)
zswapbench.replay(shipped.demo_trace())
assert signal.getsignal(signal.SIGINT) is handler
threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    while True:
        zswapbench.compare(shipped.demo_trace(), ["lru", "fifo"])
except KeyboardInterrupt:
    print("interrupted")
"""

LIGHT = """
import sys
before = set(sys.modules)
import zswapbench
assert {"compare", "replay", "__version__"} <= set(dir(zswapbench))
print(sorted(name for name in set(sys.modules) - before if name.split(".")[0] not in sys.stdlib_module_names))
"""


REPLAYS = """
import sys
import zswapbench
from zswapbench import shipped
zswapbench.compare(shipped.demo_trace(), ["lru", "fifo"], cost="lzo=6us/3us")
print(sorted({"jinja2", "jsonschema", "pandas"} & set(sys.modules)))
"""


def python(code: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``code`` in ``folder``, by a Python that finds this package where packages are installed, and only there."""
    site = folder / "site"
    site.mkdir(exist_ok=True)
    (site / "zswapbench").symlink_to(ROOT / "zswapbench")
    return subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(site)!r})\n{code}", *arguments],
        cwd=folder,
        env={**os.environ, "XDG_CACHE_HOME": str(folder / "cache")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_importing_the_package_imports_nothing_else(tmp_path: Path) -> None:
    done = python(LIGHT, tmp_path)
    assert (done.stdout, done.stderr) == ("['zswapbench']\n", "")


def test_a_replay_does_not_wait_for_what_only_reports_and_files_need(tmp_path: Path) -> None:
    done = python(REPLAYS, tmp_path)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_everything_offered_is_there_and_nothing_else() -> None:
    assert set(zswapbench.__all__) <= set(dir(zswapbench))
    assert all(getattr(zswapbench, name) is not None for name in zswapbench.__all__)
    with pytest.raises(AttributeError, match="module 'zswapbench' has no attribute 'repaly'"):
        zswapbench.repaly  # type: ignore[attr-defined]  # noqa: B018


def test_an_interrupt_passes_and_no_signal_is_handled(tmp_path: Path) -> None:
    done = python(INTERRUPTED, tmp_path)
    assert (done.stdout, done.stderr, done.returncode) == ("interrupted\n", "", 0)


def test_the_example_script_runs_where_only_the_package_is(tmp_path: Path) -> None:
    script = (EXAMPLES / "sweep.py").read_text()
    done = python(f"{script}\nprint(zswapbench.__file__)", tmp_path)
    assert (done.stderr, done.returncode) == ("", 0)
    *lines, place = done.stdout.splitlines()
    assert place == str(tmp_path / "site/zswapbench/__init__.py")
    assert [line.split(":")[0] for line in lines] == ["lz4", "zstd", "refaults fall"]
    assert lines[-1] == "refaults fall: True"


@pytest.mark.parametrize(("budget", "outcome"), [("0.95", "1 passed"), ("0.1", "1 failed")])
def test_the_ten_lines_for_pytest_hold_a_policy_to_its_budget(
    tmp_path: Path, budget: str, outcome: str
) -> None:
    text = (EXAMPLES / "budget.py").read_text()
    assert len(text.splitlines()) == 10
    assert "0.95" in text
    (tmp_path / "test_budget.py").write_text(text.replace("0.95", budget))
    (tmp_path / "app.trace.bin").symlink_to(shipped.demo_trace())
    arguments = ["-p", "no:xdist", "-p", "no:cacheprovider", "-W", "error", "--rootdir", str(tmp_path), "-q"]
    done = python(f"import pytest; sys.exit(pytest.main({[*arguments, 'test_budget.py']}))", tmp_path)
    assert outcome in done.stdout, done.stdout + done.stderr
    assert done.returncode == int("failed" in outcome)


def test_the_guide_shows_the_way_from_a_core_to_a_verdict_as_it_is() -> None:
    example = (EXAMPLES / "verdict.py").read_text().partition('"""\n\n')[2]
    assert f"```python\n{example}```" in (ROOT / "docs/python.md").read_text()


def test_the_way_from_a_core_to_a_verdict_can_be_gone(tmp_path: Path) -> None:
    pages = b"".join(map(text_page, range(300))) + b"".join(map(random_page, range(30)))
    Core([Load(0x10000, pages), Load(0x800000, bytes(4096), flags=4)]).write(tmp_path / "app.core")
    lines = verdict_of(tmp_path)
    assert any(line.startswith("left out: 4.0 KiB") for line in lines)


def test_the_way_from_a_core_to_a_verdict_can_be_gone_with_one_that_gcore_wrote(tmp_path: Path) -> None:
    core = dumped_by_gcore(tmp_path, KEEPS_TEXT).core
    core.rename(tmp_path / "app.core")
    lines = verdict_of(tmp_path)
    assert any("which the kernel reads again from there" in line for line in lines)


KEEPS_TEXT = """
import os, signal
text = [b"%d words of text" % number * 400 for number in range(500)]
print(os.getpid(), flush=True)
signal.pause()
"""


def verdict_of(folder: Path) -> list[str]:
    """What the example prints in ``folder``, which has app.core."""
    done = python((EXAMPLES / "verdict.py").read_text(), folder)
    assert (done.stderr, done.returncode) == ("", 0)
    lines = done.stdout.splitlines()
    labels = [line.split()[0] for line in lines if line.startswith(("lru", "class-lru"))]
    assert labels == ["lru", "class-lru-frames", "lru,codec=zstd"]
    assert lines[-1] in ("passed: True", "passed: False")
    assert (folder / "report.html").read_text().startswith("<!DOCTYPE html>")
    return lines


def test_the_example_with_a_data_frame_prints_what_readme_says(tmp_path: Path) -> None:
    done = python((EXAMPLES / "frame.py").read_text(), tmp_path)
    assert (done.stderr, done.returncode) == ("", 0)
    printed = "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())
    assert f"```\n{printed}```" in (ROOT / "README.md").read_text()


def test_types_are_what_they_are_declared_to_be(made: Path) -> None:
    results = typed.types(made)
    assert [result.label for result in results] == ["lru", "lru", "fifo"]
    (made / "app.pages").write_bytes(random_page(1) + text_page(2) * 20)
    assert typed.made_and_judged(made, results)
    assert typed.error() == "3 no such file: cannot be read: No such file or directory"
