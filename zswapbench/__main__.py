"""The command line, for ``python -m zswapbench`` and the script of that name.

It imports next to nothing before an interrupt is listened for: loading modules takes a tenth of a second.
"""

import sys


def main() -> None:
    """Run the command line and exit with the documented code."""
    try:
        from zswapbench.cli import main as run
    except KeyboardInterrupt:
        sys.stderr.write("zswapbench: interrupted\n")
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
