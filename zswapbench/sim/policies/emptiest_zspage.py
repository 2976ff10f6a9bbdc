# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""emptiest-zspage: the zspage with the fewest live entries goes, with all that is in it.

The greedy cleaner of log-structured storage. No other order frees a zspage with fewer flushes, but it asks neither
how many page frames the zspage has, nor how old its entries are: a new zspage, which its class has only begun to
fill, is emptied at once. Between equals the one that was used least recently goes first.

Source: Rosenblum and Ousterhout, "The design and implementation of a log-structured file system", 1992: greedy.
"""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.sim.policies.by_zspage import HeapOfZspages


@cython.cclass
class EmptiestZspage(HeapOfZspages):
    """Ordered by live entries."""

    name = "emptiest-zspage"
    help = "the whole zspage (or page frame) with the fewest live entries"
    where = "any era; pools with several objects in a zspage"
    parameters = ()

    def cost(self, zspage: cython.int) -> cython.double:
        return self.zspages[zspage].live
