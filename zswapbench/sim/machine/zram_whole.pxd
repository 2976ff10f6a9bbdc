from zswapbench.sim.machine.zram_disk cimport ZramDisk


# A large folio that is stored as one object, by the run of its slots.
cdef struct Object:
    unsigned int number    # of the page that is first in it, in the program
    unsigned int frames
    unsigned short left    # slots that it has still; 0: there is no object


cdef class ZramWhole(ZramDisk):
    cdef readonly long long whole_stores
    cdef readonly long long whole_loads
    cdef readonly long long whole_frames
    cdef unsigned int order
    cdef Object *objects
    cdef unsigned int runs
    cdef const unsigned int[::1] object_frames     # by number of the first page
    cdef const long long[::1] pack_ns
    cdef const long long[::1] unpack_ns
