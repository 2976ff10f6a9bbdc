"""What a replay needs: corpora and traces, read from files or made."""

from __future__ import annotations

import os
from collections.abc import Iterable

from zswapbench.api.given import CorpusLike, PathLike, checked, kind_of, opened, output_of, path_of, taken
from zswapbench.common.errors import UsageError
from zswapbench.common.files import refuse_overwriting
from zswapbench.common.units import parse_size
from zswapbench.corpus.importing import Wish, import_dumps
from zswapbench.corpus.reading import Corpus
from zswapbench.dumps import DEFAULT
from zswapbench.runs.liking import work_like
from zswapbench.runs.making import TraceOptions, events_over, head_of, make
from zswapbench.traces.format import Trace, read_trace, write_trace


def load_corpus(path: PathLike) -> Corpus:
    """Open the corpus ``path``. It closes at the end of a ``with`` block, or when nobody has it any more.

    Raises CorpusError if it is none or is damaged, as every read of it does.

    >>> import zswapbench
    >>> from zswapbench import shipped
    >>> with zswapbench.load_corpus(shipped.folder() / "redis.zpages") as corpus:
    ...     corpus.pages().shape == (len(corpus), corpus.page_size)
    True
    """
    return Corpus(path_of(path, "corpus"))


def import_corpus(
    cores: PathLike | Iterable[PathLike],
    output: PathLike,
    *,
    pid: int | Iterable[int] = (),
    freeze: bool = False,
    select: str = DEFAULT,
    sample: int | None = None,
    seed: int = 0,
    page_size: str = "4K",
    raw: bool = False,
    force: bool = False,
    pack: bool = False,
) -> Corpus:
    """Make the corpus ``output`` from one or more process dumps, as ``zswapbench corpus import`` does, and open it.

    ``pid``: processes that run, by their numbers, to be read beside the dumps; ``cores`` may be ``()`` then.
    ``freeze``: each is stopped while it is read, and goes on afterwards, whatever becomes of this process.
    ``select``: which memory to take: ``"swappable"``, ``"anonymous"``, ``"heap"`` or another word of the command, or
    segments by name, ``"*/libc.so*"``. ``sample``: take so many pages, chosen at random by ``seed``. ``page_size``:
    ``"4K"``, ``"16K"`` or ``"64K"``. ``raw``: the files hold pages and nothing else; ``force``: even those that look
    like something else. ``pack``: pack with LZMA, for a third to a fifth of the size. ``remarks`` of the corpus says,
    in lines, what was left out and why; ``counts`` and ``manifest`` say what was taken.

    Dumps and corpora hold secrets: the file is made readable for its owner only. Raises DumpError, with ``remarks``
    of its own, for a dump that cannot be read or has no page of what is selected, and UsageError for what cannot be
    asked for or written, MissingError for a process that may not be read.

    >>> import tempfile, pathlib, zswapbench
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "app.pages").write_bytes(bytes(4096) + b"page" * 1024 + b"rest")
    >>> corpus = zswapbench.import_corpus(folder / "app.pages", folder / "app.zpages", raw=True)
    >>> corpus.pages().shape, corpus.counts.zero
    ((2, 4096), 1)
    >>> corpus.remarks
    ['left out: 4 B in 1 page of which the dump has only a part']
    """
    processes = _processes_of(pid)
    paths = _paths_of(cores, or_none=bool(processes))
    target = output_of(output, read_back=True)
    refuse_overwriting(target, paths)
    wish = Wish(
        page_size=parse_size(taken("page_size", page_size, "str")),
        select=taken("select", select, "str"),
        sample=taken("sample", sample, "int | None"),
        seed=taken("seed", seed, "int"),
        raw=taken("raw", raw, "bool"),
        packed=taken("pack", pack, "bool"),
        force=taken("force", force, "bool"),
        processes=processes,
        freeze=taken("freeze", freeze, "bool"),
    )
    made = import_dumps(paths, target, wish)
    corpus = Corpus(target)
    corpus.remarks = made.remarks
    return corpus


def _processes_of(pid: int | Iterable[int]) -> list[int]:
    given = pid if isinstance(pid, Iterable) else [pid]
    numbers = [taken("pid", one, "int") for one in given]
    if any(number < 1 for number in numbers):
        raise UsageError(f"pid {min(numbers)} is no number of a process; give 1 or more")
    return numbers


