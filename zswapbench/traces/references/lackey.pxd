from zswapbench.traces.references.importer cimport Importer


cdef class Lackey(Importer):
    pass
