"""``zswapbench scale``: how much CPUs get done together under the locks of zcache and of zswap, kernel by kernel."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from zswapbench.cli.completion import leaves
from zswapbench.cli.outputs import Place, check_places, check_plot, emit, output_options
from zswapbench.cli.progress import progress
from zswapbench.common.errors import UsageError
from zswapbench.common.units import parse_duration
from zswapbench.report.forms import FORMATS

NEVER_FULL = "100%"
DEFAULT_CPUS = "1,2,4,8,16,32,64,128,256"


def numbers(_context: click.Context, parameter: click.Parameter, given: str) -> tuple[int, ...]:
    """The callback of an option that takes whole numbers with commas between."""
    try:
        return tuple(int(one) for one in given.split(","))
    except ValueError:
        raise UsageError(
            f"--{parameter.name}: {given!r} is not whole numbers with commas between, such as 1,2,4"
        ) from None


def duration(_context: click.Context, _parameter: click.Parameter, given: str) -> int:
    """The callback of an option that takes a time: nanoseconds."""
    return parse_duration(given)


@click.command("scale")
@click.argument("trace", type=click.Path(), required=False)
@click.option("--corpus", type=click.Path(), help="Corpus of the trace. [default: found by its digest]")
@click.option(
    "--cpus",
    default=DEFAULT_CPUS,
    show_default=True,
    callback=numbers,
    metavar="N,N,...",
    help="Numbers of CPUs, from 1 to 4096 each; 1 is always among them.",
)
@click.option(
    "--locks",
    metavar="DESIGN,...",
    help="Lock designs, see 'zswapbench list locks'. [default: all]",
)
@click.option(
    "--codec",
    "codecs",
    multiple=True,
    shell_complete=leaves("CODECS"),
    help="Compressor; may be given several times. [default: that of each design's kernel]",
)
@click.option(
    "--deal",
    "way",
    type=click.Choice(["offsets", "copies", "cpu"]),
    default="offsets",
    show_default=True,
    help="offsets: the trace's work is split, by swap offset. copies: each CPU does all of it, on offsets of its own. "
    "cpu: each does what the trace says that it did.",
)
@click.option(
    "--between",
    "between_ns",
    callback=duration,
    default="0us",
    show_default=True,
    metavar="TIME",
    help="What a CPU does before each operation that has nothing to do with swap: at 0 all CPUs do nothing but swap.",
)
@click.option(
    "--socket-cpus",
    type=click.IntRange(1, 4096),
    default=4096,
    metavar="N",
    help="CPUs to a socket: from one to another a cache line takes longer. [default: all in one]",
)
@click.option(
    "--processes",
    type=click.IntRange(1, 4096),
    metavar="N",
    help="How many programs the CPUs work for. [default: one, with --deal copies one for each CPU]",
)
@click.option(
    "--cgroups",
    type=click.IntRange(1, 4096),
    default=1,
    show_default=True,
    metavar="N",
    help="How many memory cgroups they are in.",
)
@click.option(
    "--around/--no-around",
    default=True,
    show_default=True,
    help="Also simulate the rest of the way of a page through the kernel, with its locks.",
)
@click.option(
    "--cost",
    multiple=True,
    metavar="STEP=TIME|CODEC=TIME/TIME|usual",
    help="What a step costs, such as tree=200ns or line=80ns, or a codec, such as lz4=2.1us/0.6us. May be repeated. "
    "usual: steps cost what a table says, the same everywhere. [default: measured here]",
)
@click.option(
    "--pool-limit",
    "limit",
    default=NEVER_FULL,
    show_default=True,
    help="As of 'run'. A pool that is never full has all designs do the same, but for what a trace's requests for "
    "page frames write back.",
)
@click.option(
    "--lock-stat",
    type=click.IntRange(1, 4096),
    metavar="N",
    help="For how many CPUs, which are then simulated too, to show latencies and the columns of /proc/lock_stat. "
    "[default: 4, or the most below]",
)
@click.option("--plot", is_flag=True, help="Also draw speed-up against CPUs, below the tables.")
@partial(output_options, forms=(*FORMATS, "html"))
def command(
    trace: str | None,
    corpus: str | None,
    cpus: tuple[int, ...],
    locks: str | None,
    processes: int | None,
    cost: tuple[str, ...],
    limit: str,
    lock_stat: int | None,
    plot: bool,
    places: list[Place],
    **wished: Any,
) -> None:
    """How much do CPUs get done together, and which lock do they wait for? [default: over the shipped demo]

    The trace is replayed by the rules of each design's kernel. Then its operations are dealt to CPUs, and each takes
    the steps that the kernel takes: some free-running, such as compression in zswap, some under a lock. What steps
    cost is measured on this machine, of codecs each page's own time. See docs/locks.md.

    Speed-up: operations a second, against one CPU under the same design.

    \b
    zswapbench scale
    zswapbench scale trace.bin --cpus 4 --locks zcache-2011,zswap-2013 --codec lzo --codec zstd
    zswapbench scale trace.bin --deal copies --cpus 1,8,64 --cost line=60ns --cost tree=200ns
    """
    from zswapbench.corpus.shipped import demo_trace
    from zswapbench.report.contention_tables import REVIEW_CPUS, contention_plot, contention_tables
    from zswapbench.report.html.contention import contention_page
    from zswapbench.results.contention import to_json
    from zswapbench.rules.lock_designs import LOCK_DESIGNS
    from zswapbench.runs.contention import Wish, contention
    from zswapbench.runs.options import Options
    from zswapbench.runs.step_costs import asked_costs

    check_plot(plot=plot, places=places, elsewhere="in --format json the curves have the same figures")
    check_places(places, [trace, corpus])
    costs = asked_costs(",".join(cost))
    shown = lock_stat or max([one for one in cpus if one <= REVIEW_CPUS], default=1)
    designs = tuple(LOCK_DESIGNS) if locks is None else tuple(one.strip() for one in locks.split(","))
    wish = Wish(
        (*cpus, shown),
        designs,
        processes=processes or 0,
        costs=costs.steps,
        measured=costs.measured,
        **wished,
    )
    asked = Options(limit=limit, cost=costs.codecs)
    found = contention(trace or demo_trace(), wish, asked, corpus, progress)
    emit(
        places,
        lambda: contention_tables(found, shown),
        lambda: to_json(found),
        (lambda width: contention_plot(found, width)) if plot else None,
        lambda: contention_page(found, shown),
    )
