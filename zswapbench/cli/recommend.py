"""``zswapbench recommend``: from a process, or what was recorded of it, to a set-up for the machine."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from zswapbench.cli.completion import devices, eras
from zswapbench.cli.options import cost_option
from zswapbench.cli.outputs import Place, check_places, emit, output_options
from zswapbench.cli.progress import progress
from zswapbench.cli.references import text_options, wish_of
from zswapbench.report.forms import FORMATS

if TYPE_CHECKING:
    from zswapbench.results.recommendation import Recommendation
    from zswapbench.traces.references.importer import Wish


@click.command("recommend")
@click.argument("given", required=False, type=click.Path(), metavar="[CORE|CORPUS|TRACE|REFERENCES]")
@click.option("--pid", type=click.IntRange(min=1), help="Read the memory of this process as it runs.")
@click.option("--freeze", is_flag=True, help="With --pid: stop the process while it is read.")
@click.option("--ram", default="", help="Memory of the machine.  [default: half of what the program touches]")
@click.option(
    "--kernel",
    default="6.12",
    show_default=True,
    shell_complete=eras,
    help="Kernel whose rules apply, and whose configuration says what there is to choose from; running is this "
    "machine's.",
)
@click.option(
    "--goal",
    type=click.Choice(["time", "memory", "wear"]),
    default="time",
    show_default=True,
    help="What should be least: time paid; RAM for the time that is paid now; bytes written to a device.",
)
@click.option(
    "--allow",
    default="",
    metavar="KIND,...",
    help="Set-ups that may be recommended beside a disk: zswap, zram, zram+disk, zswap+zram.  [default: all; of a "
    "trace zswap]",
)
@click.option("--core", type=click.Path(), help="Core of the program, for REFERENCES.")
@click.option("--corpus", type=click.Path(), help="Corpus of that core, if it was imported already.")
@click.option(
    "--keep-corpus",
    default="",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Keep the corpus that is made of a core or a process here.  [default: it is removed]",
)
@click.option(
    "--device", default="ssd", show_default=True, shell_complete=devices, help="The machine's swap device."
)
@cost_option()
@click.option("--swap", default="", help="Size of the swap device.  [default: twice what the program has]")
@click.option("--distribution", default="", help="Whose default is held against.  [default: what runs here]")
@click.option("--default", "default", default="", metavar="SETUP", help="A set-up of 'machine' in its place.")
@click.option("--seed", type=click.IntRange(0, 1 << 31), default=0, show_default=True, help="Of draws.")
@text_options
@partial(output_options, forms=(*FORMATS, "html"))
def command(
    given: str | None,
    pid: int | None,
    freeze: bool,
    ram: str,
    kernel: str,
    goal: str,
    allow: str,
    core: str | None,
    corpus: str | None,
    keep_corpus: str,
    device: str,
    cost: tuple[str, ...],
    swap: str,
    distribution: str,
    default: str,
    seed: int,
    interval: str,
    writes: str,
    process: int | None,
    places: list[Place],
) -> int:
    """Find the swap set-up for a program on a machine with --ram of memory, with its reason and its doubt.

    What is given is told by its content. REFERENCES of a run, with --core or --corpus, say the most: all that the
    kernel offers is tried with them in a closed loop, as 'machine' does. Of a CORE, a CORPUS or --pid alone nobody
    knows how the pages are used; traffic is made for them, and a set-up has to be best in all of it. A TRACE says what
    was swapped and not what would have been: among zswap set-ups, or zram ones with --allow zram, it tells which pays
    less. The names of shipped references and traces will do: sort-run.

    A set-up is recommended only if it is ahead of each other by 1 % and in all draws, or tied with its own kind alone.
    Else nothing is, and what would settle it is told.

    \b
    zswapbench recommend sort-run --ram 5MiB
    zswapbench recommend --pid 1234 --freeze --ram 2GiB --kernel running
    zswapbench recommend app.refs --corpus app.zpages --ram 512MiB --goal memory --distribution fedora
    zswapbench recommend core.1234 --ram 4GiB --device nvme --format json
    """
    from zswapbench.common import signals
    from zswapbench.common.errors import DumpError
    from zswapbench.report.table import printable
    from zswapbench.runs.recommend.asking import Source
    from zswapbench.runs.recommend.story import Asked, recommend

    check_places(places, [given, core, corpus, keep_corpus])

    def text(page_size: int) -> Wish:
        return wish_of(page_size, interval, writes, process)

    source = Source(given, text, pid, freeze, core, corpus, keep_corpus)
    asked = Asked(source, goal, ram, kernel, allow, device, ",".join(cost), swap, distribution, default, seed)
    try:
        found = recommend(asked, progress)
    except DumpError as error:
        for remark in error.remarks:
            click.echo(printable(remark), err=True)
        raise
    _show(places, found)
    return signals.exit_code() if found.interrupted else 0


def _show(places: list[Place], found: Recommendation) -> None:
    from zswapbench.report.recommend.page import recommendation_page
    from zswapbench.report.recommend.tables import recommendation_json, recommendation_tables

    emit(
        places,
        lambda: recommendation_tables(found),
        lambda: recommendation_json(found),
        page=lambda: recommendation_page(found),
    )
