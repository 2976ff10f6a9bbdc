"""The page on a narrow screen: nothing is cut, and what is drawn can be told apart."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.report.watched import Watched

CUT = """() => [...document.querySelectorAll(".card, .advice, .question, .made, pre, .runs li")]
  .filter((one) => one.scrollWidth > one.clientWidth + 1)
  .map((one) => `${one.tagName}.${one.className}: ${one.textContent.trim().slice(0, 40)}`)"""
"""What does not fit into its place on top of the page."""


@pytest.mark.parametrize("name", ["usual", "hostile", "ranked"])
@pytest.mark.parametrize("width", [360, 390])
def test_on_a_phone_only_tables_scroll_sideways(
    browser: Browser, request: pytest.FixtureRequest, name: str, width: int
) -> None:
    watched = Watched(
        browser,
        request.getfixturevalue(name),
        viewport={"width": width, "height": 740},
        has_touch=True,
        is_mobile=True,
    )
    page = watched.page
    for fold in page.locator("summary:visible").all():
        fold.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(CUT) == []
    watched.close()


def test_on_a_phone_two_results_stand_side_by_side_and_a_table_says_that_it_goes_on(
    browser: Browser, usual: Path
) -> None:
    watched = Watched(browser, usual, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    box = watched.page.get_by_role("region", name="Side by side", exact=True)
    seen = box.bounding_box()
    second = box.locator("tbody tr").first.locator("td").nth(2).bounding_box()
    assert seen
    assert second
    assert second["x"] + second["width"] <= seen["x"] + seen["width"]
    hint = watched.page.locator(".sideways:has(+ [aria-label='Side by side'])")
    assert hint.is_visible()
    assert hint.inner_text() == "Scroll the table sideways: it has more columns."
    expect(box).to_have_class("scroll more")
    box.evaluate("(box) => box.scrollTo(9999, 0)")
    expect(box).not_to_have_class(re.compile("more"))
    watched.close()


def test_a_table_that_fits_says_nothing(browser: Browser, usual: Path) -> None:
    watched = Watched(browser, usual, viewport={"width": 1280, "height": 900})
    assert not watched.page.locator(".sideways:has(+ [aria-label='Side by side'])").is_visible()
    watched.close()


def test_on_a_phone_the_lines_of_the_classes_stand_apart(browser: Browser, usual: Path) -> None:
    phone: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    spans = []
    for context in (phone, {"viewport": {"width": 1280, "height": 900}}):
        watched = Watched(browser, usual, **context)
        plot = watched.page.locator("#part0-sizes-0")
        low, high = plot.evaluate("(plot) => plot.layout.xaxis.range.map(Number)")
        spans.append(high - low)
        classes = plot.evaluate("(plot) => plot.data[1].x.filter((x) => x !== null).length / 2")
        shown = classes * (high - low) / 4096
        assert plot.evaluate("(plot) => plot._fullLayout.xaxis._length") / shown >= 3
        assert watched.page.locator(".narrow").first.is_visible() == (context is phone)
        watched.close()
    assert spans[0] < spans[1] / 3
