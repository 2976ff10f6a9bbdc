# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""clock: second-chance, but the bit is set by a load: an entry that was loaded since the last look is spared.

The oldest approximation of lru. Against lru a load writes one bit and moves nothing. Against second-chance
an entry that nobody has loaded since it was stored is not spared. Where loads are exclusive no bit is ever set, and
what is left is fifo.

Source: Corbató, "A paging experiment with the Multics system", 1968.
"""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.sim.policies.one_list import ReferencedList


@cython.cclass
class Clock(ReferencedList):
    """First of the list = where the hand is. Referenced: loaded since the hand was there."""

    name = "clock"
    help = "the entry stored first; an entry loaded since the last look is spared once"
    where = "any era and pool; the same as fifo where loads remove entries"
    parameters = ()
