from zswapbench.traces.references.lines cimport Lines


cdef struct Sample:
    unsigned long long process
    unsigned long long now_ns
    unsigned long long address
    int write  # 1: it was written to; -1: not told


cdef class Perf(Lines):
    cdef unsigned long long wanted  # the last process that was taken, plus 1
