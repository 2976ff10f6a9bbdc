"""machine from Python: what it gives is what the command gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zswapbench
from tests.cli.running import inside
from tests.dumps.elfwriter import Core, Load
from tests.making import PAGE, random_page, text_page
from zswapbench.common.errors import UsageError
from zswapbench.traces.refs import References, write_refs

PAGES, FIRST = 300, 0x5500_0000
SETUPS = ["disk", "zram,lz4,disksize=4MiB"]
COST = "lz4=2us/1us"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with app.refs, and app.zpages of the core."""
    folder = tmp_path_factory.mktemp("machine")
    pages = [random_page(n) if n % 4 == 0 else text_page(n % 30) for n in range(PAGES)]
    Core([Load(FIRST, b"".join(pages))]).write(folder / "core")
    zswapbench.import_corpus(folder / "core", folder / "app.zpages")
    write_refs(folder / "app.refs", References("app", PAGE, {"form": "array"}, [touches()], [], 6_000))
    return folder


def touches() -> Any:
    random = np.random.default_rng(2)
    some = np.zeros(6_000, zswapbench.REFERENCE)
    some["page"] = FIRST // PAGE + (PAGES * random.random(len(some)) ** 3).astype(np.uint64)
    some["write"] = random.random(len(some)) < 0.3
    some["delta_us"] = 20
    return some


def form(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    for one in found.get("results", [found]):
        del one["timings"]
        one["inputs"]["references"] = ""
    return found


def test_machine_is_what_the_command_gives_of_a_file_and_of_an_array(program: Path, tmp_path: Path) -> None:
    corpus = program / "app.zpages"
    inputs: Any = (program / "app.refs", "--corpus", corpus, "--cost", COST, "--format", "json", *SETUPS)
    cases: Any = (
        (("--ram", "1MiB"), {"ram": "1MiB"}),
        (
            ("--ram", "8MiB", "--cgroup", "0:memory.max=1MiB"),
            {"ram": "8MiB", "cgroups": ["0:memory.max=1MiB"]},
        ),
        (("--sweep", "ram=1MiB,2MiB"), {"sweep": "ram=1MiB,2MiB"}),
    )
    for words, asked in cases:
        told = form(inside("machine", *inputs, *words).out)
        for references in (program / "app.refs", touches()):
            result: Any = zswapbench.machine(references, SETUPS, corpus=corpus, cost=[COST], **asked)
            assert form(zswapbench.make_report(result, tmp_path / "a.json")) == told
            assert zswapbench.read_results(tmp_path / "a.json") == result
            assert zswapbench.check(result, tmp_path / "a.json").passed
            assert "<html" in zswapbench.make_report(result, form="html")
            assert "app.refs" in repr(result) or "array" in repr(result)
            assert "<table>" in result._repr_html_()


def test_frames_have_a_row_for_each_set_up(program: Path) -> None:
    refs, corpus, setups = program / "app.refs", program / "app.zpages", ["disk", "zram,lz4,disksize=40KiB"]
    one = zswapbench.machine(refs, setups, corpus=corpus, ram="1MiB", cost=COST)
    frame: Any = one.to_pandas()
    assert frame.index.tolist() == ["disk", "zram,lz4,disksize=40KiB"]
    assert frame.loc["disk", "slowdown"] > 1
    assert np.isnan(frame.loc["zram,lz4,disksize=40KiB", "slowdown"])
    again = zswapbench.machine(touches(), ["zswap,lz4"], corpus=corpus, ram="1MiB", cost=COST, gained=True)
    assert isinstance(again, zswapbench.MachineResult)
    assert [one.disk for one in again.gained] == ["disk,ssd"]
    swept = zswapbench.machine(refs, ["disk"], corpus=corpus, sweep="ram=1MiB,2MiB")
    assert swept.to_pandas().index.names == ["ram", "label"]
    assert swept.to_pandas().index.tolist() == [(1 << 20, "disk"), (2 << 20, "disk")]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"setups": "disk"}, "setups is 'disk'; give a list of text"),
        ({"setups": []}, "setups is empty"),
        ({"corpus": np.zeros((1, 4096), np.uint8)}, "pages, which have no addresses"),
        ({"reclaim": "mglur"}, "no way of reclaim is called 'mglur'; did you mean mglru?"),
        ({"references": np.zeros(3)}, "not an array of zswapbench.REFERENCE"),
        ({"ram": ""}, "how much memory the machine has is not known"),
        ({"sweep": "ram=1MiB..2MiB"}, "give one of them"),
        ({"interval": "2ns"}, "an array of references has that already"),
        ({"gained": True, "sweep": "ram=1MiB,2MiB", "ram": ""}, "do not go together"),
        ({"gained": True, "references": "-"}, "a pipe can be read once"),
        ({"page_cluster": "3"}, "page_cluster is '3', not a whole number"),
        ({"cpus": 4}, "cpus is 4; give 1 to 3"),
        ({"min_free_kbytes": -1}, "min_free_kbytes is -1; give 0 or more"),
        ({"watermark_scale_factor": 0}, "watermark_scale_factor is 0; give 1 to 3,000"),
        ({"work": "usul"}, "no work costs are called 'usul'"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(asked: dict[str, Any], message: str, program: Path) -> None:
    given: dict[str, Any] = {
        "references": touches(),
        "setups": ["disk"],
        "corpus": program / "app.zpages",
        "ram": "1MiB",
        **asked,
    }
    references, setups = given.pop("references"), given.pop("setups")
    with pytest.raises(UsageError) as caught:
        zswapbench.machine(references, setups, **given)
    assert message in str(caught.value)
