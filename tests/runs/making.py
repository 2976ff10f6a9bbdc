"""Traces over corpora to be run, and results that can be held against each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.making import random_page, text_page
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.writing import export_sizes
from zswapbench.plugins.registry import CODECS
from zswapbench.runs.options import Options
from zswapbench.traces.format import write_trace

PAGES = [
    *(text_page(number) for number in range(30)),
    *(random_page(number) for number in range(4)),
    bytes(4096),
]


LZ4 = Options(codec="lz4")


def digest_of(path: Path) -> str:
    """What traces know the corpus by."""
    with Corpus(path) as corpus:
        return corpus.digest


def make_trace(path: Path, corpus: Path, events: NDArray[np.void], *, page_size: int = 4096) -> Path:
    """A trace over ``corpus``."""
    write_trace(path, [events], page_size=page_size, corpus_digest=digest_of(corpus), provenance={})
    return path


def make_export(path: Path, corpus: Path, *codecs: str) -> Path:
    """The export of ``corpus``."""
    with Corpus(corpus) as opened:
        makers = [CODECS.choose(codec).make() for codec in codecs]
        export_sizes(path, opened, {codec.identity: codec.sizes(opened.pages()) for codec in makers})
    return path


def without_timings(text: str) -> Any:
    """A result's JSON without the part that differs from run to run."""
    found = json.loads(text)
    for one in found if isinstance(found, list) else [found]:
        assert one.pop("timings")
    return found
