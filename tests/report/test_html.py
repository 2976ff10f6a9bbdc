"""The HTML page as text: complete, the same for the same results, and names are never markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.report.made import better, result
from tests.report.test_charts import TIMES, old
from zswapbench.report.answers import questions
from zswapbench.report.html import Group, labelled, plotly_source, render
from zswapbench.report.recommendation import recommendation
from zswapbench.results.by_trace import by_trace
from zswapbench.results.metrics import METRICS
from zswapbench.results.records import Result

HOSTILE = "<script>alert(1)</script>]]><!--&amp;\"'{{ 7 * 7 }}"


class Reader(HTMLParser):
    """What a page holds: elements with their attributes, texts outside scripts and styles, scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.text = ""
        self.raw = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.raw = tag if tag in ("script", "style") else ""

    def handle_endtag(self, tag: str) -> None:
        self.raw = ""

    def handle_data(self, data: str) -> None:
        if self.raw == "script":
            self.scripts.append((self.elements[-1][1], data))
        elif not self.raw:
            self.text += data


def page_of(*results: Result) -> str:
    return render([Group(some) for some in by_trace(list(results))])


def three() -> list[Result]:
    return [result("lru", timings=TIMES), better(timings=TIMES), better("class-lru-frames", timings=TIMES)]


def figures_of(page: str) -> Any:
    (text,) = (text for attributes, text in Reader(page).scripts if attributes.get("id") == "figures")
    return json.loads(text)


def test_the_recommendation_comes_first_then_the_answers_then_the_table_then_the_charts() -> None:
    page = page_of(*three())
    text = Reader(page).text
    told = [answer for question in questions(three()) for answer in question.answers]
    places = [
        text.index(one)
        for one in (
            recommendation(three()),
            *told,
            "How this was made",
            "Side by side",
            "Page frames of the pool",
        )
    ]
    assert places == sorted(places)
    assert all(text.count(one) == 1 for one in told)


def test_every_chart_has_a_sentence_a_figure_keys_and_a_table() -> None:
    page = page_of(*three())
    figures = figures_of(page)
    elements = Reader(page).elements
    plots = [attributes for _, attributes in elements if attributes.get("class") == "plot script"]
    assert {plot["id"] for plot in plots} == set(figures)
    assert all(plot["tabindex"] == "0" and plot["aria-label"] for plot in plots)
    assert page.count("<summary>The same as a table") == len(plots)
    buttons = [attributes for tag, attributes in elements if tag == "button" and "aria-pressed" in attributes]
    assert len(buttons) == sum(len(figure["data"]) for figure in figures.values())


def test_cells_carry_their_values_and_the_best_is_marked_without_colour() -> None:
    page = page_of(*three())
    assert '<td data-value="900">900</td>' in page
    assert '<span aria-hidden="true">★ </span><span class="unseen">best: </span>450</td>' in page


def test_a_row_opens_to_its_meaning_and_a_rate_stands_over_what_it_rests_on() -> None:
    page = render([Group([result("lru"), better()])])
    for metric in METRICS:
        if metric.name != "refaults_of_bound":
            meaning = escape(metric.meaning)
            assert f'<summary title="{meaning}">{escape(metric.title)}</summary>{meaning}</details>' in page
    assert "6.00 <small>from 200 frames</small>" in page


def test_the_same_results_make_the_same_bytes() -> None:
    assert page_of(*three()) == page_of(*three())


