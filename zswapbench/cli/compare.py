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
@click.option(
    "--all", "every", is_flag=True, help="Rank all policies, and the SPECs beside them; implies --bounds."
)
@click.option("--explain", is_flag=True, help="Also say in a line what each row means.")
@click.option(
    "--trace", type=click.Path(), help="Trace to replay; - reads standard input. [default: the shipped demo]"
)
@run_options
@view_options
@output_options
def command(
    specs: tuple[str, ...],
    every: bool,
    explain: bool,
    trace: str | None,
    corpus: str | None,
    seeds: int,
    bounds: bool,
    plot: bool,
    form: str,
    output: str | None,
    **options: Any,
) -> None:
    """Replay a trace once for each SPEC and show the results side by side.

    A SPEC is a policy and, after it, all that is special: policy[,pool=...][,codec=...][,era=...][,limit=...]
    [,device=...]. The options say the rest. Up to three results are shown with their change against the first.
    The policy lru is the era's own LRU, whether of entries or of page frames. ./mine.py:MyPolicy is a class in a
    file of yours (see 'new-policy'); codec=./mine.py:MyCodec works the same way.

    --all replays every policy that works with the pool, and the SPECs. It ranks them by what is paid: writes to the
    swap device, reads from it (refaults), and page frames held.

    \b
    zswapbench compare lru class-lru
    zswapbench compare lru class-lru --seeds 6
    zswapbench compare lru lru,codec=zstd lru,codec=lz4 --trace trace.bin --pool-limit 64MiB
    zswapbench compare lru class-lru lru,pool=zsmalloc:6.4 --format markdown
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
            "compare needs two or more SPECs, such as: lru class-lru; for one use 'run', for all use --all"
        )
    check_plot(plot=plot, form=form)
    if output:
        refuse_overwriting(output, [path for path in (trace, corpus) if path])
    common = Options(**options)
    policies, left_out = every_policy(common) if every else ([], [])
    there = {LRU, *(one.label for one in policies)} if every else set()
    asked = [*policies, *(options_of(spec, common) for spec in specs if spec not in there)]
    results = compare(trace or demo_trace(), asked, corpus, progress, bounds=bounds or every, seeds=seeds)

    def tables() -> list[Table]:
        return (
            ranking_tables(results, left_out, explain=explain)
            if every
            else compare_tables(results, explain=explain)
        )

    draw = (lambda width: curves(results, width)) if plot else None
    emit(form, output, tables, lambda: to_json(results), draw)
