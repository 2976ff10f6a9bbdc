"""What a notebook shows: in a real kernel, and for names that are made to break it."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from IPython.core.formatters import DisplayFormatter
from nbclient import NotebookClient

import zswapbench
from tests.api.inputs import SETTING

COMPARE = """
import zswapbench
results = zswapbench.compare("app.trace.bin", ["lru", "fifo,limit=5p"], codec="lz4", limit="9p")
results
"""
CELLS = (COMPARE, "results[0]", "zswapbench.check(results[1], results[0])", "results.to_pandas()")

HOSTILE = "<script>alert(1)</script><img src=http://example.org/x onerror=alert(2)>&amp;\x1b[31m\u202e"


class Seen(HTMLParser):
    """The elements, attributes and text of some HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes.update(attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def results(made: Path, tmp_path_factory: pytest.TempPathFactory) -> zswapbench.Results:
    """Of lru and fifo."""
    return zswapbench.compare(made / "app.trace.bin", ["lru", "fifo"], **SETTING)


def test_a_notebook_that_runs_shows_tables(made: Path) -> None:
    v4: Any = nbformat.v4  # which has no types
    notebook = v4.new_notebook(cells=[v4.new_code_cell(cell) for cell in CELLS])
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(made)}}).execute()
    outputs = [cell.outputs for cell in notebook.cells]
    assert [len(some) for some in outputs] == [1] * len(CELLS)  # nothing is printed
    shown = [some[0].data["text/html"] for some in outputs]
    assert all("<table" in html for html in shown)
    assert "fifo" in shown[0]
    assert "fifo" not in shown[1]
    assert "verdict" in shown[2]


def test_the_table_has_the_headline_as_the_console_has_it(results: zswapbench.Results) -> None:
    formatter: Any = DisplayFormatter()  # which has no types
    html = formatter.format(results)[0]["text/html"]
    assert html == results._repr_html_()
    text = Seen(html).text
    console = zswapbench.make_report(results, form="table")
    rows = (
        "device writes",
        "refaults",
        "page frames, mean",
        "page frames, peak",
        "total time",
        "compression ratio",
    )
    for row in rows:
        line = next(line for line in console.splitlines() if line.startswith(row))
        for figure in line.removeprefix(row).replace(" *", "").split("  "):
            assert figure.strip() in text
    assert text.count("*") == sum(line.count(" *") for line in console.splitlines() if line.startswith(rows))
    assert "longest barren run" in console
    assert "longest barren run" not in text


def test_a_prompt_shows_a_result_in_a_line_and_no_results_as_an_empty_list(
    results: zswapbench.Results,
) -> None:
    assert repr(results) == "[<Result 'lru' of 'app.trace.bin'>, <Result 'fifo' of 'app.trace.bin'>]"
    assert zswapbench.Results()._repr_html_() == "[]"


def test_some_results_and_more_results_show_as_results_do(results: zswapbench.Results) -> None:
    twice = results + results
    assert results[:1] == [results[0]]
    assert twice == [*results, *results]
    for some in (results[:1], twice, results.__add__([*results])):
        assert isinstance(some, zswapbench.Results)
        assert "<table>" in some._repr_html_()
    with pytest.raises(zswapbench.ZswapbenchError, match="one of results is 3, not a Result"):
        results.__add__([3])


def test_the_best_of_a_row_has_a_star(results: zswapbench.Results) -> None:
    better = replace(results[0], label="better", metrics={**results[0].metrics, "refaults": 1})
    html = zswapbench.Results([results[0], better])._repr_html_()
    assert "<strong>1 *</strong>" in html


def test_names_are_never_markup(results: zswapbench.Results) -> None:
    hostile = replace(results[0], label=HOSTILE, inputs={**results[0].inputs, "trace": HOSTILE})
    for shown in (hostile, zswapbench.Results([hostile, results[1]]), zswapbench.check([hostile], results)):
        html = shown._repr_html_()
        seen = Seen(html)
        assert seen.elements == {"div", "p", "strong", "table", "thead", "tbody", "tr", "th", "td"}
        assert {name for name, _ in seen.attributes} == {"style"}
        assert "\x1b" not in html
        assert "\u202e" not in html
        assert "<script>alert(1)</script>" in seen.text


def test_nothing_is_coloured_and_nothing_is_fetched(results: zswapbench.Results) -> None:
    html = results._repr_html_()
    assert {value for _, value in Seen(html).attributes} == {"text-align: left", "text-align: right"}
    assert not [
        word for word in ("http", "src", "href", "url(", "color", "background", "script") if word in html
    ]
    assert len(html) < 8_000


def test_equal_labels_show_what_differs(made: Path) -> None:
    limits = ("5p", "9p")
    results = [zswapbench.replay(made / "app.trace.bin", codec="lz4", limit=limit) for limit in limits]
    text = Seen(zswapbench.Results(results)._repr_html_()).text
    assert "lru,limit=5p" in text
    assert "lru,limit=9p" in text


def test_the_table_begins_with_what_to_take(made: Path) -> None:
    results = zswapbench.compare(made / "app.trace.bin", ["lru", "fifo,limit=5p"], **SETTING)
    first = zswapbench.make_report(results, form="table").splitlines()[0]
    assert Seen(results._repr_html_()).text.startswith(first)
