"""Files of the user's own: loaded by path, with one line for whatever is wrong with them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from zswapbench.common.errors import OwnCodeError, UsageError
from zswapbench.plugins import user_file


def test_the_same_content_is_loaded_once_and_an_edited_file_anew(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("VALUE = 1")
    first = user_file.load(str(file))
    assert user_file.load(str(file)) is first
    origin = user_file.origin(first)
    file.write_text("VALUE = 2")
    second = user_file.load(str(file))
    assert (first.VALUE, second.VALUE) == (1, 2)
    assert origin.startswith("mine.py sha256:")
    assert user_file.origin(second) != origin
    assert [path.name for path in tmp_path.iterdir()] == ["mine.py"]


def test_its_folder_is_not_searched_for_modules_nor_is_it_found_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import zlib")
    (tmp_path / "zlib.py").write_text("raise ImportError('the wrong one')")
    before = list(sys.path)
    user_file.load(str(tmp_path / "mine.py"))
    assert sys.path == before
    assert "mine" not in sys.modules


def test_a_dataclass_finds_its_module(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass A:\n    a: int\n"
    )
    assert user_file.load(str(file)).A(3).a == 3


WRONG = {
    "x = = 1": "SyntaxError: invalid syntax (line 1)",
    "\n\n1 / 0": "ZeroDivisionError: division by zero (mine.py, line 3)",
    "import no_such_module": "ModuleNotFoundError: No module named 'no_such_module' (mine.py, line 1)",
    "raise SystemExit(0)": "SystemExit: 0 (mine.py, line 1)",
    "raise ValueError('a\\n b')": "ValueError: a b (mine.py, line 1)",
    "raise ValueError('x' * 1000)": f"ValueError: {'x' * 200}... (mine.py, line 1)",
    "class E(Exception):\n    def __str__(self): 1 / 0\nraise E": "E (mine.py, line 3)",
    "import re\nre.compile('(')": "(mine.py, line 2)",
}


@pytest.mark.parametrize("source", WRONG)
def test_a_file_that_cannot_be_loaded_is_told_with_its_line(tmp_path: Path, source: str) -> None:
    file = tmp_path / "mine.py"
    file.write_text(source)
    before = set(sys.modules)
    with pytest.raises(OwnCodeError) as raised:
        user_file.load(str(file))
    assert str(raised.value).startswith(f"{file}: cannot be loaded: ")
    assert str(raised.value).endswith(WRONG[source])
    assert "\n" not in str(raised.value)
    assert not [name for name in set(sys.modules) - before if "own" in name]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"x = 1\0", b"\0" * 100])
def test_a_file_that_is_no_text_is_told(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "mine.py"
    file.write_bytes(content)
    with pytest.raises(OwnCodeError, match=r"cannot be loaded: (SyntaxError|ValueError): "):
        user_file.load(str(file))


def test_an_interrupt_while_it_is_loaded_is_an_interrupt(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        user_file.load(str(tmp_path / "mine.py"))


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("absent.py", "No such file or directory"),
        (".", "Is a directory"),
        ("a\0.py", "is not a name of a file"),
        ("x" * 300 + ".py", "File name too long"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_wrong_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as raised:
        user_file.load(path)
    assert str(raised.value) == f"{path}: cannot be read: {reason}"


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    with pytest.raises(UsageError, match=r"pipe\.py: cannot be read: is not a regular file"):
        user_file.load(str(tmp_path / "pipe.py"))
