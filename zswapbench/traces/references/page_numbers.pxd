from zswapbench.traces.references.importer cimport Importer


cdef class PageNumbers(Importer):
    pass
