"""``zswapbench check``: the gate of a continuous integration. Did it get worse?"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from zswapbench.cli.common import FORMATS, emit, output_options, progress, run_options, write_out
from zswapbench.cli.completion import leaves
from zswapbench.common.errors import EXIT_REGRESSION, InputError, UsageError

if TYPE_CHECKING:
    from zswapbench.results.gate import Judgement, Verdict
    from zswapbench.results.records import Result
    from zswapbench.results.thresholds import Thresholds
    from zswapbench.runs.options import Options

SUMMARY = "GITHUB_STEP_SUMMARY"
"""In the environment of a step of GitHub Actions: a file that Markdown is appended to, to be shown."""

ROUNDS = 12


@click.command("check")
@click.argument("subject", type=click.Path(), metavar="RESULT|TRACE")
@click.option("--baseline", required=True, type=click.Path(), help="Results to hold it against, in JSON.")
@click.option(
    "--fail-on",
    multiple=True,
    metavar="NAME:LIMIT",
    help="What fails, and how far worse it may get; see above.",
)
@click.option("--update", is_flag=True, help="Make this the baseline, after telling what changed; exit 0.")
@click.option("--all", "every", is_flag=True, help="Show figures that are the same, too.")
@click.option("--junit", type=click.Path(dir_okay=False), help="Write JUnit's XML to this file, besides.")
@click.option(
    "--save", type=click.Path(dir_okay=False), help="Write the results that are judged to this file, in JSON."
)
@partial(output_options, forms=(*FORMATS, "junit"))
@click.option("--bounds", is_flag=True, help="Replay the bounds, too. [default: if the baseline has them]")
@click.option(
    "--policy", default="lru", shell_complete=leaves("POLICIES"), help="Who is flushed. [default: lru]"
)
@run_options
@click.option("--timings", is_flag=True, help="Measure both sides by turns, too; of a TRACE.")
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
    help="With --timings, the baseline's side: interpreter of an environment with another zswapbench.",
)
@click.pass_context
def command(
    context: click.Context,
    /,
    subject: str,
    baseline: str,
    fail_on: tuple[str, ...],
    update: bool,
    every: bool,
    junit: str | None,
    save: str | None,
    form: str,
    output: str | None,
    corpus: str | None,
    bounds: bool,
    timings: bool,
    rounds: int,
    baseline_python: str,
    **options: Any,
) -> None:
    """Hold a RESULT (JSON of 'run' or 'compare'), or a TRACE replayed now, against a baseline.

    Results are matched by their labels. A TRACE is replayed with what the baseline was made with; options that
    are given replace that, and make the first baseline. Exit code 1 says that it got worse, 0 that it did not.

    What fails without --fail-on: a counter that is worse at all, for counters are exact, and a ratio of the
    headline beyond its limit of 1 or 2 %. With --fail-on only what it names. It may be given several times:

    \b
    --fail-on refaults:2%             more than 2 % worse
    --fail-on refaults:100            more than 100 worse; 64KiB of bytes, 5ms of time, 2pp of a share
    --fail-on 'refaults exact'        worse at all; so does refaults:0
    --fail-on stores:+2%              fails if it rises by more, :-2% if it falls
    --fail-on headline                the headline figures within their own limits
    --fail-on counters:0              also: headline:1%, metrics:5%, timings:10%

    \b
    zswapbench check trace.bin --baseline base.json --update
    zswapbench check trace.bin --baseline base.json
    zswapbench check trace.bin --baseline base.json --policy ./mine.py:MyPolicy --fail-on refaults:1%
    zswapbench check result.json --baseline base.json --junit junit.xml
    zswapbench check trace.bin --baseline base.json --save result.json    for 'report'
    zswapbench check trace.bin --baseline base.json --timings --baseline-python ../old/bin/python

    The Markdown form is appended to the file that GITHUB_STEP_SUMMARY names, if it is set.
    """
    from zswapbench.results.files import read_results
    from zswapbench.results.records import to_json
    from zswapbench.results.thresholds import thresholds_of
    from zswapbench.runs.zswap import compare
    from zswapbench.traces.format import is_trace

    given = _given(context, ["corpus", "bounds", *options])
    thresholds = thresholds_of(fail_on)
    replays = is_trace(subject)
    if not replays and (given or timings):
        raise UsageError(
            f"{_option([*given, 'timings'][0])} is for a TRACE that is replayed, and {subject} is none"
        )
    if timings and update:
        raise UsageError("--timings are judged and not kept, and --update judges nothing: one or the other")
    _check_timings(
        _given(context, ["rounds", "baseline_python"]), timings, rounds, thresholds if fail_on else {}
    )
    _check_outputs([output, junit, save], [subject, *([corpus] if corpus else [])], baseline)
    old = _baseline(baseline, update)
    asked = _asked(old, baseline, options, given, update) if replays else []
    if replays:
        bounds = bounds or any(one.bounds for one in old)
        try:
            found = compare(subject, asked, corpus, progress, bounds=bounds)
        except UsageError as error:
            if given or not old:
                raise
            raise InputError(baseline, f"asks for what cannot be replayed: {error}") from None
    else:
        found = read_results(subject)
    kept = [replace(one, label=_own_label(one.label, options, given)) for one in found]
    if save:
        write_out(to_json(kept), save)
    judgement = _judged(old, found, (subject, baseline), thresholds, update)
    if timings:
        judgement = _timed(judgement, old, asked, baseline_python, (subject, corpus), rounds, thresholds)
    _show(judgement, form, output, junit, every)
    if update:
        _write(baseline, kept)
    elif judgement.failing:
        context.exit(EXIT_REGRESSION)


def _given(context: click.Context, names: Sequence[str]) -> list[str]:
    """Which of the parameters stand on the command line: defaults are not what the user asked for."""
    return [name for name in names if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]


def _option(name: str) -> str:
    """The option of a parameter."""
    return "--pool-limit" if name == "limit" else f"--{name.replace('_', '-')}"


def _check_timings(given: list[str], timings: bool, rounds: int, named: Thresholds) -> None:
    """Raises UsageError for what needs --timings, and for rounds that can show nothing."""
    from zswapbench.results.thresholds import GROUPS
    from zswapbench.runs.timing import FEWEST_ROUNDS, SIGNIFICANT

    if not timings:
        if given:
            raise UsageError(f"{_option(given[0])} says how to measure: it wants --timings")
        for name in GROUPS["timings"]:
            if name in named:
                raise UsageError(f"--fail-on names {name}, which only --timings measures")
    elif rounds < FEWEST_ROUNDS:
        raise UsageError(
            f"--rounds {rounds} can never reach p < {SIGNIFICANT}, even if all agree: {FEWEST_ROUNDS} or more"
        )


def _check_outputs(outputs: Sequence[str | None], inputs: Sequence[str], baseline: str) -> None:
    """Raises UsageError where a file would be lost."""
    from zswapbench.common.files import refuse_overwriting

    named = [path for path in outputs if path]
    for path in named:
        refuse_overwriting(path, [*inputs, baseline])
    if len({os.path.realpath(path) for path in (*named, baseline)}) <= len(named):
        raise UsageError("two of -o, --junit, --save and --baseline name the same file; name another")


def _baseline(path: str, update: bool) -> list[Result]:
    """The results of the baseline; none where --update is to make it."""
    from zswapbench.results.files import read_results

    if not Path(path).exists():
        if not update:
            raise InputError(path, "there is no baseline yet; --update makes it")
        return []
    try:
        return read_results(path)
    except InputError as error:
        if not update:
            raise
        raise InputError(path, f"{error.problem}; remove it, then --update makes a new one") from None


def _asked(
    old: list[Result], path: str, options: dict[str, Any], given: list[str], update: bool
) -> list[Options]:
    """What to replay the trace with: as each result of the baseline was, but for the options that are given."""
    from zswapbench.runs.options import Options

    if not old:
        return [Options(**options)]
    changes = {name: options[name] for name in given if name in options}
    limits: dict[str, Any] = {"ram": "", "max_pool_percent": None}
    if "limit" in changes:  # each way to say the limit takes the place of the other
        changes = {**limits, **changes}
    elif limits.keys() & changes.keys():
        changes = {"limit": "", **changes}
    asked = []
    for one in old:
        if not one.asked:
            raise InputError(
                path,
                "does not say what was asked, before schema 4 none did; remove it, then --update makes a new one",
            )
        asked.append(replace(Options(**one.asked), label=one.label, **changes))
    return asked


def _own_label(label: str, options: dict[str, Any], given: list[str]) -> str:
    """The label of a result that was judged under the baseline's ``label``, and is kept as what it is.

    A label is what 'compare' was asked with: policy[,pool=...]. What was given takes the place of its part.
    """
    policy, *others = label.split(",")
    kept = [other for other in others if other.partition("=")[0] not in given]
    return ",".join([options["policy"] if "policy" in given else policy, *kept])


def _judged(
    old: list[Result], found: list[Result], paths: tuple[str, str], thresholds: Thresholds, update: bool
) -> Judgement:
    """The verdict. Raises InputError for what cannot be compared, unless it is to be the baseline."""
    from zswapbench.results.gate import difference, judge

    what = difference(old, found)
    if not what:
        return judge(old, found, thresholds)
    if not update:
        subject, baseline = paths
        raise InputError(subject, f"cannot be held against {baseline}: {what}; --update makes a new baseline")
    judgement = judge([], found, thresholds)
    return replace(judgement, notes=(f"not held against the old baseline: {what}", *judgement.notes))


def _timed(
    judgement: Judgement,
    old: list[Result],
    asked: list[Options],
    python: str,
    inputs: tuple[str, str | None],
    rounds: int,
    thresholds: Thresholds,
) -> Judgement:
    """The judgement with timings, measured now."""
    from zswapbench.runs.timing import Side, measure, notes_on

    sides = [(Side(one.asked, python), Side(new.asked())) for one, new in zip(old, asked, strict=True)]
    verdicts: list[Verdict] = []
    with progress("timings", 2 * rounds * len(sides), "runs") as told:
        for one, pair in zip(old, sides, strict=True):
            verdicts += measure(one.label, pair, inputs, rounds, thresholds, told)
    notes = (*judgement.notes, *notes_on(sides, rounds))
    return replace(judgement, verdicts=(*judgement.verdicts, *verdicts), notes=notes)


def _show(judgement: Judgement, form: str, output: str | None, junit: str | None, every: bool) -> None:
    from zswapbench.report import junit as junit_form
    from zswapbench.report.verdict_tables import verdict_tables
    from zswapbench.results.gate import to_json

    if junit:
        write_out(junit_form.render(judgement), junit)
    if os.environ.get(SUMMARY):
        _append(os.environ[SUMMARY], judgement)
    if form == "junit":
        write_out(junit_form.render(judgement), output)
    else:
        every = every or form == "csv"  # which has no place to say how many are the same
        emit(form, output, lambda: verdict_tables(judgement, every=every), lambda: to_json(judgement))


def _append(path: str, judgement: Judgement) -> None:
    """The Markdown form at the end of the step's summary, which other steps write to as well."""
    from zswapbench.report import markdown
    from zswapbench.report.verdict_tables import verdict_tables

    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(markdown.render(verdict_tables(judgement)) + "\n")
    except OSError as error:
        click.echo(f"zswapbench: warning: {SUMMARY}: {path}: cannot be written: {error.strerror}", err=True)


def _write(path: str, results: list[Result]) -> None:
    from zswapbench.results.records import to_json

    write_out(to_json(results), path)
    count = f"{len(results)} result{'s' if len(results) > 1 else ''}"
    click.echo(f"zswapbench: {path}: is the baseline now, {count}", err=True)
