# ruff: noqa: E501  lines of other tools are as long as they are
"""Text of other tools -> references: what each line means, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import zstandard
from numpy.typing import NDArray

from tests.traces.references.reading import read
from zswapbench.common.errors import TraceError
from zswapbench.traces.references.importer import Wish
from zswapbench.traces.references.importing import importers, open_references

LACKEY = """==1== Lackey, an example Valgrind tool
==1==
I  0401ab70,3
 S 1fff000d08,8
 L 1fff000ffc,8
 M 1fff002000,4
hello
"""

DRMEMTRACE = """Output format:
<--record#-> <--instr#->: <---tid---> <record details>
------------------------------------------------------------
           1           0:     3054847 <marker: version 6>
           6           0:     3054847 <marker: timestamp 13319413770947383>
           7           1:     3054847 ifetch       3 byte(s) @ 0x0000000000401026 48 89 e7             mov    %rsp -> %rdi
           8           1:     3054847 write        8 byte(s) @ 0x00007ffe8f4d6bd8 by PC 0x0000000000401026
           9           1:     3054847 <marker: timestamp 13319413770947393>
          10           1:     3054847 pref-r-L1    1 byte(s) @ 0x0000000000999000 by PC 0x0000000000401026
          10           2:     3054847                                                 00 00
------------------------------------------------------------
          11           2:     3054848 read         8 byte(s) @ 0x00007ffe8f4d6ffc by PC 0x0000000000401029
View tool results:
              2 : total instructions
"""

DRMEMTRACE_9 = """T4711 <marker: timestamp 13270239527782712>
T4711 <marker: tid 4711 on core 0>
T4711   0x0000000000401026  48 c7 44 24 08 00 00 mov    $0x00000000, 0x08(%rsp)
T4711                       00 00
T4711     write 8 byte(s) @ 0x7ffe8f4d6bd8
------------------------------------------------------------
T4712 <marker: timestamp 13270239527782722>
T4712     read  8 byte(s) @ 0x7ffe8f4d6ffc
"""

DRMEMTRACE_993 = """Output format:
<record#>: T<tid> <record details>
------------------------------------------------------------
        1: T4711 <marker: timestamp 13309323446399692>
   173369: T4711 ifetch       3 byte(s) @ 0x0000000000401026 f3 48 a5             rep movsq
   173370: T4711 write        8 byte(s) @ 0x00007ffe8f4d6bd8 by PC 0x0000000000401026
   173371: T4712 <marker: timestamp 13309323446399702>
   173372: T4712 read         8 byte(s) @ 0x00007ffe8f4d6ffc by PC 0x0000000000401026
"""

DRMEMTRACE_11 = """           5           0:       W0.T3 <marker: timestamp 1002>
           6           0:       W0.T3 <marker: W0.T3 on core 2>
           7           1:       W0.T3 ifetch       4 byte(s) @ 0x0000000000401026 non-branch
           8           1:       W0.T3 write        8 byte(s) @ 0x00007ffe8f4d6bd8 by PC 0x0000000000401026
           9           1:       W0.T4 <marker: timestamp 1012>
          10           1:       W0.T4 read         8 byte(s) @ 0x00007ffe8f4d6ffc by PC 0x0000000000401026
          11           1:       W0.T4 <thread W0.T4 exited>
"""

FAULTS = """            sort   248 [000]   109.628696: exceptions:page_fault_user: address=0x7f32cc31fb70 ip=0x7f32cc31fb70 error_code=0x14
      Web Content   248 [001]   109.628837: exceptions:page_fault_user: address=0x7f32cc320770 ip=0x7f32cc320770 error_code=0x7
"""

PERF_MEM = """  app  100/101  [002]  5.000001:     57 cpu/mem-loads,ldlat=30/P:     7f0000001008 68100142 |OP LOAD|LVL L1 hit| 401000 main (/bin/app)
  app  100/101  [002]  5.000003:      1 cpu/mem-stores/P:     7f0000002010 5080184 |OP STORE|LVL L1 hit| 401004 main (/bin/app)
"""

SAMPLES = """         sqlite3   255   113.610099: page-faults:     561a2f77b640 stdin ffffffff952dc700 rep_stos_alternative
         sqlite3   255   113.611544: page-faults:     7f83fded1110 dl_close_state.2 ffffffff952dc700 rep_stos_alternative
