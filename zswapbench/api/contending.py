"""How much CPUs get done together under the locks of zcache and zswap."""

from __future__ import annotations

from collections.abc import Iterable

from zswapbench.api.given import CorpusLike, TraceLike, cost_text, inputs_of, kind_of, taken, texts_of
from zswapbench.api.records import Contended
from zswapbench.common.errors import UsageError
from zswapbench.common.units import parse_duration
from zswapbench.rules.lock_designs import LOCK_DESIGNS
from zswapbench.runs.contention import CPUS, Wish, contention
from zswapbench.runs.options import Options
from zswapbench.runs.step_costs import asked_costs
from zswapbench.sim.locks.contention import MOST_CPUS
from zswapbench.sim.locks.dealing import OFFSETS


def scale(
    trace: TraceLike,
    *,
    corpus: CorpusLike | None = None,
    cpus: Iterable[int] = CPUS,
    locks: Iterable[str] = tuple(LOCK_DESIGNS),
    codecs: Iterable[str] = (),
    deal: str = OFFSETS,
    between: str = "0us",
    socket_cpus: int = MOST_CPUS,
    processes: int | None = None,
    cgroups: int = 1,
    around: bool = True,
    cost: str | Iterable[str] = "",
    limit: str = "100%",
) -> Contended:
    """Let ``cpus`` CPUs do ``trace`` together under each of ``locks``, as ``zswapbench scale`` does.

    ``locks``: rows of ``zswapbench list locks``. ``codecs``: by default that of each design's kernel. ``deal``:
    ``"offsets"``, ``"copies"`` or ``"cpu"``. ``between``: what a CPU does before each operation that is not swap.
    ``socket_cpus``: CPUs to a socket. ``processes``, ``cgroups``: how many the CPUs work for and are in. ``around``:
    also with the rest of a page's way through the kernel. ``cost``: what steps and codecs take, such as ``["usual",
    "line=60ns", "lz4=2us/1us"]``; by default it is measured, and times differ from run to run. ``limit``: of the pool,
    as ``replay`` has it; by default it is never full, so that all designs do the same, but for
    what a trace's requests for page frames write back.

    ``curves`` of what comes out has one for each design and codec, with a point for each number of CPUs; 1 is always
    among them. Raises UsageError for what there is not or makes no sense, TraceError and CorpusError for what cannot be
    read.

    >>> import zswapbench
    >>> from zswapbench import shipped
    >>> costs = ["usual", "lzo=4us/1.5us"]
    >>> found = zswapbench.scale(
    ...     shipped.demo_trace(), cpus=[4], locks=["zswap-2013"], around=False, cost=costs
    ... )
    >>> [point.cpus for point in found.curves[0].points]
    [1, 4]
    >>> 3 < found.curves[0].points[-1].speedup <= 4
    True
    """
    costs = asked_costs(cost_text(cost))
    wish = Wish(
        cpus=_numbers(cpus),
        designs=texts_of(locks, "locks", "lock design", "['zswap-2013']"),
        codecs=texts_of(codecs, "codecs", "codec", "['lzo', 'zstd']"),
        way=taken("deal", deal, "str"),
        between_ns=parse_duration(taken("between", between, "str")),
        socket_cpus=taken("socket_cpus", socket_cpus, "int"),
        processes=taken("processes", processes, "int | None") or 0,
        cgroups=taken("cgroups", cgroups, "int"),
        around=taken("around", around, "bool"),
        costs=costs.steps,
        measured=costs.measured,
    )
    options = Options(limit=taken("limit", limit, "str"), cost=costs.codecs)
    with inputs_of(trace, corpus) as (opened, its_corpus):
        return Contended(**vars(contention(opened, wish, options, its_corpus)))


def _numbers(cpus: object) -> tuple[int, ...]:
    """Raises UsageError for what is no list of whole numbers."""
    if isinstance(cpus, str) or not isinstance(cpus, Iterable):
        raise UsageError(f"cpus is {kind_of(cpus)}; give a list of whole numbers, such as [1, 4]")
    return tuple(taken("one of cpus", one, "int") for one in cpus)