def _paths_of(cores: PathLike | Iterable[PathLike], *, or_none: bool) -> list[str]:
    if isinstance(cores, (str, os.PathLike)):
        return [path_of(cores, "cores")]
    if not isinstance(cores, Iterable):
        raise UsageError(f"cores is {kind_of(cores)}, not a path or a list of paths")
    paths = [path_of(core, "one of cores") for core in cores]
    if not paths and not or_none:
        raise UsageError("cores is empty; give one or more dumps, such as ['core.1234']")
    return paths


def load_trace(path: PathLike) -> Trace:
    """Read the trace ``path``: ``events`` is an array of zswapbench.EVENT, read-only.

    Raises TraceError if it is none or is damaged.

    >>> import zswapbench
    >>> from zswapbench import shipped
    >>> trace = zswapbench.load_trace(shipped.demo_trace())
    >>> trace.events.dtype == zswapbench.EVENT
    True
    >>> stores = trace.events[trace.events["op"] == zswapbench.Op.STORE]
    """
    return read_trace(path_of(path, "trace"))


def make_trace(
    corpus: CorpusLike,
    output: PathLike | None = None,
    *,
    pattern: str = "zipf",
    events: int = 0,
    addresses: int = 0,
    memory: str = "50%",
    reclaim: str = "lists",
    kernel: str = "6.12",
    page_cluster: int = 0,
    writes: str = "40%",
    change: str = "90%",
    skew: float = 0.8,
    interval: str | None = None,
    cpus: int = 4,
    flush_every: int = 0,
    flush_interval: str = "5s",
    flush_frames: int = 32,
    seed: int = 0,
    like: PathLike | Trace | None = None,
) -> Trace:
    """Make a trace over the pages of ``corpus``, as ``zswapbench trace make`` does, with the same events.

    It is written to ``output``, packed if the name ends in .zst, or stays in memory if there is none. ``pattern``:
    ``"zipf"``, ``"scan"``, ``"loop"`` or ``"phase"``. ``events``: how many; 0 for 20 for each address, but 200,000 at
    least. ``memory``: pages that fit into memory, as a share of the ``addresses`` in use, which are as many as the
    corpus has if 0. ``reclaim``: who leaves memory, ``"lists"``, ``"mglru"`` or ``"lru"``, as ``kernel`` has it, with
    readahead of up to 2 ** ``page_cluster`` pages. ``writes``: share of uses that write; ``change``: share of the pages
    written to that hold something else when they are stored again. ``skew``: Zipf's exponent. ``interval``: mean time
    between two uses; None for 1 ms, of ``"scan"`` 3 ms, of ``"loop"`` 6 ms. ``flush_every``: a FLUSH for
    ``flush_frames`` page frames after so many events; 0 for FLUSHes at random times, ``flush_interval`` apart in the
    mean (``"0s"``: none).

    ``like``: a recorded trace. Then pages come back as soon, are written to and given up as often as there; what
    ``pattern``, ``addresses``, ``memory``, ``writes``, ``skew`` and ``interval`` say is found by trying instead, and
    ``events`` 0 means as many as it has.

    A trace that stays in memory is replayed as one that lies beside its corpus; give an array of pages again as
    ``corpus`` of the replay. Raises UsageError for what cannot be asked for, what never swaps and what cannot be
    written, CorpusError if the corpus cannot be read.

    >>> import zswapbench
    >>> from zswapbench import shipped
    >>> trace = zswapbench.make_trace(shipped.folder() / "redis.zpages", pattern="phase", events=1_000)
    >>> len(trace.events), trace.provenance["pattern"]
    (1000, 'phase')
    >>> zswapbench.replay(trace, "class-lru", limit="20%").inputs["origin"]
    'synthetic: phase'
    """
    options = TraceOptions(
        pattern=pattern,
        events=events,
        addresses=addresses,
        memory=memory,
        reclaim=reclaim,
        kernel=kernel,
        page_cluster=page_cluster,
        writes=writes,
        change=change,
        skew=skew,
        interval=interval,
        cpus=cpus,
        flush_every=flush_every,
        flush_interval=flush_interval,
        flush_frames=flush_frames,
        seed=seed,
    )
    work = checked(options).workload()
    with opened(corpus, "corpus") as pages:
        if like is not None:
            work = work_like(
                like if isinstance(like, Trace) else read_trace(path_of(like, "like")), pages, work
            )
        if output is None:
            return make(pages, work)
        target = output_of(output, read_back=True)
        refuse_overwriting(target, [pages.path])
        write_trace(target, events_over(pages, work), **head_of(pages, work))
        return read_trace(target)
