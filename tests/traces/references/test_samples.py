"""What DAMON, damo and perf wrote of running kernels: see tests/golden/README.md."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import numpy as np
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.traces.references.reading import read
from zswapbench.common.errors import TraceError
from zswapbench.traces.references.importer import Wish

GOLDEN = Path(__file__).parents[2] / "golden" / "references"
LINES = re.compile(rb"damon_aggregated: target_id=0 nr_regions=(\d+) (\d+)-(\d+): (\d+)")


def sample(name: str) -> tuple[str, NDArray[np.void], list[str]]:
    return read(GOLDEN / name)


def plain(name: str) -> bytes:
    data = (GOLDEN / name).read_bytes()
    return data if name.endswith(".data") else zstandard.ZstdDecompressor().decompressobj().decompress(data)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("damo_report_raw.6.12.txt.zst", "damo"),
        ("damo_report_access_raw_number.6.12.txt.zst", "damo-access"),
        ("damo_report_raw.7.3.txt.zst", "damo"),
    ],
)
def test_a_record_gives_the_same_touches_whoever_printed_it(name: str, form: str) -> None:
    kernel = "6.12" if "6.12" in name else "7.3"
    recorded, expected, _ = sample(f"damon.{kernel}.data")
    printed, found, told = sample(name)
    assert (recorded, printed, told) == ("damon-data", form, [])
    assert np.array_equal(found[["page", "write"]], expected[["page", "write"]])
    # damo report raw rounds to us, and what is above a second to ms.
    assert np.abs(np.cumsum(found["delta_us"], dtype=np.int64) - np.cumsum(expected["delta_us"])).max() < 1001


@pytest.mark.parametrize("kernel", ["6.12", "7.3"])
def test_the_tracepoint_gives_each_page_as_many_touches_as_it_counts(kernel: str) -> None:
    name = f"damon_aggregated.{kernel}.trace.txt.zst"
    form, found, told = sample(name)
    assert (form, told) == ("damon-aggregated", [])
    counted: dict[int, int] = {}
    for _, first, stop, accesses in LINES.findall(plain(name)):
        for page in range(int(first) >> 12, int(stop) >> 12) if int(accesses) else ():
            counted[page] = counted.get(page, 0) + int(accesses)
    pages, touches = np.unique(found["page"], return_counts=True)
    # A page that is alone in its interval and in the next becomes one reference.
    assert pages.tolist() == sorted(counted)
    assert len(found) <= sum(counted.values())
    assert all(touches <= [counted[page] for page in pages])
    assert len(found) > 0.99 * sum(counted.values())


def test_lost_events_cost_the_snapshots_that_lack_them_and_are_told(tmp_path: Path) -> None:
    lines = plain("damon_aggregated.7.3.trace.txt.zst").splitlines(keepends=True)
    regions = int(LINES.search(lines[0])[1])  # type: ignore[index]
    lines[3:5] = [b"CPU:0 [LOST 2 EVENTS]\n"]
    _, found, told = read(tmp_path / "a", b"".join(lines))
    _, expected, _ = read(tmp_path / "b", b"".join(lines[regions - 1 :]))
    assert told == ["the tracer lost 2 events", "1 snapshot left out: of these some regions are missing"]
    assert np.array_equal(found["page"], expected["page"])


def test_page_faults_are_all_read_and_those_that_write_write() -> None:
    text = plain("page_fault_user.7.3.txt.zst").decode()
    faults = re.findall(r"address=0x([0-9a-f]+) .*error_code=0x([0-9a-f]+)", text)
    form, found, told = sample("page_fault_user.7.3.txt.zst")
    assert (form, told) == ("perf", [])
    expected = [(int(address, 16) >> 12, bool(int(code, 16) & 2)) for address, code in faults]
    joined = [one for i, one in enumerate(expected) if not i or one[0] != expected[i - 1][0]]
    assert [int(page) for page in found["page"]] == [page for page, _ in joined]
    assert bool(found["write"].any())


def test_samples_with_addresses_are_all_read() -> None:
    lines = plain("page_faults_d.7.3.txt.zst").decode().splitlines()
    form, found, told = sample("page_faults_d.7.3.txt.zst")
    assert (form, told) == ("perf", [])
    pages = [int(line.split("page-faults:")[1].split()[0], 16) >> 12 for line in lines]
    assert found["page"].tolist() == [page for i, page in enumerate(pages) if not i or page != pages[i - 1]]


def test_offsets_into_files_are_no_addresses() -> None:
    with pytest.raises(TraceError, match=r"perf trace -F.*offsets into files.*perf script"):
        sample("perf_trace_F.7.3.txt.zst")


@pytest.mark.parametrize("level", [0, 1, 9])
def test_a_record_may_be_packed_by_zlib_at_any_level_or_be_plain_json(tmp_path: Path, level: int) -> None:
    text = zlib.decompress((GOLDEN / "damon.7.3.data").read_bytes())
    expected = sample("damon.7.3.data")[1]
    assert np.array_equal(read(tmp_path / "a", text)[1], expected)
    assert np.array_equal(read(tmp_path / "b", zlib.compress(text, level))[1], expected)


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        ("damon.7.3.data", b"", b"!", "goes on behind the end of its packing"),
        ("damo_report_access_raw_number.6.12.txt.zst", b"size 4096 ", b"size 8192 ", "and says 739,876,864"),
        ("damo_report_access_raw_number.6.12.txt.zst", b"total size", b"total", "without its total size"),
        (
            "damo_report_access_raw_number.6.12.txt.zst",
            b"intervals:",
            b"times:",
            "does not say its intervals",
        ),
        (
            "damo_report_access_raw_number.6.12.txt.zst",
            b"access 120.0",
            b"access 99999.0",
            "has 10,000 accesses",
        ),
    ],
)
def test_a_record_that_does_not_add_up_is_refused(
    tmp_path: Path, name: str, old: bytes, new: bytes, problem: str
) -> None:
    data = plain(name)
    changed = data.replace(old, new) if old else data + new
    with pytest.raises(TraceError, match=problem):
        read(tmp_path / "a", changed)


def test_a_record_that_was_cut_is_refused(tmp_path: Path) -> None:
    data = (GOLDEN / "damon.7.3.data").read_bytes()
    with pytest.raises(TraceError, match="ends before its packing does"):
        read(tmp_path / "a", data[:-1])
    with pytest.raises(TraceError, match="packed with zlib but damaged"):
        read(tmp_path / "a", data[:-1] + bytes([data[-1] ^ 255]))
    with pytest.raises(TraceError, match="ends within its list of records"):
        read(tmp_path / "a", zlib.decompress(data)[:-2])
    with pytest.raises(TraceError, match="a region lacks its start"):
        read(tmp_path / "a", zlib.decompress(data).replace(b'"start":', b'"begin":'))


def test_targets_of_a_record_are_told_apart(tmp_path: Path) -> None:
    text = zlib.decompress((GOLDEN / "damon.7.3.data").read_bytes()).rstrip()
    other = text.replace(b'"target_id": 0', b'"target_id": 1')
    both = text[:-2] + b",\n" + other[2:]
    expected = sample("damon.7.3.data")[1]
    with pytest.raises(
        TraceError, match=r"is of process 1, and lines before are of 0; name one with --process"
    ):
        read(tmp_path / "a", both)
    assert np.array_equal(read(tmp_path / "a", both, Wish(process=1))[1]["page"], expected["page"])


SAMPLES = [path.name for path in sorted(GOLDEN.iterdir())]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_was_cut_or_damaged_is_read_or_refused_in_one_line(tmp_path: Path, data: st.DataObject) -> None:
    text = plain(data.draw(st.sampled_from(SAMPLES)))[:40_000]
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(st.binary(max_size=6)) + text[at + data.draw(st.integers(0, 300)) :]
    try:
        read(tmp_path / "a", text)
    except TraceError as error:
        assert "\n" not in str(error)
