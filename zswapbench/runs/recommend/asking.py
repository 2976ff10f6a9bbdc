"""What was given, told by its content: references, a trace, a corpus, a dump, or a process that runs.

    references + corpus    the closed loop, over what was recorded
    pages alone            the closed loop, over traffic that is made
    trace + corpus         a replay, in which nothing follows from what is held

References are gone through many times. Text, and what comes from a pipe, is therefore kept in a temporary file.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from zswapbench.common.errors import TraceError, UsageError
from zswapbench.common.files import open_regular
from zswapbench.common.outputs import is_stream
from zswapbench.common.progress import Progress
from zswapbench.common.units import format_count
from zswapbench.corpus import shipped
from zswapbench.corpus.importing import Wish as CoreWish
from zswapbench.corpus.importing import import_dumps
from zswapbench.corpus.reading import SUFFIX, ZIP_MAGIC, Corpus
from zswapbench.dumps import elf, lime, packed
from zswapbench.runs.from_refs import program_for
from zswapbench.runs.recommend.trials import Work
from zswapbench.traces.format import MAGIC as TRACE_MAGIC
from zswapbench.traces.references.importer import Wish
from zswapbench.traces.references.importing import open_references
from zswapbench.traces.refs import is_refs, write_refs
from zswapbench.traces.refs import opened as opened_input


@dataclass(frozen=True)
class Source:
    """``path``: of what was given; None for the process ``pid``. ``core``, ``corpus``: of the program of references.

    ``keep_corpus``: where a corpus that is made stays; "": nowhere. ``text``: by the page size, what a text of
    references may leave open.
    """

    path: str | None
    text: Callable[[int], Wish]
    pid: int | None = None
    freeze: bool = False
    core: str | None = None
    corpus: str | None = None
    keep_corpus: str = ""


@dataclass(frozen=True)
class Survey:
    """What one look at references has found: how many, how long they last, how many pages they touch.

    ``foreign``: so many of them are of no page in the core.
    """

    count: int
    lasts_s: float
    touched: int
    foreign: int


@dataclass(frozen=True)
class Given:
    """``corpus``: the program's pages; None beside a ``trace`` whose corpus is found by what the trace says.

    ``work``: of recorded references, and what a ``survey`` says of it. ``remarks``: what to know, in lines.
    """

    corpus: Corpus | None
    work: Work | None = None
    survey: Survey | None = None
    trace: str = ""
    remarks: list[str] = field(default_factory=list)


@contextmanager
def given_by(source: Source, progress: Progress) -> Iterator[Given]:
    """What ``source`` names, open. Raises UsageError for what does not go together, and what reading it raises."""
    if (source.path is None) == (source.pid is None):
        raise UsageError(
            "give one thing to look at: a core, a corpus, a trace, references, or a process with --pid"
        )
    if source.core and source.corpus:
        raise UsageError("--core and --corpus: give one of them")
    path = None if source.path is None else found_at(source.path)
    kind = "process" if path is None else kind_of(path)
    if kind != "references" and (source.core or (source.corpus and kind != "trace")):
        raise UsageError(
            f"--core and --corpus are for references, and {source.path or '--pid'} has its pages itself"
        )
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zswapbench-")))
        remarks: list[str] = []
        if kind == "trace":
            corpus = stack.enter_context(Corpus(source.corpus)) if source.corpus else None
            yield Given(corpus, trace=str(path), remarks=remarks)
            return
        pages = _pages(source, path if kind != "references" else None, kind, folder, remarks, progress)
        corpus = stack.enter_context(Corpus(pages))
        if kind != "references":
            yield Given(corpus, remarks=remarks)
            return
        assert path is not None
        work, survey = _recorded(path, corpus, source.text(corpus.page_size), folder, remarks, progress)
        yield Given(corpus, work, survey, remarks=remarks)


def found_at(name: str) -> str:
    """The path ``name``, or that of the shipped references or trace of this name."""
    if Path(name).exists() or is_stream(name):
        return name
    for suffix in (shipped.REFERENCES_SUFFIX, shipped.TRACE_SUFFIX, SUFFIX):
        if (there := shipped.folder() / f"{name}{suffix}").exists() and os.sep not in name:
            return str(there)
    return name


def kind_of(path: str) -> str:
    """references, trace, corpus or dump: by how the file ``path`` begins. A pipe has references."""
    if is_stream(path):
        return "references"
    with open_regular(path, TraceError) as file:
        head = file.read(8)
    if not head:
        raise TraceError(path, "is empty")
    if head.startswith(ZIP_MAGIC):
        return "corpus"
    packing = next((packing for magic, packing in packed.MAGIC.items() if head.startswith(magic)), "")
    if packing == "zst":  # references and traces are packed so, too
        with opened_input(path) as file:
            head = file.start(8)
    elif packing:
        return "dump"
    if head.startswith((elf.MAGIC, lime.MAGIC)):
        return "dump"
    return "trace" if head == TRACE_MAGIC else "references"


def _pages(
    source: Source, path: str | None, kind: str, folder: Path, remarks: list[str], progress: Progress
) -> str:
    """The corpus that was given, or is made here."""
    if kind == "corpus":
        assert path is not None
        return path
    if source.corpus is not None:
        return source.corpus
    beside = _shipped_beside(source.path) if kind == "references" else None
    if beside and not source.core:
        return beside
    core = source.core if kind == "references" else path
    if core is None and source.pid is None:
        raise UsageError(
            f"{source.path} has references, and what the pages hold is not known: give --core, taken at the end of the "
            "same run, or --corpus"
        )
    made = source.keep_corpus or str(folder / f"program{SUFFIX}")
    wish = CoreWish(processes=() if source.pid is None else (source.pid,), freeze=source.freeze)
    remarks += import_dumps([core] if core else [], made, wish, progress).remarks
    return made


def _shipped_beside(name: str | None) -> str | None:
    """The corpus of shipped references that are given by ``name`` or by their path."""
    if name is None:
        return None
    path = Path(found_at(name))
    there = path.with_name(path.name.removesuffix(shipped.REFERENCES_SUFFIX) + SUFFIX)
    is_shipped = path.parent.resolve() == shipped.folder() and path.name.endswith(shipped.REFERENCES_SUFFIX)
    return str(there) if is_shipped and there.exists() else None


def _recorded(
    path: str, corpus: Corpus, text: Wish, folder: Path, remarks: list[str], progress: Progress
) -> tuple[Work, Survey]:
    """References as a work, looked through once. Raises TraceError if none is of a page of the program."""
    is_file = not is_stream(path)
    if is_file:
        with opened_input(path) as source:
            is_file = is_refs(source)
    kept = path
    if not is_file:
        kept = str(folder / "program.refs")
        with open_references(path, text) as stream:
            write_refs(kept, stream)
            remarks += stream.told
    bare = replace(text, process=None, asked=())
    again = partial(open_references, kept, bare)
    count = lasts_us = theirs = 0
    with open_references(kept, text if kept == path else bare) as stream:
        numbers = program_for(stream, corpus).numbers
        touched = np.zeros(len(numbers), np.bool_)
        with progress("look through", stream.count, "references") as told:
            for some in stream.batches:
                places = np.searchsorted(numbers, some["page"])
                places[places == len(numbers)] = 0
                known = places[numbers[places] == some["page"]]
                touched[known] = True
                theirs += len(known)
                count += len(some)
                lasts_us += int(some["delta_us"].sum(dtype=np.uint64))
                told(len(some))
        remarks += stream.told
    if not touched.any():
        raise TraceError(
            path,
            f"none of its {count:,} references is of a page in the core: take the core at the end of the same run",
        )
    if theirs < count:
        left = count - theirs
        remarks.append(
            f"{left:,} of {format_count(count, 'reference')} ({left / count:.1%}) are of no page in the core, such as "
            "pages of files, and take no part"
        )
    return Work(Path(path).name, again, count), Survey(
        count, lasts_us / 1e6, int(touched.sum()), count - theirs
    )
