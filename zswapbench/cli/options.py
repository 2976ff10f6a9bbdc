"""The options that commands share: what a trace is replayed with, and what else to show of its results."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import click

from zswapbench.cli import completion
from zswapbench.common.errors import UsageError
from zswapbench.common.units import rate_of

Command = TypeVar("Command", bound=Callable[..., Any])

Option = Callable[[Any], Any]
"""What ``click.option`` returns."""


def _once(*names: str, **about: Any) -> Callable[[bool], Option]:
    """An option that is given at most once."""
    return lambda _several: click.option(*names, **about)


def _swept(*names: str, default: str = "", **about: Any) -> Callable[[bool], Option]:
    """An option that a SPEC could say as well: where ``several`` may be given, its value is a tuple of them."""
    several_default = [default] if default else []
    return lambda several: click.option(
        *names, multiple=several, default=several_default if several else default, **about
    )


def sample_rate_given(_context: click.Context, _parameter: click.Parameter, given: str) -> float:
    """The callback of ``--sample-rate``: a share of the slots, more than 0 and at most 1."""
    return rate_of(given)


def kernel_named(context: click.Context, _parameter: click.Parameter, value: Any) -> Any:
    """The callback of ``--kernel``: the version of the running kernel for ``running``, which is told."""
    if context.resilient_parsing or not value:
        return value
    return tuple(map(tell_running, value)) if isinstance(value, tuple) else tell_running(value)


def kernel_option(rules: str) -> Option:
    """``--kernel``, of a command that needs no era: "Kernel whose ``rules``"."""
    return click.option(
        "--kernel",
        "--era",
        "kernel",
        default="6.12",
        show_default=True,
        callback=kernel_named,
        shell_complete=completion.eras,
        help=f"Kernel whose {rules}; running is this machine's.",
    )


def cost_option(measured: str = "once") -> Option:
    """What codecs cost: the parameter ``cost``, a tuple of texts. ``measured``: how often that is done by default."""
    return click.option(
        "--cost",
        multiple=True,
        metavar="CODEC=TIME/TIME",
        help="What a page costs to compress and to decompress, such as lz4=2.1us/0.6us. May be repeated. "
        f"[default: measured here, {measured}]",
    )


def tell_running(text: str) -> str:
    """The kernel that ``text`` names; if that is the running one, which it is is told on standard error."""
    from zswapbench.common.machine import of_running_kernel

    found = of_running_kernel(text)
    if found != text:
        click.echo(f"zswapbench: the running kernel is {found.partition(':')[0]}{_row(found)}", err=True)
    return found


def _row(kernel: str) -> str:
    """The row of rules for zswap that is in force in ``kernel``, if there is one."""
    from zswapbench.rules.era_choice import choose_era

    with suppress(UsageError):
        return f"; zswap has the rules of {choose_era(kernel.partition(':')[0]).row}"
    return ""


_PARTS = (
    _once("--corpus", type=click.Path(), help="Corpus of the trace. [default: found by its digest]"),
    _swept(
        "--codec",
        shell_complete=completion.leaves("CODECS"),
        help="Compressor, such as lz4 or libzstd:19. [default: the era's]",
    ),
    _swept(
        "--pool",
        shell_complete=completion.leaves("POOLS"),
        help="Allocator of the pool, such as zsmalloc, in the era's form of it, or zsmalloc:2012. [default: the era's]",
    ),
    _once("--what-if", is_flag=True, help="Take a pool that the zswap of the era does not have."),
    _swept(
        "--era",
        "--kernel",
        "era",
        default="zswap-2013",
        show_default=True,
        callback=kernel_named,
        shell_complete=completion.eras,
        help="The kernel whose rules apply, such as linux-6.12, 6.16 or running; see 'zswapbench list eras'.",
    ),
)
"""What is replayed, and by whose rules. All below: called with whether several values may be given."""

_LIMITS = (
    _swept(
        "--pool-limit",
        "limit",
        help="Most page frames of the pool: 4096p, 64MiB, or 20% of the footprint, which is the most pages that the "
        "trace has swapped out at one time.",
    ),
    _swept(
        "--ram",
        help="Memory of the machine, such as 512MiB. [default: the trace's footprint]",
    ),
    _once(
        "--max-pool-percent",
        type=click.IntRange(1, 100),
        help="Percent of RAM that the pool may take. [default: the era's, 20]",
    ),
    _once(
        "--accept-threshold-percent",
        type=click.IntRange(1, 200),
        help="A pool that was full takes pages again below this percent of its limit. [default: the era's]",
    ),
    _once(
        "--chain-size",
        type=click.IntRange(4, 16),
        help="Most page frames of a zspage (zsmalloc from 6.3 on). [default: 8]",
    ),
)
"""How large the pool may get, and its zspages."""

_BELOW = (
    _swept(
        "--device",
        default="ssd",
        show_default=True,
        shell_complete=completion.devices,
        help="Swap device below the pool.",
    ),
    _once(
        "--cost",
        multiple=True,
        metavar="CODEC=TIME/TIME",
        callback=lambda _context, _parameter, given: ",".join(given),
        help="What a page costs to compress and to decompress, such as lz4=2.1us/0.6us: times are then the same on any "
        "machine. May be repeated. [default: measured here, once]",
    ),
    _once(
        "--sample-rate",
        default="1",
        metavar="R",
        callback=sample_rate_given,
        help="Replay only samples of the trace's slots, each of this share, such as 0.1, over a pool as much smaller, "
        "and estimate the rest: see docs/sampling.md.  [default: all]",
    ),
    _once("--verify", is_flag=True, help="Carry real bytes, and compare each page that is read back."),
)


def run_options(command: Command, *, several: bool = False) -> Command:
    """What a trace is replayed with, where it is not the era's. ``several``: see ``_swept``."""
    for option in reversed((*_PARTS, *_LIMITS, *_BELOW)):
        command = option(several)(command)
    return command


def view_options(command: Command) -> Command:
    """``--seeds``, ``--bounds`` and ``--plot``: what else to show of results."""
    command = click.option(
        "--plot", is_flag=True, help="Also draw page frames, flushes and refaults over time, below the table."
    )(command)
    command = click.option(
        "--seeds",
        type=click.IntRange(1, 1000),
        default=1,
        metavar="N",
        show_default=True,
        help="Also replay other draws of the trace, N in all, and show median and range of each figure. A synthetic "
        "trace is made again with other seeds; of a recorded one its own blocks are drawn.",
    )(command)
    return click.option(
        "--bounds",
        is_flag=True,
        help="Also replay policies that know the future, as a reference for how few refaults there could be.",
    )(command)
