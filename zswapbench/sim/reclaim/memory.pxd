from zswapbench.sim.reclaim.addresses cimport Addresses
from zswapbench.sim.reclaim.changes cimport Changes
from zswapbench.sim.reclaim.frames cimport Frames
from zswapbench.sim.reclaim.page cimport Page
from zswapbench.sim.reclaim.readahead cimport Readahead
from zswapbench.sim.reclaim.slots cimport SwapSlots
from zswapbench.structures.lists cimport Lists
from zswapbench.traces.refs cimport Reference
from zswapbench.traces.touches cimport Touch


cdef class Memory(Frames):
    cdef readonly Addresses addresses
    cdef readonly SwapSlots slots
    cdef readonly Readahead readahead
    cdef const unsigned long long[::1] page_numbers
    cdef const unsigned int[::1] vmas
    cdef unsigned int[::1] contents
    cdef readonly Changes changes  # or None
    cdef Page *pages
    cdef Lists lists
    cdef readonly long long touches
    cdef readonly long long absent
    cdef readonly long long first_touches
    cdef readonly long long faults
    cdef readonly long long read_ahead
    cdef readonly long long cache_hits
    cdef readonly long long samples
    cdef readonly long long resident_sum
    cdef readonly long long held_sum

    # What a way of choosing fills in.
    cdef void touched(self, unsigned int number) noexcept nogil
    cdef void enter(self, unsigned int number, bint refault) noexcept nogil
    cdef void forget(self, unsigned int number) noexcept nogil
    cdef unsigned int shadow(self, unsigned int number) noexcept nogil

    # What it may call.
    cdef bint swap_out(self, unsigned int number) noexcept nogil
    cdef void expect_after(self, unsigned int number) noexcept nogil
    cdef void give_up_slot_if_scarce(self, unsigned int number) noexcept nogil

    cdef void _feed(self, const Reference *some, Py_ssize_t count) noexcept nogil
    cdef void _follow(self, const Touch *some, Py_ssize_t count) noexcept nogil
    cdef void touch(self, unsigned int number, bint write) noexcept nogil
    cdef void give_up(self, unsigned int number) noexcept nogil
    cdef void _fault(self, unsigned int number, bint write) noexcept nogil
    cdef void _read_window(self, unsigned int number) noexcept nogil
    cdef void _swap_in(self, unsigned int number) noexcept nogil
    cdef void _take_back(self) noexcept nogil
