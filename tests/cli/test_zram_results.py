"""zram in 'compare', and what 'report' and 'check' make of its results and of those of 'zram', as a user runs them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.running import Done, inside, zswapbench

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs stand in a folder of their own, and in no step of GitHub Actions."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


def compared(ground: Path, *arguments: str) -> Done:
    return inside("compare", *arguments, "--trace", ground / "app.trace.bin")


def zram(ground: Path, name: str, *arguments: str) -> Path:
    """The result of 'zram' in a file."""
    assert inside("zram", ground / "app.trace.bin", *arguments, "-o", name).code == 0
    return Path(name)


def test_zram_and_zswap_stand_side_by_side_in_every_form(ground: Path) -> None:
    forms = [option for end in ("json", "csv", "md", "html") for option in ("-o", f"out.{end}")]
    done = compared(ground, "zram", "zswap", "--pool-limit", "8p", *forms, "-o", "-")
    assert (done.code, done.err) == (0, "")
    assert re.search(r"^flushes \(written back\) +does not apply +\d", done.out, re.MULTILINE)
    assert "zram has no pool limit: it holds all; zram,mem-limit=SIZE bounds it" in done.out
    assert re.search(r"^zram: wrote nothing to a device; it held all that", done.out, re.MULTILINE)
    one, other = json.loads(Path("out.json").read_text())
    assert (one["setting"]["setup"], other["setting"]["setup"]) == ("zram", "zswap")
    assert one["metrics"]["written_back_pages"] is None
    assert re.search(r"^written_back_pages,,\d+", Path("out.csv").read_text(), re.MULTILINE)
    for end in ("md", "html"):
        assert "does not apply" in Path(f"out.{end}").read_text()


def test_a_ranking_has_zram_beside_the_policies(ground: Path) -> None:
    done = compared(ground, "--all", "zram", "--pool-limit", "8p")
    assert (done.code, done.err) == (0, "")
    assert re.search(r"^zram +zram +0 +-", done.out, re.MULTILINE)


def test_a_spec_that_zram_does_not_know_is_refused_in_one_line(ground: Path) -> None:
    done = compared(ground, "zram,lru", "zswap")
    assert (done.code, done.out) == (2, "")
    assert re.fullmatch(r"zswapbench: 'zram,lru': zram has no policy: .*\n", done.err)


def test_a_comparison_with_zram_is_reported_and_checked(ground: Path) -> None:
    assert compared(ground, "zram,6.12", "lru", "--pool-limit", "8p", "-o", "base.json").code == 0
    assert inside("report", "base.json", "-o", "page.html").code == 0
    assert inside("check", "base.json", "--baseline", "base.json").out.startswith("no worse\n")
    replayed = inside("check", ground / "app.trace.bin", "--baseline", "base.json")
    assert (replayed.code, replayed.err) == (0, "")
    other = inside("check", ground / "app.trace.bin", "--baseline", "base.json", "--codec", "842")
    assert other.code == 1
    assert "zram,6.12" in other.out


def test_timings_of_zram_are_refused_in_one_line(ground: Path) -> None:
    assert compared(ground, "zram", "lru", "-o", "base.json").code == 0
    done = inside("check", ground / "app.trace.bin", "--baseline", "base.json", "--timings")
    assert (done.code, done.out) == (2, "")
    assert done.err == "zswapbench: --timings measures 'run', which has no zram: leave it out, or zram\n"


def test_a_result_of_zram_has_a_part_of_the_page(ground: Path) -> None:
    result = zram(ground, "zram.json", "--write", "compact=1")
    done = zswapbench("report", result, "-o", "page.html", cwd=Path.cwd())
    assert done.code == 0
    assert re.fullmatch(r"wrote page\.html: 1 result, .*\n", done.out)
    page = Path("page.html").read_text()
    assert "<h1>zram on app.trace.bin</h1>" in page
    for word in ("mm_stat of zram", "mem_used_max", "compact=1", "decompressions"):
        assert word in page
    compared(ground, "zram", "lru", "-o", "both.json")
    assert inside("report", "both.json", result, "-o", "page.html").out.startswith(
        "wrote page.html: 3 results"
    )


def test_results_of_zram_are_held_against_each_other(ground: Path) -> None:
    base, other = zram(ground, "base.json"), zram(ground, "other.json", "--codec", "842")
    assert inside("check", base, "--baseline", base).code == 0
    done = inside("check", other, "--baseline", base, "--junit", "junit.xml", "--save", "saved.json")
    assert (done.code, done.err) == (1, "")
    assert done.out.startswith("worse: zram0 after trace: compr_data_size ")
    assert "codec: lzo-rle -> 842" in done.out
    assert "failures=" in Path("junit.xml").read_text()
    assert Path("saved.json").read_text() == other.read_text()
    allowed = inside("check", other, "--baseline", base, "--fail-on", "failed_writes:0")
    assert allowed.code == 0


def test_a_baseline_of_zram_is_made_by_update(ground: Path) -> None:
    result = zram(ground, "zram.json")
    done = inside("check", result, "--baseline", "base.json", "--update")
    assert (done.code, done.out) == (0, "nothing to compare with\n")
    assert done.err == "zswapbench: base.json: is now the baseline, 1 result\n"
    assert Path("base.json").read_text() == result.read_text()


def test_what_is_no_result_of_zram_is_not_compared_with_one(ground: Path) -> None:
    result = zram(ground, "zram.json")
    assert compared(ground, "zram", "lru", "-o", "both.json").code == 0
    for subject, baseline in (
        (result, "both.json"),
        ("both.json", result),
        (ground / "app.trace.bin", result),
    ):
        done = inside("check", subject, "--baseline", baseline)
        assert (done.code, done.out) == (3, "")
        assert "only one of them is a result of 'zram'" in done.err
