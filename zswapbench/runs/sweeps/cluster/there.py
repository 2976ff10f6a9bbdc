"""What a worker of the cluster does: it says what it is, takes files into a folder of its own, and does units.

``called`` and ``asked`` give the two ways in. They go over the network by value and import this module where they
run. So a scheduler, which unpickles what passes through it, needs no zswapbench. What they are given and what they
return is text, numbers and bytes.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
import zlib
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import asdict
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from zswapbench import __version__
from zswapbench.common.errors import InputError, MissingError
from zswapbench.common.files import PRIVATE, sha256_of
from zswapbench.results.sweeps.columns import RESULT_RULES
from zswapbench.runs.sweeps.contract import Task

BATCH_S = 1.0
"""After so long a worker hands back what it has done of a batch, and the rest to whoever is free."""

_FOLDER = "zswapbench-inputs"
_PACKED = 1

_held: dict[str, Path] = {}
"""Digest -> where this process has that file."""


def asked() -> Callable[..., Coroutine[Any, Any, Any]]:
    """``ask(name, *arguments)``: a function of this module, run in a worker's event loop, beside its units."""

    async def ask(name: str, *arguments: Any, dask_worker: Any = None) -> Any:
        from importlib import import_module
        from inspect import isawaitable

        module = import_module("zswapbench.runs.sweeps.cluster.there")
        answer = getattr(module, name)(dask_worker.local_directory, *arguments)
        return await answer if isawaitable(answer) else answer

    return ask


def called() -> Callable[..., Any]:
    """``call(name, *arguments)``: a function of this module, run as a unit is: in a thread of a worker."""

    def call(name: str, *arguments: Any) -> Any:
        from importlib import import_module

        return getattr(import_module("zswapbench.runs.sweeps.cluster.there"), name)(*arguments)

    return call


def identity(_folder: str) -> tuple[str, int, str]:
    """What has to be the same here and at the client: the version, the rules that results follow, and Dask."""
    return __version__, RESULT_RULES, version("distributed")


async def lacking(_folder: str, digest: str, path: str) -> bool:
    """Does this process neither hold the file with the SHA-256 ``digest`` nor find it at ``path``?"""
    if digest not in _held:
        with suppress(InputError):
            if await asyncio.to_thread(sha256_of, path, InputError) == digest:
                _held[digest] = Path(path)
    return digest not in _held


async def receive(folder: str, digest: str, name: str, offset: int, piece: bytes) -> str:
    """Write ``piece`` of the file ``digest`` at ``offset``; "" or what stands in the way, in words."""
    return await asyncio.to_thread(_receive, Path(folder) / _FOLDER, digest, name, offset, piece)


def _receive(folder: Path, digest: str, name: str, offset: int, piece: bytes) -> str:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if offset == 0 else 0)
        with open(os.open(_part(folder, digest), flags, PRIVATE), "wb") as file:
            file.seek(offset)
            file.write(piece)
    except OSError as error:
        return f"{name} cannot be written to {folder}: {error.strerror}"
    return ""


async def complete(folder: str, digest: str, name: str) -> str:
    """All pieces of the file ``digest`` have come: "" if it is that, or what stands in the way, in words."""
    return await asyncio.to_thread(_complete, Path(folder) / _FOLDER, digest, name)


def _complete(folder: Path, digest: str, name: str) -> str:
    part, whole = _part(folder, digest), folder / digest / name
    if sha256_of(part, InputError) != digest:
        part.unlink(missing_ok=True)
        return f"{name} has changed since the sweep began"
    try:
        whole.parent.mkdir(mode=0o700, exist_ok=True)
        part.replace(whole)
    except OSError as error:
        return f"{name} cannot be written to {folder}: {error.strerror}"
    _held[digest] = whole
    return ""


def _part(folder: Path, digest: str) -> Path:
    return folder / f"{digest}.part"


def packed(said: Any) -> bytes:
    """JSON of ``said``, small: Dask logs the last thousand messages to each worker, which would keep much memory."""
    return zlib.compress(json.dumps(said, separators=(",", ":")).encode(), _PACKED)


def unpacked(data: bytes) -> Any:
    """What ``packed`` was given."""
    return json.loads(zlib.decompress(data))


def work(doer: str, batch: bytes) -> bytes:
    """Have the module ``doer`` do the tasks of ``batch``: {"outcomes": [...], "lacking": ..., "problem": ...}, packed.

    There are fewer outcomes than tasks if they take longer than BATCH_S, if the process is "lacking" an input, and
    after a "problem": a codec that this worker has not, so that other tasks would fare no better.
    """
    module: Any = import_module(doer)
    outcomes: list[dict[str, Any]] = []
    problem, lacking = "", False
    began = time.monotonic()
    for said in unpacked(batch):
        task = Task(**{**said, "inputs": tuple(said["inputs"])})
        if lacking := not _held.keys() >= {*task.inputs}:
            break
        try:
            module.refuse_other_codecs(task, _held.__getitem__)
            outcomes.append(asdict(module.do(task, _held.__getitem__)))
        except MissingError as error:
            problem = str(error)
            break
        if time.monotonic() - began > BATCH_S:
            break
    return packed({"outcomes": outcomes, "lacking": lacking, "problem": problem})
