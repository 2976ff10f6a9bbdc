"""``zswapbench trace record-script``: programs that record swap events on a live kernel."""

from __future__ import annotations

import click

from zswapbench.cli.outputs import write_out
from zswapbench.traces.record_scripts import FORMS, KERNELS, script


@click.command("record-script", short_help="Print a program that records swap events on a live kernel.")
@click.option(
    "--kernel",
    type=click.Choice(KERNELS),
    default="6.12",
    show_default=True,
    help="Kernel that is to be recorded: each has other functions.",
)
@click.option(
    "--form",
    type=click.Choice(FORMS),
    default="bpftrace",
    show_default=True,
    help="A bpftrace program; a shell script that sets kprobes in tracefs; a Python script that tells which address "
    "lies in which swap slot.",
)
@click.option("-o", "--output", default="-", type=click.Path(dir_okay=False), help="Write to this file.")
def command(kernel: str, form: str, output: str) -> None:
    """Print a program that records who was swapped out and in, with time, CPU, swap slot, order and cgroup.

    Its first lines say how to run it, what it costs, and what to do next. It takes root. 'trace import' makes a trace
    of what it writes. Kernels before 6.6 have the functions of 6.1, those from 6.9 to 6.14 the functions of 6.12.

    \b
    zswapbench trace record-script --kernel 6.12 > record.bt
    zswapbench trace record-script --kernel 7.3 --form kprobes -o record.sh
    zswapbench trace record-script --form pagemap > pagemap.py
    """
    write_out(script(form, kernel), output)
