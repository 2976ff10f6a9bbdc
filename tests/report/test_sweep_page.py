"""The page of a sweep in a real Chromium: its sentence, charts that draw, a table that sorts, names that stay text."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.cli.running import inside
from tests.report.test_browser import CONTRASTS
from tests.report.watched import NAMES, Watched
from tests.results.sweeps.sweeping import copied, sweep
from zswapbench.report.html import sweep as sweep_page


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sweep(tmp_path_factory.mktemp("sweep") / "s.sqlite")


def page_of(path: Path, output: Path, *options: str) -> Path:
    done = inside("sweep", "report", path, "-o", output, *options)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"wrote {output}: ")
    return output


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_says_what_is_best_and_draws_all(
    browser: Browser, made: Path, tmp_path: Path, scheme: str
) -> None:
    watched = Watched(browser, page_of(made, tmp_path / "s.html"), color_scheme=scheme)
    page = watched.page
    assert (
        page.locator("section.advice p")
        .inner_text()
        .startswith("Least time over all 2 traces (2 synthetic): ")
    )
    titles = page.locator("h2").all_inner_texts()
    assert titles[1:4] == ["Least time, of 12 cells", "Least memory, of 12 cells", "Least wear, of 12 cells"]
    assert titles[-2:] == ["What is traded for what", "All cells"]
    assert titles[4].startswith("Time by ")
    for plot in page.locator(".plot").all():
        assert plot.locator(".main-svg").first.is_visible()
        assert plot.locator(".scatterlayer .trace").count() > 1
    assert not [what for contrast, what in page.evaluate(CONTRASTS) if contrast < 4.5]
    watched.close()


def test_a_point_tells_its_cell_and_figures(browser: Browser, made: Path, tmp_path: Path) -> None:
    watched = Watched(browser, page_of(made, tmp_path / "s.html"))
    page = watched.page
    plot = page.locator("#sweep-tradeoffs .plot").first
    plot.focus()
    page.keyboard.press("ArrowUp")
    read = page.locator("#sweep-tradeoffs .readout").first
    for part in ("limit=", " ms", "page frames", "device writes"):
        assert part in read.inner_text()
    expect(plot.locator(".hoverlayer .hovertext")).to_have_count(1)
    watched.close()


def test_all_cells_sort_by_a_figure(browser: Browser, made: Path, tmp_path: Path) -> None:
    watched = Watched(browser, page_of(made, tmp_path / "s.html", "--where", "trace=a"))
    table = watched.page.locator("section.table", has=watched.page.get_by_role("heading", name="All cells"))
    head = table.locator("th", has_text="device writes")
    place = head.evaluate("(head) => head.cellIndex") + 1
    head.locator("button").click()
    shown = table.locator(f"tbody td:nth-child({place})").all_inner_texts()
    figures = [int(text.replace(",", "")) for text in shown]
    assert figures == sorted(figures)
    assert len(figures) == 12
    watched.close()


def test_hostile_names_are_text(browser: Browser, made: Path, tmp_path: Path) -> None:
    path = copied(made, tmp_path / "s.sqlite")
    with closing(sqlite3.connect(path)) as database, database:
        for number, (digest,) in enumerate(database.execute("SELECT digest FROM inputs").fetchall()):
            told = json.dumps({"origin": NAMES[number + 2]})
            database.execute(
                "UPDATE inputs SET name = ?, about = ? WHERE digest = ?", (NAMES[number], told, digest)
            )
        for number, policy in enumerate(("lru", "clock")):
            database.execute(
                "UPDATE runs SET cell = json_set(cell, '$.policy', ?) WHERE json_extract(cell, '$.policy') = ?",
                (NAMES[number], policy),
            )
    watched = Watched(browser, page_of(path, tmp_path / "s.html"))
    page = watched.page
    assert page.locator("script").count() == 3
    assert page.locator("main img, main b, main a").count() == 0
    assert {*page.locator("#sweep-multiples h3").all_inner_texts()} < {*NAMES}
    watched.close()


def test_of_many_cells_those_with_the_least_time_are_in_the_table(
    browser: Browser, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep_page, "MOST_ROWS", 5)
    watched = Watched(browser, page_of(made, tmp_path / "s.html"))
    table = watched.page.locator("section.table").last
    assert table.locator("h2").inner_text() == "5 of 24 cells"
    assert table.locator("tbody tr").count() == 5
    assert table.locator(".note", has_text="19 more cells").count() == 1
    watched.close()


def test_what_cannot_be_is_told(made: Path, tmp_path: Path) -> None:
    for arguments, problem in (
        ([made, "-o", made], "is an input too"),
        ([made, "-o", tmp_path / "x.html", "--where", "codec=lz5"], "did you mean lz4?"),
    ):
        done = inside("sweep", "report", *map(str, arguments))
        assert (done.code, done.out) == (2, "")
        assert problem in done.err
        assert done.err.count("\n") == 1
