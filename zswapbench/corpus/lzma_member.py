"""A member of an archive that is packed by LZMA, unpacked only as far as is asked for.

zipfile unpacks whatever it has read at once, and one read of packed zeros is gigabytes. Here no more is in memory than
was asked for, and the dictionary that the stream asks for. Form: PKWARE's APPNOTE.TXT 6.3.10, section 5.8.8.
"""

from __future__ import annotations

import lzma
import os
import struct
import zipfile
import zlib

DICTIONARY_MOST = 64 << 20
"""Bytes: what the highest preset of LZMA takes."""

_PACKED_AT_A_TIME = 64 << 10
_PROPERTIES = struct.Struct("<BBHBI")  # version (two bytes), length of what follows, lc/lp/pb, dictionary


class LzmaMember:
    """The member ``info`` of an archive; its packed bytes begin at offset ``start`` of the file ``handle``.

    Raises ValueError or lzma.LZMAError, from the constructor and from ``read``, if it is damaged.
    """

    def __init__(self, handle: int, info: zipfile.ZipInfo, start: int) -> None:
        self.name = info.filename
        self._handle = handle
        self._at = start + _PROPERTIES.size
        self._end = start + info.compress_size
        self._size = self._left = info.file_size
        self._wanted_crc = info.CRC
        self._crc = 0
        head = os.pread(self._handle, _PROPERTIES.size, start)
        if len(head) < _PROPERTIES.size:
            raise ValueError(f"{self.name!r} ends early")
        _, _, length, properties, dictionary = _PROPERTIES.unpack(head)
        if length != 5 or dictionary > DICTIONARY_MOST:
            raise ValueError(f"{self.name!r} is packed in a way that is not read here")
        literal, position = properties % 9, properties // 9
        self._decoder = lzma.LZMADecompressor(
            lzma.FORMAT_RAW,
            filters=[
                {
                    "id": lzma.FILTER_LZMA1,
                    "dict_size": dictionary,
                    "lc": literal,
                    "lp": position % 5,
                    "pb": position // 5,
                }
            ],
        )

    def read(self, size: int) -> bytes:
        """The next ``size`` bytes, or fewer at the end, where the checksum is compared."""
        parts, found = [], 0
        while found < size and self._left:
            part = self._more(min(size - found, self._left))
            parts.append(part)
            found += len(part)
            self._left -= len(part)
        if not self._left and self._crc != self._wanted_crc:
            raise ValueError(f"{self.name!r} is damaged: its checksum is another")
        return b"".join(parts)

    def tell(self) -> int:
        """Bytes read so far."""
        return self._size - self._left

    def _more(self, most: int) -> bytes:
        """1 to ``most`` bytes."""
        part = b""
        while not part:
            packed = b""
            if self._decoder.needs_input:
                packed = os.pread(self._handle, min(_PACKED_AT_A_TIME, self._end - self._at), self._at)
                self._at += len(packed)
            if self._decoder.eof or (self._decoder.needs_input and not packed):
                raise ValueError(f"{self.name!r} ends early")
            part = self._decoder.decompress(packed, most)
        self._crc = zlib.crc32(part, self._crc)
        return part
