# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""fifo: lru that does not look at loads: the entry that was stored first goes first.

What every LRU of entries becomes where loads are exclusive, since an entry that was loaded is gone. Of the
policies that keep one list it is the cheapest: a load takes no lock and moves nothing.
"""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.sim.policies.one_list import OneList


@cython.cclass
class Fifo(OneList):
    """First of the list = stored first."""

    name = "fifo"
    help = "the entry that was stored first"
    where = "any era and pool"
    parameters = ()
