"""All of a recommendation as tables: in each form, with what is to be pasted as it is."""

from __future__ import annotations

import csv as reader
import io
import json
from dataclasses import replace

from tests.report.recommend.made import BEST, NEXT, candidate, recommendation
from zswapbench.report import console, csv, markdown, notebook
from zswapbench.report.recommend.sentence import opening
from zswapbench.report.recommend.tables import pastes_of, recommendation_json, recommendation_tables, told_of
from zswapbench.report.table import sheets_of


def test_the_front_has_roles_and_the_fastest_first_and_each_once() -> None:
    worse = candidate("zswap,lzo", 1.5, out_of_memory_at=12)
    told = told_of(recommendation(front=(candidate(NEXT, 1.1), candidate(BEST, 1.0), worse)))
    assert [(one.spec, role) for one, role in told] == [
        (BEST, "take"),
        (NEXT, "next"),
        ("disk", "default"),
        ("zswap,lzo", ""),
    ]
    table = recommendation_tables(recommendation(front=(worse,)))[0]
    assert [cell.text for cell in table.rows[-1]][:3] == ["zswap lzo, 20 %", "", "out of memory"]
    assert all(len(row) == len(table.columns) for row in table.rows)


def test_what_holds_the_default_too_is_both() -> None:
    one = recommendation()
    same = replace(one, chosen=one.default, runner_up=None, front=())
    assert [role for _, role in told_of(same)] == ["take, default"]


def test_without_a_choice_there_is_nothing_to_paste() -> None:
    tables = recommendation_tables(recommendation(chosen=None, refused="too short"))
    assert [table.title for table in tables[1:]] == ["Not considered"]
    assert tables[0].above == "No recommendation: too short."
    assert pastes_of(recommendation(chosen=None)) == []


def test_a_terminal_breaks_no_line_that_is_to_be_pasted() -> None:
    tables = recommendation_tables(recommendation())
    texts = [sheet.text for sheet in sheets_of(tables[-1])]
    assert max(len(line) for text in texts for line in text.splitlines()) > 80
    for width in (40, 80, 120):
        shown = console.render(tables, terminal=True, width=width)
        assert all(text in shown for text in texts)


def test_figures_fit_80_columns() -> None:
    shown = console.render(recommendation_tables(recommendation())[:2], terminal=True, width=80)
    assert max(map(len, shown.splitlines())) <= 80
    assert "zswap zstd, 40 %" in shown


def test_markdown_fences_what_is_to_be_pasted() -> None:
    text = markdown.render(recommendation_tables(recommendation()))
    assert "#### Try it now\n" in text
    assert "\n```\nsudo sh -eu <<'END'\n" in text
    assert "\nEND\n```\n" in text


def test_a_notebook_has_it_as_it_is_and_no_markup_of_names() -> None:
    hostile = recommendation(traffic="<script>alert(1)</script>")
    text = notebook.render(recommendation_tables(hostile))
    assert "<pre>sudo sh -eu &lt;&lt;&#x27;END&#x27;\n" in text
    assert "<script>" not in text


def test_csv_has_set_ups_in_full_and_texts_with_their_lines() -> None:
    tables = recommendation_tables(recommendation())
    rows = [*reader.reader(io.StringIO(csv.render(tables)))]
    assert rows[0][0] == "spec"
    assert BEST in [row[0] for row in rows if row]
    assert any(row[-1] == sheets_of(tables[-1])[0].text for row in rows if row)


def test_json_is_the_record_with_the_answer_and_what_to_paste() -> None:
    one = recommendation()
    read = json.loads(recommendation_json(one))
    assert read["answer"] == opening(one)
    assert read["chosen"]["spec"] == BEST
    assert [paste["path"] for paste in read["configuration"]] == [paste.path for paste in pastes_of(one)]
    assert json.loads(recommendation_json(recommendation(chosen=None)))["configuration"] == []


def test_nothing_is_to_be_pasted_for_what_is_there_already() -> None:
    assert pastes_of(recommendation(chosen=recommendation().default)) == []


def test_the_title_says_that_traffic_was_made() -> None:
    made = recommendation(made=True, inputs={"references": "made", "corpus": "program.zpages"})
    assert recommendation_tables(made)[0].title.startswith("made traffic on 2.0 GiB of RAM, kernel 6.12")
