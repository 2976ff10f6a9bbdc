"""Recordings: known by their content, read line by line, and every line accounted for."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.traces.recorded import GOLDEN, SAMPLES, STORED, golden, reading
from zswapbench.common.errors import TraceError
from zswapbench.traces import text
from zswapbench.traces.recording import FORMS, Account, Recording
from zswapbench.traces.records import Kind

MISSED = "    redis-server-134     [000] .....    65.3: st: (zswap_store+0x4/0xc70) type=0\n"
OTHER = "    redis-server-139     [000] d....    46.769553: page_fault_user: address=0x7f58 ip=0x56 error_code=0x4\n"
CUT_PAGE = STORED[: STORED.index("type=")]


def account_of(told: str | bytes) -> Account:
    """What became of the lines of a recording."""
    data = told.encode() if isinstance(told, str) else told
    recording = Recording("recorded.txt", io.BytesIO(data))
    list(recording.records())
    return recording.account


def error_of(told: str | bytes) -> str:
    """The one line that says why this is no recording."""
    with pytest.raises(TraceError) as raised:
        account_of(told)
    assert raised.value.exit_code == 3
    assert str(raised.value).startswith("recorded.txt: ")
    assert "\n" not in str(raised.value)
    return raised.value.problem


@pytest.mark.parametrize("name", [leaf.name for leaf in FORMS.leaves()])
def test_each_form_is_known_by_its_content_and_tells_the_same(name: str) -> None:
    recording = Recording("recorded.txt", io.BytesIO(SAMPLES[name].encode()))
    records = np.concatenate(list(recording.records()))
    assert recording.account.form == name
    assert recording.account.records == 3
    assert recording.account.lines == SAMPLES[name].count("\n")
    assert recording.account.skipped == recording.account.lines - 3
    assert recording.account.unread == 0
    assert records["kind"].tolist() == [Kind.OUT, Kind.STORE, Kind.STORED]
    assert records["time_ns"].tolist() == [65234246000, 65234249000, 65234251000]
    assert records["thread"].tolist() == [134] * 3
    assert records["offset"].tolist() == [6125, 6125, 0]
    assert records["index"].tolist() == [0x7FB2AEA5C, 0x7FB2AEA5C, 0]
    assert records["returned"].tolist() == [0, 0, 1]
    assert records["order"].tolist() == [0] * 3


@pytest.mark.parametrize(
    ("line", "thread", "cpu"),
    [
        ("  kworker/u4:1 [x] y-31    [003] d..2.    7.000001: iv: (a) off=1 type=0", 31, 3),
        ("  sh-12    (     11) [001] .....     7.000001: iv: (a) off=1 type=0", 12, 1),
        ("  sh-12    (-------) [001] .....     7.000001: iv: (a) off=1 type=0", 12, 1),
        ("          <idle>-0     [011] d.h1.     7.000001: iv: (a) off=1 type=0", 0, 11),
        ("    Web Content 77/78 [002]     7.000001:          1 probe:ziv: (ffff) val=1", 78, 2),
        ("    perf 130     7.000001: probe:ziv: (ffff) val=0x1", 130, 0),
    ],
)
def test_a_line_is_read_whatever_its_thread_is_called(line: str, thread: int, cpu: int) -> None:
    told = SAMPLES["perf" if "probe" in line else "ftrace"] + line + "\n"
    records = np.concatenate(list(Recording("-", io.BytesIO(told.encode())).records()))
    last = records[-1]
    assert (last["kind"], last["offset"], last["time_ns"]) == (Kind.INVALIDATE, 1, 7_000_001_000)
    assert (last["thread"], last["cpu"]) == (thread, cpu)


def test_a_swap_entry_is_taken_apart() -> None:
    entry = 3 << 58 | 0x1234
    line = f"   sh 12 [000]     7.5: probe:zst: (ffff) val={entry:#x} idx=-1\n"
    (records,) = Recording("-", io.BytesIO(line.encode())).records()
    assert (records[0]["swap_type"], records[0]["offset"], records[0]["index"]) == (3, 0x1234, 2**64 - 1)


@pytest.mark.parametrize(
    ("flags", "order"), [("fl=0x4d ord=4", 4), ("fl=0xd ord=44", 0), ("ord=4", 4), ("fl=0x4d", 0)]
)
def test_the_order_counts_only_where_the_flags_say_that_the_folio_is_large(flags: str, order: int) -> None:
    line = f"    sh-134     [000] .....    65.2: so: (swap_writeout+0x4/0x340) off=6125 type=0 {flags}\n"
    (records,) = Recording("-", io.BytesIO(line.encode())).records()
    assert records[0]["order"] == order


def test_all_lines_are_accounted_for_by_what_became_of_them() -> None:
    told = (
        "# tracer: nop\n#\n"
        + STORED
        + OTHER
        + MISSED
        + "CPU:0 [LOST 12 EVENTS]\nbroken\n\n"
        + "  sh-1  [000] ..... 65.4: tracing_mark_write: zswapbench recording: kprobes, kernel 7.3.4+deb13-amd64\n"
    )
    account = account_of(told)
    assert account.lines == told.count("\n")
    assert (account.records, account.others, account.cut, account.unread) == (3, 1, 1, 1)
    assert (account.remarks, account.lost) == (4, 12)
    assert account.first_unread == "broken"
    assert account.kernel == "7.3.4"
    assert account.writeout
    assert not account.frontswap


def test_a_last_line_that_does_not_end_was_cut() -> None:
    assert account_of(STORED).cut == 0
    account = account_of(STORED + CUT_PAGE.splitlines()[0])
    assert (account.records, account.cut, account.lines) == (3, 1, 4)


def test_events_that_were_overwritten_before_they_were_read_are_lost() -> None:
    head = "# tracer: nop\n# entries-in-buffer/entries-written: 3/1003   #P:1\n"
    assert account_of(head + STORED).lost == 1000


def test_events_that_the_head_promises_and_the_text_has_not_are_lost() -> None:
    head = "# tracer: nop\n# entries-in-buffer/entries-written: 5/5   #P:1\n"
    assert account_of(head + STORED).lost == 2


def test_more_events_than_the_head_says_are_no_single_recording() -> None:
    head = "# tracer: nop\n# entries-in-buffer/entries-written: 3/3   #P:1\n"
    assert "has 4 events, and its head says 3" in error_of(head + STORED + OTHER)


@pytest.mark.parametrize(
    ("form", "line", "lost"),
    [
        ("trace-cmd", "CPU:0 [12 EVENTS DROPPED]\n", 12),
        ("perf", "            perf  130 [000]    12.3: PERF_RECORD_LOST lost 3\n", 3),
        ("bpftrace", "Lost 7 events\n", 7),
    ],
)
def test_what_each_tracer_says_that_it_lost_is_counted(form: str, line: str, lost: int) -> None:
    account = account_of(SAMPLES[form] + line)
    assert (account.lost, account.unread, account.others) == (lost, 0, 0)


@pytest.mark.parametrize("size", [1000, 4096, 65536])
def test_blocks_of_any_size_give_the_same_records(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = golden("7.3")
    whole = np.concatenate(list(Recording("-", io.BytesIO(data)).records()))
    monkeypatch.setattr(text, "BLOCK", size)
    parts = list(
        Recording(
            "-", io.BytesIO(zstandard.ZstdDecompressor().decompressobj().decompress(data)[:400_000])
        ).records()
    )
    assert len(parts) > 5
    some = np.concatenate(parts)
    assert np.array_equal(some, whole[: len(some)])


@pytest.mark.parametrize(
    ("name", "form", "records", "remarks"),
    [
        ("perf.7.3", "perf", 300, 0),
        ("trace-cmd.6.12", "trace-cmd", 399, 1),
        ("bpftrace.6.12", "bpftrace", 397, 3),
    ],
)
def test_a_real_recording_by_each_tracer_is_read(name: str, form: str, records: int, remarks: int) -> None:
    account = account_of((GOLDEN / f"{name}.txt.zst").read_bytes())
    assert (account.form, account.records, account.remarks) == (form, records, remarks)
    assert account.skipped == remarks


def test_a_real_recording_says_its_kernel() -> None:
    assert account_of(golden("6.12")).kernel == "6.12.117"


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ("", "is empty"),
        ("hello\n", "is no recording that is known here; these are: "),
        (OTHER, "has no event of swap: ftrace, 1 lines, of these 1 of other events, 0 cut"),
        (MISSED, "has no event of swap: ftrace, 1 lines, of these 0 of other events, 1 cut"),
        ("# tracer: nop\nfoo\n", "the first being 'foo'"),
        (
            "time,event\n1,st\n",
            "is a recording in csv, but its columns are time, event; it needs offset or entry",
        ),
        ("time,time_ns,event,entry\n1,1,st,1\n", "it needs one of time, time_ns, time_us, time_ms"),
        (
            "Attaching 2 probes...\nst 1\n",
            "is a recording in bpftrace, but its columns are not named; it needs",
        ),
        ("offset,type\n1,0\n", "it needs one of time, time_ns, time_us, time_ms, and event"),
        (
            zlib.compress(STORED.encode(), wbits=31),
            "is packed; unpack it on the way: zcat FILE | zswapbench trace import -",
        ),
        (zstandard.compress(STORED.encode())[:-4], "is packed with zstd and ends before its packing does"),
        (zstandard.compress(STORED.encode())[:20] + b"x" * 400, "is packed with zstd but damaged"),
        (STORED.encode() + b"\0" * 200_000, "has a line of more than 65536 bytes: it is not only text"),
    ],
)
def test_what_is_no_recording_is_told_in_one_line(told: str | bytes, problem: str) -> None:
    assert problem in error_of(told)


def test_a_row_of_a_table_that_lacks_a_column_is_cut_and_one_of_another_event_is_another() -> None:
    account = account_of(SAMPLES["csv"] + "st;66.0;1\nfault;66.1;1;0;1;0;\nst;x;1;0;1;0;\nst;66.2;;0;1;0;\n")
    assert (account.records, account.cut, account.others, account.unread) == (3, 2, 1, 1)


def test_the_last_row_of_a_table_needs_no_newline_but_bpftraces_does() -> None:
    account = account_of("time,event,offset\n1,store,5\n2,load,5")
    assert (account.records, account.cut, account.lines) == (2, 0, 3)
    account = account_of("time,event,offset\n1,store,5\n2,lo")
    assert (account.records, account.cut, account.lines) == (1, 1, 3)
    account = account_of(SAMPLES["bpftrace"].rstrip("\n"))
    assert (account.records, account.cut) == (2, 1)


def test_events_may_be_written_in_capitals() -> None:
    account = account_of("time,event,offset\n1,STORE,5\n2,LOAD,5\n3,INVALIDATE,5\n4,Store,5\n")
    assert (account.records, account.others) == (3, 1)


def test_columns_that_are_not_known_are_passed_over() -> None:
    (records,) = Recording("-", io.BytesIO(b"comm,time_us,event,note,offset\nsh,5,store,x y,7\n")).records()
    assert (records[0]["time_ns"], records[0]["kind"], records[0]["offset"]) == (5000, Kind.STORE, 7)


@pytest.mark.parametrize("number", [str(2**64 + 5), "9" * 20, "1" * 21, "0x1" + "0" * 15 + "5"])
def test_a_number_of_more_than_64_bits_is_none(number: str) -> None:
    table = f"time,event,offset\n1,store,{number}\n2,store,{2**64 - 1}\n3,store,0xffffffffffffffff\n"
    account = account_of(table)
    assert (account.records, account.cut) == (2, 1)


def test_a_table_may_begin_with_the_mark_of_utf_8() -> None:
    account = account_of("\ufefftime,event,offset\r\n1,store,5\r\n")
    assert (account.form, account.records, account.remarks, account.unread) == ("csv", 1, 1, 0)


def hostile() -> Iterator[str]:
    """Pieces of lines."""
    yield from (
        "[000]",
        "1.5:",
        "so:",
        "off=",
        "off=1",
        "=",
        "0x",
        ")",
        "(",
        "-",
        "\n",
        ",",
        "st",
        " ",
        "\r",
        "#",
        "9" * 30,
    )


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from([*hostile()]) | st.binary(max_size=8).map(lambda one: one.decode("latin1")),
        max_size=40,
    )
)
@pytest.mark.parametrize("name", [leaf.name for leaf in FORMS.leaves()])
def test_no_text_breaks_a_reader(name: str, pieces: list[str]) -> None:
    told = SAMPLES[name].encode() + "".join(pieces).encode("latin1") + b"\n"
    account = account_of(told)
    assert account.records + account.skipped <= account.lines == told.count(b"\n")
    assert reading(told).recording.account.form == name
