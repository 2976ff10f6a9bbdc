"""From a recording to a trace: which page each store gets, and what the trace says of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.dumps.elfwriter import Core, Load
from tests.making import PAGE, make_export, pages_of, random_page, text_page
from tests.traces.recorded import KERNELS, golden, grown
from zswapbench.common.errors import CorpusError, TraceError
from zswapbench.common.progress import silent
from zswapbench.corpus.importing import Wish, import_dumps
from zswapbench.corpus.reading import Corpus
from zswapbench.runs.importing import Imported, import_recording
from zswapbench.traces.event import Op
from zswapbench.traces.format import Trace, read_trace
from zswapbench.traces.synth import origin_of

FIRST = 0x7F0000000
"""The number of the corpus's first virtual page. Its pages: text, zeros, random, text again, and one far away."""

PAGES = [text_page(1), bytes(PAGE), random_page(2), text_page(3)]
FAR = 0x7F0001000

HEADER = "time,pid,event,offset,index,result\n"
"""Three stores: by index, by snapshot or dealt, and of zeros."""

RECORDED = (
    HEADER
    + f"1,1,so,10,{FIRST + 2},\n1,1,st,10,{FIRST + 2},\n1,1,str,,,1\n"
    + "2,1,so,11,77,\n2,1,st,11,77,\n2,1,str,,,1\n"
    + f"3,1,so,12,{FIRST},\n3,1,si,99,0,\n"
)

