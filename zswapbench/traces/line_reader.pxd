from zswapbench.traces.records cimport Record
from zswapbench.traces.scanning cimport Text

cdef enum:
    # What a line is.
    RECORD_LINE = 1
    OTHER_LINE = 2
    CUT_LINE = 3
    ODD_LINE = 4


cdef class LineReader:
    cdef readonly int shortest
    cdef readonly long long total
    cdef readonly long long others
    cdef readonly long long cut
    cdef readonly list odd
    cdef readonly bint frontswap
    cdef readonly bint writeout

    cdef int line(self, Text at, Text end, Record *record) noexcept nogil
