from libc.stdint cimport uint64_t

from zswapbench.codecs.kernel cimport KernelCodec
from zswapbench.codecs.memory cimport Bytes
from zswapbench.codecs.sw842_tables cimport Template


cdef struct Chains:
    unsigned short[2048] newest8  # [hash]: one more than the number of the last word that has it; 0: none
    unsigned short[2048] newest4
    unsigned short[256] older8    # [place in the ring]: the same of the one before it
    unsigned short[512] older4
    unsigned char[65536] places2  # [word of 2 bytes]: the place in the ring that was filled with it last


cdef struct Writer:
    unsigned char *at
    uint64_t pending
    int bits


cdef struct Reader:
    Bytes at
    Bytes end
    uint64_t pending
    int bits


cdef class Sw842(KernelCodec):
    pass


cdef int pack_or_count(Bytes page, int size, unsigned char *out, void *work, bint writes) noexcept nogil
cdef void put_block(Writer *writer, Chains *chains, Bytes page, int number, bint writes) noexcept nogil
cdef int put_repeats(Writer *writer, int repeats, bint writes) noexcept nogil
cdef void put(Writer *writer, uint64_t value, int bits, bint writes) noexcept nogil
cdef uint64_t word_at(Bytes page, int number, int size) noexcept nogil
cdef unsigned int hash_of(uint64_t word) noexcept nogil
cdef int find(
    unsigned short *newest, unsigned short *older, int ring, Bytes page, int size, int number, int filled
) noexcept nogil
cdef int find2(unsigned char *places, Bytes page, int number, int filled) noexcept nogil
cdef void enter(
    unsigned short *newest, unsigned short *older, int ring, Bytes page, int size, int number
) noexcept nogil
cdef void enter_block(Chains *chains, Bytes page, int number) noexcept nogil
cdef bint read_block(Reader *reader, Template template, unsigned char *page, int done) noexcept nogil
cdef int place_in_page(long long index, int size, int ring, int done) noexcept nogil
cdef long long take(Reader *reader, int bits) noexcept nogil
