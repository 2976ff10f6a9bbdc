"""What a program or a notebook calls: ``import zswapbench``, and these functions are in it.

    load_corpus, load_trace, read_results      what there is already
    import_corpus, make_trace                  what is made: ``zswapbench corpus import`` and ``trace make``
    sizes, replay, compare, zram, machine      what happens
    sweep                                      all of a grid, many runs in one file
    scale                                      how long CPUs wait for locks
    recommend                                  what to take
    check, make_report                         what is to be said of it

Arrays of pages and of events may stand wherever a file may, and nothing of them is written anywhere. Options have the
names, words and defaults of the command line, and so have messages: what is wrong is a zswapbench.ZswapbenchError with
one line of text. Nothing is printed, no signal is handled, and any thread may call.

The room must not know how anything is computed: it looks at what callers give, calls one story of ``runs``, and hands
out records that notebooks and pandas can show.
"""

from zswapbench.api.contending import scale
from zswapbench.api.judging import check, make_report, read_results
from zswapbench.api.machines import machine
from zswapbench.api.making import import_corpus, load_corpus, load_trace, make_trace
from zswapbench.api.recommending import recommend
from zswapbench.api.records import (
    Contended,
    Judgement,
    MachineResult,
    MachineSweep,
    Result,
    Results,
    ZramResult,
)
from zswapbench.api.replaying import compare, replay, sizes, zram
from zswapbench.api.sweeping import Sweep, sweep

__all__ = [
    "Contended",
    "Judgement",
    "MachineResult",
    "MachineSweep",
    "Result",
    "Results",
    "Sweep",
    "ZramResult",
    "check",
    "compare",
    "import_corpus",
    "load_corpus",
    "load_trace",
    "machine",
    "make_report",
    "make_trace",
    "read_results",
    "recommend",
    "replay",
    "scale",
    "sizes",
    "sweep",
    "zram",
]