def test_only_the_scripts_of_the_page_may_run_and_nothing_may_be_fetched() -> None:
    reader = Reader(page_of(*three()))
    (policy,) = (
        attributes["content"] or ""
        for tag, attributes in reader.elements
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    run = [text for attributes, text in reader.scripts if "type" not in attributes]
    assert len(run) == 2
    for text in run:
        assert f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy
    parts = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    assert parts["default-src"] == parts["base-uri"] == parts["form-action"] == "'none'"
    assert not any(word in policy for word in ("http", "*", "unsafe-eval", "script-src 'unsafe-inline'"))


def test_nothing_refers_to_another_place() -> None:
    page = page_of(*three()).replace(plotly_source(), "")
    assert not re.search(r"https?:|//[a-z]|url\(|@import", page)
    for tag, attributes in Reader(page).elements:
        assert "src" not in attributes
        assert tag not in ("link", "base", "iframe", "object", "embed", "form", "img")
        assert not attributes.get("href", "#") or (attributes.get("href") or "#").startswith("#")


def hostile() -> list[Result]:
    made = result(HOSTILE, trace=HOSTILE, codec=HOSTILE, timings=TIMES)
    made = replace(
        made,
        inputs={**made.inputs, "corpus": HOSTILE},
        setting={**made.setting, "pool": HOSTILE, "pool_limit": HOSTILE, "policy": HOSTILE},
    )
    other = better(f"{HOSTILE} 2", trace=HOSTILE, codec="lz4 1", timings=TIMES)
    return [made, other]


def test_a_hostile_name_is_text() -> None:
    plain, page = Reader(page_of(*three())), page_of(*hostile())
    reader = Reader(page)
    assert HOSTILE in reader.text
    assert len(reader.scripts) == len(plain.scripts)
    assert {tag for tag, _ in reader.elements} == {tag for tag, _ in plain.elements} | {
        "label",
        "select",
        "option",
    }
    assert not any(name.startswith("on") for _, attributes in reader.elements for name in attributes)


def test_the_data_holds_no_character_that_means_something_to_html() -> None:
    (text,) = (text for one, text in Reader(page_of(*hostile())).scripts if one.get("id") == "figures")
    assert not re.search("[<>&\u2028\u2029]", text)


@pytest.mark.parametrize("name", ["\ud800", "a\x00b", "line\nend", "\u2028", "\u202eevil", "", " "])
def test_what_is_no_character_is_shown_as_an_escape(name: str) -> None:
    page = page_of(result(name), better())
    page.encode()
    assert not re.search("[\x00\u2028\u202e\ud800]", page.replace(plotly_source(), ""))


def test_one_result_is_told_by_itself() -> None:
    text = Reader(page_of(result("lru"))).text
    assert "lru on app.trace.bin" in text
    assert "reject_alloc_fail" in text


def test_of_many_policies_the_cheapest_and_the_dearest_are_named_first() -> None:
    many = [better(f"policy{number}", flushes_per_frame=1.0 + number, timings=TIMES) for number in range(15)]
    many = [replace(one, asked={**one.asked, "policy": one.label}) for one in many]
    text = Reader(page_of(*many)).text
    assert "To give back a page frame takes 1.0 flushes under policy0 and 15.0 under policy14." in text
    assert "Policies by their places" in text
    assert "For each result" in text


def test_many_results_that_differ_in_more_than_the_policy_are_not_ranked() -> None:
    many = [replace(better(f"{number}"), asked={"limit": f"{number}%"}) for number in range(1, 8)]
    assert "Policies by their places" not in Reader(page_of(*many)).text


def test_results_of_two_traces_have_a_part_each() -> None:
    other = better(trace="other.trace.bin")
    other = replace(other, inputs={**other.inputs, "trace_digest": "ef" * 16})
    reader = Reader(page_of(result("lru"), other, better()))
    assert "These results are of 2 traces." in reader.text
    assert [one["id"] for tag, one in reader.elements if tag == "article"] == ["part0", "part1"]


def test_an_old_result_joins_those_of_its_trace() -> None:
    before = old("before")
    before = replace(before, inputs={**before.inputs, "trace_digest": None})
    assert [len(some) for some in by_trace([before, result("lru")])] == [2]
    another = replace(before, inputs={**before.inputs, "events": 5})
    assert [len(some) for some in by_trace([before, another])] == [1, 1]


def test_old_results_make_a_page_with_reasons() -> None:
    text = Reader(page_of(old("before"), old("earlier"))).text
    assert "Left out: before, earlier: made by an older zswapbench" in text


def test_labels_are_told_apart_by_file_and_then_by_number() -> None:
    files = [
        (Path("a/r.json"), [result("lru"), result("alone")]),
        (Path("b/s.json"), [result("lru"), result("lru")]),
        (Path("c/r.json"), [result("lru")]),
    ]
    assert [one.label for one in labelled(files)] == [
        "lru (r.json)",
        "alone",
        "lru (s.json)",
        "lru (s.json) #2",
        "lru (r.json) #2",
    ]


def test_figures_that_an_older_version_did_not_know_are_dashes() -> None:
    bare = replace(old("before"), metrics={}, counters={}, timings={})
    text = Reader(page_of(bare, *three())).text
    assert "before" in text
    assert "No store found the pool full" in Reader(page_of(bare)).text
