"""``trace import-refs`` and ``trace from-refs``: from what valgrind wrote to a trace that can be replayed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.cli.running import environment, inside
from tests.dumps.elfwriter import Core, Load
from tests.making import PAGE, random_page, text_page
from zswapbench.corpus.reading import Corpus
from zswapbench.traces.event import Op
from zswapbench.traces.format import read_trace
from zswapbench.traces.references.importer import Wish
from zswapbench.traces.references.importing import open_references

LACKEY = Path(__file__).parents[1] / "traces" / "references" / "files" / "lackey.sort.txt.zst"
"""40,000 lines of ``sort`` under valgrind 3.19; see the README beside it."""

DAMON = Path(__file__).parents[1] / "golden" / "references" / "damon.6.12.data"


@pytest.fixture(scope="module")
def written() -> list[int]:
    """The pages that LACKEY writes to, ascending."""
    with open_references(LACKEY, Wish()) as found:
        return sorted({int(page) for some in found.batches for page in some["page"][some["write"] == 1]})


@pytest.fixture
def core(tmp_path: Path, written: list[int]) -> Path:
    """A core that has these pages: half of them text, half of them random."""
    loads = [
        Load(page * PAGE, text_page(number) if number % 2 else random_page(number))
        for number, page in enumerate(written)
    ]
    return Core(loads).write(tmp_path / "core")


def test_a_trace_stores_what_the_core_has_at_the_very_address(
    core: Path, tmp_path: Path, written: list[int]
) -> None:
    done = inside(
        "trace", "from-refs", LACKEY, "--core", core, "--ram", "16K", "-o", tmp_path / "a.trace.bin"
    )
    assert done.code == 0, done.err
    trace = read_trace(tmp_path / "a.trace.bin")
    with Corpus(tmp_path / "a.zpages") as corpus:
        assert trace.corpus_digest == corpus.digest
        assert (corpus.vaddr >> np.uint64(12)).tolist() == written
    stored = set(trace.events["page"][trace.events["op"] == int(Op.STORE)].tolist())
    assert len(stored) > 4
    assert "of pages in the core" in done.err
    assert inside("trace", "check", tmp_path / "a.trace.bin").code == 0
    assert inside("run", tmp_path / "a.trace.bin", "--cost", "lzo=1us/1us").code == 0


def test_a_file_of_references_gives_the_trace_that_its_text_gives(core: Path, tmp_path: Path) -> None:
    assert inside("trace", "import-refs", LACKEY, "-o", tmp_path / "a.refs").code == 0
    ram = ("--ram", "16K", "--reclaim", "mglru", "--kernel", "7.3", "--page-cluster", "3")
    first = inside("trace", "from-refs", LACKEY, "--core", core, *ram, "-o", tmp_path / "a.trace.bin")
    corpus = tmp_path / "a.zpages"
    second = inside(
        "trace",
        "from-refs",
        tmp_path / "a.refs",
        "--corpus",
        corpus,
        *ram,
        "-o",
        tmp_path / "b.trace.bin.zst",
    )
    assert (first.code, second.code) == (0, 0), (first.err, second.err)
    one, other = read_trace(tmp_path / "a.trace.bin"), read_trace(tmp_path / "b.trace.bin.zst")
    assert np.array_equal(one.events, other.events)
    assert one.provenance == other.provenance


def test_references_for_memories_of_a_size_give_the_same_events_there_and_are_refused_below(
    core: Path, tmp_path: Path
) -> None:
    made = inside("trace", "import-refs", LACKEY, "-o", tmp_path / "whole.refs")
    assert made.code == 0, made.err
    words = (tmp_path / "whole.refs", "-o", tmp_path / "part.refs.zst", "--least-ram", "32K")
    done = inside("trace", "import-refs", *words)
    assert done.code == 0, done.err
    assert "left out: exact LRU in 8 page frames or more cannot tell" in done.err
    assert inside("corpus", "import", core, "-o", tmp_path / "a.zpages").code == 0
    found = []
    for name in ("whole.refs", "part.refs.zst"):
        output = tmp_path / f"{name}.trace.bin"
        ram = ("--corpus", tmp_path / "a.zpages", "--ram", "32K", "--reclaim", "lru", "-o", output)
        done = inside("trace", "from-refs", tmp_path / name, *ram)
        assert done.code == 0, done.err
        found.append(read_trace(output))
    assert "touches that exact LRU in 8 page frames or more cannot tell were left out" in done.err
    whole, part = found
    for field in ("op", "offset", "page"):
        assert np.array_equal(whole.events[field], part.events[field])
    assert part.provenance["derived"].startswith("reduced lackey references, ")
    less = ("--corpus", tmp_path / "a.zpages", "--ram", "16K", "-o", tmp_path / "b.trace.bin")
    done = inside("trace", "from-refs", tmp_path / "part.refs.zst", *less)
    assert (done.code, "4 page frames are fewer than the 8" in done.err) == (2, True)


@pytest.mark.parametrize("size", ["1K", "1TiB", "some"])
def test_a_least_ram_that_is_none_is_refused(tmp_path: Path, size: str) -> None:
    done = inside("trace", "import-refs", LACKEY, "-o", tmp_path / "a.refs", "--least-ram", size)
    assert (done.code, list(tmp_path.iterdir())) == (2, [])
    assert len(done.err.splitlines()) == 1


def test_a_trace_says_how_it_was_derived(core: Path, tmp_path: Path) -> None:
    made = inside(
        "trace", "from-refs", LACKEY, "--core", core, "--ram", "16K", "-o", tmp_path / "a.trace.bin"
    )
    assert made.code == 0, made.err
    shown = inside("trace", "info", tmp_path / "a.trace.bin").out
    assert "lackey references, two lists, 6.12, RAM 16 KiB" in shown
    assert "references_touches" in shown
    run = inside("run", tmp_path / "a.trace.bin", "--cost", "lzo=1us/1us", "--format", "json").out
    assert '"origin": "derived: lackey references, two lists, 6.12, RAM 16 KiB, assumed clock"' in run
    (tmp_path / "run.json").write_text(run)
    assert "assumed clock: nobody observed" in inside("report", tmp_path / "run.json", "-o", "-").out
    assert inside("trace", "slice", tmp_path / "a.trace.bin", "-o", tmp_path / "b.trace.bin").code == 0
    part = inside("run", tmp_path / "b.trace.bin", "--cost", "lzo=1us/1us").out
    assert "assumed clock: nobody observed" in part


def test_a_clock_that_was_observed_is_not_called_assumed(tmp_path: Path) -> None:
    with open_references(DAMON, Wish()) as found:
        pages = sorted({int(page) for some in found.batches for page in some["page"]})[:200]
    core = Core([Load(page * PAGE, text_page(page)) for page in pages]).write(tmp_path / "core")
    output = tmp_path / "a.trace.bin"
    assert inside("trace", "from-refs", DAMON, "--core", core, "--ram", "400K", "-o", output).code == 0
    assert "assumed" not in inside("run", output, "--cost", "lzo=1us/1us").out


@pytest.mark.parametrize("readahead", ["0", "3"])
def test_a_program_waits_for_each_page_that_it_swaps_in_and_does_the_same(
    core: Path, tmp_path: Path, readahead: str
) -> None:
    assert inside("corpus", "import", core, "-o", tmp_path / "a.zpages").code == 0
    traces, faults = [], set()
    for wait in ("0us", "1ms"):
        output = tmp_path / f"{wait}.trace.bin"
        ram = ("--ram", "16K", "--page-cluster", readahead, "--interval", "0ns", "--fault-wait", wait)
        done = inside("trace", "from-refs", LACKEY, "--corpus", tmp_path / "a.zpages", *ram, "-o", output)
        assert done.code == 0, done.err
        traces.append(read_trace(output).events)
        faults.add(int(done.err.split(" swapped in when touched")[0].split()[-1].replace(",", "")))
    never, waits = traces
    assert never["delta_us"].sum() == 0
    for field in ("op", "offset", "page"):
        assert np.array_equal(never[field], waits[field])
    (count,) = faults
    after_the_last = count * 1000 - int(waits["delta_us"].sum())
    assert count > 2
    assert after_the_last in {0, 1000}  # a wait behind the last event is of nobody


@pytest.mark.parametrize(
    ("given", "option", "problem"),
    [
        ("refs", ("--interval", "5ns"), "--interval: {0} is a file of references"),
        ("refs", ("--writes", "40%"), "--writes: {0} is a file of references"),
        ("refs", ("--process", "5"), "--process: {0} is a file of references"),
        ("lackey", ("--writes", "30%"), "--writes: {0} is lackey, of which that is no question"),
        ("lackey", ("--process", "5"), "--process: {0} is lackey, of which that is no question"),
        ("damon", ("--interval", "5ns"), "--interval: {0} is damon-data, of which that is no question"),
        ("lackey", ("--interval", "1000h"), "--interval 1000h: a reference takes 1s at most"),
    ],
)
def test_an_option_that_changes_nothing_is_refused(
    tmp_path: Path, given: str, option: tuple[str, str], problem: str
) -> None:
    path = {"refs": tmp_path / "a.refs", "lackey": LACKEY, "damon": DAMON}[given]
    assert inside("trace", "import-refs", LACKEY, "-o", tmp_path / "a.refs").code == 0
    done = inside("trace", "import-refs", path, *option, "-o", tmp_path / "b.refs")
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert problem.format(path) in done.err
    assert not (tmp_path / "b.refs").exists()


@pytest.mark.parametrize(
    ("options", "code", "problem"),
    [
        (["--ram", "1GiB"], 2, "nothing is swapped: the memory holds 262,144 pages"),
        (["--ram", "16K", "--swap", "0"], 2, "--swap: 0 bytes are 0 pages of 4096; give 1 to"),
        (["--ram", "1K"], 2, "--ram: 1024 bytes are 0 pages of 4096; give 1 to"),
        (
            ["--ram", "16K", "--swap", "8K"],
            2,
            "no page can leave, with 4 page frames and 2 swap slots, of which 2 are taken",
        ),
        (["--ram", "16K", "--kernel", "6.1"], 2, "reclaim's rules are known from kernel 6.12 on, not of 6.1"),
        (["--ram", "16K", "--writes", "200%"], 2, "--writes 200% is more than 100%"),
        (["--ram", "16K", "--page-cluster", "6"], 2, "6 is not in the range"),
        (["--ram", "16K", "--fault-wait", "1h"], 2, "--fault-wait: give 10s at most"),
    ],
)
def test_a_machine_that_cannot_be_is_refused_and_leaves_no_trace(
    core: Path, tmp_path: Path, options: list[str], code: int, problem: str
) -> None:
    output = tmp_path / "a.trace.bin"
    done = inside("trace", "from-refs", LACKEY, "--core", core, *options, "-o", output)
    assert done.code == code
    assert problem in done.err
    assert [path.name for path in tmp_path.iterdir()] == [
        "core"
    ]  # no trace, and no corpus in the way of the next try


def test_what_does_not_go_together_is_refused(core: Path, tmp_path: Path) -> None:
    other = Core([Load(0x10000, b"A" * PAGE)]).write(tmp_path / "other")
    output = ("-o", tmp_path / "a.trace.bin")
    done = inside("trace", "from-refs", LACKEY, "--core", other, "--ram", "16K", *output)
    assert (done.code, "none of its" in done.err) == (3, True)
    assert inside("trace", "from-refs", LACKEY, "--core", core, "--ram", "16K", *output).code == 0
    done = inside("trace", "from-refs", LACKEY, "--core", core, "--ram", "16K", *output)
    assert (done.code, "a.zpages: is there already" in done.err) == (2, True)
    done = inside("trace", "from-refs", LACKEY, "--core", core, "--ram", "16K", "-o", "/dev/null")
    assert (done.code, "no corpus can be made beside it" in done.err) == (2, True)
    done = inside("trace", "from-refs", LACKEY, "--ram", "16K", *output)
    assert (done.code, "give --core" in done.err) == (2, True)
    both = ("--core", core, "--corpus", tmp_path / "a.zpages")
    done = inside("trace", "from-refs", LACKEY, *both, "--ram", "16K", *output)
    assert (done.code, "--core and --corpus: give one of them" in done.err) == (2, True)
    assert inside("corpus", "import", core, core, "-o", tmp_path / "two.zpages").code == 0
    done = inside("trace", "from-refs", LACKEY, "--corpus", tmp_path / "two.zpages", "--ram", "16K", *output)
    assert (done.code, "twice: it is of several processes" in done.err) == (3, True)
    sizes = tmp_path / "sizes.zpages"
    assert inside("corpus", "sizes", tmp_path / "a.zpages", "--codec", "lzo", "-o", sizes).code == 0
    done = inside("trace", "from-refs", LACKEY, "--corpus", sizes, "--ram", "16K", *output)
    assert (done.code, "is an export, which has no addresses" in done.err) == (3, True)


def test_references_and_trace_may_go_through_pipes(core: Path, tmp_path: Path) -> None:
    assert inside("corpus", "import", core, "-o", tmp_path / "app.zpages").code == 0
    zswapbench = f"{sys.executable} -m zswapbench"
    line = (
        f"{zswapbench} trace import-refs - -o - < {LACKEY} | "
        f"{zswapbench} trace from-refs - --corpus app.zpages --ram 16K -o - > piped.trace.bin"
    )
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    plain = ("trace", "from-refs", LACKEY, "--corpus", tmp_path / "app.zpages", "--ram", "16K")
    assert inside(*plain, "-o", tmp_path / "plain.trace.bin").code == 0
    piped = read_trace(tmp_path / "piped.trace.bin")
    assert np.array_equal(piped.events, read_trace(tmp_path / "plain.trace.bin").events)


def test_a_record_of_damon_becomes_a_trace_that_says_its_touches_were_drawn(tmp_path: Path) -> None:
    with open_references(DAMON, Wish()) as found:
        pages = sorted({int(page) for some in found.batches for page in some["page"]})[:200]
    core = Core([Load(page * PAGE, text_page(page)) for page in pages]).write(tmp_path / "core")
    output = tmp_path / "a.trace.bin"
    done = inside("trace", "from-refs", DAMON, "--core", core, "--ram", "400K", "-o", output)
    assert done.code == 0, done.err
    assert inside("trace", "check", output).code == 0
    assert "drawn damon-data references, two lists, 6.12, RAM 400 KiB" in inside("trace", "info", output).out


def test_a_record_that_was_cut_is_bad_input_and_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "cut.data").write_bytes(DAMON.read_bytes()[:9000])
    done = inside("trace", "import-refs", tmp_path / "cut.data", "-o", tmp_path / "a.refs")
    assert done.code == 3
    assert (
        "cut.data: damon-data: is packed with zlib and ends before its packing does; copy it again"
        in done.err
    )
    assert len(done.err.splitlines()) == 1
    assert not (tmp_path / "a.refs").exists()


def test_a_file_of_references_is_no_trace_and_says_what_makes_one(tmp_path: Path) -> None:
    assert inside("trace", "import-refs", LACKEY, "-o", tmp_path / "a.refs").code == 0
    done = inside("run", tmp_path / "a.refs")
    assert (done.code, len(done.err.splitlines())) == (3, 1)
    assert "a.refs: offset 0: is a file of references; make a trace of it by 'trace from-refs'" in done.err
