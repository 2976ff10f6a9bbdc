"""From records to events: order, partners, folios, and the counters of real kernels."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.traces.recorded import GOLDEN, KERNELS, SAMPLES, STORED, golden, grown, reading
from zswapbench.common.errors import TraceError, UsageError
from zswapbench.traces import swaps as swaps_
from zswapbench.traces import text
from zswapbench.traces.event import Op
from zswapbench.traces.swaps import UNTOLD, Reading, Swaps, version_of_kernel

HEADER = "time,pid,event,offset,order,index,result,cpu,type\n"


def rows(*told: tuple[float | str, int, str, object, object]) -> str:
    """A table: time, thread, event, offset and result of each."""
    return HEADER + "".join(
        f"{at},{pid},{event},{offset},,,{result},0,0\n" for at, pid, event, offset, result in told
    )


def events_of(of: Reading) -> list[tuple[int, int, int]]:
    """Operation, offset and delta_us of each event."""
    return [
        (int(one["op"]), int(one["offset"]), int(one["delta_us"]))
        for some in of.swaps()
        for one in some.events
    ]


def only(of: Reading) -> Swaps:
    """The events of a short recording, which come at its end."""
    *before, last = of.swaps()
    assert not any(len(some.events) for some in before)
    return last


def told_by(of: Reading) -> dict[str, int]:
    """Its counters, once it is read."""
    list(of.swaps())
    return of.counters()


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_recording_agrees_with_the_counters_of_its_kernel(kernel: str) -> None:
    found = told_by(reading(golden(kernel)))
    assert {name: found[name] for name in grown(kernel)} == grown(kernel)
    written_back = dict(line.split(":") for line in (GOLDEN / kernel / "zswap.end").read_text().splitlines())
    assert found["zswpwb"] == int(written_back["written_back_pages"])


@pytest.mark.parametrize("kernel", KERNELS)
def test_each_swap_out_swap_in_and_freed_slot_is_an_event(kernel: str) -> None:
    plain = zstandard.ZstdDecompressor().decompressobj().decompress(golden(kernel))
    counts = {name: plain.count(b" %s: (" % name) for name in (b"so", b"si", b"iv")}
    events = np.concatenate([some.events for some in reading(golden(kernel)).swaps()])
    events = events[events["op"] != Op.WORK]
    assert [int(np.count_nonzero(events["op"] == op)) for op in (1, 2, 3)] == [*counts.values()]
    slots = re.findall(rb" (?:so|si|iv): \(.*?\boff=(\d+)", plain.replace(b"type=0 ", b""))
    assert events["offset"].tolist() == [int(slot) for slot in slots]


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_time_from_the_first_event_to_the_last_is_that_of_the_recording(kernel: str) -> None:
    plain = zstandard.ZstdDecompressor().decompressobj().decompress(golden(kernel))
    times = [int(one[1] + one[2]) for one in re.finditer(rb" (\d+)\.(\d{6}): (?:so|si|iv): ", plain)]
    events = np.concatenate([some.events for some in reading(golden(kernel)).swaps()])
    assert int(events["delta_us"].sum()) == times[-1] - times[0]
    assert events["delta_us"][0] == 0


@pytest.mark.parametrize(("kept", "block"), [(500, 20_000), (3000, 100_000)])
def test_where_the_text_is_cut_into_pieces_changes_nothing(
    kept: int, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = reading(golden("7.3"))
    expected = np.concatenate([some.events for some in whole.swaps()])
    monkeypatch.setattr(swaps_, "KEPT", kept)
    monkeypatch.setattr(text, "BLOCK", block)
    pieces = reading(golden("7.3"))
    parts = [some.events for some in pieces.swaps()]
    assert len(parts) > 50
    assert np.array_equal(np.concatenate(parts), expected)
    assert pieces.counters() == whole.counters()


def test_threads_that_swap_at_the_same_time_are_told_apart() -> None:
    of = reading(
        rows(
            *((1.0, 1, "so", 10, ""), (1.1, 2, "so", 20, ""), (1.2, 1, "st", 10, ""), (1.3, 2, "st", 20, "")),
            *((1.4, 2, "str", "", 1), (1.5, 1, "str", "", 0), (1.6, 1, "wd", 10, ""), (1.7, 2, "wd", 30, "")),
        )
    )
    assert [event[:2] for event in events_of(of) if event[0] != Op.WORK] == [(Op.STORE, 10), (Op.STORE, 20)]
    assert of.counters() == {"zswpout": 1, "pswpout": 2, "zswpwb": 1, "swpout_zero": 0}


def test_a_page_that_zswap_is_not_asked_about_is_one_of_zeros() -> None:
    of = reading(rows((1, 1, "so", 1, ""), (2, 1, "so", 2, ""), (3, 1, "st", 2, ""), (4, 1, "str", "", 1)))
    some = only(of)
    assert some.events["offset"].tolist() == [1, 2]
    assert some.zeros.tolist() == [True, False]
    assert of.counters()["swpout_zero"] == 1


def test_a_page_that_goes_to_the_device_without_zswap_is_no_page_of_zeros() -> None:
    of = reading(rows((1, 1, "so", 1, ""), (2, 1, "wd", 1, ""), (3, 1, "st", 2, "")), "6.12")
    some = only(of)
    assert some.zeros.tolist() == [False, False]
    assert of.counters() == {"pswpout": 1, "zswpwb": 0, "swpout_zero": 0}


def test_a_slot_that_was_given_up_before_it_was_written_was_not_stored() -> None:
    of = reading(
        rows(
            (1, 1, "st", 9, ""),
            (2, 1, "so", 1, ""),
            (3, 1, "iv", 1, ""),
            (4, 1, "so", 2, ""),
            (5, 1, "st", 2, ""),
        ),
        "6.12",
    )
    assert [event[:2] for event in events_of(of)] == [(Op.STORE, 9), (Op.INVALIDATE, 1), (Op.STORE, 2)]
    assert of.counters()["swpout_zero"] == 0


def test_a_recording_of_zswap_alone_tells_stores_and_loads() -> None:
    of = reading(rows((1, 1, "st", 1, ""), (2, 1, "str", "", 1), (3, 1, "ld", 1, ""), (4, 1, "ldr", "", 1)))
    assert [event[:2] for event in events_of(of)] == [(Op.STORE, 1), (Op.LOAD, 1)]
    assert of.counters() == {"zswpout": 1, "zswpin": 1}


@pytest.mark.parametrize(
    ("kernel", "results", "counters"),
    [
        ("6.1", (0, 0), {"zswpout": 1, "zswpin": 1}),
        ("6.1", (-12, -1), {"zswpout": 0, "zswpin": 0}),
        ("6.12", (1, 1), {"zswpout": 1, "zswpin": 1}),
        ("6.12", (0, 0), {"zswpout": 0, "zswpin": 0}),
        ("7.3", (1, 0), {"zswpout": 1, "zswpin": 1}),
        ("7.3", (0, -2), {"zswpout": 0, "zswpin": 0}),
        ("", (1, 0), {"zswpout": 1}),
        ("", (0, 0), {}),
        ("", (1, -2), {"zswpout": 1, "zswpin": 0}),
    ],
)
def test_what_a_function_returns_means_what_it_means_in_that_kernel(
    kernel: str, results: tuple[int, int], counters: dict[str, int]
) -> None:
    stored, loaded = results
    told = rows(
        (1, 1, "st", 1, ""), (2, 1, "str", "", stored), (3, 1, "ld", 1, ""), (4, 1, "ldr", "", loaded)
    )
    assert told_by(reading(told, kernel)) == counters


def test_a_large_folio_is_stored_page_by_page() -> None:
    of = reading(
        HEADER + "1,1,so,64,2,1000,,3,1\n1.5,1,st,64,2,1000,,3,1\n1.6,1,str,,,,1,3,1\n2,1,si,66,0,0,,3,1\n"
    )
    some = only(of)
    events = some.events
    assert events["op"].tolist() == [1, 1, 1, 1, 2]
    assert events["offset"].tolist() == [64, 65, 66, 67, 66]
    assert events["delta_us"].tolist() == [0, 0, 0, 0, 1_000_000]
    assert set(events["swap_type"].tolist()) == {1}
    assert set(events["cpu"].tolist()) == {3}
    assert some.index.tolist() == [1000, 1001, 1002, 1003, UNTOLD]
    assert of.counters()["zswpout"] == 4


def test_records_a_little_out_of_order_are_put_in_order_and_counted() -> None:
    of = reading(rows((2.0, 1, "st", 1, ""), (1.9, 2, "ld", 2, ""), (2.5, 1, "iv", 1, "")))
    assert events_of(of) == [(Op.LOAD, 2, 0), (Op.STORE, 1, 100_000), (Op.INVALIDATE, 1, 500_000)]
    assert of.left_out()["events out of order, put in the order of time"] == 1


def test_a_time_that_goes_far_back_is_another_recording() -> None:
    of = reading(rows((90, 1, "st", 1, ""), (12.5, 1, "st", 1, "")))
    with pytest.raises(
        TraceError, match=r"goes back from 90\.000000 s to 12\.500000 s: more than one recording"
    ):
        list(of.swaps())


def test_slots_that_no_trace_can_hold_are_left_out_and_counted() -> None:
    told = (
        HEADER
        + "1,1,st,4294967296,0,,,0,0\n2,1,st,4294967295,0,,,0,31\n3,1,st,1,0,,,0,32\n4,1,st,1,11,,,0,0\n"
    )
    of = reading(told)
    assert events_of(of) == [(Op.STORE, 2**32 - 1, 0)]
    assert of.left_out()["events about slots that no trace can hold"] == 3


@pytest.mark.parametrize(
    "row",
    [
        "1,1,st,5,0,,,0,256",  # a swap type and an order whose low byte could be real ones
        "1,1,st,5,256,,,0,0",
        f"1,1,st,{2**32 - 8},4,,,0,0",  # a folio that goes beyond the last slot
    ],
)
def test_a_number_that_is_too_large_is_not_taken_for_a_smaller_one(row: str) -> None:
    of = reading(HEADER + row + "\n")
    assert events_of(of) == []
    assert of.left_out()["events about slots that no trace can hold"] == 1


@pytest.mark.parametrize(
    ("told", "given", "problem"),
    [
        (STORED, "6.12", "is after 6.12, since it has swap_writeout"),
        (
            STORED.replace("zswap_store", "zswap_frontswap_store"),
            "6.6",
            "is before 6.6, since it has frontswap",
        ),
    ],
)
def test_a_kernel_that_has_other_functions_than_the_recorded_is_refused(
    told: str, given: str, problem: str
) -> None:
    with pytest.raises(UsageError, match=f"--kernel {given}: .* {problem}; leave it out"):
        list(reading(told, given).swaps())


def test_a_pause_that_no_event_can_tell_is_shortened_and_counted() -> None:
    of = reading(rows((0, 1, "st", 1, ""), (5000, 1, "ld", 1, "")))
    assert events_of(of)[1] == (Op.LOAD, 1, 2**32 - 1)
    assert of.left_out()["pauses of more than 71 minutes, shortened to that"] == 1


@pytest.mark.parametrize(
    ("told", "given", "kernel"),
    [
        (STORED, "", "after 6.12"),
        (STORED, "7.3", "7.3"),
        (STORED.replace("swap_writeout", "swap_writepage"), "", "6.6 or later"),
        (STORED.replace("zswap_store", "zswap_frontswap_store"), "", "before 6.6"),
    ],
)
def test_the_origin_says_kernel_form_and_lines(told: str, given: str, kernel: str) -> None:
    of = reading(told, given)
    list(of.swaps())
    assert of.origin() == f"kernel {kernel}, ftrace text, 3 lines, 0 skipped"


@pytest.mark.parametrize(
    ("given", "kernel"),
    [("", "7.3 (its script's)"), ("6.18", "6.18"), ("7.1.2-cloud-amd64", "7.1.2-cloud-amd64")],
)
def test_the_kernel_that_is_given_wins_over_the_one_that_the_script_is_for(given: str, kernel: str) -> None:
    of = reading(SAMPLES["bpftrace"], given)
    list(of.swaps())
    assert of.origin().startswith(f"kernel {kernel}, bpftrace text, ")


def test_a_kernel_that_is_given_and_not_the_one_that_uname_told_is_refused() -> None:
    told = f"cat-1 [000] 1.000001: tracing_mark_write: zswapbench recording: kprobes, kernel 7.3.4\n{STORED}"
    with pytest.raises(UsageError, match=r"--kernel 7\.2: .* is 7\.3\.4, as it says itself; leave it out"):
        list(reading(told, "7.2").swaps())
    same = reading(told, "7.3")
    list(same.swaps())
    assert same.kernel == "7.3.4"


def test_the_origin_says_what_the_tracer_lost() -> None:
    of = reading("CPU:0 [LOST 1234 EVENTS]\n" + STORED)
    list(of.swaps())
    assert of.origin().endswith("4 lines, 1 skipped, 1,234 events lost")


@pytest.mark.parametrize("told", ["new", "6", "-1", "six.one"])
def test_what_is_no_version_of_a_kernel_is_refused(told: str) -> None:
    with pytest.raises(UsageError, match="is no version of a kernel"):
        version_of_kernel(told)


PROBES = ("so", "st", "str", "wd", "si", "ld", "ldr", "iv")


def conserved(told: Iterable[tuple[int, str, int, int]]) -> None:
    """Each swap-out, swap-in and free that was recorded is one event, unless it is part of another or given up."""
    lines = [
        (1 + number / 1e6, pid, event, offset, result)
        for number, (pid, event, offset, result) in enumerate(told)
    ]
    of = reading(rows((1, 0, "st", 99, ""), *lines))
    found = events_of(of)
    counts = {name: sum(line[2] == name for line in lines) for name in PROBES}
    stores, loads, invalidates = (sum(event[0] == op for event in found) for op in (1, 2, 3))
    assert invalidates == counts["iv"]
    assert max(counts["si"], counts["ld"]) <= loads <= counts["si"] + counts["ld"]
    assert counts["st"] + 1 <= stores + counts["iv"] <= counts["so"] + counts["st"] + counts["iv"] + 1
    assert of.counters().get("pswpout", 0) == counts["wd"]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 2), st.sampled_from(PROBES), st.integers(0, 1), st.integers(-1, 1)),
        max_size=40,
    )
)
def test_records_in_any_order_make_no_event_that_was_not(told: list[tuple[int, str, int, int]]) -> None:
    conserved(told)
