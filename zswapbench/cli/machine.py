"""``zswapbench machine``: the same references on the same RAM, under several set-ups."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from zswapbench.cli.completion import devices, setups, work_costs
from zswapbench.cli.options import cost_option
from zswapbench.cli.outputs import Place, check_places, check_plot, emit, output_options, whole_page
from zswapbench.cli.progress import progress
from zswapbench.cli.references import corpus_of, reclaim_options, text_options, wish_of
from zswapbench.report.forms import FORMATS

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from zswapbench.results.machine import MachineResult
    from zswapbench.results.machine_sweep import MachineSweep
    from zswapbench.traces.refs import References


@click.command("machine")
@click.argument("references", type=click.Path())
@click.argument("specs", nargs=-1, required=True, metavar="SETUP...", shell_complete=setups)
@click.option(
    "--core", type=click.Path(), help="Core of the program; its corpus is made beside the references."
)
@click.option("--corpus", type=click.Path(), help="Corpus of that core, if it was imported already.")
@click.option("--ram", help="Memory of the machine, such as 64MiB; --sweep ram=... says it otherwise.")
@click.option(
    "--sweep",
    "swept",
    metavar="KEY=A..B[:N]",
    help="Run all set-ups at N values from A to B (default: 8), or at KEY=A,B,C: of ram, or of a key of set-ups that "
    "is a number or a size.",
)
@click.option(
    "--swap",
    default="",
    help="Size of the swap device of disk, zswap, zram+disk.  [default: twice what the core has]",
)
@click.option(
    "--device",
    default="ssd",
    show_default=True,
    shell_complete=devices,
    help="Swap device of disk, zswap and zram+disk.",
)
@cost_option()
@click.option(
    "--cpus",
    type=click.IntRange(1, 3),
    default=2,
    show_default=True,
    help="1: for all; 2: one for kswapd and zswap's worker; 3: one for each of these.",
)
@click.option(
    "--work",
    default="usual",
    show_default=True,
    shell_complete=work_costs,
    help="What faults and lists cost beside codecs: see 'list work'.",
)
@click.option(
    "--min-free-kbytes", type=click.IntRange(min=0), help="The sysctl.  [default: by the kernel's formula]"
)
@click.option(
    "--watermark-scale-factor",
    type=click.IntRange(1, 3000),
    default=10,
    show_default=True,
    help="The sysctl.",
)
@click.option(
    "--cgroup",
    "cgroups",
    multiple=True,
    metavar="ID[:FILE=VALUE,...]",
    help="A memory cgroup of the references, such as 2:memory.max=64MiB; also memory.zswap.max, "
    "memory.zswap.writeback=0. May be repeated.",
)
@click.option(
    "--mthp",
    default="",
    metavar="SIZE",
    help="Large folios of this size for anonymous memory, such as 64KiB; not with mglru.  [default: none]",
)
@reclaim_options
@text_options
@click.option(
    "--gained",
    is_flag=True,
    help="Also find, by more runs, in how much RAM a bare disk is as fast as each set-up: the RAM gained.",
)
@click.option(
    "--plot",
    is_flag=True,
    help="Also draw page frames, major faults and writes over the course of the run, below the table.",
)
@partial(output_options, forms=(*FORMATS, "html"))
def command(
    references: str,
    specs: tuple[str, ...],
    core: str | None,
    corpus: str | None,
    ram: str | None,
    swept: str | None,
    swap: str,
    device: str,
    cost: tuple[str, ...],
    cpus: int,
    work: str,
    min_free_kbytes: int | None,
    watermark_scale_factor: int,
    mthp: str,
    cgroups: tuple[str, ...],
    reclaim: str,
    kernel: str,
    page_cluster: int,
    interval: str,
    writes: str,
    process: int | None,
    gained: bool,
    plot: bool,
    places: list[Place],
) -> None:
    """Run REFERENCES on a machine with --ram of memory under each SETUP, and say which is best.

    Resident pages share the memory with the pool of zswap, or with zram: what is kept compressed is not there for the
    program. REFERENCES, --core and --corpus are as for 'trace from-refs'. A set-up that runs out of memory is a result.

    \b
    none    enough memory, whatever --ram says; what the slowdown is held against
    disk    a swap device; takes device
    zswap   a pool in front of it; takes era, codec, pool, policy, max-pool-percent,
            accept-threshold-percent, chain-size, device, shrinker
    zram    compressed memory as the swap device; takes kernel, codec, disksize (default: half
            of --ram, 4GiB at most), mem-limit, chain-size; recompress and writeback with
            recomp-algorithm, threshold, backing, backing-size, writeback-limit, every, idle;
            order: what if large folios of --mthp were compressed whole? no kernel does so
    zram+disk   zram, and a swap device of lower priority; takes what both take
    zswap+zram  zswap in front of a zram; takes what zswap takes but for device, and zram-codec,
            disksize, mem-limit

    What a SETUP takes follows as KEY=VALUE, with commas. A codec, pool, policy, era or device will do by its bare name.

    With --sweep all runs happen in one pass through REFERENCES. Below the table stands the curve of each set-up, and
    above it where the curve bends: for RAM the knee, from which on more of it hardly pays; for other keys the value
    with the least time. A set-up that does not take KEY, or says what it is, is the same at each value.

    With --cgroup programs of 'trace merge-refs' have lists and limits of their own, and a table below says what became
    of each. ID is the number that their references carry.

    \b
    zswapbench machine sort.refs --corpus sort.zpages --ram 2MiB disk zswap zram
    zswapbench machine sort.refs --core core.1234 --ram 2MiB zram,lz4 zram,zstd,disksize=4MiB
    zswapbench machine sort.refs --corpus sort.zpages --ram 2MiB disk,nvme zswap,zstd,max-pool-percent=40 -o m.json
    zswapbench machine sort.refs --corpus sort.zpages --sweep ram=1MiB..4MiB disk zswap,zstd zram,zstd -o m.html -o -
    zswapbench machine sort.refs --corpus sort.zpages --ram 2MiB --sweep max-pool-percent=10..80 disk zswap,zstd
    zswapbench machine both.refs --corpus both.zpages --ram 8MiB --cgroup 1:memory.max=3MiB --cgroup 2 disk zswap
    """
    from zswapbench.corpus.reading import Corpus
    from zswapbench.results.machine import MachineResult
    from zswapbench.runs.machine import run
    from zswapbench.runs.machine_gained import check_gained, with_gained
    from zswapbench.runs.machine_sweep import machine_of, sweep, swept_of
    from zswapbench.runs.options import Options
    from zswapbench.runs.tuning import Tuning
    from zswapbench.traces.references.importing import open_references

    check_places(places, [references, core, corpus])
    check_plot(plot=plot, places=places)
    values = swept_of(swept) if swept else None
    tuning = Tuning(cpus, work, min_free_kbytes, watermark_scale_factor, mthp)
    asked_ram, key = ram or "", values.key if values else ""
    machine = machine_of(asked_ram, key, swap, reclaim, kernel, page_cluster, tuning, cgroups)
    if gained:
        check_gained(references, swept=bool(swept), cgroups=machine.cgroups)
    common = Options(era=kernel, device=device, cost=",".join(cost))
    with corpus_of(core, corpus, references, (".zst", ".refs")) as path, Corpus(path) as opened:
        wish = wish_of(opened.page_size, interval, writes, process)

        def again() -> AbstractContextManager[References]:
            return open_references(references, wish)

        with again() as stream:
            result: MachineResult | MachineSweep = (
                sweep(stream, opened, specs, machine, values, common, progress)
                if values
                else run(stream, opened, specs, machine, common, progress)
            )
        if gained and isinstance(result, MachineResult):
            result = with_gained(result, again, opened, machine, common, progress)
    _show(places, result, plot=plot)


def _show(places: list[Place], result: MachineResult | MachineSweep, *, plot: bool) -> None:
    from zswapbench.report.machine_curves import course_curves, sweep_curve
    from zswapbench.report.machine_sweep_tables import machine_sweep_tables
    from zswapbench.report.machine_tables import machine_tables
    from zswapbench.results import machine, machine_sweep

    if isinstance(result, machine_sweep.MachineSweep):
        swept = result
        emit(
            places,
            lambda: machine_sweep_tables(swept),
            lambda: machine_sweep.to_json(swept),
            lambda width: sweep_curve(swept, width),
            lambda: whole_page(swept),
        )
    else:
        one = result
        emit(
            places,
            lambda: machine_tables(one),
            lambda: machine.to_json(one),
            (lambda width: course_curves(one, width)) if plot else None,
            lambda: whole_page(one),
        )
