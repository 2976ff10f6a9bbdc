"""``zswapbench compare``: one trace, several settings, side by side."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from zswapbench.cli.completion import specs as complete_specs
from zswapbench.cli.options import run_options, tell_running, view_options
from zswapbench.cli.outputs import Place, check_places, check_plot, emit, output_options, page_of
from zswapbench.cli.progress import progress
from zswapbench.common.errors import UsageError
from zswapbench.report.forms import FORMATS

if TYPE_CHECKING:
    from zswapbench.report.table import Table


@click.command("compare")
@click.argument("specs", nargs=-1, metavar="SPEC SPEC...", shell_complete=complete_specs)
@click.option(
    "--all", "every", is_flag=True, help="Rank all policies, and the SPECs beside them; implies --bounds."
)
@click.option("--explain", is_flag=True, help="Also say in a line what each row means.")
@click.option(
    "--trace", type=click.Path(), help="Trace to replay; - reads standard input. [default: the shipped demo]"
)
@partial(run_options, several=True)
@view_options
@partial(output_options, forms=(*FORMATS, "html"))
def command(
    specs: tuple[str, ...],
    every: bool,
    explain: bool,
    trace: str | None,
    corpus: str | None,
    seeds: int,
    bounds: bool,
    plot: bool,
    places: list[Place],
    **options: Any,
) -> None:
    """Replay a trace once for each SPEC and show the results side by side.

    A SPEC says what is special, in names of policies, codecs, pools, eras and devices, with commas between them:
    zstd, or class-lru,6.12,zbud. KEY=... says it too, for policy, pool, codec, era, limit, ram and device, and where
    two families have the same name. The options say the rest. An option of that kind may be repeated: each SPEC is
    then replayed under each combination. Up to three results are shown with their change against the first.
    The policy lru, which is used if a SPEC has none, is the era's own LRU, whether of entries or of page frames.
    zswap is the SPEC of nothing special.

    zram in a SPEC stands for zram as the swap device. It takes kernel, codec, chain-size, mem-limit, backing-dev,
    device (the backing device's times) and write, as in zram,mem-limit=64MiB,write=compact=1; a write is made after
    the trace, as by 'zswapbench zram'. It has no policy and no pool limit. Its kernel is that of --era if that has
    zram, else 6.12, as of 'zswapbench zram'.

    ./mine.py:MyPolicy is a class in a file of yours (see 'new-policy'); codec=./mine.py:MyCodec works the same way.

    --all replays every policy that works with the pool, and the SPECs. It ranks them by what is paid: writes to the
    swap device, total time (or refaults, reads from it, where no time is known), and page frames held.

    \b
    zswapbench compare lru class-lru
    zswapbench compare lru class-lru --seeds 6
    zswapbench compare zstd lz4 --trace trace.bin --pool-limit 64MiB
    zswapbench compare 6.1 6.12 running --ram 512MiB
    zswapbench compare lru class-lru zsmalloc:6.4 --format markdown
    zswapbench compare zram zswap
    zswapbench compare zram,codec=zstd zram,mem-limit=16MiB zswap,codec=zstd --era 6.12
    zswapbench compare --codec lz4 --codec zstd --pool-limit 10% --pool-limit 20% -o grid.html -o -
    zswapbench compare --all --era linux-6.12 --plot
    """
    from zswapbench.corpus.shipped import demo_trace
    from zswapbench.report.curves import curves
    from zswapbench.report.ranking import ranking_tables
    from zswapbench.report.tables import compare_tables
    from zswapbench.results.records import to_json
    from zswapbench.runs.choices import every_policy
    from zswapbench.runs.options import LRU, Options, grid
    from zswapbench.runs.zswap import compare

    once, several = _sorted(options)
    common = Options(**once)
    if every and several:
        raise UsageError(f"--all ranks policies under one setting: give one {' and one '.join(several)}")
    policies, left_out = every_policy(common) if every else ([], [])
    there = {LRU, *(one.label for one in policies)} if every else set()
    asked = [*policies, *grid([spec for spec in specs if spec not in there], several, common)]
    if len(asked) < 2:
        raise UsageError(
            "compare needs two or more SPECs, such as: lru class-lru, or zstd lz4; for one use 'run', for all use --all"
        )
    check_plot(plot=plot, places=places)
    check_places(places, [trace, corpus])
    for era in {one.era for one in asked}:
        tell_running(era)
    results = compare(trace or demo_trace(), asked, corpus, progress, bounds=bounds or every, seeds=seeds)

    def tables() -> list[Table]:
        return (
            ranking_tables(results, left_out, explain=explain)
            if every
            else compare_tables(results, explain=explain)
        )

    draw = (lambda width: curves(results, width)) if plot else None
    emit(places, tables, lambda: to_json(results), draw, lambda: page_of(results))


def _sorted(options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, tuple[str, ...]]]:
    """The options that have one value, with it, and those that were repeated."""
    plain = {
        name: (value[0] if value else "") if isinstance(value, tuple) else value
        for name, value in options.items()
    }
    several = {
        name: tuple(dict.fromkeys(value))
        for name, value in options.items()
        if isinstance(value, tuple) and len(set(value)) > 1
    }
    return plain, several
