"""Digests of dump files."""

from __future__ import annotations

import hashlib
import subprocess
import time
from pathlib import Path

import pytest

from zswapbench.common.errors import DumpError
from zswapbench.dumps import digest


def test_the_digest_of_a_whole_file_is_sha256sums(tmp_path: Path) -> None:
    path = tmp_path / "core.zst"
    path.write_bytes(bytes(range(256)) * 20_000)
    printed = subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True).stdout
    assert digest(path) == ("sha256", printed.split()[0])


def test_the_digest_of_an_empty_file_is_that_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()
    assert digest(path) == ("sha256", hashlib.sha256().hexdigest())


def test_a_terabyte_of_holes_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "core"
    with path.open("wb") as file:
        file.write(b"A" * 4096)
        file.seek(1 << 40)
        file.write(b"B" * 4096)
        file.truncate(2 << 40)
    begun = time.process_time()
    assert digest(path) == ("sha256_of_data", hashlib.sha256(b"A" * 4096 + b"B" * 4096).hexdigest())
    assert time.process_time() - begun < 1


def test_a_missing_file_has_no_digest(tmp_path: Path) -> None:
    with pytest.raises(DumpError, match="cannot be read"):
        digest(tmp_path / "none")
