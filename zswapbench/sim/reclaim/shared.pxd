from zswapbench.sim.reclaim.addresses cimport Addresses
from zswapbench.sim.reclaim.changes cimport Changes
from zswapbench.sim.reclaim.page cimport Page
from zswapbench.sim.reclaim.readahead cimport Readahead
from zswapbench.sim.reclaim.side cimport SwapSide
from zswapbench.sim.reclaim.slots cimport SwapSlots


cdef class Shared:
    cdef readonly unsigned int count
    cdef readonly unsigned int folio
    cdef readonly SwapSide side
    cdef readonly SwapSlots slots
    cdef readonly Readahead readahead
    cdef readonly Changes changes      # or None
    cdef readonly Addresses addresses
    cdef const unsigned long long[::1] page_numbers
    cdef const unsigned int[::1] vmas
    cdef unsigned int[::1] contents
    cdef Page *pages
    cdef unsigned char *owners         # by page: place of its memory cgroup; NULL where there is one
