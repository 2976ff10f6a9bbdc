"""``zswapbench machine``: the same references on the same RAM, under several set-ups."""

from __future__ import annotations

import click

from zswapbench.cli.completion import devices, setups
from zswapbench.cli.outputs import Place, check_places, emit, output_options
from zswapbench.cli.progress import progress
from zswapbench.cli.references import corpus_of, reclaim_options, text_options, wish_of


@click.command("machine")
@click.argument("references", type=click.Path())
@click.argument("specs", nargs=-1, required=True, metavar="SETUP...", shell_complete=setups)
@click.option(
    "--core", type=click.Path(), help="Core of the program; its corpus is made beside the references."
)
@click.option("--corpus", type=click.Path(), help="Corpus of that core, if it was imported already.")
@click.option("--ram", required=True, help="Memory of the machine, such as 64MiB.")
@click.option(
    "--swap",
    default="",
    help="Size of the swap device of disk, zswap.  [default: twice what the core has]",
)
@click.option(
    "--device",
    default="ssd",
    show_default=True,
    shell_complete=devices,
    help="Swap device of disk and zswap.",
)
@click.option(
    "--cost",
    multiple=True,
    metavar="CODEC=TIME/TIME",
    help="What a page costs to compress and to decompress, such as lz4=2.1us/0.6us. May be repeated. [default: "
    "measured here, once]",
)
@reclaim_options
@text_options
@output_options
def command(
    references: str,
    specs: tuple[str, ...],
    core: str | None,
    corpus: str | None,
    ram: str,
    swap: str,
    device: str,
    cost: tuple[str, ...],
    reclaim: str,
    kernel: str,
    page_cluster: int,
    interval: str,
    writes: str,
    process: int | None,
    places: list[Place],
) -> None:
    """Run REFERENCES on a machine with --ram of memory under each SETUP, and say which is best.

    Resident pages share the memory with the pool of zswap, or with zram: what is kept compressed is not there for the
    program. REFERENCES, --core and --corpus are as for 'trace from-refs'. A set-up that runs out of memory is a result.

    \b
    none    enough memory, whatever --ram says; what the slowdown is held against
    disk    a swap device; takes device
    zswap   a pool in front of it; takes era, codec, pool, policy, max-pool-percent,
            accept-threshold-percent, chain-size, device
    zram    compressed memory as the swap device; takes kernel, codec, disksize (default: half
            of --ram, 4GiB at most), mem-limit, chain-size

    What a SETUP takes follows as KEY=VALUE, with commas. A codec, pool, policy, era or device will do by its bare name.

    \b
    zswapbench machine sort.refs --corpus sort.zpages --ram 2MiB disk zswap zram
    zswapbench machine sort.refs --core core.1234 --ram 2MiB zram,lz4 zram,zstd,disksize=4MiB
    zswapbench machine sort.refs --corpus sort.zpages --ram 2MiB disk,nvme zswap,zstd,max-pool-percent=40 -o m.json
    """
    from zswapbench.common.units import parse_size
    from zswapbench.corpus.reading import Corpus
    from zswapbench.report.machine_tables import machine_tables
    from zswapbench.results.machine import to_json
    from zswapbench.runs.from_refs import Machine
    from zswapbench.runs.machine import run
    from zswapbench.runs.options import Options
    from zswapbench.traces.references.importing import open_references

    check_places(places, [references, core, corpus])
    machine = Machine(parse_size(ram), parse_size(swap) if swap else 0, reclaim, kernel, page_cluster)
    common = Options(era=kernel, device=device, cost=",".join(cost))
    with corpus_of(core, corpus, references, (".zst", ".refs")) as path, Corpus(path) as opened:
        wish = wish_of(opened.page_size, interval, writes, process)
        with open_references(references, wish) as stream:
            result = run(stream, opened, specs, machine, common, progress)
    emit(places, lambda: machine_tables(result), lambda: to_json(result))
