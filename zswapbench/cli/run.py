"""``zswapbench run``: one trace, one setting, one result."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from zswapbench.cli.completion import leaves
from zswapbench.cli.options import run_options, view_options
from zswapbench.cli.outputs import (
    Place,
    check_places,
    check_plot,
    emit,
    output_options,
    page_of,
    write_out,
)
from zswapbench.cli.progress import progress
from zswapbench.common.errors import UsageError
from zswapbench.report.forms import FORMATS


@click.command("run")
@click.argument("trace", type=click.Path())
@click.option(
    "--policy",
    default="lru",
    show_default=True,
    shell_complete=leaves("POLICIES"),
    help="Which entries are flushed first. lru: the era's own LRU; ./mine.py:MyPolicy: yours.",
)
@run_options
@view_options
@click.option(
    "--classes",
    is_flag=True,
    help="Print only the size classes of zsmalloc, in the form of the kernel's debugfs.",
)
@partial(output_options, forms=(*FORMATS, "html"))
def command(
    trace: str,
    corpus: str | None,
    seeds: int,
    bounds: bool,
    plot: bool,
    classes: bool,
    places: list[Place],
    **options: Any,
) -> None:
    """Replay TRACE and report what happened. - reads the trace from standard input, packed or not.

    The trace stores pages of a corpus. The corpus is found by its digest, beside the trace or among the shipped
    samples; --corpus names another file. Names of codecs, pools and eras may carry parameters: libzstd:19,
    zsmalloc:6.4:chain=16, zswap-2013:flush_batch=32. 'zswapbench list' shows them all.

    \b
    zswapbench run trace.bin --plot
    zswapbench run trace.bin --seeds 6
    zswapbench run trace.bin --era linux-6.12 --ram 2GiB --max-pool-percent 25
    zswapbench run trace.bin --era linux-6.12 --classes | diff - /sys/kernel/debug/zsmalloc/zswap1/classes
    zswapbench run trace.bin --policy class-lru --codec zstd --pool-limit 64MiB -o result.json -o -
    """
    from zswapbench.report.class_table import check_has_classes, class_table
    from zswapbench.report.curves import curves
    from zswapbench.report.tables import run_tables
    from zswapbench.results.records import to_json
    from zswapbench.runs.choices import era_of, pool_of
    from zswapbench.runs.options import Options
    from zswapbench.runs.zswap import run

    check_places(places, [trace, corpus])
    if classes and any(place.form != "table" for place in places):
        raise UsageError(
            "--classes prints the form of the kernel, so it needs --format table; "
            "'classes' in --format json has the same figures"
        )
    if classes and (plot or bounds or seeds > 1):
        raise UsageError("--classes prints only size classes: leave out --plot, --bounds and --seeds")
    check_plot(plot=plot, places=places)
    asked = Options(**options)
    if classes:
        check_has_classes(pool_of(asked, era_of(asked)))
    result = run(trace, asked, corpus, progress, bounds=bounds, seeds=seeds)
    if classes:
        for place in places:
            write_out(class_table(result), place.path)
    else:
        draw = (lambda width: curves([result], width)) if plot else None
        emit(
            places,
            lambda: run_tables(result),
            lambda: to_json([result]),
            draw,
            lambda: page_of([result]),
        )
