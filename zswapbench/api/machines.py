"""What a program does on a machine with so much RAM: its references under disk, zswap and zram."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from zswapbench.api.given import PathLike, cost_text, kind_of, opened, path_of, taken, texts_of
from zswapbench.api.records import MachineResult, MachineSweep
from zswapbench.common.errors import UsageError
from zswapbench.common.machine import of_running_kernel
from zswapbench.common.names import offer
from zswapbench.corpus.reading import Corpus
from zswapbench.rules.devices import DEFAULT
from zswapbench.rules.watermarks import SCALE_FACTOR
from zswapbench.rules.work_costs import DEFAULT as WORK
from zswapbench.runs.machine import run
from zswapbench.runs.machine_gained import check_gained, with_gained
from zswapbench.runs.machine_sweep import machine_of, swept_of
from zswapbench.runs.machine_sweep import sweep as at_each
from zswapbench.runs.options import Options
from zswapbench.runs.tuning import Tuning
from zswapbench.sim.reclaim.ways import WAYS
from zswapbench.traces.references.importing import open_references, wish_of
from zswapbench.traces.refs import BATCH, REFERENCE, References

ReferencesLike: TypeAlias = PathLike | NDArray[np.void]
"""A ``.refs`` file or a text of references, or an array of zswapbench.REFERENCE."""

_LEFT_OPEN = {"interval": "1ns", "writes": "40%", "process": None}
"""What references may leave open, and what is taken for it."""


def machine(
    references: ReferencesLike,
    setups: Iterable[str],
    *,
    corpus: PathLike | Corpus,
    ram: str = "",
    sweep: str = "",
    gained: bool = False,
    swap: str = "",
    device: str = DEFAULT,
    cost: str | Iterable[str] = "",
    reclaim: str = "lists",
    kernel: str = "6.12",
    page_cluster: int = 0,
    cpus: int = 2,
    work: str = WORK,
    min_free_kbytes: int | None = None,
    watermark_scale_factor: int = SCALE_FACTOR,
    mthp: str = "",
    cgroups: str | Iterable[str] = (),
    interval: str = "1ns",
    writes: str = "40%",
    process: int | None = None,
) -> MachineResult | MachineSweep:
    """Run ``references`` on a machine under each of ``setups``, as ``zswapbench machine`` does, with the same result.

    ``setups``: SETUPs of the command, such as ``["disk", "zswap,lz4", "zram,zstd,disksize=1GiB"]``. ``corpus``: of the
    program's core; an array of pages will not do, since it has no addresses. ``ram``: memory of the machine, such as
    ``"64MiB"``; or ``sweep``, as ``--sweep`` takes it, such as ``"ram=1GiB..8GiB"``: then a MachineSweep comes out.
    ``gained``: also find, by more runs, in how much RAM a bare disk is as fast: ``gained`` of the result.
    ``cost``: what a codec takes for a page, ``"lz4=2.1us/0.6us"``, or a list of these; by default that is measured, and
    times differ from run to run. ``work``: what faults and lists take, a row of ``zswapbench list work``. ``mthp``:
    size of large folios, such as ``"64KiB"``; by default there are none. ``cgroups``: as ``--cgroup`` takes them, such
    as ``["1:memory.max=64MiB"]``; each set-up of the result has its ``cgroups`` then. ``interval``, ``writes``,
    ``process``: what a text may leave open.

    ``setups`` of the result has a SetupResult for each, in order: ``counters``, ``metrics``, ``series`` over the course
    of the run, and ``out_of_memory_at``, where memory did not suffice.

    Raises UsageError for a set-up or a machine that there cannot be, TraceError and CorpusError for what cannot be read
    or does not fit together.

    A fourth of the pages of a Python process is touched again and again, all others now and then:

    >>> import numpy as np, zswapbench
    >>> from zswapbench import shipped
    >>> with zswapbench.load_corpus(shipped.folder() / "python.zpages") as corpus:
    ...     random = np.random.default_rng(0)
    ...     touches = np.zeros(20_000, zswapbench.REFERENCE)
    ...     places = len(corpus.vaddr) * random.random(len(touches)) ** 2
    ...     touches["page"] = corpus.vaddr[places.astype(int)] // 4096
    ...     touches["delta_us"] = 10
    ...     setups = ["disk", "zram,lz4"]
    ...     found = zswapbench.machine(touches, setups, corpus=corpus, ram="4MiB", cost="lz4=2us/1us")
    >>> disk, zram = found.setups
    >>> zram.metrics["slowdown"] < disk.metrics["slowdown"]
    True
    """
    specs = texts_of(setups, "setups", "setup", "['disk', 'zswap', 'zram']")
    if not specs:
        raise UsageError("setups is empty; give one or more, such as ['disk', 'zswap', 'zram']")
    if isinstance(corpus, np.ndarray):
        raise UsageError("corpus is an array of pages, which have no addresses; give the corpus of the core")
    values = swept_of(taken("sweep", sweep, "str")) if sweep else None
    asked = machine_of(
        taken("ram", ram, "str"),
        values.key if values else "",
        taken("swap", swap, "str"),
        _way(taken("reclaim", reclaim, "str")),
        of_running_kernel(taken("kernel", kernel, "str")),
        taken("page_cluster", page_cluster, "int"),
        Tuning(
            taken("cpus", cpus, "int"),
            taken("work", work, "str"),
            None if min_free_kbytes is None else taken("min_free_kbytes", min_free_kbytes, "int"),
            taken("watermark_scale_factor", watermark_scale_factor, "int"),
            taken("mthp", mthp, "str"),
        ),
        (
            [cgroups]
            if isinstance(cgroups, str)
            else texts_of(cgroups, "cgroups", "cgroup", "['1:memory.max=64MiB']")
        ),
    )
    common = Options(era=asked.kernel, device=taken("device", device, "str"), cost=cost_text(cost))
    if taken("gained", gained, "bool"):
        path = "" if isinstance(references, np.ndarray) else references
        check_gained(path, swept=bool(values), cgroups=asked.cgroups)
    text = {"interval": interval, "writes": writes, "process": process}
    with opened(corpus, "corpus") as pages:

        def again() -> AbstractContextManager[References]:
            return _stream(references, pages, text)

        with again() as stream:
            if values:
                return MachineSweep(**vars(at_each(stream, pages, specs, asked, values, common)))
            result = run(stream, pages, specs, asked, common)
        if gained:
            result = with_gained(result, again, pages, asked, common)
        return MachineResult(**vars(result))


def _way(name: str) -> str:
    if name not in WAYS:
        raise UsageError(f"no way of reclaim is called {name!r}; {offer(name, WAYS)}")
    return name


@contextmanager
def _stream(given: ReferencesLike, corpus: Corpus, text: dict[str, Any]) -> Iterator[References]:
    """``given``, to be gone through once; ``text``: what they may leave open, by option."""
    kinds = {"interval": "str", "writes": "str", "process": "int | None"}
    wanted = {name: taken(name, value, kinds[name]) for name, value in text.items()}
    asked = [f"--{name}" for name, value in wanted.items() if value != _LEFT_OPEN[name]]
    if not isinstance(given, np.ndarray):
        wish = wish_of(corpus.page_size, **wanted, asked=asked)
        path = path_of(given, "references", "an array of zswapbench.REFERENCE")
        with open_references(path, wish) as stream:
            yield stream
        return
    if given.dtype != REFERENCE or given.ndim != 1:
        raise UsageError(f"references are {kind_of(given)}, not an array of zswapbench.REFERENCE")
    if asked:
        raise UsageError(f"{asked[0].removeprefix('--')}: an array of references has that already")
    pieces = (np.ascontiguousarray(given[first : first + BATCH]) for first in range(0, len(given), BATCH))
    yield References("<array>", corpus.page_size, {"form": "array"}, pieces, [], len(given))
