from zswapbench.traces.records cimport Record


cdef struct Call:
    # A record that something may still be told of.
    long long number  # counted from 1 on; 0: there is none
    unsigned long long slot
    unsigned char order


cdef struct Thread:
    Call out
    Call store
    Call asked  # the first record of the page that zswap was asked about last
    Call written  # the STORE that a WRITE of the same slot would say was refused
    Call swap_in
    Call load


cdef class Matching:
    cdef int *rows  # by thread number: of ``threads``, + 1; 0: none yet
    cdef Thread *threads
    cdef int room
    cdef int used
    cdef long long first  # number of the first record of the piece at hand

    cdef Thread *thread_of(self, unsigned int number) noexcept nogil
    cdef void follow(self, Record[::1] records, Py_ssize_t index) noexcept nogil
    cdef void set_mark(self, Record[::1] records, const Call *call, unsigned char mark) noexcept nogil
    cdef void add(self, unsigned int number) except *
