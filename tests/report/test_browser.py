"""The page in a real Chromium: what it does, that names stay text, and that nothing leaves it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect, sync_playwright

from tests.report.made import better, result
from tests.report.test_charts import TIMES
from zswapbench.report.html import Group, render
from zswapbench.results.records import Result

NAMES = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "]]></script><b>x</b>",
    "\"quoted\" 'and' `ticked`",
    "\N{SNOWMAN} \N{GRINNING FACE} %{x} {{x}} $x^2$",
    "a\u2028b",
    "x" * 500,
    "&lt;b&gt; <a href='javascript:alert(1)'>y</a>",
]

CONTRASTS = """() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => parts(colour).slice(0, 3).map((one) => one / 255)
    .map((one) => (one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, place) => sum + one * [0.2126, 0.7152, 0.0722][place], 0);
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (parts(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const texts = "h1, h2, p, dt, dd, th, td, .best, button, select, summary, .xtick text, .ytitle";
  return [...document.querySelectorAll(texts)].filter((one) => one.textContent.trim()).map((one) => {
    const style = getComputedStyle(one);
    const ink = one.closest("svg") ? style.fill : style.color;
    const [low, high] = [light(ink), light(ground(one))].sort((a, b) => a - b);
    return [(high + 0.05) / (low + 0.05), `${one.tagName}.${one.className}: ${ink} on ${ground(one)}`];
  });
}"""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, ("/usr/bin/chromium", "chromium", "chromium-browser"))), None)
    if path is None:
        pytest.fail("there is no chromium to look at the page with: run scripts/check, or install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Watched:
    """A page that is open, and what should not happen while it is: messages, errors, dialogs, requests."""

    def __init__(self, browser: Browser, file: Path, **context: Any) -> None:
        self.file = file
        self.context = browser.new_context(**context)
        self.page: Page = self.context.new_page()
        self.wrong: list[str] = []
        self.page.on("console", lambda message: self.wrong.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("dialog", self._asked)
        self.page.on("request", lambda request: self._requested(request.url))
        self.page.goto(file.as_uri())

    def _asked(self, dialog: Dialog) -> None:
        self.wrong.append("a dialog")
        dialog.dismiss()

    def _requested(self, url: str) -> None:
        if url != self.file.as_uri():
            self.wrong.append(f"request: {url[:80]}")

    def close(self) -> None:
        self.context.close()
        assert not self.wrong


@pytest.fixture(scope="session")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    results = [
        result("lru", timings=TIMES),
        better(timings=TIMES),
        better("class-lru-frames", codec="zstd 1", timings=TIMES, refaults=None),
    ]
    return written(tmp_path_factory.mktemp("page") / "usual.html", results)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = [result(name, codec=f"{name} 1", trace=NAMES[0], timings=TIMES) for name in NAMES]
    made = [replace(one, inputs={**one.inputs, "corpus": NAMES[1]}) for one in made]
    return written(tmp_path_factory.mktemp("page") / "hostile.html", made)


def written(path: Path, results: list[Result]) -> Path:
    path.write_text(render([Group(results)]), encoding="utf-8")
    return path


@pytest.fixture
def opened(browser: Browser, usual: Path) -> Iterator[Page]:
    watched = Watched(browser, usual)
    yield watched.page
    watched.close()


def first_column(page: Page) -> list[str]:
    return page.locator("section.table tbody tr td:first-child").all_inner_texts()


def test_the_page_opens_without_a_message_or_a_request_and_draws_every_chart(opened: Page) -> None:
    panes = opened.locator(".pane:visible")
    assert panes.count() == opened.locator(".plot .main-svg >> nth=0").count() * panes.count() > 5
    for plot in panes.locator(".plot").all():
        assert plot.locator(".main-svg").first.is_visible()


def test_hostile_names_are_text_everywhere(browser: Browser, hostile: Path) -> None:
    watched = Watched(browser, hostile)
    page = watched.page
    assert page.locator("h1").inner_text() == NAMES[0]
    assert page.locator("script").count() == 3
    assert page.locator("main img, main b, main a").count() == 0
    shown = page.locator("#part0-pool .keys button").all_inner_texts()
    assert shown[: len(NAMES)] == [name.replace("\u2028", "\\u2028") for name in NAMES]
    plot = page.locator("#part0-pool .plot")
    plot.focus()
    for name in NAMES[:4]:
        page.keyboard.press("ArrowDown")
        assert page.locator("#part0-pool .readout").inner_text().startswith(f"{name}, ")
        expect(page.locator("#part0-pool .hoverlayer .hovertext")).to_contain_text(name)
    for choice in page.locator("select").all():
        for place in range(choice.locator("option").count()):
            choice.select_option(str(place))
    watched.close()


def test_a_table_sorts_by_keys(opened: Page) -> None:
    before = first_column(opened)
    head = opened.locator("section.table th").nth(1)
    head.locator("button").focus()
    opened.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    values = opened.locator("section.table tbody tr td:nth-child(2)")
    numbers = [float(one.get_attribute("data-value") or "inf") for one in values.all()]
    assert numbers == sorted(numbers)
    opened.keyboard.press("Space")
    assert head.get_attribute("aria-sort") == "descending"
    assert sorted(first_column(opened)) == sorted(before)
    other = opened.locator("section.table th").first
    other.locator("button").click()
    assert head.get_attribute("aria-sort") is None
    assert first_column(opened) == sorted(before, key=str.lower)


def test_what_has_no_value_sorts_last_both_ways(opened: Page) -> None:
    head = opened.locator("section.table th", has_text="class-lru-frames")
    for _ in range(2):
        head.locator("button").click()
        column = opened.evaluate("(head) => head.cellIndex", head.element_handle())
        texts = opened.locator(f"section.table tbody tr td:nth-child({column + 1})").all_inner_texts()
        assert "-" in texts
        none = [text in ("-", "does not apply") for text in texts]
        assert none == sorted(none)


def test_a_key_hides_and_shows_a_line_by_keys(opened: Page) -> None:
    lines = opened.locator("#part0-flushes .scatterlayer .trace")
    key = opened.locator("#part0-flushes .keys button").first
    assert lines.count() == 3
    key.focus()
    opened.keyboard.press("Space")
    assert key.get_attribute("aria-pressed") == "false"
    assert lines.count() == 2
    opened.keyboard.press("Enter")
    assert key.get_attribute("aria-pressed") == "true"
    assert lines.count() == 3


def test_arrows_move_through_the_values_and_read_them_out(opened: Page) -> None:
    opened.locator("#part0-pool .plot").focus()
    read = opened.locator("#part0-pool .readout")
    seen = []
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"):
        opened.keyboard.press(key)
        seen.append(read.inner_text())
    first, second = "lru, 1,024 page frames, after 1.00 seconds", "lru, 2,048 page frames, after 2.50 seconds"
    assert seen == [first, second, first, first.replace("lru", "class-lru", 1), first]
    expect(opened.locator("#part0-pool .hoverlayer .hovertext")).to_have_count(1)
    opened.keyboard.press("Escape")
    expect(opened.locator("#part0-pool .hoverlayer .hovertext")).to_have_count(0)


@pytest.mark.parametrize("chart", ["flushes", "barren", "classes", "sizes", "codecs"])
def test_arrows_show_the_value_at_its_place_in_every_kind_of_chart(opened: Page, chart: str) -> None:
    pane = opened.locator(f"#part0-{chart} .pane").first
    pane.locator(".plot").focus()
    opened.keyboard.press("ArrowRight")
    opened.keyboard.press("ArrowRight")
    assert pane.locator(".readout").inner_text()
    expect(pane.locator(".hoverlayer .hovertext")).to_have_count(1)


def test_arrows_pass_over_a_hidden_line(opened: Page) -> None:
    opened.locator("#part0-flushes .keys button").first.click()
    opened.locator("#part0-flushes .plot").focus()
    opened.keyboard.press("ArrowRight")
    assert opened.locator("#part0-flushes .readout").inner_text().startswith("class-lru, ")


def test_plus_minus_and_nought_zoom(opened: Page) -> None:
    opened.locator("#part0-refaults .plot").focus()
    spans = []
    for key in ("", "+", "-", "-", "0"):
        if key:
            opened.keyboard.press(key)
        low, high = opened.evaluate(
            "document.querySelector('#part0-refaults .plot').layout.xaxis.range.map(Number)"
        )
        spans.append(high - low)
    assert spans == pytest.approx([spans[0], spans[0] / 2, spans[0], spans[0] * 2, spans[0]])


def test_a_choice_shows_another_pane(opened: Page) -> None:
    panes = opened.locator("#part0-classes .pane")
    opened.locator("#part0-classes select").select_option("1")
    assert [pane.is_visible() for pane in panes.all()] == [False, True, False]
    assert panes.nth(1).locator(".plot .barlayer .point").count() > 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_are_readable_in_both_themes(browser: Browser, usual: Path, scheme: Any) -> None:
    watched = Watched(browser, usual, color_scheme=scheme)
    page = watched.page
    grounds = []
    for _ in range(2):
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        found = page.evaluate(CONTRASTS)
        assert len(found) > 100
        assert [what for contrast, what in found if contrast < 4.5] == []
        page.locator("#theme").focus()
        page.keyboard.press("Enter")
    assert len(set(grounds)) == 2
    assert (grounds[0] == "rgb(255, 255, 255)") == (scheme == "light")
    watched.close()


def test_a_theme_outlives_a_reload_and_is_stored_nowhere(browser: Browser, usual: Path) -> None:
    watched = Watched(browser, usual, color_scheme="light")
    watched.page.locator("#theme").click()
    watched.page.reload()
    assert watched.page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert watched.page.evaluate("localStorage.length + sessionStorage.length") == 0
    watched.close()


@pytest.mark.parametrize("name", ["usual", "hostile"])
def test_on_a_phone_only_tables_scroll_sideways(
    browser: Browser, request: pytest.FixtureRequest, name: str
) -> None:
    watched = Watched(
        browser,
        request.getfixturevalue(name),
        viewport={"width": 360, "height": 740},
        has_touch=True,
        is_mobile=True,
    )
    page = watched.page
    for fold in page.locator("summary:visible").all():
        fold.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    watched.close()


def test_it_prints_with_all_charts_tables_and_in_light(browser: Browser, usual: Path) -> None:
    watched = Watched(browser, usual, color_scheme="dark")
    page = watched.page
    printed = page.pdf()
    assert printed.startswith(b"%PDF-")
    assert len(printed) < 3_000_000
    assert len(re.findall(rb"/Type /Page\b", printed)) > 3
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    for plot in page.locator(".pane:visible .plot").all():
        box = plot.locator(".main-svg").first.bounding_box()
        assert box and box["width"] == 640 and box["height"] > 200
    assert page.locator("details:not([open])").count() == 0
    assert not page.locator("#theme").is_visible()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0
    watched.close()


def test_on_paper_no_table_is_cut(browser: Browser, hostile: Path) -> None:
    watched = Watched(browser, hostile, viewport={"width": 688, "height": 900})
    page = watched.page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("document.documentElement.scrollWidth") <= 688
    watched.close()


def test_without_javascript_answers_and_tables_are_there(browser: Browser, usual: Path) -> None:
    watched = Watched(browser, usual, java_script_enabled=False)
    page = watched.page
    assert page.locator(".answers p").first.is_visible()
    assert page.locator("noscript p").is_visible()
    assert not page.locator(".plot").first.is_visible()
    page.locator("#part0-pool summary").click()
    assert page.locator("#part0-pool table").is_visible()
    watched.close()


def test_a_picture_of_a_chart_can_be_saved(opened: Page) -> None:
    opened.locator("#part0-pool .plot").hover()
    with opened.expect_download() as download:
        opened.locator("#part0-pool .modebar-btn[data-title*='ownload']").click()
    assert Path(download.value.path()).read_text(encoding="utf-8").startswith("<svg")


def test_no_button_of_plotly_would_send_a_chart_away(opened: Page) -> None:
    buttons = opened.locator("#part0-pool .modebar-btn")
    names = [button.get_attribute("data-title") or "" for button in buttons.all()]
    assert len(names) == 6
    assert not [name for name in names if re.search("cloud|share|link|edit", name, re.IGNORECASE)]
