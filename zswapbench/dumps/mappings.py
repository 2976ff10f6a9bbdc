"""The files that a process had mapped, as the NT_FILE notes of its core list them.

A list may have millions of entries, and most of them are never asked for: they stay the arrays and the text that they
are in the file, and only a name that is asked for becomes a string, one for all mappings of that file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.dumps.elf import Coding

Places = NDArray[np.int64]

_PATH_AT_MOST = 4096
"""Bytes of a name, as the kernel's PATH_MAX; longer ones are cut."""


class Mappings:
    """Files that were mapped, each at [start, end), in ascending order of start. ``len()`` is how many."""

    def __init__(self, coding: Coding, descriptions: Sequence[bytes]) -> None:
        """``descriptions``: what the NT_FILE notes hold."""
        found = [_Description(coding, data) for data in descriptions]
        self._text = b"".join(one.text for one in found)
        before = np.cumsum([0, *(len(one.text) for one in found)])
        starts = _joined([one.starts for one in found], np.uint64)
        order = np.argsort(starts, kind="stable")
        self.starts: NDArray[np.uint64] = starts[order]
        self.ends: NDArray[np.uint64] = _joined([one.ends for one in found], np.uint64)[order]
        pairs = list(zip(found, before.tolist(), strict=False))
        self._name_at: Places = _joined([one.name_at + shift for one, shift in pairs], np.int64)[order]
        self._name_end: Places = _joined([one.name_end + shift for one, shift in pairs], np.int64)[order]
        self._names: dict[bytes, str] = {}

    def __len__(self) -> int:
        return len(self.starts)

    def at(self, addresses: Sequence[int]) -> Places:
        """The mapping that holds each address: int64[n], -1 where none does."""
        if not len(self):
            return np.full(len(addresses), -1, np.int64)
        wanted = np.array(addresses, np.uint64)
        last = np.searchsorted(self.starts, wanted, "right") - 1
        return np.where((last >= 0) & (wanted < self.ends[last]), last, -1)

    @property
    def text_size(self) -> int:
        """Bytes of all names."""
        return len(self._text)

    def name(self, number: int) -> str:
        """The file's path, printable."""
        raw = self._raw_name(number)
        name = self._names.get(raw)
        if name is None:
            name = self._names[raw] = printable(raw[:_PATH_AT_MOST])
        return name

    def same_file(self, number: int) -> Places:
        """All mappings of the file of mapping ``number``, ascending."""
        wanted = self._raw_name(number)
        as_long = np.flatnonzero(self._name_end - self._name_at == len(wanted)).tolist()
        return np.array([other for other in as_long if self._raw_name(other) == wanted], np.int64)

    def _raw_name(self, number: int) -> bytes:
        return self._text[self._name_at[number] : self._name_end[number]]


class _Description:
    """One NT_FILE description: count, page size, (start, end, page) triples, and as many names."""

    def __init__(self, coding: Coding, data: bytes) -> None:
        head, triple = coding.struct("WW"), coding.struct("WWW")
        count = 0
        if len(data) >= head.size:
            count = min(head.unpack_from(data)[0], (len(data) - head.size) // triple.size)
        names_at = head.size + count * triple.size
        text = self.text = data[names_at:]
        ends = np.flatnonzero(np.frombuffer(text, np.uint8) == 0)[:count]
        if len(ends) < count:  # a last one without its end
            ends = np.append(ends, len(text))
        words = np.frombuffer(data[head.size : names_at], coding.word_type).reshape(-1, 3)
        words = words[: len(ends)].astype(np.uint64)
        self.starts: NDArray[np.uint64] = words[:, 0]
        self.ends: NDArray[np.uint64] = words[:, 1]
        self.name_end: Places = ends.astype(np.int64)
        self.name_at: Places = np.concatenate([[0], self.name_end[:-1] + 1])[: len(ends)].astype(np.int64)


def _joined(arrays: list[NDArray[Any]], dtype: type[np.generic]) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype), *arrays])


def printable(name: bytes) -> str:
    """``name`` as text for a table: bytes that are no UTF-8, and control characters, as backslash escapes.

    >>> printable(b"/tmp/caf\\xe9\\n")
    '/tmp/caf\\\\xe9\\\\n'
    """
    text = name.decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
