from zswapbench.traces.references.importer cimport Importer


cdef class Lines(Importer):
    cdef readonly long long lost  # events, as the tracer says
