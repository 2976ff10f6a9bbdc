from zswapbench.structures.lists cimport Lists
from zswapbench.traces.event cimport Event


cdef struct Reference:
    unsigned int delta_us
    unsigned int address
    unsigned int page
    unsigned short kind
    unsigned short cpu


cdef struct Address:
    unsigned int page  # of the corpus: what it holds now
    unsigned int slot  # on the swap device, with what it holds now, or _NO_SLOT
    bint resident


cdef class Reclaim:
    cdef Address *addresses
    cdef unsigned int count
    cdef unsigned int frames
    cdef unsigned int resident
    cdef Lists lru            # first = least recently used
    cdef unsigned int *slots  # ring of free slots
    cdef unsigned long long taken
    cdef unsigned long long given
    cdef unsigned long long waited_us

    cdef Py_ssize_t _use(self, Reference use, Event *event) noexcept
    cdef Py_ssize_t _reclaim(self, int cpu, Event *event) noexcept
    cdef void _free_slot(self, Address *address) noexcept
    cdef Py_ssize_t _emit(self, Event *event, int op, int cpu, unsigned int slot, unsigned int page) noexcept
