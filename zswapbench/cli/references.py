"""The options of the commands that read references, or make their like."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from zswapbench.cli.options import kernel_option

if TYPE_CHECKING:
    from zswapbench.traces.references.importer import Wish

WAYS = ("lists", "mglru", "lru")


def text_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What a text of references may leave open: the parameters ``interval``, ``writes`` and ``process``."""
    command = click.option(
        "--process",
        type=click.IntRange(min=0),
        help="PID, DAMON target or drmemtrace workload, if the text has several.",
    )(command)
    command = click.option(
        "--writes",
        default="40%",
        show_default=True,
        help="Share of touches that write, where the text does not say.",
    )(command)
    return click.option(
        "--interval",
        default="1ns",
        show_default=True,
        help="Time of each reference, where the text has no clock.",
    )(command)


def reclaim_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How memory is reclaimed: the parameters ``reclaim``, ``kernel`` and ``page_cluster``."""
    command = click.option(
        "--page-cluster",
        type=click.IntRange(0, 5),
        default=0,
        show_default=True,
        help="Readahead of up to 2^N pages; the kernel's default is 3.",
    )(command)
    command = kernel_option("rules reclaim and swap slots follow")(command)
    return click.option(
        "--reclaim",
        type=click.Choice(WAYS),
        default="lists",
        show_default=True,
        help="Who leaves memory.",
    )(command)


def wish_of(page_size: int, interval: str, writes: str, process: int | None) -> Wish:
    """What these options ask for. Raises UsageError."""
    from zswapbench.common.errors import UsageError
    from zswapbench.common.units import parse_duration, parse_percent
    from zswapbench.traces.format import PAGE_SHIFTS
    from zswapbench.traces.references.importer import Wish

    share = parse_percent(writes)
    if share > 1:
        raise UsageError(f"--writes {writes} is more than 100%")
    if page_size not in {1 << shift for shift in PAGE_SHIFTS}:
        raise UsageError(f"page size {page_size} is not one of 4K, 16K, 64K")
    return Wish(page_size, parse_duration(interval), share, process)
