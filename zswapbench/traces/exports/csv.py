"""Comma-separated values, as 'trace import' reads them: zswapbench.traces.table_lines has the columns.

    time_us,cpu,event,type,offset,index
    1200,0,store,0,17,34359738

``index`` is the virtual page number of an address at which the corpus has the page that is stored: by it 'trace import'
finds the page again. It is 0 where no address is known.
"""

from __future__ import annotations

import io

import numpy as np

from zswapbench.traces.event import Op
from zswapbench.traces.exports.base import Form, Piece

_COLUMNS = "time_us,cpu,event,type,offset,index"

_NAMES = np.array(["", "store", "load", "invalidate"])
_OTHERS = {
    "swap devices switched off": int(Op.INVALIDATE_AREA),
    "flushes": int(Op.FLUSH),
    "turns of the kernel's worker": int(Op.WORK),
}
_INVALIDATE = int(Op.INVALIDATE)


class Csv(Form):
    """A row for each event."""

    name = "csv"
    help = "comma-separated values, which 'trace import' reads"
    ending = ".csv"
    wants_index = True

    def head(self) -> bytes:
        return f"{_COLUMNS}\n".encode()

    def body(self, piece: Piece) -> bytes:
        op = piece.events["op"]
        for what, kind in _OTHERS.items():
            self.leave_out(what, int(np.count_nonzero(op == kind)))
        told = op <= _INVALIDATE
        some = piece.events[told]
        columns = (
            piece.moments[told],
            some["cpu"],
            _NAMES[some["op"]],
            some["swap_type"],
            some["offset"],
            piece.index[told],
        )
        text = io.StringIO()
        text.writelines(
            f"{moment},{cpu},{name},{kind},{offset},{index}\n"
            for moment, cpu, name, kind, offset, index in zip(*(one.tolist() for one in columns), strict=True)
        )
        return text.getvalue().encode()
