from zswapbench.traces.references.importer cimport Importer


cdef class DrMemTrace(Importer):
    pass
