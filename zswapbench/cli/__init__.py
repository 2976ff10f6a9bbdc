"""The command line: one file for each command, each thin. What was typed comes in, a report and an exit code go out.

A command does three things: it parses its options, calls one story of ``runs`` or reads files, and has ``report`` write
what came of it. What commands share is in ``options``, ``outputs``, ``progress`` and ``groups``. A command's module is
imported when the command is used, so that ``--help`` answers at once. This file alone turns errors into exit codes.

The room must not know how anything is computed: whatever a program could want, too, is in the rooms below.
"""

from __future__ import annotations

import errno
import importlib
import os
import re
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import click

from zswapbench import __version__
from zswapbench.cli import streams
from zswapbench.cli.groups import Group
from zswapbench.common import signals
from zswapbench.common.errors import InternalError, MissingError, ZswapbenchError, unwritable
from zswapbench.plugins import last_resort
from zswapbench.report.table import printable

COMMANDS = {
    "run": "Replay a trace and report what happened.",
    "compare": "Replay a trace under several policies, pools or codecs, side by side.",
    "check": "Compare a result or a trace with a baseline; exit code 1 if it got worse.",
    "report": "Write results as one HTML page: answers, tables, charts.",
    "zram": "Replay a trace against zram, then write to its sysfs attributes.",
    "machine": "Run a program's memory references on one amount of RAM under disk, zswap and zram.",
    "recommend": "Say which set-up suits a program, and why, or what would settle it.",
    "sweep": "Run a grid of settings over many traces, each run once, into one file.",
    "scale": "Simulate CPUs that wait for the locks of zcache and zswap.",
    "codecs": "Compare codecs: ratio, compressed sizes, incompressible pages, speed.",
    "corpus": "Make and inspect corpora: files of pages from real process dumps.",
    "trace": "Make and inspect traces of swap events.",
    "new-policy": "Write a flush policy in plain Python, for you to change.",
    "cache": "Show where compressed sizes are remembered, or forget them.",
    "list": "List codecs, pools, policies, eras and swap devices.",
}


class _Commands(Group):
    """Knows the commands' names and one-line helps without importing them."""

    def list_commands(self, context: click.Context) -> list[str]:
        return [*COMMANDS]  # the module of the command "list" is called list here, once it is imported

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"zswapbench.cli.{name.replace('-', '_')}").command
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items()])


@click.command(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="zswapbench")
def cli() -> None:
    """Which compressor, allocator, flush policy and pool limit suit the memory that you really have?

    zswapbench compresses pages from real process dumps and replays swap traces through models of the
    kernel's compressed swap caches (zswap, zcache, zram). It counts page frames freed, flushes (entries
    written to the swap device) and refaults (pages read back from it).

    \b
    zswapbench compare lru class-lru              two policies side by side, on the shipped demo
    zswapbench corpus import core.1234 -o app.zpages
    zswapbench trace make app.zpages -o trace.bin
    zswapbench run trace.bin --codec zstd --pool-limit 64MiB
    zswapbench codecs app.zpages                  which compressor for this memory?

    Exit codes: 0 fine, 1 'check' found it worse, 2 wrong usage, 3 bad input, 4 this machine lacks something
    (a library, memory, room on the disk), 5 a bug in zswapbench, 130 interrupted, 143 and 129 ended by SIGTERM
    and SIGHUP.
    """


def main() -> int:
    """Run the command line of this process; the documented exit code, with which it is to end at once."""
    try:
        streams.install()
        last_resort.give_up = _leave
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while another error was told
        code = signals.exit_code()
    signals.ignore()
    for stream in (sys.stdout, sys.stderr):
        with suppress(ZswapbenchError):  # that it cannot be written was told
            stream.flush()
    return code


def run(arguments: list[str]) -> int:
    """Run the command line ``arguments``; the exit code, after what went wrong was told."""
    return _guarded(lambda: cli.main(arguments, prog_name="zswapbench", standalone_mode=False))


def _leave(error: BaseException) -> None:
    """End the process with ``error``, at once: a thread of it will never end."""

    def fail() -> None:
        raise error

    os._exit(_guarded(fail))


def _guarded(work: Callable[[], Any]) -> int:
    """Do ``work``; the exit code, after what went wrong was told."""
    try:
        code = work()
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return _told(signals.told(), signals.exit_code())
    except SystemExit:  # how click ends after shell completion
        return 0
    except ZswapbenchError as error:
        return _told(str(error), error.exit_code)
    except MemoryError as error:
        text = str(error) or "there is not enough for what was asked"
        what = text if text.startswith("no memory") else f"out of memory: {text}"
        return _told(f"{what}; use a smaller trace or corpus", MissingError.exit_code)
    except ImportError as error:
        # Of a library that is installed and cannot be loaded, for want of memory, too.
        last = str(error).strip().splitlines()[-1]
        return _told(f"a library cannot be loaded: {last}", MissingError.exit_code)
    except OSError as error:
        # A file that was named is checked where it is opened. This is what no check thought of.
        if error.filename is None or error.errno == errno.ENOMEM:  # which may be a module's
            return _told(f"the system refuses: {error.strerror or error}", MissingError.exit_code)
        name = os.fsdecode(error.filename)
        return _told(f"{name}: {error.strerror}; name another place", unwritable(name, error).exit_code)
    except Exception as error:  # noqa: BLE001  the last line of defence: whatever got here is a bug
        if signals.interrupted(error):
            return _told(signals.told(), signals.exit_code())
        # The latter two are what Python, and compiled code, say at times where memory is short.
        if re.search("can't start new thread|without setting an exception|without exception set", str(error)):
            return _told(f"out of memory: {error}", MissingError.exit_code)
        traceback.print_exc()
        click.echo("zswapbench: this is a bug in zswapbench; please report it with the lines above", err=True)
        return InternalError.exit_code


def _told(problem: str, code: int) -> int:
    """The exit ``code``, after ``problem`` was told in one line."""
    click.echo(f"zswapbench: {printable(problem)}", err=True)
    return code
