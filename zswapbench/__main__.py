"""The command line, for ``python -m zswapbench`` and the script of that name.

It imports next to nothing before an interrupt is listened for: loading modules takes a tenth of a second.
"""

import os
import sys


def main() -> None:
    """Run the command line and exit with the documented code."""
    # numpy's OpenBLAS starts a thread for each CPU. Nothing here multiplies matrices, and where memory is limited it
    # raises SIGINT or ends by SIGSEGV when it cannot start them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from zswapbench.cli import main as run
    except KeyboardInterrupt:
        sys.stderr.write("zswapbench: interrupted\n")
        sys.stderr.flush()
        os._exit(130)
    # At once. Python's own end waits for threads that a user's code left behind; and it is by SIGINT, whatever the exit
    # code, if an interrupt came while a module defined a class by exec().
    os._exit(run())


if __name__ == "__main__":
    main()
