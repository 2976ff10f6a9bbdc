"""Results -> one HTML page that needs nothing else: cards, answers, tables, charts, in one file.

Who has ten seconds reads a card for each figure that is paid and one sentence of recommendation; below them stand the
two questions with their answers, how it was made, then all figures and charts.

page.html is the page, page.css how it looks, page.js what it does; plotly.js, which draws the charts, comes with us
(vendor/) and goes in beside them. The page's Content-Security-Policy lets only these scripts run, by their digests,
and lets nothing be fetched or sent: whatever a name in a result says, it stays text. Tables are in the HTML itself,
so that without JavaScript only the charts are missing.

Only what was run with one trace is compared: results of several traces are shown in a part for each.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from zswapbench import __version__
from zswapbench.report.answers import Question, answers, questions
from zswapbench.report.charts import charts
from zswapbench.report.charts.drawing import Chart
from zswapbench.report.command import commands_of
from zswapbench.report.headline import Card, cards
from zswapbench.report.provenance import Facts, in_short, provenance
from zswapbench.report.ranking import extremes, ranking_tables
from zswapbench.report.recommendation import recommendation
from zswapbench.report.sureness import never_filled
from zswapbench.report.table import Table, printable, printable_lines, sheets_of
from zswapbench.report.tables import compare_tables, run_tables
from zswapbench.report.zram_tables import zram_tables
from zswapbench.report.zram_words import zram_sentences
from zswapbench.results.by_trace import by_trace
from zswapbench.results.labels import numbered, told_apart
from zswapbench.results.records import Result, corpus_named
from zswapbench.results.whole import Whole
from zswapbench.results.zram import ZramResult
from zswapbench.runs.codecs import Survey
from zswapbench.runs.limits import Sweep

MOST_IN_WORDS = 4
"""Of more results the answers name the cheapest and the dearest, and all are in a fold."""

MOST_ON_A_CARD = 4
"""Of more results a card has the lowest."""

_RANKING = ("Policies by their places", "Policies, in other figures")


@dataclass(frozen=True)
class Group:
    """Results of one trace. ``survey``, ``sweep``: what was measured for them beside, if anything."""

    results: list[Result]
    survey: Survey | None = None
    sweep: Sweep | None = None


@dataclass(frozen=True)
class Part:
    """What the page shows of a Group. ``short``: what was replayed, in a line; ``warning``: that no pool filled.

    ``below``: tables that stand below the charts, since they are long.
    """

    name: str
    title: str
    short: str
    facts: Facts
    tables: list[Table]
    charts: list[Chart] = field(default_factory=list)
    warning: str = ""
    cards: list[Card] = field(default_factory=list)
    recommendation: str = ""
    questions: list[Question] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    below: list[Table] = field(default_factory=list)


def labelled(files: Sequence[tuple[Path, list[Result]]]) -> list[Result]:
    """The results of all files, their labels told apart: by the file's name, and where that is not enough by number."""
    many = Counter(result.label for _, results in files for result in results)
    named = [
        (result, result.label if many[result.label] == 1 else f"{result.label} ({path.name})")
        for path, results in files
        for result in results
    ]
    labels = numbered([label for _, label in named])
    return [replace(result, label=label) for (result, _), label in zip(named, labels, strict=True)]


def page(results: Sequence[Result]) -> str:
    """The page of ``results`` that come from nowhere but here."""
    return render([Group(some) for some in by_trace(told_apart(results))])


def render(groups: Sequence[Group], wholes: Sequence[Whole] = ()) -> str:
    """The page: a part for each of ``groups``, then one for each result of 'zram' or 'machine'."""
    return page_of(
        [
            *(_part(number, group) for number, group in enumerate(groups)),
            *(_whole_part(number, result) for number, result in enumerate(wholes, len(groups))),
        ]
    )


def _whole_part(number: int, result: Whole) -> Part:
    from zswapbench.report.html.machine import machine_part  # which needs what is here

    return _zram_part(number, result) if isinstance(result, ZramResult) else machine_part(number, result)


