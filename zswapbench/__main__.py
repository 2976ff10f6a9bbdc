"""``python -m zswapbench``: the command line."""

from zswapbench.cli import main

main()
