"""zswapbench: which compressor, allocator, flush policy and pool limit for the memory that you really have?

     core dump ──► dumps ──► corpus ──► sizes ◄── codecs         what pages cost
                                          │  bytes per page
     recording ──► traces ────────────────┤  store / load / invalidate / flush
                                          ▼
                        sim:  zswap rules × pool × policy          what happens
                                          ▼
                                      results ──► report          (table, JSON, CSV, Markdown, HTML)
                                          └─────► gate            (CI: better, same, worse)

One direction, no way back. ``sim`` knows no files, no terminal and no codec: arrays in, counters out.
``runs`` has the story of each command; ``cli`` and ``api`` are thin layers over it. The latter is what a program calls:

    >>> import zswapbench
    >>> from zswapbench import shipped
    >>> lru, ours = zswapbench.compare(shipped.demo_trace(), ["lru", "class-lru"])
    >>> ours.metrics["flushes_per_stalled_store"] < lru.metrics["flushes_per_stalled_store"]
    True

Importing this package imports nothing: what it offers is imported when it is first asked for.
"""

TYPE_CHECKING = False  # typing takes time to load, and an interrupt in that time would show a traceback

__version__ = "0.1.0"

__all__ = [
    "EVENT",
    "REFERENCE",
    "Contended",
    "Corpus",
    "Judgement",
    "MachineResult",
    "MachineSweep",
    "Op",
    "Parameter",
    "Result",
    "Results",
    "Sweep",
    "Trace",
    "ZramResult",
    "ZswapbenchError",
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
    "shipped",
    "sizes",
    "sweep",
    "zram",
]

if TYPE_CHECKING:
    from zswapbench.api import (
        Contended,
        Judgement,
        MachineResult,
        MachineSweep,
        Result,
        Results,
        Sweep,
        ZramResult,
        check,
        compare,
        import_corpus,
        load_corpus,
        load_trace,
        machine,
        make_report,
        make_trace,
        read_results,
        recommend,
        replay,
        scale,
        sizes,
        sweep,
        zram,
    )
    from zswapbench.common.errors import ZswapbenchError
    from zswapbench.corpus import shipped
    from zswapbench.corpus.reading import Corpus
    from zswapbench.plugins.registry import Parameter
    from zswapbench.traces.event import EVENT, Op
    from zswapbench.traces.format import Trace
    from zswapbench.traces.refs import REFERENCE
else:  # hidden from type checkers, which would take any name for one that is here
    _MODULES = {
        "Corpus": "corpus.reading",
        "EVENT": "traces.event",
        "Op": "traces.event",
        "Parameter": "plugins.registry",
        "REFERENCE": "traces.refs",
        "Trace": "traces.format",
        "ZswapbenchError": "common.errors",
        "shipped": "corpus",
    }
    """Where what is not in ``api`` comes from."""

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        folder = import_module(f"{__name__}.{_MODULES.get(name, 'api')}")
        found = import_module(f"{folder.__name__}.{name}") if name == "shipped" else getattr(folder, name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
