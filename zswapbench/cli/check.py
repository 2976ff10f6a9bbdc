"""``zswapbench check``: the gate of a continuous integration. Did it get worse?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from zswapbench.cli.completion import figures, leaves
from zswapbench.cli.options import run_options
from zswapbench.cli.outputs import (
    Place,
    check_places,
    emit,
    output_options,
    write_out,
)
from zswapbench.cli.progress import progress
from zswapbench.cli.step_summary import append_summary
from zswapbench.common.errors import EXIT_REGRESSION, UsageError
from zswapbench.common.outputs import STANDARD_OUTPUT
from zswapbench.report.forms import FORMATS

if TYPE_CHECKING:
    from zswapbench.results.gate import Judgement
    from zswapbench.results.thresholds import Thresholds
    from zswapbench.runs.checking import Check

ROUNDS = 12


@dataclass(frozen=True)
class _Request:
    """What the command line asks for: what to check, which figures can fail, and where all of it goes."""

    check: Check
    fail_on: tuple[str, ...]
    every: bool
    junit: str | None
    save: str | None
    places: list[Place]


def _list_metrics(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    """The callback of --list-metrics, which needs neither RESULT nor baseline."""
    if not wanted or context.resilient_parsing:
        return
    from zswapbench.report.verdict_tables import metrics_table

    emit([Place("table")], lambda: [metrics_table()])
    context.exit()


@click.command("check")
@click.argument("subject", type=click.Path(), metavar="RESULT|TRACE")
@click.option("--baseline", required=True, type=click.Path(), help="Results to compare with, in JSON.")
@click.option(
    "--fail-on",
    multiple=True,
    metavar="NAME:LIMIT",
    shell_complete=figures,
    help="A figure that can fail, and how much worse it may get; see above.",
)
@click.option(
    "--list-metrics",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_metrics,
    help="List the figures that --fail-on can name, with their limits, and end.",
)
@click.option("--update", is_flag=True, help="Show what changed, then make this the baseline; exit code 0.")
@click.option("--all", "every", is_flag=True, help="Also show the figures that are the same.")
@click.option("--junit", type=click.Path(dir_okay=False), help="Also write JUnit XML to this file.")
@click.option(
    "--save", type=click.Path(dir_okay=False), help="Also write the new results to this file, in JSON."
)
@partial(output_options, forms=(*FORMATS, "junit"))
@click.option(
    "--bounds",
    is_flag=True,
    help="Also replay policies that know the future. [default: if the baseline has them]",
)
@click.option(
    "--policy",
    default="lru",
    shell_complete=leaves("POLICIES"),
    help="Which entries are flushed first. [default: lru]",
)
@run_options
@click.option(
    "--timings",
    is_flag=True,
    help="Also measure speed: replay the TRACE with the old and new settings in turns.",
)
@click.option(
    "--rounds",
    type=int,
    default=ROUNDS,
    show_default=True,
    help="Rounds of --timings, 7 or more.",
)
@click.option(
    "--baseline-python",
    default="",
    metavar="PYTHON",
    help="With --timings: the Python of an environment with another zswapbench, which stands for the baseline.",
)
@click.option(
    "--trust", is_flag=True, help="Policies and codecs in files that the baseline names may be run."
)
@click.pass_context
def command(context: click.Context, /, **parameters: Any) -> None:
    """Compare a RESULT (JSON of 'run', 'compare', 'zram' or 'machine'), or a TRACE replayed now, with a baseline.

    Both may be files of 'sweep' instead, of the same traces: then each run is held against the same run.

    - reads either from standard input. Results are matched by their labels. A TRACE is replayed with the settings that
    the baseline recorded; options on the command line replace these. Exit code 1 means that it got worse, 0 that it
    did not.

    NAME is a figure's title in the tables or its name in JSON; --list-metrics shows both.

    Without --fail-on a counter fails if it is worse at all, because counters are exact. A ratio of the headline
    fails if it is worse by more than its limit of 1 or 2 %. With --fail-on only the figures that it names can
    fail. It may be given several times:

    \b
    --fail-on refaults:2%             fails if it is more than 2 % worse
    --fail-on refaults:100            more than 100 worse; of bytes 64KiB, of a time 5ms, of a share 2pp
    --fail-on 'refaults exact'        worse at all; refaults:0 is the same
    --fail-on stores:+2%              rises by more than 2 %; stores:-2% falls by more
    --fail-on headline                the headline figures, each within its own limit
    --fail-on counters:0              all of a group; also headline:1%, metrics:5%, times:5%, timings:10%

    \b
    zswapbench check trace.bin --baseline base.json --update
    zswapbench check trace.bin --baseline base.json
    zswapbench check trace.bin --baseline base.json --policy ./mine.py:MyPolicy --fail-on refaults:1%
    zswapbench check result.json --baseline base.json --junit junit.xml
    zswapbench check new.sqlite --baseline old.sqlite
    zswapbench check trace.bin --baseline base.json --save result.json    for 'report'
    zswapbench check trace.bin --baseline base.json --timings --baseline-python ../old/bin/python

    A baseline may name a policy or codec in a file of its own. To replay with it is to run that file: name it with
    --policy or --codec, or add --trust.

    If GITHUB_STEP_SUMMARY names a file, the tables are also appended to it, in Markdown.
    """
    from zswapbench.results import whole
    from zswapbench.results.files import read_any
    from zswapbench.results.gate import check_named
    from zswapbench.results.records import to_json
    from zswapbench.results.sweeps.database import is_database
    from zswapbench.results.thresholds import thresholds_of
    from zswapbench.runs.checking import baseline_of, judged, judged_whole, replayed, settings_of, timed
    from zswapbench.runs.options import relabelled
    from zswapbench.traces.format import is_trace

    request = _request(context, parameters)
    check = request.check
    thresholds = thresholds_of(request.fail_on)
    replays = is_trace(check.subject)
    _check_usage(request, replays, thresholds)
    if is_database(check.subject) or is_database(check.baseline):
        _check_sweeps(context, request, thresholds)
        return
    old = baseline_of(check)
    read = None if replays else read_any(check.subject)
    if isinstance(read, whole.WHOLES) or isinstance(old, whole.WHOLES):
        judgement, one = judged_whole(check, old, read, thresholds)
        check_named(request.fail_on, judgement)
        if request.save:
            write_out(whole.to_json(one), request.save)
        _end(context, request, judgement, whole.to_json(one), 1)
        return
    settings = settings_of(check, old) if replays else []
    found = replayed(check, old, settings, progress) if read is None else read
    changes = {name: value for name, value in check.options.items() if name in check.given}
    kept = [replace(one, label=relabelled(one.label, changes)) for one in found] if changes else found
    if request.save:
        write_out(to_json(kept), request.save)
    judgement = judged(check, old, found, thresholds)
    check_named(request.fail_on, judgement)
    if check.timings:
        judgement = timed(check, judgement, old, settings, thresholds, progress)
    _end(context, request, judgement, to_json(kept), len(kept))


def _check_sweeps(context: click.Context, request: _Request, thresholds: Thresholds) -> None:
    """The same for two sweeps, unit by unit."""
    from zswapbench.cli.sweep_check import judged_sweeps, show_sweeps
    from zswapbench.results.gate import check_named

    if request.check.update or request.save:
        name = "--update" if request.check.update else "--save"
        raise UsageError(f"{name} writes results in JSON, and a sweep is its own file: copy that")
    judgement = judged_sweeps(request.check.subject, request.check.baseline, thresholds)
    check_named(request.fail_on, judgement)
    show_sweeps(judgement, request.places, request.junit, every=request.every)
    if judgement.failing:
        context.exit(EXIT_REGRESSION)


def _end(context: click.Context, request: _Request, judgement: Judgement, text: str, count: int) -> None:
    """Write all that is asked for, and end with the verdict. ``text``: the JSON of the ``count`` new results."""
    _keep(request, judgement, text, count)
    _show(request, judgement)
    if judgement.failing and not request.check.update:
        context.exit(EXIT_REGRESSION)


def _request(context: click.Context, parameters: dict[str, Any]) -> _Request:
    """The parameters of the command, sorted: what to check, how to replay, and where the output goes."""
    from zswapbench.runs.checking import Check

    given = [name for name in parameters if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    of_output, of_check = ({field.name for field in fields(kind)} for kind in (_Request, Check))
    output = {name: value for name, value in parameters.items() if name in of_output}
    check = {name: value for name, value in parameters.items() if name in of_check}
    options = {name: value for name, value in parameters.items() if name not in of_output | of_check}
    return _Request(Check(**check, options=options, given=given), **output)


def _option(name: str) -> str:
    """The option of a parameter."""
    return "--pool-limit" if name == "limit" else f"--{name.replace('_', '-')}"


def _check_usage(request: _Request, replays: bool, thresholds: Thresholds) -> None:
    """Raises UsageError for options that do not go together, and where a file would be lost."""
    check = request.check
    of_a_replay = ["corpus", "bounds", *check.options]
    needless = [name for name in check.given if name in of_a_replay or name == "timings"]
    if needless and not replays:
        raise UsageError(
            f"{_option(needless[0])} needs a TRACE to replay, and {check.subject} is not a trace"
        )
    if check.timings and check.update:
        raise UsageError("--timings and --update do not go together: a baseline holds no timings")
    if check.timings and check.subject == "-":
        raise UsageError(
            "--timings replays the TRACE again and again, and standard input can be read once: name a file"
        )
    _check_timings(check, thresholds if request.fail_on else {})
    inputs = [check.subject, *([check.corpus] if check.corpus else [])]
    _check_outputs(request, inputs)


def _check_timings(check: Check, named: Thresholds) -> None:
    """Raises UsageError for what needs --timings, and for rounds that can show nothing."""
    from zswapbench.results.thresholds import GROUPS
    from zswapbench.runs.timing import FEWEST_ROUNDS, SIGNIFICANT

    if not check.timings:
        for name in ("rounds", "baseline_python"):
            if name in check.given:
                raise UsageError(f"{_option(name)} says how to measure timings: add --timings")
        for name in GROUPS["timings"]:
            if name in named:
                raise UsageError(f"--fail-on names {name}, which only --timings measures: add --timings")
    elif check.rounds < FEWEST_ROUNDS:
        raise UsageError(
            f"--rounds {check.rounds} is too few to reach p < {SIGNIFICANT}, even if all rounds agree: "
            f"give {FEWEST_ROUNDS} or more"
        )


def _check_outputs(request: _Request, inputs: Sequence[str]) -> None:
    """Raises UsageError where a file would be lost."""
    others = [Place("", path) for path in (request.junit, request.save) if path]
    if request.check.baseline in {place.path for place in (*request.places, *others)} - {STANDARD_OUTPUT}:
        raise UsageError(
            f"{request.check.baseline}: is the --baseline and an output, too; give each a file of its own"
        )
    check_places([*request.places, *others], [*inputs, request.check.baseline])


def _keep(request: _Request, judgement: Judgement, text: str, count: int) -> None:
    """Write what is asked for besides the output, which comes last: its reader may have gone away."""
    from zswapbench.report import junit
    from zswapbench.report.verdict_tables import verdict_tables

    if request.junit:
        write_out(junit.render(judgement), request.junit)
    append_summary(partial(verdict_tables, judgement))
    if request.check.update:
        _write(request.check.baseline, text, count)


def _show(request: _Request, judgement: Judgement) -> None:
    from zswapbench.report import junit as junit_form
    from zswapbench.report.verdict_tables import verdict_tables
    from zswapbench.results.gate import to_json

    for place in request.places:
        if place.form == "junit":
            write_out(junit_form.render(judgement), place.path)
        else:
            every = request.every or place.form == "csv"  # which has no place to say how many are the same
            emit([place], partial(verdict_tables, judgement, every=every), lambda: to_json(judgement))


def _write(path: str, text: str, count: int) -> None:
    from zswapbench.common.units import format_count

    write_out(text, path)
    click.echo(f"zswapbench: {path}: is now the baseline, {format_count(count, 'result')}", err=True)
