"""From a program to one set-up for it, or to why there is none."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from zswapbench.api.given import PathLike, cost_text, path_of, taken
from zswapbench.common.errors import UsageError
from zswapbench.results.recommendation import Recommendation
from zswapbench.runs.recommend.asking import Source
from zswapbench.runs.recommend.story import Asked
from zswapbench.runs.recommend.story import recommend as answer
from zswapbench.traces.references.importing import wish_of

_LEFT_OPEN = {"interval": "1ns", "writes": "40%", "process": None}


def recommend(
    given: PathLike | None = None,
    *,
    pid: int | None = None,
    freeze: bool = False,
    ram: str = "",
    goal: str = "time",
    kernel: str = "6.12",
    allow: str = "",
    core: PathLike | None = None,
    corpus: PathLike | None = None,
    keep_corpus: PathLike = "",
    device: str = "ssd",
    cost: str | Iterable[str] = "",
    swap: str = "",
    distribution: str = "",
    default: str = "",
    seed: int = 0,
    interval: str = "1ns",
    writes: str = "40%",
    process: int | None = None,
) -> Recommendation:
    """The set-up to take for a program, as ``zswapbench recommend`` finds it, with the same result.

    ``given``: a core, a corpus, a trace, or references with ``core`` or ``corpus``; or ``pid``, a process that runs.
    ``goal``: what should be least: ``"time"``, ``"memory"`` or ``"wear"``. ``chosen`` of the result is the set-up, or
    None: then ``refused`` says why, and ``settle`` what would settle it. An interrupt ends the search, and what was
    found by then comes out, with ``interrupted`` set; one before anything can be said is a KeyboardInterrupt.

    Raises UsageError for what cannot be asked for, DumpError, TraceError and CorpusError for what cannot be read, and
    MissingError if a process may not be read.

    What a sort should have in 5 MiB of RAM, if it may be a zram:

    >>> import zswapbench
    >>> costs = ["lz4=1.6us/0.6us", "lz4hc=14us/0.6us", "zstd=6us/2us", "deflate=30us/8us"]
    >>> found = zswapbench.recommend("sort-run", ram="5MiB", allow="zram", cost=costs, distribution="debian")
    >>> found.chosen.kind, found.default.spec, found.over_default.low > 2
    ('zram', 'disk', True)
    """
    texts = {"ram": ram, "goal": goal, "kernel": kernel, "allow": allow, "device": device, "swap": swap}
    texts |= {"distribution": distribution, "default": default}
    words = {name: taken(name, text, "str") for name, text in texts.items()}
    left = {
        "interval": taken("interval", interval, "str"),
        "writes": taken("writes", writes, "str"),
        "process": taken("process", process, "int | None"),
    }
    asked = [f"--{name}" for name, value in left.items() if value != _LEFT_OPEN[name]]
    if taken("seed", seed, "int") < 0:
        raise UsageError(f"seed {seed} is negative; give 0 or more")
    source = Source(
        None if given is None else path_of(given, "given"),
        partial(wish_of, **left, asked=asked),
        taken("pid", pid, "int | None"),
        taken("freeze", freeze, "bool"),
        None if core is None else path_of(core, "core"),
        None if corpus is None else path_of(corpus, "corpus"),
        path_of(keep_corpus, "keep_corpus") if keep_corpus else "",
    )
    return answer(Asked(source, cost=cost_text(cost), seed=int(seed), **words))
