"""The headers of .npy files, read without trust: numpy's own reader evaluates them.

On damage that reader warns, or raises what only a tokenizer would. Here a header is what numpy writes, or an error.
"""

from __future__ import annotations

import re
from typing import IO, Protocol

import numpy as np

_MAGIC = b"\x93NUMPY\x01\x00"
_HEADER = re.compile(
    r"{'descr': '([^']*)', 'fortran_order': False, 'shape': \((\d{1,18}),(?: (\d{1,18}))?\), } *\n"
)


class Readable(Protocol):
    """A member of an archive, open for reading."""

    name: str

    def read(self, size: int, /) -> bytes:
        """The next ``size`` bytes, or fewer at the end."""

    def tell(self) -> int:
        """Bytes read so far."""


def write_header(member: IO[bytes], shape: tuple[int, int]) -> None:
    """The header of an array uint8[shape], whose bytes are to follow."""
    np.lib.format.write_array_header_1_0(member, {"descr": "|u1", "fortran_order": False, "shape": shape})


def read_header(member: Readable) -> tuple[tuple[int, ...], str]:
    """Shape and type (numpy's ``dtype.str``) of the array in ``member``. Raises ValueError if it has no such header."""
    magic, length = member.read(len(_MAGIC)), int.from_bytes(member.read(2), "little")
    header = _HEADER.fullmatch(member.read(length).decode("latin1"))
    if magic != _MAGIC or not header:
        raise ValueError(f"{member.name} is no .npy file of version 1.0 with an array in C order")
    return tuple(int(size) for size in header.groups()[1:] if size), header[1]
