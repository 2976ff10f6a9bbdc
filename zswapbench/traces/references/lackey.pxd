from zswapbench.traces.references.importer cimport Importer


cdef class Lackey(Importer):
    cdef readonly long long waits
    cdef readonly unsigned long long waited_us

    cdef bint wait(self, const char *at, const char *end)
