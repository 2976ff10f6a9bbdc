"""What is given is told by its content."""

from __future__ import annotations

from pathlib import Path

import pytest
import zstandard

from tests.cli.machines import write_program
from zswapbench.corpus import shipped
from zswapbench.runs.recommend.asking import found_at, kind_of


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_program(tmp_path_factory.mktemp("program"))


@pytest.mark.parametrize(
    ("name", "kind"), [("app.refs", "references"), ("core", "dump"), ("app.zpages", "corpus")]
)
def test_a_file_is_known_by_its_first_bytes_whatever_it_is_called(
    program: Path, tmp_path: Path, name: str, kind: str
) -> None:
    other = tmp_path / "anything"
    other.write_bytes((program / name).read_bytes())
    assert kind_of(str(other)) == kind


@pytest.mark.parametrize(("name", "kind"), [("app.refs", "references"), ("core", "dump")])
def test_a_packed_file_is_known_by_what_is_in_it(program: Path, tmp_path: Path, name: str, kind: str) -> None:
    packed = tmp_path / "packed"
    packed.write_bytes(zstandard.compress((program / name).read_bytes()))
    assert kind_of(str(packed)) == kind


def test_text_is_of_references(tmp_path: Path) -> None:
    text = tmp_path / "trace.bin"
    text.write_text(" L 1000,8\n")
    assert kind_of(str(text)) == "references"


def test_shipped_samples_have_names() -> None:
    assert kind_of(found_at("sort-run")) == "references"
    assert kind_of(found_at("demo")) == "trace"
    assert found_at("sort-run") == str(shipped.folder() / "sort-run.refs.zst")
    assert found_at("nothing-like-it") == "nothing-like-it"


def test_a_file_of_that_name_goes_before_a_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sort-run").write_text(" L 1000,8\n")
    assert found_at("sort-run") == "sort-run"
