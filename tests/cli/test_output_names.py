"""Every place that something can be written to: long names work, impossible ones are told in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import inside

pytestmark = pytest.mark.usefixtures("own_cache")

FORMS: dict[str, tuple[str, ...]] = {
    "run": ("run", "TRACE", "-o", "OUTPUT"),
    "run in JSON": ("run", "TRACE", "--format", "json", "-o", "OUTPUT"),
    "classes": ("run", "TRACE", "--era", "linux-6.12", "--classes", "-o", "OUTPUT"),
    "compare": ("compare", "lru", "class-lru", "--trace", "TRACE", "-o", "OUTPUT"),
    "compare in CSV": ("compare", "lru", "fifo", "--trace", "TRACE", "--format", "csv", "-o", "OUTPUT"),
    "check": ("check", "RESULT", "--baseline", "RESULT", "-o", "OUTPUT"),
    "check in JUnit": ("check", "RESULT", "--baseline", "RESULT", "--format", "junit", "-o", "OUTPUT"),
    "junit": ("check", "RESULT", "--baseline", "RESULT", "--junit", "OUTPUT"),
    "save": ("check", "RESULT", "--baseline", "RESULT", "--save", "OUTPUT"),
    "update": ("check", "RESULT", "--baseline", "OUTPUT", "--update"),
    "report": ("report", "RESULT", "-o", "OUTPUT"),
    "zram": ("zram", "TRACE", "-o", "OUTPUT"),
    "mm_stat": ("zram", "TRACE", "--mm-stat", "-o", "OUTPUT"),
    "codecs": ("codecs", "CORPUS", "--codec", "lz4", "--rounds", "1", "-o", "OUTPUT"),
    "import": ("corpus", "import", "CORE", "-o", "OUTPUT"),
    "info": ("corpus", "info", "CORPUS", "-o", "OUTPUT"),
    "sizes": ("corpus", "sizes", "CORPUS", "--codec", "lz4", "-o", "OUTPUT"),
    "make": ("trace", "make", "CORPUS", "--events", "100", "-o", "OUTPUT"),
    "trace info": ("trace", "info", "TRACE", "-o", "OUTPUT"),
    "new policy": ("new-policy", "OUTPUT"),
    "list": ("list", "-o", "OUTPUT"),
}


@pytest.fixture(scope="module")
def result(ground: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result of the trace."""
    path = tmp_path_factory.mktemp("result") / "result.json"
    assert inside("run", ground / "app.trace.bin", "--codec", "lz4", "--format", "json", "-o", path).code == 0
    return path


def arguments(form: str, output: str | Path, ground: Path, result: Path) -> list[str | Path]:
    """The command line, with its places filled in."""
    places = {
        "TRACE": ground / "app.trace.bin",
        "CORPUS": ground / "app.zpages",
        "CORE": ground / "core.1",
        "RESULT": result,
        "OUTPUT": output,
    }
    return [places.get(word, word) for word in FORMS[form]]


@pytest.mark.parametrize("form", FORMS)
def test_a_place_that_cannot_be_is_2_and_one_line(
    form: str, ground: Path, result: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_bytes(b"")
    long = "x" * 253 + ".py"
    for place in (
        long,
        f"{long}/x.py",
        "file/x.py",
        "absent/x.py",
        "y/" * 2100 + "x.py",
        "/proc/1/nothing/x.py",
    ):
        done = inside(*arguments(form, place, ground, result))
        assert (done.code, done.out) == (2, ""), place[:20]
        assert len(done.err.splitlines()) == 1 or "Error: " in done.err
        assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize("length", [247, 255])
@pytest.mark.parametrize("form", FORMS)
def test_the_longest_names_that_there_are_work(
    form: str, length: int, ground: Path, result: Path, tmp_path: Path
) -> None:
    place = tmp_path / ("x" * (length - 3) + ".py")
    done = inside(*arguments(form, place, ground, result))
    assert done.code == 0, done.err
    assert place.stat().st_size
    assert {path.name for path in tmp_path.iterdir()} <= {place.name, "cache"}
