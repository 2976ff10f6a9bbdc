from zswapbench.traces.references.lines cimport Lines


cdef class Regions(Lines):
    pass