def page_of(parts: Sequence[Part]) -> str:
    """The page of ``parts``, whatever they are of."""
    figures = {
        f"{part.name}-{chart.name}-{place}": pane.figure
        for part in parts
        for chart in part.charts
        for place, pane in enumerate(chart.panes)
    }
    plotly, script = plotly_source(), _own("page.js")
    environment = Environment(
        loader=PackageLoader("zswapbench.report.html", "."),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["options"] = _options
    environment.filters["lines"] = _lines
    return environment.get_template("page.html").render(
        parts=parts,
        sorts=_sorts,
        sheets_of=sheets_of,
        most=MOST_ON_A_CARD,
        title=", ".join(dict.fromkeys(part.title for part in parts)),
        policy=_policy([plotly, script]),
        style=Markup(_own("page.css")),  # noqa: S704  ours
        plotly=Markup(plotly),  # noqa: S704  plotly's own source
        script=Markup(script),  # noqa: S704  ours
        figures=Markup(_data(figures)),  # noqa: S704  escaped there
        version=__version__,
    )


def _part(number: int, group: Group) -> Part:
    results = group.results
    short = extremes(results) if len(results) > MOST_IN_WORDS else None
    said = {*answers(results), *(short or ())} - {*zram_sentences(results)}
    return Part(
        name=f"part{number}",
        title=results[0].inputs["trace"],
        short=in_short(results),
        warning=never_filled(results),
        cards=cards(results),
        recommendation=recommendation(results),
        questions=questions(results, short),
        facts=provenance(results),
        commands=commands_of(results),
        tables=[
            replace(table, notes=[note for note in table.notes if note not in said])
            for table in _tables(results)
        ],
        charts=charts(results, group.survey, group.sweep),
    )


def _zram_part(number: int, result: ZramResult) -> Part:
    """The tables of 'zram', as it prints them."""
    inputs, setting = result.inputs, result.setting
    facts = [
        ("corpus", corpus_named(inputs)),
        ("events", f"{inputs['events']:,}"),
        ("kernel", str(setting["kernel"])),
        ("codec", str(setting["codec_identity"])),
    ]
    return Part(
        name=f"part{number}",
        title=f"zram on {inputs['trace']}",
        short=f"{inputs['events']:,} events; kernel {setting['kernel']}",
        facts=facts,
        tables=zram_tables(result),
    )


def _tables(results: list[Result]) -> list[Table]:
    """Side by side; one result by itself with what its figures mean; many policies in their order, too."""
    if len(results) == 1:
        return run_tables(results[0])
    grounds = {
        json.dumps({**result.asked, "policy": ""}, sort_keys=True) for result in results if result.asked
    }
    ranked = len(results) > MOST_IN_WORDS and len(grounds) == 1 and all(result.asked for result in results)
    side_by_side = [replace(table, title="Side by side") for table in compare_tables(results)]
    if not ranked:
        return side_by_side
    titled = zip(ranking_tables(results), _RANKING, strict=True)
    return [*(replace(table, title=title) for table, title in titled), *side_by_side]


def _sorts(table: Table) -> list[bool]:
    """Which columns sort: not those that mix units, nor names where no column of figures sorts."""
    units = [
        {row[place].unit for row in table.rows if isinstance(row[place].value, int | float)}
        for place in range(len(table.columns))
    ]
    alike = [not column.text and len(some) == 1 for column, some in zip(table.columns, units, strict=True)]
    return [one or (column.text and any(alike)) for column, one in zip(table.columns, alike, strict=True)]


def _shown(value: Any) -> Any:
    """``value`` as it goes into the page: what a name may hold that is no character shows as an escape."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _options(text: str) -> Markup:
    """``text`` with the options of a command line in it, each with its number, as code that no line end tears apart."""
    parts = re.split(r"(--[a-z][a-z-]*(?: [0-9]+[%p]?)?)", printable(text))
    return Markup("").join(
        Markup('<code class="option">{}</code>').format(part) if place % 2 else part
        for place, part in enumerate(parts)
    )


def _lines(text: str) -> Markup:
    """``text`` of several lines, none of which holds anything that is no character."""
    return Markup("\n").join(printable_lines(text))


def _data(figures: dict[str, Any]) -> str:
    """JSON that can stand in a script element: no character of it means anything to HTML."""
    text = json.dumps(figures, separators=(",", ":"), sort_keys=True)
    for special in "<>&":
        text = text.replace(special, f"\\u{ord(special):04x}")
    return text


def _policy(scripts: list[str]) -> str:
    """The Content-Security-Policy: these scripts run, styles and pictures within the page show, and nothing else."""
    digests = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def plotly_source() -> str:
    """The text of plotly.js, which is somebody else's: vendor/README.md says whose."""
    return _own("vendor/plotly-basic.min.js")


def _own(name: str) -> str:
    """The text of a file beside this one. Its line ends become those that an HTML reader takes a digest of."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
