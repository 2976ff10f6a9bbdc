from zswapbench.traces.line_reader cimport LineReader
from zswapbench.traces.records cimport Record
from zswapbench.traces.scanning cimport Names, Text


cdef class ProbeLines(LineReader):
    cdef Names names
    cdef Names fields

    cdef Text head(self, Text at, Text end, Record *record) noexcept nogil
    cdef bint values(self, Text at, Text end, Record *record) noexcept nogil
    cdef void function(self, Text at, Text end) noexcept nogil
