"""A small program whose references are recorded, and what the tests of recommendations ask of it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from tests.cli.machines import write_program
from zswapbench.results.recommendation import Recommendation
from zswapbench.runs.recommend.asking import Source
from zswapbench.runs.recommend.story import Asked, recommend
from zswapbench.traces.references.importing import wish_of

COST = "lzo=2.2us/1.1us,lzo-rle=2us/1us,lz4=1.6us/0.6us,lz4hc=14us/0.6us,zstd=6us/2us,deflate=30us/8us,842=20us/12us"

TEXT = partial(wish_of, interval="1ns", writes="40%", process=None, asked=())

DEBIAN = "lzo=2.2us/1.1us,lzo-rle=2us/1us,lz4=1.6us/0.6us,lz4hc=14us/0.6us,zstd=6us/2us,deflate=30us/8us"
"""Costs of all codecs that Debian's kernel of 6.12 has."""

OF_ZRAM = "lz4=1.6us/0.6us,lz4hc=14us/0.6us,zstd=6us/2us,deflate=30us/8us"
"""The same of its zram."""


def recorded(folder: Path) -> Source:
    """References of 900 pages and their corpus in ``folder``."""
    write_program(folder)
    return Source(str(folder / "app.refs"), TEXT, corpus=str(folder / "app.zpages"))


def found(source: Source, **asked: Any) -> Recommendation:
    """What is recommended for Debian's kernel, in 2 MiB unless ``asked`` otherwise."""
    usual: dict[str, Any] = {"ram": "2MiB", "cost": DEBIAN, "distribution": "debian"}
    return recommend(Asked(source, **{**usual, **asked}))
