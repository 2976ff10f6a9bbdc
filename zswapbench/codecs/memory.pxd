# What codecs do with memory: words at any address, where two of them first differ, and copies in strides.
# Words are in the machine's own order, which is little-endian wherever swap is compressed; the builtins are
# those of gcc and clang.
from libc.stdint cimport uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

cdef extern from *:
    int count_trailing_zeros "__builtin_ctzll"(unsigned long long word) noexcept nogil
    uint64_t swap_bytes "__builtin_bswap64"(uint64_t word) noexcept nogil

ctypedef const unsigned char *Bytes  # that are only read

cdef enum:
    STRIDE = 16  # bytes that copies move at a time, where so many more than wanted may be moved


cdef inline uint16_t read16(Bytes at) noexcept nogil:
    cdef uint16_t word
    memcpy(&word, at, 2)
    return word


cdef inline uint32_t read32(Bytes at) noexcept nogil:
    cdef uint32_t word
    memcpy(&word, at, 4)
    return word


cdef inline uint64_t read64(Bytes at) noexcept nogil:
    cdef uint64_t word
    memcpy(&word, at, 8)
    return word


cdef inline void write64(unsigned char *at, uint64_t word) noexcept nogil:
    memcpy(at, &word, 8)


cdef inline int equal_bytes(uint64_t difference) noexcept nogil:
    # How many bytes of two words are equal before the first that is not; ``difference`` is their xor, not 0.
    return count_trailing_zeros(difference) >> 3


cdef inline Py_ssize_t common_bytes(Bytes one, Bytes other, Bytes end) noexcept nogil:
    # How many bytes are the same from ``one`` on as from ``other`` on, with ``one`` staying below ``end``.
    cdef Bytes start = one
    cdef uint64_t difference
    while one + 8 <= end:
        difference = read64(one) ^ read64(other)
        if difference:
            return one - start + equal_bytes(difference)
        one += 8
        other += 8
    while one < end and one[0] == other[0]:
        one += 1
        other += 1
    return one - start


cdef inline void copy_literals(
    unsigned char *to, Py_ssize_t room, Bytes start, Bytes end, Py_ssize_t count
) noexcept nogil:
    # Copy ``count`` bytes. ``room`` bytes may be written, and read what lies before ``end``.
    cdef Py_ssize_t done = STRIDE
    if end - start < count + STRIDE or room < count + STRIDE:
        memcpy(to, start, count)
        return
    memcpy(to, start, STRIDE)
    while done < count:
        memcpy(to + done, start + done, STRIDE)
        done += STRIDE


cdef inline void copy_match(unsigned char *to, Py_ssize_t distance, Py_ssize_t count, Bytes end) noexcept nogil:
    # Copy ``count`` bytes from ``distance`` back, which may be less than ``count``: the bytes then repeat.
    # Up to ``end`` may be written.
    cdef Bytes start = to - distance
    cdef Py_ssize_t done = 0, some
    if distance >= STRIDE and end - to >= count + STRIDE:
        while done < count:
            memcpy(to + done, start + done, STRIDE)
            done += STRIDE
        return
    while done < count:
        # What lies between start and here repeats every ``distance`` bytes, and so may be copied as a whole.
        some = min(distance + done, count - done)
        memcpy(to + done, start, some)
        done += some
