from libc.stdint cimport uint32_t

from zswapbench.codecs.lz4 cimport Lz4, Sink, Window
from zswapbench.codecs.memory cimport Bytes


cdef struct Match:
    Bytes at             # where it begins
    Py_ssize_t distance
    Py_ssize_t length    # 0: there is none


cdef struct Chains:
    Window window
    Bytes match_end           # no match reaches beyond
    Bytes search_end          # no match is looked for from here on
    uint32_t *newest          # [hash]: one more than the last position that has it; 0: none
    const uint32_t *first     # [position]: the same of the one before it, of positions in the dictionary
    uint32_t *older           # the same of those in the page, counted from its start
    Py_ssize_t entered        # positions in the page below this one are in the chains
    int attempts


cdef class Lz4Hc(Lz4):
    cdef readonly int level


cdef Bytes write_overlapping(Sink *sink, Chains *chains, Bytes anchor, Match first, Bytes end) noexcept nogil
cdef Bytes write(Sink *sink, Bytes anchor, Match match, Bytes end) noexcept nogil
cdef Py_ssize_t shortened(Match first, Match second) noexcept nogil
cdef void begin_later(Match *match, Py_ssize_t count) noexcept nogil
cdef Match longer_behind(Chains *chains, Match match, int back) noexcept nogil
cdef Match search(Chains *chains, Bytes at, Bytes start, Py_ssize_t longest) noexcept nogil
cdef void enter(Chains *chains, Bytes until) noexcept nogil
