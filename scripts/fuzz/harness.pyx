# cython: language_level=3
"""The program that scripts/fuzz-codecs builds: Python with libFuzzer inside, and one codec for it to break.

    harness decode|encode CODEC [what libFuzzer takes: options, folders with inputs]

decode: an input is a byte that says how large the page is, and a stream. It is refused or gives a page of that
size, the same one that the library gives which reads the format, should it take the stream too.
encode: a byte that picks the codec's parameter, and a page. It comes back, from the library too, and ``sizes`` says
as much of it as ``compress`` makes.

A Python error is a finding like any other: its traceback is printed and the process aborts.
"""
from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t
from libc.stdlib cimport abort, free, malloc
from libc.string cimport memset

from zswapbench.codecs.kernel cimport KernelCodec

import sys
import traceback

import numpy as np

from zswapbench.plugins.registry import CODECS

cdef extern from *:
    """
    int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*target)(const uint8_t *data, size_t size));
    """
    int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*target)(const uint8_t *data, size_t size) noexcept)

VARIANTS = {
    "lz4": ("lz4", "lz4:2", "lz4:65537"),
    "lz4hc": ("lz4hc", "lz4hc:1", "lz4hc:12"),
}
LIBRARIES = {"lz4": "liblz4", "lz4hc": "liblz4", "lzo": "liblzo"}

cdef object codecs, library
cdef bint decoding


cdef bytes unpack(KernelCodec codec, const uint8_t *data, size_t length, int size):
    """The page that ``decompress`` would give, or None: by its inner function, from ``data`` and to a block that
    both end where they should. A bytes object has a zero byte behind its end, which hides a step too far."""
    cdef uint8_t *page = <uint8_t *> malloc(size)
    # decompress gives a page that is filled with something else: a byte that is never written shows.
    memset(page, 0x55, size)
    try:
        return PyBytes_FromStringAndSize(<char *> page, size) if codec.unpack(data, length, page, size) else None
    finally:
        free(page)


def decompressed(codec, stream, size):
    """The page, or None if ``codec`` says ValueError."""
    try:
        return codec.decompress(stream, size)
    except ValueError:
        return None


cdef check_decoding(const uint8_t *data, size_t length):
    # A power of two up to 64 KiB, since an lzo match may lie 48 KiB back, and up to 15 bytes more.
    size = (1 << data[0] % 17) + data[0] // 17
    stream = PyBytes_FromStringAndSize(<char *> data + 1, length - 1)
    page = decompressed(codecs[0], stream, size)
    assert page == unpack(codecs[0], data + 1, length - 1, size), "two calls give two pages"
    if page is None:
        return
    assert len(page) == size, f"{len(page)} bytes instead of {size}"
    # The kernel begins an lzo stream of version 1 with these, which liblzo reads in another way.
    if library and not (codecs[0].name == "lzo" and stream.startswith(b"\x11\x01")):
        assert decompressed(library, stream, size) in (None, page), "the library gives another page"


cdef check_encoding(const uint8_t *data, size_t length):
    codec = codecs[data[0] % len(codecs)]
    page = PyBytes_FromStringAndSize(<char *> data + 1, length - 1).ljust(1, b"\0")
    stream = codec.compress(page)
    # An array's pages end where they should, and so do the output and the tables that ``sizes`` makes for them.
    assert codec.sizes(np.frombuffer(page, np.uint8).reshape(1, -1).copy()).tolist() == [len(stream)]
    assert codec.decompress(stream, len(page)) == page, "the page does not come back"
    if library:
        assert decompressed(library, stream, len(page)) == page, "the library gives another page"


cdef int check(const uint8_t *data, size_t length) noexcept:
    if length:
        try:
            if decoding:
                check_decoding(data, length)
            else:
                check_encoding(data, length)
        except BaseException:
            traceback.print_exc()
            abort()
    return 0


def main():
    global codecs, library, decoding
    program, target, name, *rest = sys.argv
    codecs = [CODECS.choose(variant).make() for variant in VARIANTS.get(name, (name,))]
    library = CODECS.choose(LIBRARIES[name]).make() if name in LIBRARIES else None
    decoding = target == "decode"
    arguments = [argument.encode() for argument in [program, *rest]]
    cdef int count = len(arguments)
    cdef char **values = <char **> malloc((count + 1) * sizeof(char *))
    for number in range(count):
        values[number] = arguments[number]
    values[count] = NULL
    LLVMFuzzerRunDriver(&count, &values, check)


main()
