from zswapbench.traces.line_reader cimport LineReader
from zswapbench.traces.records cimport Record
from zswapbench.traces.scanning cimport Names, Text


cdef class TableLines(LineReader):
    cdef Names names
    cdef int[32] fields  # by column
    cdef int columns
    cdef int separator
    cdef unsigned long long scale

    cdef bint value(self, int field, Text at, Text end, Record *record) noexcept nogil
