"""``zswapbench run``: one trace, one setting, one result."""

from __future__ import annotations

from typing import Any

import click

from zswapbench.cli.common import (
    check_plot,
    emit,
    output_options,
    progress,
    run_options,
    view_options,
    write_out,
)
from zswapbench.cli.completion import leaves
from zswapbench.common.errors import UsageError


@click.command("run")
@click.argument("trace", type=click.Path())
@click.option(
    "--policy",
    default="lru",
    show_default=True,
    shell_complete=leaves("POLICIES"),
    help="Who is flushed; lru: the era's own LRU. Yours: ./mine.py:MyPolicy.",
)
@run_options
@view_options
@click.option(
    "--classes",
    is_flag=True,
    help="Print zsmalloc's size classes as the kernel's debugfs does, and only these.",
)
@output_options
def command(
    trace: str,
    corpus: str | None,
    bounds: bool,
    plot: bool,
    classes: bool,
    form: str,
    output: str | None,
    **options: Any,
) -> None:
    """Replay TRACE and report what happened.

    The corpus whose pages the trace stores is found by its digest, beside the trace or among the shipped
    samples, or named by --corpus. Names of codecs, pools and eras may carry parameters: libzstd:19,
    zsmalloc:6.3:chain=16, zswap-2013:flush_batch=32; see 'zswapbench list'.

    \b
    zswapbench run trace.bin --plot
    zswapbench run trace.bin --era linux-6.12 --ram 2GiB --max-pool-percent 25
    zswapbench run trace.bin --era linux-6.12 --classes | diff - /sys/kernel/debug/zsmalloc/zswap1/classes
    zswapbench run trace.bin --policy class-lru --codec zstd --pool-limit 64MiB --format json -o result.json
    """
    from zswapbench.common.files import refuse_overwriting
    from zswapbench.report.class_table import check_has_classes, class_table
    from zswapbench.report.curves import curves
    from zswapbench.report.tables import run_tables
    from zswapbench.results.records import to_json
    from zswapbench.runs.choices import era_of, pool_of
    from zswapbench.runs.options import Options
    from zswapbench.runs.zswap import run

    if output:
        refuse_overwriting(output, [trace, *([corpus] if corpus else [])])
    if classes and form != "table":
        raise UsageError(
            "--classes prints the kernel's own form; for others there is 'classes' in --format json"
        )
    if classes and (plot or bounds):
        raise UsageError("--classes prints size classes and only these: no --plot, no --bounds")
    check_plot(plot=plot, form=form)
    asked = Options(**options)
    if classes:
        check_has_classes(pool_of(asked, era_of(asked)))
    result = run(trace, asked, corpus, progress, bounds=bounds)
    if classes:
        write_out(class_table(result), output)
    else:
        draw = (lambda width: curves([result], width)) if plot else None
        emit(form, output, lambda: run_tables(result), lambda: to_json([result]), draw)
