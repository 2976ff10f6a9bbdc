cimport cython
from zswapbench.sim.policies.base cimport FlushPolicy
from zswapbench.traces.offsets cimport Offsets


# What zswap has of one memory cgroup, and may do for it.
cdef struct Share:
    long long stored          # pages, same-filled ones that take no memory included
    long long entries         # of these, those on a list
    long long bytes           # memory.zswap.current
    long long limit           # memory.zswap.max, in pages; -1: none
    bint writes_back          # memory.zswap.writeback
    long long protected       # entries that the shrinker leaves alone
    long long disk_swapins    # pages read from the device since they were last taken off what may go
    long long deferred        # entries that the shrinker was asked for and did not walk past


cdef class Shares(Offsets):
    cdef readonly FlushPolicy policy
    cdef readonly int cgroups_held    # cgroups that entries can be of
    cdef bint charges                 # these, for what it holds of them
    cdef bint apart                   # each has a list of its own
    cdef int storing                  # the cgroup whose page the next store is of
    cdef int cgroup                   # whose store it is, or whose list is walked
    cdef Share *shares                # by cgroup
    cdef Share *share                 # its
    cdef unsigned char *owners        # by swap offset; NULL where there is one cgroup

    cdef void turn_to(self, int cgroup) noexcept nogil

    @cython.final
    cdef inline void note_owner(self, long long key) noexcept nogil:
        """A page of the cgroup that was turned to is stored at ``key``, or was to be."""
        if self.owners is not NULL:
            self.owners[key] = self.cgroup

    @cython.final
    cdef inline Share *share_of(self, long long key) noexcept nogil:
        """That of the cgroup whose page was stored last at the swap offset ``key``."""
        return self.shares + (self.owners[key] if self.owners is not NULL else 0)
