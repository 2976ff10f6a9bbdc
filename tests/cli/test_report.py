"""The command 'report': from result files to a page, and what it says of bad ones."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.cli.running import inside, zswapbench
from zswapbench.runs.limits import SHARES

OLD = Path(__file__).parents[1] / "results" / "files"


@pytest.fixture(scope="module")
def results(ground: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with results over the trace of ``ground``, which lies beside them."""
    folder = tmp_path_factory.mktemp("report")
    for name in ("app.zpages", "app.trace.bin"):
        shutil.copy(ground / name, folder / name)
    made = inside(
        *("compare", "lru", "class-lru", "--trace", folder / "app.trace.bin"),
        *("--format", "json", "-o", folder / "r.json"),
    )
    assert made.code == 0
    return folder


def altered(results: Path, to: Path, **inputs: str) -> Path:
    """A file of the results, with other ``inputs``."""
    forms = json.loads((results / "r.json").read_text())
    for form in forms:
        form["inputs"] |= inputs
    to.write_text(json.dumps(forms))
    return to


def test_a_page_is_written_and_told_of_in_a_line(results: Path, tmp_path: Path) -> None:
    done = zswapbench("report", results / "r.json", "-o", "page.html", cwd=tmp_path)
    assert done.code == 0
    assert re.fullmatch(r"wrote page\.html: 2 results, \d\.\d MiB\n", done.out)
    assert done.err == ""
    page = (tmp_path / "page.html").read_bytes()
    assert zswapbench("report", results / "r.json", "-o", "again.html", cwd=tmp_path).code == 0
    assert (tmp_path / "again.html").read_bytes() == page


@pytest.mark.parametrize("version", ["1", "2", "3"])
def test_results_of_every_version_make_a_page(version: str, tmp_path: Path) -> None:
    assert inside("report", OLD / f"{version}.json", "-o", tmp_path / "page.html").code == 0


def test_codecs_and_limits_are_measured_on_the_trace_beside_the_results(
    results: Path, tmp_path: Path, own_cache: None
) -> None:
    done = inside("report", results / "r.json", "--codecs", "--sweep-limits", "-o", tmp_path / "page.html")
    assert done.code == 0, done.err
    page = (tmp_path / "page.html").read_text()
    assert "Memory against refaults" in page
    assert "Measured on app." in page


def test_a_result_swept_at_its_own_limit_has_its_own_refaults(
    results: Path, tmp_path: Path, own_cache: None
) -> None:
    from zswapbench.results.files import read_results
    from zswapbench.runs.limits import sweep_limits

    told = read_results(results / "r.json")
    sweep = sweep_limits(told, None, None, [results])
    assert [label for label, _ in sweep.lines] == ["lru", "class-lru"]
    for one, (_, line) in zip(told, sweep.lines, strict=True):
        same = line[sweep.shares.index(20)]
        assert one.setting["pool_limit_pages"] == same.setting["pool_limit_pages"]
        assert one.counters == same.counters
    assert set(sweep.shares) <= set(SHARES)


def test_old_results_are_told_that_they_cannot_be_swept(tmp_path: Path) -> None:
    done = inside("report", OLD / "3.json", "--sweep-limits", "-o", tmp_path / "page.html")
    assert done.code == 0, done.err
    assert "Cannot be replayed: " in (tmp_path / "page.html").read_text()


def test_labels_that_are_equal_get_the_name_of_their_file(results: Path, tmp_path: Path) -> None:
    shutil.copy(results / "r.json", tmp_path / "s.json")
    assert inside("report", results / "r.json", tmp_path / "s.json", "-o", tmp_path / "page.html").code == 0
    page = (tmp_path / "page.html").read_text()
    assert "class-lru (r.json)" in page and "class-lru (s.json)" in page


def test_a_trace_that_is_not_found_is_told_with_the_option_that_mends_it(
    results: Path, tmp_path: Path
) -> None:
    alone = altered(results, tmp_path / "r.json", trace="gone.bin")
    done = inside("report", alone, "--sweep-limits", "-o", tmp_path / "page.html")
    assert done.code == 3
    assert done.err.startswith("zswapbench: gone.bin: no trace of this name with digest ")
    assert "--trace" in done.err
    assert not (tmp_path / "page.html").exists()


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/dev/zero", "", ".", "..", "a\x00b", "x" * 5_000, "\ud800"]
)
def test_a_recorded_name_is_only_a_name(name: str, results: Path, tmp_path: Path) -> None:
    alone = altered(results, tmp_path / "r.json", corpus=name, trace=name)
    for wish in ("--codecs", "--sweep-limits"):
        done = inside("report", alone, wish, "-o", tmp_path / "page.html")
        assert done.code == 3
        assert len(done.err.splitlines()) == 1


def test_another_trace_is_refused(results: Path, tmp_path: Path) -> None:
    other = altered(results, tmp_path / "r.json", trace_digest="ab" * 16)
    done = inside(
        *("report", other, "--sweep-limits", "--trace", results / "app.trace.bin"),
        *("-o", tmp_path / "page.html"),
    )
    assert done.code == 3
    assert "is another trace than that of lru: digest " in done.err


def test_another_corpus_is_refused(results: Path, tmp_path: Path) -> None:
    other = altered(results, tmp_path / "r.json", corpus_digest="ab" * 32)
    done = inside(
        "report", other, "--codecs", "--corpus", results / "app.zpages", "-o", tmp_path / "page.html"
    )
    assert done.code == 3
    assert "is another corpus than that of lru: digest " in done.err


def test_what_cannot_be_asked_for_is_bad_input(results: Path, tmp_path: Path) -> None:
    forms = json.loads((results / "r.json").read_text())
    forms[0]["asked"]["policy"] = "no-such-policy"
    (tmp_path / "r.json").write_text(json.dumps(forms))
    done = inside(
        *("report", tmp_path / "r.json", "--sweep-limits", "--trace", results / "app.trace.bin"),
        *("--corpus", results / "app.zpages", "-o", tmp_path / "page.html"),
    )
    assert done.code == 3
    assert "what the results ask for cannot be replayed" in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["r.json"], 2, "Missing option '-o'"),
        (["-o", "page.html"], 2, "Missing argument 'RESULT...'"),
        (["gone.json", "-o", "page.html"], 3, "gone.json: cannot be read"),
        (["app.zpages", "-o", "page.html"], 3, "is not JSON"),
        (["r.json", "-o", "r.json"], 2, "is an input too"),
        (["r.json", "-o", "no/such/folder.html"], 2, "cannot be written"),
        (["r.json", "-o", "page.html", "--trace", "app.trace.bin"], 2, "--trace is for --sweep-limits"),
        (["r.json", "-o", "page.html", "--corpus", "app.zpages"], 2, "--corpus is for --codecs"),
        (["r.json", "-o", "page.html", "--sweep-limits", "--trace", "r.json"], 3, "r.json: "),
    ],
)
def test_what_is_wrong_is_told_in_a_line(
    arguments: list[str], code: int, complaint: str, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(results)
    done = inside("report", *arguments)
    assert done.code == code
    assert complaint in done.err
    assert not (results / "page.html").exists()
