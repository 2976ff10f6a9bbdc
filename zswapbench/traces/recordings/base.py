"""What a form of recordings must say of itself: how it begins, and who reads its lines.

A leaf has a ``name``, a ``help`` that says what writes such a text, and the fields below. It decides by content, never
by the name of a file. If several recognise a text the first by ``rank`` has it.
"""

from __future__ import annotations

import re
from typing import ClassVar

from zswapbench.plugins.registry import Parameter
from zswapbench.traces.line_reader import LineReader
from zswapbench.traces.probe_lines import ProbeLines


class Form:
    """A form of recordings.

    ``sign``: what some line near the beginning of such a text has, and no text of a form of lower rank; ``remarks``:
    how lines begin that its tracer writes around events; ``may_end_open``: a last line without a newline is whole.
    """

    name: ClassVar[str]
    help: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    rank: ClassVar[int] = 1
    sign: ClassVar[re.Pattern[bytes]]
    remarks: ClassVar[re.Pattern[bytes]] = re.compile(rb"#")
    may_end_open: ClassVar[bool] = False

    def recognises(self, head: bytes) -> bool:
        """Is a text that begins with ``head``, many lines of it, of this form?"""
        return bool(self.sign.search(head))

    def lines(self, head: bytes) -> LineReader:
        """A reader for the text that begins with ``head``. Raises ValueError, in words, if it lacks what is needed."""
        return ProbeLines()
