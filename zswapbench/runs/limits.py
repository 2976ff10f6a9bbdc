"""Results replayed again under other pool limits: memory against refaults.

A result does not hold its trace and corpus. It holds their names and digests, by which they are found.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from zswapbench.common.errors import InputError, UsageError, ZswapbenchError
from zswapbench.common.progress import Progress, silent
from zswapbench.corpus import shipped
from zswapbench.corpus.reading import Corpus
from zswapbench.results.records import Result
from zswapbench.runs.options import recorded
from zswapbench.runs.zswap import compare
from zswapbench.traces.format import read_trace

SHARES = (5, 10, 15, 20, 25, 30, 40, 50)
"""Pool limits, in percent of the footprint."""

_LIMITS = {"limit": "", "ram": "", "max_pool_percent": None}
"""What of the options says how large the pool may be."""


@dataclass(frozen=True)
class Sweep:
    """``shares``: of the footprint, in percent; ``lines``: by label, the result of a replay at each share."""

    shares: tuple[int, ...]
    lines: list[tuple[str, list[Result]]]
    notes: list[str]


def trace_of(result: Result, named: str | None, folders: Sequence[Path]) -> Path:
    """The trace of ``result``: ``named``, or that of the recorded name in one of ``folders`` or among the samples.

    Raises TraceError for one that cannot be read, InputError if there is none or it is another.
    """
    return _find(result, "trace", named, folders)


def corpus_of(result: Result, named: str | None, folders: Sequence[Path]) -> Path:
    """The corpus of ``result``, in the same way. Raises CorpusError and InputError likewise."""
    return _find(result, "corpus", named, folders)


def _find(result: Result, what: str, named: str | None, folders: Sequence[Path]) -> Path:
    name, wanted = result.inputs[what], result.inputs[f"{what}_digest"]
    if named:
        found = _digest(what, Path(named))
        if found != wanted:
            raise InputError(
                named,
                f"is another {what} than that of {result.label}: digest {found[:12]}, not {wanted[:12]}",
            )
        return Path(named)
    for path in (folder / Path(name).name for folder in (*folders, shipped.folder())):
        try:
            if path.is_file() and _digest(what, path) == wanted:
                return path
        except (ZswapbenchError, OSError, ValueError):  # a recorded name need not be one that a file can have
            continue
    raise InputError(
        name,
        f"no {what} of this name with digest {wanted[:12]} lies beside the results, here or among the samples; "
        f"name it with --{what}",
    )


def _digest(what: str, path: Path) -> str:
    """Of the trace or corpus ``path``."""
    if what == "trace":
        return read_trace(path).digest
    with Corpus(path) as corpus:
        digest: str = corpus.digest
    return digest


def sweep_limits(
    results: Sequence[Result],
    trace: str | None,
    corpus: str | None,
    folders: Sequence[Path],
    progress: Progress = silent,
    *,
    trust: bool = False,
) -> Sweep:
    """What was asked for each of ``results``, all of one trace, replayed at every limit of SHARES.

    ``trust``: code in files that the results name may be run. Trace and corpus are found as above, the corpus beside
    the trace, too. Raises InputError for what cannot be asked for here, and what trace_of, corpus_of and ``compare``
    raise.
    """
    footprint = results[0].inputs["footprint_pages"]
    shares = tuple(share for share in SHARES if footprint * share >= 100)
    labels: dict[str, list[str]] = {}
    for result in results:
        if result.asked and not result.is_zram:
            labels.setdefault(json.dumps({**result.asked, **_LIMITS}, sort_keys=True), []).append(
                result.label
            )
    notes = []
    if without := [result.label for result in results if not result.asked]:
        notes.append(
            f"Cannot be replayed: {', '.join(without)}: made by an older zswapbench, which did not record what was "
            "asked; run them again."
        )
    if held := [result.label for result in results if result.is_zram]:
        notes.append(f"Not replayed: {', '.join(held)}: zram has no pool limit.")
    if not shares:
        return Sweep(shares, [], [*notes, "The trace is too small: no limit would be a page frame."])
    if not labels:
        return Sweep(shares, [], notes)
    asked = [recorded(json.loads(one), f"result {said[0]}", trust=trust) for one, said in labels.items()]
    wanted = [replace(one, limit=f"{share}%") for one in asked for share in shares]
    path = trace_of(next(result for result in results if result.asked), trace, folders)
    pages = corpus_of(results[0], corpus, [path.resolve().parent, *folders])
    try:
        found = compare(path, wanted, pages, progress, idle_costs=True)
    except UsageError as error:
        raise InputError(path, f"what the results ask for cannot be replayed: {error}") from None
    lines = [found[first : first + len(shares)] for first in range(0, len(found), len(shares))]
    return Sweep(
        shares, [(", ".join(names), line) for names, line in zip(labels.values(), lines, strict=True)], notes
    )
