from zswapbench.sim.device cimport SwapDevice
from zswapbench.sim.zram.device cimport Zram
from zswapbench.sim.zram.slots cimport Slot
from zswapbench.sim.zswap.table cimport GROUPS, Tally

# zswapbench.results.counters says when each one rises.
cdef struct Meter:
    long long zswpout
    long long invalidates
    long long invalidated
    long long duplicate_entry
    long long zswpin
    long long refaults
    long long loads_of_kept
    long long load_unknown
    long long stored_bytes
    long long stored_same_filled
    long long held_sum
    long long held_same_filled_sum
    long long frames_sum


cdef class Metered(Zram):
    cdef const unsigned char[::1] groups
    cdef SwapDevice backing
    cdef Tally tally
    cdef Meter meter
    # what the codec did, by group of pages
    cdef long long[GROUPS] compressed_pages
    cdef long long[GROUPS] hits

    cdef void meter_store(self, Slot *slot, unsigned int page, int held) noexcept nogil
    cdef void meter_load(self, Slot *slot, int held) noexcept nogil
