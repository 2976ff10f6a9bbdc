"""``zswapbench compare``: one trace, several settings, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from zswapbench.cli.common import check_plot, emit, output_options, progress, run_options, view_options
from zswapbench.cli.completion import leaves
from zswapbench.common.errors import UsageError

if TYPE_CHECKING:
    from zswapbench.report.table import Table


@click.command("compare")
@click.argument("specs", nargs=-1, metavar="SPEC SPEC...", shell_complete=leaves("POLICIES"))
@click.option("--all", "every", is_flag=True, help="Rank all policies, and SPECs beside them; with --bounds.")
@click.option("--trace", type=click.Path(), help="Trace to replay. [default: the shipped demo]")
@run_options
@view_options
@output_options
def command(
    specs: tuple[str, ...],
    every: bool,
    trace: str | None,
    corpus: str | None,
    bounds: bool,
    plot: bool,
    form: str,
    output: str | None,
    **options: Any,
) -> None:
    """Replay a trace once for each SPEC and show the results side by side.

    A SPEC is a policy, with what else differs behind it: policy[,pool=...][,codec=...][,era=...][,limit=...]
    [,device=...]. What no SPEC says is taken from the options. Differences, of up to three, are against the
    first. The policy lru is the era's own LRU, be it of entries or of page frames; ./mine.py:MyPolicy is a class
    in a file of yours (see 'new-policy'), as ./mine.py:MyCodec is after codec=.

    With --all every policy that works over the pool is replayed, and any SPECs. They are ranked by what a store
    that finds the pool full takes (A), what a page frame given back takes (B), refaults and stall time.

    \b
    zswapbench compare lru class-lru
    zswapbench compare lru lru,codec=zstd lru,codec=lz4 --trace trace.bin --pool-limit 64MiB
    zswapbench compare lru class-lru lru,pool=zsmalloc:6.3 --format markdown
    zswapbench compare --all --era linux-6.12 --plot
    zswapbench compare lru,era=zswap-2013 lru,era=linux-3.11 lru,era=linux-6.12 --ram 512MiB
    """
    from zswapbench.common.files import refuse_overwriting
    from zswapbench.corpus.shipped import demo_trace
    from zswapbench.report.curves import curves
    from zswapbench.report.ranking import ranking_tables
    from zswapbench.report.tables import compare_tables
    from zswapbench.results.records import to_json
    from zswapbench.runs.choices import every_policy
    from zswapbench.runs.options import LRU, Options, options_of
    from zswapbench.runs.zswap import compare

    if len(specs) < 2 and not every:
        raise UsageError(
            "compare wants two or more SPECs, such as: lru class-lru; for one there is 'run', for all --all"
        )
    check_plot(plot=plot, form=form)
    if output:
        refuse_overwriting(output, [path for path in (trace, corpus) if path])
    common = Options(**options)
    policies, left_out = every_policy(common) if every else ([], [])
    there = {LRU, *(one.label for one in policies)} if every else set()
    asked = [*policies, *(options_of(spec, common) for spec in specs if spec not in there)]
    results = compare(trace or demo_trace(), asked, corpus, progress, bounds=bounds or every)

    def tables() -> list[Table]:
        return ranking_tables(results, left_out) if every else compare_tables(results)

    draw = (lambda width: curves(results, width)) if plot else None
    emit(form, output, tables, lambda: to_json(results), draw)
