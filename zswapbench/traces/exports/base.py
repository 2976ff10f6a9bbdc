"""What a form of exports must say of itself, and what it gets: a trace in pieces, with what is known of each event.

A leaf has a ``name``, a ``help`` that says who reads it, an ``ending`` of file names, and the two methods.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from zswapbench.plugins.registry import Parameter


@dataclass(frozen=True)
class Piece:
    """Some events of a trace, in order: arrays of equal length.

    ``moments``: int64[n], microseconds since the trace began; ``events``: zswapbench.traces.event.EVENT; ``number``:
    uint32[n], of each STORE and LOAD among these, from 1 on (of another event: of the last one before it);
    ``first``: uint32[n], the number of the STORE or LOAD that the page of this one began with; ``following``:
    uint32[n], the number of the next LOAD of the page, 0 if there is none; ``sizes``: uint32[n], bytes of the page;
    ``index``: uint64[n], virtual page number of a page that is stored, 0 where it is not known.
    """

    moments: NDArray[np.int64]
    events: NDArray[np.void]
    number: NDArray[np.uint32]
    first: NDArray[np.uint32]
    following: NDArray[np.uint32]
    sizes: NDArray[np.uint32]
    index: NDArray[np.uint64]


class Form:
    """A form of exports. ``left_out``: what events it cannot tell of, and how many they were, as far as it has come.

    ``wants_sizes``, ``wants_index``: whether it makes use of ``Piece.sizes``, and of ``Piece.index``, for which the
    corpus is looked for.
    """

    name: ClassVar[str]
    help: ClassVar[str]
    ending: ClassVar[str]
    wants_sizes: ClassVar[bool] = False
    wants_index: ClassVar[bool] = False
    parameters: ClassVar[tuple[Parameter, ...]] = ()

    def __init__(self) -> None:
        self.left_out: dict[str, int] = {}

    def head(self) -> bytes:
        """What comes before all events."""
        return b""

    def body(self, piece: Piece) -> bytes | memoryview:
        """What is written of ``piece``. Raises ValueError, in words, for what the form cannot hold."""
        raise NotImplementedError

    def leave_out(self, what: str, count: int) -> None:
        """Note ``count`` events, if any, that the form cannot tell of."""
        if count:
            self.left_out[what] = self.left_out.get(what, 0) + count
