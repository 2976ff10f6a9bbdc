"""The page of a recommendation, in a real browser: the sentence, the front, and what a click copies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Browser

from tests.report.recommend.made import candidate, recommendation
from tests.report.watched import Watched
from zswapbench.report.recommend.page import front_chart, recommendation_page
from zswapbench.report.recommend.sentence import opening
from zswapbench.report.recommend.tables import pastes_of


def test_each_set_up_has_a_mark_with_what_it_pays() -> None:
    chart = front_chart(recommendation())
    traces = chart.panes[0].figure["data"]
    assert [trace["x"][0] for trace in traces] == [1.0, 1.1, 2.3]
    assert [trace["y"][0] for trace in traces] == [7, 0, 900]
    assert "40 page frames of the pool" in traces[0]["hovertext"][0]
    assert chart.panes[0].keys[0].name == "zswap zstd, 40 % (take)"


def test_one_that_ran_out_of_memory_has_no_mark_and_one_alone_no_chart() -> None:
    one = recommendation()
    died = replace(one, runner_up=None, front=(), default=candidate("disk", out_of_memory_at=3))
    chart = front_chart(died)
    assert not chart.panes
    assert chart.notes == ["Nothing to compare: only one set-up did all of the work."]


def test_a_click_copies_the_lines_as_they_are(browser: Browser, tmp_path: Path) -> None:
    one = recommendation(traffic="<b>recorded</b>", remarks=("<img src=x onerror=alert(1)>",))
    path = tmp_path / "page.html"
    path.write_text(recommendation_page(one))
    watched = Watched(browser, path)
    page = watched.page
    page.evaluate(
        "Object.defineProperty(navigator, 'clipboard', {value: {writeText: async (text) => { window.copied = text; }}})"
    )
    assert opening(one) in page.inner_text(".advice")
    assert page.locator(".plot .points path").count() == 3
    buttons, pastes = page.locator(".copy"), pastes_of(one)
    assert buttons.count() == len(pastes)
    for place, paste in enumerate(pastes):
        buttons.nth(place).click()
        assert page.evaluate("window.copied") == paste.text
    assert buttons.first.inner_text() == "Copied"
    assert page.locator("img").count() == 0
    assert "<b>recorded</b>" in page.inner_text("body")
    watched.close()


def test_where_the_clipboard_is_kept_from_pages_the_lines_are_selected(
    browser: Browser, tmp_path: Path
) -> None:
    one = recommendation()
    path = tmp_path / "page.html"
    path.write_text(recommendation_page(one))
    watched = Watched(browser, path)
    page = watched.page
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.locator(".copy").nth(1).click()
    assert page.evaluate("getSelection().toString()").strip() == pastes_of(one)[1].text.strip()
    assert page.locator(".copy").nth(1).inner_text() == "Selected"
    watched.close()
