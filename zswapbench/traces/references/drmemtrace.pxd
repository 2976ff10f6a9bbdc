from zswapbench.traces.references.importer cimport Importer


cdef class DrMemTrace(Importer):
    cdef long long wanted  # number of the program, plus 1, once it was seen
