"""A small corpus for tests, read in full, and changed in whatever way a file may be wrong."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.making import PAGE, make_corpus, pages_of, random_page, text_page
from zswapbench.common.errors import CorpusError
from zswapbench.corpus.manifest import Manifest
from zswapbench.corpus.reading import Corpus

SOME = pages_of(bytes(PAGE), text_page(1), b"\7" * PAGE, random_page(2))


INDEX = [0, 1, 1, 2, 3, 0, 2, 2, 1]


PACKED_OR_NOT = pytest.mark.parametrize("packed", [False, True], ids=["stored", "packed"])


def read_all(path: Path) -> None:
    """Everything that a user of a corpus can ask of it."""
    with Corpus(path) as corpus:
        assert corpus.counts.written == len(corpus.index)
        assert corpus.manifest.population.written >= 0
        assert Manifest.from_json(corpus.manifest.to_json().encode()) == corpus.manifest
        if corpus.has_content:
            corpus.verify()
        else:
            corpus.exported_sizes()


def refusal(path: Path) -> str:
    """The message with which the corpus is refused."""
    with pytest.raises(CorpusError) as raised:
        read_all(path)
    message = str(raised.value)
    assert raised.value.exit_code == 3
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


def refused_or_the_same(path: Path) -> bool:
    """Whether a damaged corpus of SOME is refused, or says what it always said: some bits mean nothing."""
    try:
        read_all(path)
    except CorpusError as error:
        return str(error).startswith(f"{path}: ")
    with Corpus(path) as corpus:
        return np.array_equal(corpus.pages(), SOME) and corpus.index.tolist() == INDEX


def members_of(path: Path) -> dict[str, bytes]:
    """The members of an archive, unpacked."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_members(tmp_path: Path, change: dict[str, bytes | None]) -> Path:
    """A corpus with some members replaced (None: missing) and right checksums all the same."""
    path = make_corpus(tmp_path / "changed.zpages", SOME, INDEX)
    members: dict[str, bytes | None] = {**members_of(path), **change}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            if content is not None:
                archive.writestr(name, content)
    return path


def npy(array: Any) -> bytes:
    """``array`` as a .npy file."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npy_that_says(header: str, data: bytes = b"", version: int = 1) -> bytes:
    """A .npy file with any header, true or not."""
    text = header.encode() + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + len(text).to_bytes(2, "little") + text + data


def says(descr: str, shape: str, order: bool = False) -> str:
    """A header as numpy writes it."""
    return f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}"
