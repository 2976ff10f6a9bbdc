"""``zswapbench zram``: a trace over zram, then writes to its attributes."""

from __future__ import annotations

import click

from zswapbench.cli.completion import leaves
from zswapbench.cli.options import kernel_option
from zswapbench.cli.outputs import Place, check_places, emit, output_options, write_out
from zswapbench.cli.progress import progress


@click.command("zram")
@click.argument("trace", type=click.Path())
@kernel_option("rules apply, 3.14 or later")
@click.option(
    "--chain-size",
    type=click.IntRange(4, 16),
    help="CONFIG_ZSMALLOC_CHAIN_SIZE, most page frames of a zspage; kernels from 6.3 on. [default: 8]",
)
@click.option(
    "--codec",
    default="",
    shell_complete=leaves("CODECS"),
    help="Compressor. [default: the kernel's: lzo-rle, before 5.1 lzo]",
)
@click.option("--mem-limit", default="0", show_default=True, help="Most memory of a device; 0: no limit.")
@click.option(
    "--backing-dev", metavar="SIZE", help="Size of a device's backing device. [default: as large as wanted]"
)
@click.option(
    "--write", "writes", multiple=True, metavar="ATTR=VALUE", help="Write to a sysfs attribute; see below."
)
@click.option("--corpus", type=click.Path(), help="Corpus of the trace. [default: found by its digest]")
@click.option("--mm-stat", is_flag=True, help="Print only the lines of /sys/block/zramN/mm_stat.")
@output_options
def command(
    trace: str,
    kernel: str,
    chain_size: int | None,
    codec: str,
    mem_limit: str,
    backing_dev: str | None,
    writes: tuple[str, ...],
    corpus: str | None,
    mm_stat: bool,
    places: list[Place],
) -> None:
    """Replay TRACE against zram as the swap device itself, then write to its sysfs attributes.

    - as TRACE reads it from standard input.

    Each swap type of the trace is a zram device with its own pool: zram0, zram1 and so on. A STORE writes to the
    device, a LOAD reads it, an INVALIDATE frees a slot. A FLUSH asks for page frames; zram can only compact its
    pool for it (from 4.3 on). --write may be given several times. All devices get the writes, in the given order:

    \b
    --write compact=1
    --write idle=all                    mark slots; idle=SECONDS: not accessed for so long
    --write writeback=huge              or idle, huge_idle, incompressible, page_index=N
    --write 'writeback=page_indexes=0-99 page_index=200'    from 6.16 on; type=huge too
    --write writeback_limit=N           in units of 4 KiB; enables the limit
    --write compressed_writeback=1      from 7.0 on
    --write 'recomp_algorithm=algo=zstd priority=1'
    --write 'algorithm_params=priority=1 level=9'           from 6.12 on
    --write 'recompress=type=huge threshold=N max_pages=N algo=NAME'    or priority=N

    \b
    zswapbench zram trace.bin
    zswapbench zram trace.bin --kernel 6.1 --codec zstd --mem-limit 64MiB --write compact=1
    zswapbench zram trace.bin --mm-stat | diff - /sys/block/zram0/mm_stat
    """
    from zswapbench.common.errors import UsageError
    from zswapbench.report.zram_tables import zram_tables
    from zswapbench.results.zram import mm_stat_text, to_json
    from zswapbench.runs.zram import ZramOptions, run

    for place in places:
        if mm_stat and place.form != "table":
            raise UsageError(f"--mm-stat prints a form of its own: leave out --format {place.form}")
    check_places(places, [trace, corpus])
    options = ZramOptions(kernel, chain_size, codec, mem_limit, writes, backing_dev or "")
    result = run(trace, options, corpus, progress)
    if mm_stat:
        for place in places:
            write_out(mm_stat_text(result), place.path)
    else:
        emit(places, lambda: zram_tables(result), lambda: to_json(result))
