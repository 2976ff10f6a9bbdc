"""The command line, for ``python -m zswapbench`` and the script of that name.

It imports next to nothing before an interrupt is listened for: loading modules takes a tenth of a second.
"""

import os


def main() -> None:
    """Run the command line and exit with the documented code."""
    # numpy's OpenBLAS starts a thread for each CPU. Nothing here multiplies matrices, and where memory is limited it
    # raises SIGINT or ends by SIGSEGV when it cannot start them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from zswapbench.common import signals

        signals.install()
        from zswapbench.cli import main as run
        from zswapbench.common import library_exit, room

        library_exit.replace_exit_code()
        room.need(room.LIBRARIES)
    except KeyboardInterrupt:
        from zswapbench.common import signals  # which may not have been loaded yet

        _tell(signals.told())
        os._exit(signals.exit_code())
    except (ImportError, MemoryError, OSError, SystemError) as error:
        # The last is what Python itself raises at times, where memory is short.
        _tell(f"cannot be loaded: {str(error) or 'out of memory'}; see 'ulimit -a', or install it again")
        os._exit(4)  # as MissingError has it, which may be what cannot be loaded
    except RuntimeError as error:
        if not signals.interrupted(error):
            raise
        _tell(signals.told())
        os._exit(signals.exit_code())
    # The except clauses of run() need memory, too: Python may raise this where it has none to make another error.
    try:
        code = run()
    except (MemoryError, SystemError):
        _tell("out of memory; use a smaller trace or corpus")
        code = 4
    # At once. Python's own end waits for threads that a user's code left behind; and it is by SIGINT, whatever the exit
    # code, if an interrupt came while a module defined a class by exec().
    os._exit(code)


def _tell(problem: str) -> None:
    """Tell ``problem`` in one line, if that can be: a message must not change the exit code."""
    try:  # noqa: SIM105  contextlib, too, may be what cannot be loaded
        os.write(2, os.fsencode(f"zswapbench: {problem}\n"))
    except OSError:
        pass


if __name__ == "__main__":
    main()
