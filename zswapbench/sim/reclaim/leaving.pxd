from zswapbench.sim.reclaim.frames cimport Pass
from zswapbench.sim.reclaim.page cimport LARGE, Page
from zswapbench.sim.reclaim.shared cimport Shared
from zswapbench.sim.reclaim.side cimport SwapSide
from zswapbench.sim.reclaim.slots cimport SwapSlots
from zswapbench.structures.lists cimport Lists


cdef class Leaving:
    cdef readonly Shared shared
    cdef readonly SwapSide side
    cdef SwapSlots slots
    cdef Page *pages
    cdef Lists lists
    cdef readonly int place          # among the cgroups of the node
    cdef readonly long long limit    # memory.max, page frames; -1: none
    cdef readonly long long max_events
    cdef unsigned int lowest         # of its pages
    cdef unsigned int behind         # the highest
    cdef unsigned int folio          # pages of a large folio; 1: there are none
    cdef void *node                  # the Frames that it has its frames from, which owns it
    cdef readonly unsigned int resident
    cdef readonly long long scanned
    cdef readonly long long stolen

    # What a way of choosing fills in.
    cdef void touched(self, unsigned int number) noexcept nogil
    cdef void enter(self, unsigned int number, bint refault) noexcept nogil
    cdef void forget(self, unsigned int number) noexcept nogil
    cdef unsigned int shadow(self, unsigned int number) noexcept nogil
    cdef unsigned int old(self) noexcept nogil
    cdef void set_priority(self, Pass *its) noexcept nogil
    cdef void begin(self, Pass *its) noexcept nogil
    cdef void prepare(self, Pass *its) noexcept nogil
    cdef bint look(self, Pass *its) noexcept nogil
    cdef void turn_over(self) noexcept nogil

    # Pages that ``page`` stands for on a list.
    cdef inline unsigned int size(self, const Page *page) noexcept nogil:
        return self.folio if page.flags & LARGE else 1

    # What zswapbench.sim.reclaim.folios fills in.
    cdef bint swap_out_whole(self, unsigned int first) noexcept nogil
    cdef unsigned int young(self, unsigned int first) noexcept nogil
    cdef void give_back_slots(self, unsigned int number) noexcept nogil

    # What it may call.
    cdef bint swap_out(self, unsigned int number) noexcept nogil
    cdef void expect_after(self, unsigned int number) noexcept nogil
    cdef void give_up_slot_if_scarce(self, unsigned int number) noexcept nogil
    cdef bint more_than_enough(self, unsigned int frames) noexcept nogil

    cdef bint take_frame(self) noexcept nogil
    cdef bint _charge(self) noexcept nogil
    cdef bint owns(self, unsigned int number) noexcept nogil
    cdef void own(self, unsigned int number) noexcept nogil
    cdef void hold(self, int frames) noexcept nogil