"""

DAMO = """base_time_absolute: 53.638 s

monitoring_start:                0 ns
monitoring_end:            100.000 ms
monitoring_duration:       100.000 ms
target_id: 0
nr_regions: 3
# start_addr     end_addr        length  nr_accesses   age
000000400000-000000410000 (  64.000 KiB)           5     1
000000410000-000000420000 (  64.000 KiB)           0     5
000000420000-000000421000 (   4.000 KiB)          20     0
"""

AGGREGATED = """       kdamond.0-262     [000] .....   143.301226: damon_aggregated: target_id=0 nr_regions=2 4194304-4259840: 5 1
       kdamond.0-262     [000] .....   143.301227: damon_aggregated: target_id=0 nr_regions=2 4325376-4329472: 20 0
       kdamond.0-262     [000] .....   143.401226: damon_aggregated: target_id=0 nr_regions=2 4194304-4259840: 0 1
"""


def touches(references: NDArray[np.void]) -> list[tuple[int, bool]]:
    """Pages and whether they were written to."""
    return [(int(one["page"]), bool(one["write"])) for one in references]


def test_lackey_tells_fetches_loads_stores_and_modifies_and_an_access_may_touch_two_pages(
    tmp_path: Path,
) -> None:
    form, found, told = read(tmp_path / "a", LACKEY)
    assert form == "lackey"
    assert touches(found) == [(0x401A, False), (0x1FFF000, True), (0x1FFF001, False), (0x1FFF002, True)]
    assert told == ["1 line of 7 with no touch of lackey"]


def test_lackey_waits_where_its_text_says_so(tmp_path: Path) -> None:
    text = " L 1000,4\n**17** waits 2500000 us\n L 2000,4\n L 3000,4\n**17** waits 7 us\n L 1000,4\n"
    _, found, told = read(tmp_path / "a", text, Wish(interval_ps=1_000_000))
    assert found["delta_us"].tolist() == [0, 2_500_001, 1, 8]
    assert told == ["2 waits of 2.500 s in all"]
    with open_references(tmp_path / "a", Wish(interval_ps=350)) as references:
        assert references.provenance["clock"] == "assumed: 0.35 ns for each, and waits that the text tells of"


@pytest.mark.parametrize(
    "line",
    [
        "**17** waits 5 s",
        "**17** waits us",
        "** waits 5 us",
        "**17** hello",
        "**17** waits 5 us!",
        "**1** waits 4294967296 us",
    ],
)
def test_what_else_is_printed_into_the_log_of_lackey_is_passed_over(tmp_path: Path, line: str) -> None:
    _, found, told = read(tmp_path / "a", f" L 1000,4\n{line}\n L 2000,4\n", Wish(interval_ps=1_000_000))
    assert found["delta_us"].tolist() == [0, 1]
    assert told == ["1 line of 3 with no touch of lackey"]


@pytest.mark.parametrize("text", [DRMEMTRACE, DRMEMTRACE_9, DRMEMTRACE_993, DRMEMTRACE_11])
def test_drmemtrace_of_any_version_has_a_clock_of_microseconds_and_passes_over_what_is_no_touch(
    tmp_path: Path, text: str
) -> None:
    form, found, told = read(tmp_path / "a", text)
    assert form == "drmemtrace"
    assert touches(found) == [(0x401, False), (0x7FFE8F4D6, True), (0x7FFE8F4D7, False)]
    assert found["delta_us"].tolist() == [0, 0, 10]
    assert told == (["1 line of 14 with no touch of drmemtrace"] if text is DRMEMTRACE else [])


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (DRMEMTRACE, "947393", "947373"),
        (PERF_MEM, "5.000003", "4.000003"),
        (FAULTS, "109.628837", "9.628837"),
    ],
)
def test_a_clock_that_goes_back_stands_still_and_is_told(
    tmp_path: Path, text: str, old: str, new: str
) -> None:
    _, found, told = read(tmp_path / "a", text.replace(old, new))
    assert not found["delta_us"].any()
    assert told[-1] == "its clock goes back 1 time, and stands still there"


def test_two_programs_in_one_drmemtrace_are_told_apart(tmp_path: Path) -> None:
    text = DRMEMTRACE_11 + DRMEMTRACE_11.replace("W0", "W1").replace("7ffe", "7ffd").replace(" 10", " 20")
    with pytest.raises(TraceError, match=r"line 8 is of process 1, and lines before are of 0"):
        read(tmp_path / "a", text)
    found = read(tmp_path / "a", text, Wish(process=1))[1]
    assert touches(found) == [(0x401, False), (0x7FFD8F4D6, True), (0x7FFD8F4D7, False)]


@pytest.mark.parametrize("cut", ["rea", "write", "read  8", "write 8 byte(s)", "ifetch 4 byte(s) @ 0x"])
def test_a_line_of_drmemtrace_that_was_cut_tells_of_no_touch(tmp_path: Path, cut: str) -> None:
    _, found, _ = read(tmp_path / "a", f"{DRMEMTRACE_9}T4711     {cut}")
    assert len(found) == 3


def test_page_faults_say_by_their_error_code_whether_they_write(tmp_path: Path) -> None:
    form, found, _ = read(tmp_path / "a", FAULTS)
    assert form == "perf"
    assert touches(found) == [(0x7F32CC31F, False), (0x7F32CC320, True)]
    assert found["delta_us"].tolist() == [0, 141]


def test_perf_mem_says_loads_and_stores(tmp_path: Path) -> None:
    form, found, _ = read(tmp_path / "a", PERF_MEM)
    assert form == "perf"
    assert touches(found) == [(0x7F0000001, False), (0x7F0000002, True)]


@pytest.mark.parametrize(
    "text",
    [
        "  app 100 [020] 122.463754:    1    l1d-miss:   8688000842 |OP LOAD|LVL L3 hit|BLK  N/A   aaaac17c3e88 [unknown] (/app)\n",
        "  app 100 [020] 122.463754:   57 cycles:u:     7f32cc31fb70 main+0x10 (/bin/app)\n",
        "  app 100 [020] 122.463754: probe:zst: (ffffffff8892abc4) val=1 idx=17592186044414\n",
    ],
)
def test_the_address_of_code_or_the_source_of_data_is_not_taken_for_an_address_of_data(
    tmp_path: Path, text: str
) -> None:
    with pytest.raises(TraceError, match="holds no references of a known form"):
        read(tmp_path / "a", text)
    found, told = read(tmp_path / "a", PERF_MEM + text)[1:]
    assert len(found) == 2
    assert told == ["1 line of 3 with no touch of perf"]


def test_columns_of_perf_may_be_apart_by_tabs_and_what_was_lost_is_told(tmp_path: Path) -> None:
    text = """chromium 46572 [002] 544966.882384:      10000 \tcpu_core/MEM_LOADS/: 7ffdf1391b0c     10268100142 |OP LOAD|LVL L1 hit 5 7fad7c47425d [unknown] (/x)
