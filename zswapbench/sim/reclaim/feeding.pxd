from zswapbench.sim.reclaim.addresses cimport Addresses
from zswapbench.sim.reclaim.node cimport MOST_CGROUPS, Node
from zswapbench.sim.reclaim.page cimport Page
from zswapbench.structures.lists cimport Lists
from zswapbench.traces.refs cimport Reference
from zswapbench.traces.touches cimport Touch


# What is known of the references of one memory cgroup.
cdef struct Told:
    long long touches
    long long waited_ns
    long long first_us       # trace time of its first reference, and of its last
    long long last_us
    long long resident_sum


cdef class Feeder(Node):
    cdef readonly long long absent
    cdef readonly long long samples
    cdef readonly long long resident_sum
    cdef readonly long long held_sum
    cdef Told[MOST_CGROUPS] told
    cdef bint tells              # each touch, to the way of choosing
    cdef bint divided            # there are several cgroups
    cdef long long trace_us
    cdef tuple known                   # ids of the cgroups, from the second on
    cdef unsigned char[65536] places   # of cgroups, by id
    cdef unsigned char[65536] seen     # ids that references were of
    cdef Page *pages
    cdef Addresses addresses

    cdef void _feed(self, const Reference *some, Py_ssize_t count) noexcept nogil
    cdef void _sample(self) noexcept nogil
    cdef void _follow(self, const Touch *some, Py_ssize_t count) noexcept nogil
    cdef void _touch(self, int place, unsigned int number, bint write) noexcept nogil
    cdef void _touch_by(self, unsigned short cgroup, unsigned int number, bint write) noexcept nogil
    cdef void _give_up(self, unsigned int number) noexcept nogil
    cdef void _expect(self, unsigned int number) noexcept nogil
