from zswapbench.sim.locks.cpus cimport Cpus

# A lock by its name: all of its instances together.
cdef struct Named:
    int kind
    int per
    int count
    int instances
    long long first                 # instance
    long long acquisitions
    long long contentions
    long long bounces
    long long waited
    long long longest_wait
    long long held
    long long longest_hold

cdef struct Instance:
    int holder
    int readers
    int last                        # who changed its cache line last
    int head                        # of those who wait, in order of arrival
    int tail
    int waiting
    long long line_free             # when the cache line can be had
    long long busy_since
    long long busy


cdef class Locks(Cpus):
    cdef const unsigned short[::1] class_of
    cdef Named[32] locks
    cdef int named
    cdef Instance *instances
    cdef long long instance_count
    cdef long long span             # offsets between the streams' own
    cdef long long[32] areas        # by swap type: its first area of 64 MiB
    cdef long long[32] tables       # and of 2 MiB
    cdef int socket_cpus
    cdef int processes
    cdef int cgroups
    cdef int nodes
    cdef int classes
    cdef int pools                  # 1, or one for each swap type

    cdef Instance *instance_of(self, int lock, int cpu) noexcept nogil
