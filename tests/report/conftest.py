"""A real Chromium, and pages to look at with it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.report.made import better, result
from tests.report.test_charts import TIMES
from tests.report.watched import NAMES, Watched, written


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, ("/usr/bin/chromium", "chromium", "chromium-browser"))), None)
    if path is None:
        pytest.fail("there is no chromium to look at the page with: run scripts/check, or install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    results = [
        result("lru", timings=TIMES),
        better(timings=TIMES),
        better("class-lru-frames", codec="zstd 1", timings=TIMES, refaults=None),
    ]
    return written(tmp_path_factory.mktemp("page") / "usual.html", results)


@pytest.fixture(scope="session")
def ranked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of so many policies that they have a table of their own, with columns of one unit each."""
    results = [result(f"p{number}", timings=TIMES, flushes_per_frame=9.0 - number) for number in range(5)]
    results.append(result("none", timings=TIMES, flushes_per_frame=None))
    results = [replace(one, asked={**one.asked, "policy": one.label}) for one in results]
    return written(tmp_path_factory.mktemp("page") / "ranked.html", results)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = [result(name, codec=f"{name} 1", trace=NAMES[0], timings=TIMES) for name in NAMES]
    made = [replace(one, inputs={**one.inputs, "corpus": NAMES[1]}) for one in made]
    return written(tmp_path_factory.mktemp("page") / "hostile.html", made)


@pytest.fixture
def opened(browser: Browser, usual: Path) -> Iterator[Page]:
    watched = Watched(browser, usual)
    yield watched.page
    watched.close()
