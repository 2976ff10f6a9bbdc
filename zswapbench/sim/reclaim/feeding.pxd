from zswapbench.sim.reclaim.addresses cimport Addresses
from zswapbench.sim.reclaim.node cimport MOST_CGROUPS, Node
from zswapbench.sim.reclaim.page cimport Page
from zswapbench.structures.lists cimport Lists
from zswapbench.traces.refs cimport Reference
from zswapbench.traces.touches cimport Touch


cdef class Feeder(Node):
    cdef readonly long long absent
    cdef readonly long long samples
    cdef readonly long long resident_sum
    cdef readonly long long held_sum
    cdef long long[MOST_CGROUPS] touched
    cdef bint told
    cdef Page *pages
    cdef Addresses addresses

    cdef void _feed(self, const Reference *some, Py_ssize_t count) noexcept nogil
    cdef void _follow(self, const Touch *some, Py_ssize_t count) noexcept nogil
    cdef void _touch(self, unsigned int number, bint write) noexcept nogil
    cdef void _give_up(self, unsigned int number) noexcept nogil
    cdef void _expect(self, unsigned int number) noexcept nogil
