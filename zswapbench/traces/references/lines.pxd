from zswapbench.traces.references.importer cimport Importer


cdef class Lines(Importer):
    cdef object process  # the first that was seen
