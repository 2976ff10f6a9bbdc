"""What the docs say to run with ``python -m`` runs after scripts/setup, which installs nothing that is for tests."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    {
        module
        for page in ROOT.glob("docs/*.md")
        for module in re.findall(r"python -m (tests[.\w]+)", page.read_text())
    }
)
WITHOUT_TEST_TOOLS = """
import importlib, sys
sys.modules |= dict.fromkeys(("pytest", "hypothesis"))  # None: an import of it fails
importlib.import_module(sys.argv[1])
"""


def test_the_docs_name_such_modules() -> None:
    assert "tests.sim.measured" in MODULES


@pytest.mark.parametrize("module", MODULES)
def test_a_module_that_the_docs_run_needs_no_pytest(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TEST_TOOLS, module],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
