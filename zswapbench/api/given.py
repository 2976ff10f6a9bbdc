"""What callers give: a file, or what was made of one, or arrays; and options of the right type. All else is told."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import UsageError
from zswapbench.common.outputs import STANDARD_OUTPUT, is_stream
from zswapbench.corpus.in_memory import ArrayCorpus
from zswapbench.corpus.pages import PAGE_SIZES
from zswapbench.corpus.reading import Corpus
from zswapbench.runs.making import TraceOptions
from zswapbench.runs.options import Options
from zswapbench.runs.zram import ZramOptions
from zswapbench.traces.event import EVENT
from zswapbench.traces.format import Trace, read_trace

PathLike: TypeAlias = str | os.PathLike[str]

CorpusLike: TypeAlias = PathLike | Corpus | NDArray[np.uint8]
"""A ``.zpages`` file, an open one, or pages as uint8[n, PAGE_SIZE]."""

TraceLike: TypeAlias = PathLike | Trace | NDArray[np.void]
"""A ``trace.bin`` file, one that was loaded or made, or an array of EVENT; its stores number pages of the corpus."""

AnyOptions = TypeVar("AnyOptions", Options, TraceOptions, ZramOptions)

_ALLOWED: dict[str, tuple[type | tuple[type, ...], str]] = {
    "str": (str, "text"),
    "str | None": ((str, type(None)), "text or None"),
    "bool": (bool, "True or False"),
    "int": (int, "a whole number"),
    "int | None": ((int, type(None)), "a whole number or None"),
    "float": ((int, float), "a number"),
    "Sequence[str]": (tuple, "a list of text"),
}
"""By what an option is declared as: what is taken, and how messages call it."""

_LONGEST = 40
"""Characters of a value that a message shows."""


@contextmanager
def inputs_of(trace: TraceLike, corpus: CorpusLike | None) -> Iterator[tuple[Trace, Corpus | None]]:
    """``trace``, and the corpus that it stores pages of, open; None to have it found."""
    if corpus is None:
        if isinstance(trace, np.ndarray):
            raise UsageError("an array of events does not say what it stores pages of; give corpus, too")
        yield _trace(trace), None
        return
    with opened(corpus, "corpus") as pages:
        made = _of_array(trace, pages) if isinstance(trace, np.ndarray) else _trace(trace)
        if isinstance(pages, ArrayCorpus):
            made = replace(made, corpus_digest=pages.digest)
        yield made, pages


@contextmanager
def opened(corpus: CorpusLike, what: str) -> Iterator[Corpus]:
    """``corpus`` to read from; closed afterwards if it was opened here. ``what``: how messages call it."""
    if isinstance(corpus, Corpus):
        yield corpus
    elif isinstance(corpus, np.ndarray):
        if corpus.dtype != np.uint8 or corpus.ndim != 2 or corpus.shape[1] not in PAGE_SIZES:
            raise UsageError(
                f"{what} is {kind_of(corpus)}, not uint8[n, PAGE_SIZE] with a PAGE_SIZE of 4096, 16384 or 65536"
            )
        yield ArrayCorpus(corpus)
    else:
        with Corpus(path_of(corpus, what, "a Corpus or an array of pages")) as found:
            yield found


def _trace(trace: PathLike | Trace) -> Trace:
    if isinstance(trace, Trace):
        return replace(trace, events=_events(trace.events))
    return read_trace(path_of(trace, "trace", "a Trace or an array of zswapbench.EVENT"))


def _of_array(events: NDArray[np.void], corpus: Corpus) -> Trace:
    """A trace that is in no file."""
    return Trace(Path("<array>"), corpus.page_size, corpus.digest, {}, _events(events), 0)


def _events(given: NDArray[np.void]) -> NDArray[np.void]:
    """The events in one piece, as the compiled core takes them."""
    if given.dtype != EVENT or given.ndim != 1:
        raise UsageError(f"events are {kind_of(given)}, not an array of zswapbench.EVENT in one dimension")
    return np.ascontiguousarray(given)


def path_of(given: PathLike, what: str, other: str = "") -> str:
    """The path ``given``, if a file can be called that. Raises UsageError otherwise; ``other``: what else it may be."""
    text = os.fspath(given) if isinstance(given, (str, os.PathLike)) else None
    if not isinstance(text, str):
        raise UsageError(f"{what} is {kind_of(given)}, not {', '.join(filter(None, ['a path', other]))}")
    if not text or "\0" in text:
        raise UsageError(f"{what} is {text!r}, which is not a name of a file")
    return text


def output_of(given: PathLike, *, read_back: bool = False) -> str:
    """The path ``given``, if it can be written to, and ``read_back`` where that is wished. Raises UsageError if not."""
    path = path_of(given, "output")
    if path == STANDARD_OUTPUT:
        raise UsageError("output is '-', and nothing is printed here: name a file")
    if read_back and is_stream(path):
        raise UsageError(f"{path}: keeps nothing that could be read back: name a file")
    return path


def texts_of(given: Iterable[str], what: str, one: str, example: str) -> tuple[str, ...]:
    """The list of text ``given``. Raises UsageError for something else; ``what``, ``one`` of it: how that is called."""
    if isinstance(given, (str, Mapping)) or not isinstance(given, Iterable):
        raise UsageError(f"{what} is {kind_of(given)}; give a list of text, such as {example}")
    return tuple(taken(one, text, "str") for text in given)


def cost_text(given: str | Iterable[str]) -> str:
    """One cost, or several, in one text."""
    if isinstance(given, str):
        return given
    return ",".join(texts_of(given, "cost", "one of cost", "['lz4=2us/1us']"))


def checked(options: AnyOptions) -> AnyOptions:
    """``options``, each as ``taken`` has it."""
    declared = {option.name: str(option.type) for option in fields(options)}
    return replace(
        options, **{name: taken(name, getattr(options, name), kind) for name, kind in declared.items()}
    )


def taken(name: str, value: Any, kind: str) -> Any:
    """The ``value`` of the option ``name``, with Python's numbers for numpy's, which JSON has not.

    ``kind``: see _ALLOWED. Raises UsageError for what no command line could hand over, such as a number for text.
    """
    plain = value.item() if isinstance(value, np.generic) else value
    types, words = _ALLOWED[kind]
    if not isinstance(plain, types) or (isinstance(plain, bool) and types is not bool):
        raise UsageError(f"{name} is {kind_of(plain)}, not {words}")
    return plain


def kind_of(value: object) -> str:
    """What ``value`` is, in few words."""
    if isinstance(value, np.ndarray):
        return f"{'records' if value.dtype.names else value.dtype}{list(value.shape)}"
    shown = isinstance(value, (str, int, float)) and len(repr(value)) < _LONGEST
    return repr(value) if shown else f"of type {type(value).__name__}"
