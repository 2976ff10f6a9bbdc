"""``cache``: where sizes are remembered, how much that is, and nothing else is removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import inside

pytestmark = pytest.mark.usefixtures("own_cache")


def test_it_tells_what_there_is_and_removes_that_and_no_more(ground: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "zswapbench" / "sizes"
    assert inside("cache").out == f"{folder}: 0 files, 0 B\n"
    assert inside("corpus", "info", ground / "app.zpages", "--codec", "lz4").code == 0
    assert inside("cache").out == f"{folder}: 1 file, 196 B\n"  # 45 sizes of 4 bytes, and their digest
    (folder / "mine").write_text("kept")
    (folder / ".zswapbench-0.part").write_bytes(b"left by a process that was killed")
    assert inside("cache", "--clear").out.startswith(f"{folder}: removed 2 files")
    assert [path.name for path in folder.iterdir()] == ["mine"]
    assert inside("cache").out == f"{folder}: 0 files, 0 B\n"


def test_a_place_that_cannot_be_read_is_4_and_not_empty(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "zswapbench" / "sizes"
    folder.parent.mkdir(parents=True)
    folder.symlink_to(folder)
    problem = "cannot be read: Too many levels of symbolic links"
    told = f"zswapbench: {folder}: {problem}; mend that, or set XDG_CACHE_HOME to another folder\n"
    for arguments in (("cache",), ("cache", "--clear")):
        assert inside(*arguments) == (4, "", told)


def test_a_place_that_is_no_folder_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    assert inside("cache").out == f"{tmp_path}/cache/zswapbench/sizes: 0 files, 0 B\n"
