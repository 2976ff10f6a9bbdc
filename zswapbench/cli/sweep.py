"""``zswapbench sweep``: a grid of runs into one file, and what is read from it. Without a command's name it runs."""

from __future__ import annotations

import importlib
from pathlib import Path

import click

from zswapbench.cli.groups import Group
from zswapbench.common.names import likeliest

RUN = "run"
"""The command that is meant where none is named."""

COMMANDS = (RUN, "show", "report", "merge")
"""Each has a module of its own, ``sweep_`` and the name."""


class _Sweep(Group):
    """Hands what begins with no command's name to RUN, whose options its help shows."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"zswapbench.cli.sweep_{cmd_name}")
        command: click.Command = module.command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """See click.Group."""
        if args and args[0] not in (*COMMANDS, *ctx.help_option_names) and not _mistyped(args[0]):
            args = [RUN, *args]
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return ["[GRID.toml] [TRACE|REFERENCES]... -o FILE [OPTIONS]"]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        run = self.get_command(ctx, RUN)
        assert run is not None
        run.format_options(ctx, formatter)
        others = {name: self.get_command(ctx, name) for name in COMMANDS if name != RUN}
        if others:
            with formatter.section("Commands"):
                formatter.write_dl(
                    [(name, one.get_short_help_str(160)) for name, one in others.items() if one]
                )


def _mistyped(name: str) -> bool:
    """Is it more likely a command than a file?"""
    return not name.startswith("-") and not Path(name).exists() and bool(likeliest(name, COMMANDS))


@click.command("sweep", cls=_Sweep)
def command() -> None:
    """Run a grid on all cores: each cell of codecs, limits, policies... on each trace, a row of FILE for each run.

    The grid is a file in TOML, or --vary, or both: --vary then takes the place of the file's values. TRACE is a trace
    of swap events, which is replayed, or a file of references (.refs), which is run on a machine. Corpora are found
    beside them.

    Keys of a replay are those of SPECs of 'compare': policy, codec, pool, era (or kernel), limit, ram, device, setup
    (zswap, zram), and max-pool-percent, accept-threshold-percent, chain-size, what-if, sample-rate; for zram mem-limit,
    backing-dev and write. seed draws a made trace anew.

    Keys of a machine are setup, ram, swap, reclaim, kernel, page-cluster, cpus, work, min-free-kbytes,
    watermark-scale-factor, mthp, and what its set-ups take, see 'machine --help'. What a set-up does not take makes no
    difference to it: it runs once.

    All cells are checked before anything runs. FILE is an SQLite database, in which each run is kept as it ends. The
    same command again runs only what is missing, and so does one with more values.

    \b
    zswapbench sweep GRID.toml -o s.sqlite
    zswapbench sweep --vary codec=lz4,zstd --vary limit=10%,20% --vary policy=lru,class-lru a.trace.bin -o s.sqlite
    zswapbench sweep --vary codec=lz4,zstd --vary seed=0..9 made.trace.bin -o s.sqlite
    zswapbench sweep --vary setup=disk,zswap,zram --vary ram=4MiB,6MiB sort.refs.zst -o s.sqlite
    """
