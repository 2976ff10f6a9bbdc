"""What a form of recordings must say of itself: how it begins, and who reads its lines.

A leaf has a ``name``, a ``help`` that says what writes such a text, and the two methods below. It decides by content,
never by the name of a file. If several recognise a text the first by ``rank`` has it.
"""

from __future__ import annotations

import re
from typing import ClassVar

from zswapbench.plugins.registry import Parameter
from zswapbench.traces.line_reader import LineReader


class Form:
    """A form of recordings.

    ``remarks``: what its tracer writes between events and is none, as a regular expression.
    """

    name: ClassVar[str]
    help: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    rank: ClassVar[int] = 1
    remarks: ClassVar[re.Pattern[bytes]] = re.compile(rb"(?!)")

    def recognises(self, head: bytes) -> bool:
        """Is a text that begins with ``head``, many lines of it, of this form?"""
        raise NotImplementedError

    def lines(self, head: bytes) -> LineReader:
        """A reader for the text that begins with ``head``. Raises ValueError, in words, if it lacks what is needed."""
        raise NotImplementedError