chromium 46572 [002] 544966.882390: PERF_RECORD_LOST lost 12
chromium 46572 [002] 544966.882394: 7ffdf1392b0c
"""
    _, found, told = read(tmp_path / "a", text.rpartition("chromium")[0])
    assert touches(found) == [(0x7FFDF1391, False)]
    assert told == ["the tracer lost 12 events"]


def test_samples_with_an_address_and_no_more_are_drawn_as_reads_or_writes(tmp_path: Path) -> None:
    assert touches(read(tmp_path / "a", SAMPLES)[1]) == [(0x561A2F77B, False), (0x7F83FDED1, False)]
    found = read(tmp_path / "a", SAMPLES, Wish(writes=1))[1]
    assert touches(found) == [(0x561A2F77B, True), (0x7F83FDED1, True)]


@pytest.mark.parametrize("text", [DAMO, AGGREGATED])
def test_each_page_of_a_region_is_touched_as_often_as_damon_counted(tmp_path: Path, text: str) -> None:
    _, found, _ = read(tmp_path / "a", text)
    pages, counts = np.unique(found["page"], return_counts=True)
    assert pages.tolist() == [*range(0x400, 0x410), 0x420]
    assert counts.tolist() == [5] * 16 + [20]
    assert int(found["delta_us"].sum()) == 95_000
    with open_references(tmp_path / "a", Wish()) as references:
        assert "drawn" in references.provenance["touches"]


def test_the_same_counts_give_the_same_touches_and_the_share_of_writes_that_was_asked_for(
    tmp_path: Path,
) -> None:
    first = read(tmp_path / "a", DAMO, Wish(writes=0.4))[1]
    assert np.array_equal(first, read(tmp_path / "b", DAMO, Wish(writes=0.4))[1])
    numbers = np.arange(100_000, dtype="<u8").tobytes()
    assert 0.39 < read(tmp_path / "c", numbers, Wish(writes=0.4))[1]["write"].mean() < 0.41


def test_page_numbers_are_references_one_by_one_at_the_interval_given(tmp_path: Path) -> None:
    numbers = np.array([5, 5, 6, 1 << 51, 6], "<u8").tobytes()
    form, found, _ = read(tmp_path / "a", numbers, Wish(writes=0, interval_ps=2_000_000))
    assert form == "page-numbers"
    assert found["page"].tolist() == [5, 6, 1 << 51, 6]
    assert found["delta_us"].tolist() == [0, 4, 2, 2]


def test_an_interval_may_be_less_than_a_nanosecond(tmp_path: Path) -> None:
    numbers = (np.arange(10_000, dtype="<u8") % 7).tobytes()
    found = read(tmp_path / "a", numbers, Wish(writes=0, interval_ps=350))[1]
    assert int(found["delta_us"].sum()) == 3
    with open_references(tmp_path / "a", Wish(interval_ps=350)) as references:
        assert references.provenance["clock"] == "assumed: 0.35 ns for each"


def test_touches_of_one_page_in_a_row_become_one_that_writes_if_any_did(tmp_path: Path) -> None:
    text = " L 1000,4\n L 1ffc,4\n S 1000,1\n L 1000,4\n L 2000,4\n L 1000,4\n"
    assert touches(read(tmp_path / "a", text)[1]) == [(1, True), (2, False), (1, False)]


def test_a_text_may_be_packed_with_zstd_and_lines_may_be_cut_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = read(tmp_path / "a", LACKEY)[1]
    monkeypatch.setattr("zswapbench.traces.references.importing._PIECE", 7)
    assert np.array_equal(read(tmp_path / "b", zstandard.compress(LACKEY.encode()))[1], plain)


def test_two_processes_in_one_text_are_told_apart_when_one_is_named(tmp_path: Path) -> None:
    text = FAULTS + FAULTS.replace(" 248 ", " 249 ").replace("7f32cc", "7f99cc")
    with pytest.raises(TraceError, match=r"line 3 is of process 249, and lines before are of 248.*--process"):
        read(tmp_path / "a", text)
    assert {page >> 12 for page, _ in touches(read(tmp_path / "a", text, Wish(process=249))[1])} == {0x7F99CC}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"hello, world\n", "holds no references of a known form"),
        (b"", "holds no references of a known form"),
        (
            b" 0.000 ( 0.000 ms): sqlite3/216 minfault [_start+0x0] => /x.so@0x1ab70 (d.)\n",
            "offsets into files",
        ),
        (b"PERFILE2" + bytes(100), "is perf's own form"),
        (b"zswaptrc" + bytes(100), "is a trace of swap events"),
        (b"zswaprfs" + bytes(10), "ends within its header"),
        (np.array([7, 8], "<u8").tobytes() + b"abc", "ends with 3 bytes that are no whole page number"),
        (np.array([7] * 600 + [1 << 60], "<u8").tobytes(), "word 601 is 0x1000000000000000, no page number"),
        (DAMO.rpartition("\n0")[0].encode(), "ends within a snapshot, after 2 of its regions"),
        (zstandard.compress(LACKEY.encode())[:-5], "ends before its packing does|damaged"),
        (b" L 1000,4\n" + b"x" * 200_000, "line 2 is longer than 65536 bytes"),
        (b"==1== lackey\n L 1000,4\n".replace(b"L", b"Q"), "holds no references"),
    ],
)
def test_what_is_no_stream_of_references_is_refused_in_one_line(
    tmp_path: Path, data: bytes, problem: str
) -> None:
    with pytest.raises(TraceError, match=problem) as caught:
        read(tmp_path / "a", data)
    assert "\n" not in str(caught.value)


def test_every_importer_has_a_name_and_says_what_makes_its_text() -> None:
    names = [one.name for one in importers()]
    assert names == [
        "damo",
        "damo-access",
        "damon-aggregated",
        "damon-data",
        "drmemtrace",
        "lackey",
        "perf",
        "page-numbers",
    ]
    assert all(one.help for one in importers())