SNAPSHOT = f"vpn_hex,state,swap_type,swap_offset_or_pfn\n{FAR:x},swapped,0,11\n{FIRST:x},swapped,0,10\n5,swapped,0,12\n"


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with app.zpages, recorded.csv, and pagemap.csv."""
    folder = tmp_path_factory.mktemp("importing")
    loads = [Load(FIRST * PAGE, b"".join(PAGES)), Load(FAR * PAGE, text_page(4))]
    Core(loads).write(folder / "core.1")
    import_dumps([folder / "core.1"], folder / "app.zpages", Wish(), silent)
    (folder / "recorded.csv").write_text(RECORDED)
    (folder / "pagemap.csv").write_text(SNAPSHOT)
    return folder


def imported(
    ground: Path, output: Path, *snapshots: Path, recording: str = "recorded.csv"
) -> tuple[Imported, Trace]:
    """What was made, and the trace."""
    made = import_recording(ground / recording, output, ground / "app.zpages", snapshots, "", silent)
    return made, read_trace(output)


def stored(ground: Path, trace: Trace) -> list[bytes]:
    """The content of each page that is stored."""
    with Corpus(ground / "app.zpages") as corpus:
        pages = corpus.pages()
    events = trace.events[trace.events["op"] == int(Op.STORE)]
    return [pages[number].tobytes() for number in events["page"]]


def test_each_store_gets_the_page_that_the_recording_can_tell(ground: Path, tmp_path: Path) -> None:
    made, trace = imported(ground, tmp_path / "a.trace.bin", ground / "pagemap.csv")
    assert made.ways == {"zero": 1, "index": 1, "pagemap": 1, "dealt": 0}
    assert stored(ground, trace) == [random_page(2), text_page(4), bytes(PAGE)]
    assert made.events == len(trace.events) == 4
    assert made.counters == {"zswpout": 2, "swpout_zero": 1, "swpin_zero": 1}


def test_without_a_snapshot_the_rest_is_dealt_by_offset_and_the_trace_says_so(
    ground: Path, tmp_path: Path
) -> None:
    made, trace = imported(ground, tmp_path / "a.trace.bin.zst")
    assert made.ways == {"zero": 1, "index": 1, "pagemap": 0, "dealt": 1}
    everything = [*filter(any, PAGES), text_page(4)]
    assert stored(ground, trace) == [random_page(2), everything[11 % 4], bytes(PAGE)]
    told = "recorded: kernel 6.6 or later, csv text, 9 lines, 1 skipped; contents of 1 of 3 stores dealt by offset"
    assert origin_of(trace) == told
    assert f"recorded: {made.origin}" == told


@pytest.mark.parametrize(("kernel", "dealt"), [("6.12", 1), ("6.1", 0)])
def test_a_page_that_was_cleared_after_it_was_stored_is_no_page_of_zeros_where_zswap_gets_none(
    ground: Path, tmp_path: Path, kernel: str, dealt: int
) -> None:
    asked = f"1,1,so,10,{FIRST + 1},\n1,1,st,10,{FIRST + 1},\n1,1,str,,,{int(kernel == '6.12')}\n"
    (tmp_path / "a.csv").write_text(HEADER + asked)
    made = import_recording(
        tmp_path / "a.csv", tmp_path / "a.trace.bin", ground / "app.zpages", [], kernel, silent
    )
    assert made.ways["dealt"] == dealt
    (page,) = stored(ground, read_trace(tmp_path / "a.trace.bin"))
    assert any(page) == bool(dealt)


def test_a_trace_whose_contents_are_all_dealt_says_that_it_does_not_have_the_recorded_pages(
    ground: Path, tmp_path: Path
) -> None:
    (tmp_path / "bare.csv").write_text("time_us,event,offset\n1,store,3\n2,load,3\n")
    made, trace = imported(ground, tmp_path / "a.trace.bin", recording=str(tmp_path / "bare.csv"))
    assert made.ways["dealt"] == 1
    assert origin_of(trace).endswith("; contents dealt by offset: not the recorded pages")


def test_an_earlier_snapshot_goes_before_a_later_one(ground: Path, tmp_path: Path) -> None:
    later = tmp_path / "later.csv"
    later.write_text(SNAPSHOT.replace(f"{FAR:x}", f"{FIRST + 3:x}"))
    _, trace = imported(ground, tmp_path / "a.trace.bin", ground / "pagemap.csv", later)
    assert stored(ground, trace)[1] == text_page(4)
    _, trace = imported(ground, tmp_path / "b.trace.bin", later, ground / "pagemap.csv")
    assert stored(ground, trace)[1] == text_page(3)


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_trace_of_a_real_recording_keeps_what_the_kernel_counted(
    ground: Path, tmp_path: Path, kernel: str
) -> None:
    (tmp_path / "trace.txt.zst").write_bytes(golden(kernel))
    made, trace = imported(ground, tmp_path / "a.trace.bin", recording=str(tmp_path / "trace.txt.zst"))
    assert trace.provenance["counters"] == made.counters
    assert {name: made.counters[name] for name in grown(kernel)} == grown(kernel)
    loads = int(np.count_nonzero(trace.events["op"] == int(Op.LOAD)))
    assert loads == sum(made.counters.get(name, 0) for name in ("zswpin", "pswpin", "swpin_zero"))
    stores = int(np.count_nonzero(trace.events["op"] == int(Op.STORE)))
    kept = made.counters["pswpout"] - made.counters["zswpwb"]
    assert stores == made.counters["zswpout"] + kept + made.counters.get("swpout_zero", 0)
    assert set(trace.provenance["left_out"]) == {"lines that tracers write around events"}


def test_an_export_has_no_addresses_so_all_is_dealt(ground: Path, tmp_path: Path) -> None:
    pages = pages_of(text_page(1), text_page(2))
    export = make_export(tmp_path / "app.zpages", pages, {"lz4": np.array([9, 9], np.uint32)})
    made = import_recording(ground / "recorded.csv", tmp_path / "a.trace.bin", export, [], "", silent)
    assert made.ways == {"zero": 0, "index": 0, "pagemap": 0, "dealt": 3}


def test_nothing_is_left_of_an_import_that_failed(ground: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text(RECORDED + "0,1,st,1,,\n")
    with pytest.raises(TraceError, match="goes back"):
        imported(ground, tmp_path / "a.trace.bin", recording=str(tmp_path / "bad.csv"))
    assert [path.name for path in tmp_path.iterdir()] == ["bad.csv"]


def test_a_recording_of_which_no_event_can_be_taken_makes_no_trace(ground: Path, tmp_path: Path) -> None:
    (tmp_path / "far.csv").write_text(f"time,event,offset\n1,store,{1 << 32}\n2,load,{1 << 32}\n")
    with pytest.raises(TraceError, match=r"can hold; .*events about slots that no trace can hold: 2$"):
        imported(ground, tmp_path / "a.trace.bin", recording=str(tmp_path / "far.csv"))
    assert [path.name for path in tmp_path.iterdir()] == ["far.csv"]


def test_what_is_no_corpus_is_told(ground: Path, tmp_path: Path) -> None:
    with pytest.raises(CorpusError):
        import_recording(ground / "recorded.csv", tmp_path / "a.trace.bin", ground / "core.1", [], "", silent)
