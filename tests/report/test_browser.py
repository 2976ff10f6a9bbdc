"""The page in a real Chromium: what it does, that names stay text, and that nothing leaves it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.report.watched import NAMES, Watched

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
    assert shown[1:] == [name.replace("\u2028", "\\u2028") for name in NAMES]
    plot = page.locator("#part0-pool .plot")
    plot.focus()
    page.keyboard.press("ArrowDown")
    for name in NAMES[:4]:
        page.keyboard.press("ArrowDown")
        assert page.locator("#part0-pool .readout").inner_text().startswith(f"{name}, ")
        expect(page.locator("#part0-pool .hoverlayer .hovertext")).to_contain_text(name)
    for choice in page.locator("select").all():
        for place in range(choice.locator("option").count()):
            choice.select_option(str(place))
    watched.close()


def test_a_table_sorts_by_keys_and_what_has_no_value_comes_last(browser: Browser, ranked: Path) -> None:
    watched = Watched(browser, ranked)
    page = watched.page
    table = page.locator("section.table table").first
    head = table.locator("th", has_text=re.compile("^B$"))
    column = page.evaluate("(head) => head.cellIndex", head.element_handle()) + 1

    def shown() -> list[str]:
        return table.locator(f"tbody td:nth-child({column})").all_inner_texts()

    head.locator("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert shown() == ["5.00", "6.00", "7.00", "8.00", "9.00", "-"]
    page.keyboard.press("Space")
    assert head.get_attribute("aria-sort") == "descending"
    assert shown() == ["9.00", "8.00", "7.00", "6.00", "5.00", "-"]
    table.locator("th", has_text="policy").locator("button").click()
    assert head.get_attribute("aria-sort") is None
    names = table.locator("tbody td:nth-child(2)").all_inner_texts()
    assert names == ["none", "p0", "p1", "p2", "p3", "p4"]
    watched.close()


def test_a_column_that_mixes_units_does_not_sort(opened: Page) -> None:
    (table,) = opened.locator("section.table table").all()
    assert table.locator("tbody tr").count() > 20
    assert table.locator("th button").count() == 0


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
    opened.keyboard.press("ArrowUp")
    read = opened.locator("#part0-pool .readout")
    assert read.inner_text() == "pool limit, 2,048 page frames (8.0 MiB)"
    opened.keyboard.press("ArrowDown")
    seen = [read.inner_text()]
    for key in ("ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"):
        opened.keyboard.press(key)
        seen.append(read.inner_text())
    first = "lru, 1,024 page frames (4.0 MiB), after 1.00 seconds"
    second = "lru, 2,048 page frames (8.0 MiB), after 2.50 seconds"
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


def test_a_card_opens_to_what_its_figure_means(opened: Page) -> None:
    card = opened.locator(".card").first
    assert card.locator(".winner").text_content() == "★ best: class-lru, class-lru-frames"
    meaning = card.locator(".meaning")
    assert meaning.evaluate("(one) => one.open") is False
    card.locator("summary").click()
    assert meaning.evaluate("(one) => one.open") is True
    assert meaning.inner_text().endswith("pages written back, and rejected pages written at once")


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
    assert page.locator(".card").first.is_visible()
    assert page.locator(".advice p").is_visible()
    assert page.locator(".question p").first.is_visible()
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
