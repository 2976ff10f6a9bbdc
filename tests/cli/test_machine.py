"""``machine``: set-ups side by side on one amount of RAM."""

from __future__ import annotations

import json
import platform
import re
from pathlib import Path

import numpy as np
import pytest

from tests.cli.machines import COSTS, found, machine
from tests.cli.running import inside, zswapbench
from tests.making import PAGE
from zswapbench.plugins.registry import SETUPS
from zswapbench.traces.refs import REFERENCE, References, opened, read_refs, write_refs

pytestmark = pytest.mark.usefixtures("own_cache")

PAID = (
    "cpu_compress_ns",
    "cpu_decompress_ns",
    "cpu_writeback_ns",
    "fault_work_ns",
    "list_work_ns",
    "device_wait_ns",
    "kswapd_wait_ns",
    "worker_wait_ns",
)
BY_KSWAPD = ("kswapd_compress_ns", "kswapd_writeback_ns", "kswapd_list_work_ns")


def test_set_ups_stand_side_by_side_and_the_best_is_named(program: Path) -> None:
    done = machine(
        program,
        "none",
        "disk,hdd",
        "zswap,lz4,nvme,max-pool-percent=40",
        "zram,lz4,disksize=8MiB",
        "--kernel",
        "6.12",
        ram="2112KiB",
    )
    assert done.code == 0, done.err
    assert done.out.startswith("Take zram,lz4,disksize=8MiB: it pays ")
    assert "zswap,lz4,nvme,max-pool-percent=40, the next" in done.out
    assert "references are one draw" in done.out
    assert "kswapd" in done.out


def test_each_set_up_pays_for_what_it_does_and_ram_is_never_exceeded(program: Path) -> None:
    result = found(program, "none", "disk,nvme", "zswap,lz4", "zram,lz4,disksize=8MiB", ram="2112KiB")
    none, disk, zswap, zram = result["setups"]
    assert none["counters"]["first_touches"] == none["metrics"]["faults"] > 800
    first_touches_ns = none["metrics"]["fault_work_ns"]
    assert first_touches_ns == none["counters"]["first_touches"] * 1_000
    assert (none["metrics"]["total_ns"], none["metrics"]["slowdown"]) == (first_touches_ns, 1)
    assert disk["counters"]["pool_pages_peak"] == 0 < disk["counters"]["device_reads"]
    assert zram["counters"]["device_reads"] == zram["counters"]["device_writes"] == 0
    assert zswap["counters"]["pool_pages_peak"] > 0 < zswap["counters"]["device_writes"]
    for one in (disk, zswap, zram):
        counters, metrics = one["counters"], one["metrics"]
        assert one["out_of_memory_at"] is None
        assert counters["most_used"] <= result["setting"]["ram_pages"] == 528
        assert counters["touches"] == 30_000 == none["counters"]["touches"]
        assert counters["first_touches"] == none["counters"]["first_touches"]
        assert sum(one["fault_waits"]) == metrics["faults"]
        trace_ns = metrics["trace_ns"]
        assert metrics["slowdown"] == pytest.approx(
            (trace_ns + metrics["total_ns"]) / (trace_ns + first_touches_ns)
        )
        assert metrics["total_ns"] == sum(metrics[name] for name in PAID)
        assert counters["pgsteal_kswapd"] > 0
        assert metrics["kswapd_cpu_ns"] == sum(metrics[name] for name in BY_KSWAPD)
        assert (
            0 < metrics["kswapd_cpu_ns"] + metrics["kswapd_device_wait_ns"] < trace_ns + metrics["total_ns"]
        )
        assert metrics["fault_p50_ns"] <= metrics["fault_p99_ns"] <= 1.04 * metrics["fault_max_ns"]
    assert "written_per_day" not in disk["metrics"]


def test_what_is_written_per_day_is_told_of_a_run_of_a_minute_or_more(program: Path, tmp_path: Path) -> None:
    (tmp_path / "app.zpages").symlink_to(program / "app.zpages")
    with opened(program / "app.refs") as source:
        some = np.concatenate([*read_refs(source).batches])
    for delta_us, told in ((1_900, False), (2_100, True)):
        some["delta_us"] = delta_us
        references = References("app", PAGE, {"form": "made"}, [some], [], len(some))
        write_refs(tmp_path / "app.refs", references)
        (disk,) = found(tmp_path, "disk")["setups"]
        trace_ns, written = disk["metrics"]["trace_ns"], disk["counters"]["device_writes"] * PAGE
        by_the_day = disk["metrics"].get("written_per_day")
        assert by_the_day == (pytest.approx(written * 86_400e9 / trace_ns) if told else None)
        assert written > 0


def test_zram_beside_a_disk_tells_what_is_where(program: Path) -> None:
    words = ("zram+disk,lz4,disksize=100KiB,nvme", "zram+disk,lz4,disksize=8MiB", "zram,lz4,disksize=8MiB")
    small, ample, alone = found(program, *words)["setups"]
    counters = small["counters"]
    assert 0 < counters["zram_pages"] <= 24 < counters["disk_pages"]
    assert counters["swapped_out"] == counters["zram_writes"] + counters["device_writes"]
    assert counters["faults_major"] == counters["zram_reads"] + counters["device_reads"]
    assert (
        small["setting"]["swap_slots"] - 24 == ample["setting"]["swap_slots"] - alone["setting"]["swap_slots"]
    )
    assert ample["counters"] == alone["counters"]
    assert ample["metrics"] == alone["metrics"]
    assert ample["setting"]["device"]["name"] == "ssd"


def test_zswap_before_a_zram_tells_what_each_did(program: Path) -> None:
    words = ("zswap+zram,lz4,max-pool-percent=5,zram-codec=zstd,disksize=8MiB", "zram,zstd,disksize=8MiB")
    both, alone = found(program, *words)["setups"]
    counters = both["counters"]
    assert counters["compressed"] > 0 < counters["zram_writes"]
    assert counters["device_reads"] == counters["device_writes"] == 0
    refused = counters["refused"] + counters["failed_writebacks"]
    rejected = counters["swapped_out"] + counters["refused"] - counters["compressed"]
    assert counters["zram_writes"] == rejected + counters["written_back"] - refused
    assert both["setting"]["codec"].startswith("lz4")
    assert both["setting"]["zram_codec"] == alone["setting"]["codec"]
    assert both["setting"]["swap_slots"] == alone["setting"]["swap_slots"]
    done = machine(program, *words)
    assert "; zram with codec zstd" in done.out


def test_the_shrinker_of_a_zswap_before_a_zram_has_more_written_back(program: Path) -> None:
    words = "zswap+zram,lz4,max-pool-percent=40,zram-codec=zstd,disksize=8MiB"
    off, on = found(program, words, f"{words},shrinker=1")["setups"]
    assert [one["setting"]["shrinker_enabled"] for one in (off, on)] == [False, True]
    assert on["counters"]["written_back"] > off["counters"]["written_back"]
    assert on["counters"]["most_used"] <= 512


def test_the_same_run_gives_the_same_bytes_but_for_the_timings(program: Path) -> None:
    words = ("disk", "zswap,zstd", "zram,zstd,disksize=8MiB", "--reclaim", "mglru", "--page-cluster", "3")
    one, other = found(program, *words), found(program, *words)
    del one["timings"], other["timings"]
    assert one == other


def test_zram_is_looked_after_and_its_device_is_written_to(program: Path) -> None:
    words = (
        "zram,lz4,disksize=8MiB,recomp-algorithm=zstd,recompress=huge,backing=emmc,writeback=huge,every=50ms"
    )
    result = found(program, "zram,lz4,disksize=8MiB", words)
    alone, kept = (setup["counters"] for setup in result["setups"])
    times = result["setups"][1]["metrics"]
    assert alone["upkeep_rounds"] == alone["bd_writes"] == 0 < kept["upkeep_rounds"]
    assert 0 < kept["bd_count"] <= kept["bd_writes"] == kept["device_writes"]
    assert kept["bd_reads"] == kept["device_reads"] > 0
    waits = (
        "cpu_compress",
        "cpu_decompress",
        "fault_work",
        "list_work",
        "device_wait",
        "kswapd_wait",
        "worker_wait",
    )
    assert times["total_ns"] == sum(times[f"{name}_ns"] for name in waits)
    assert times["worker_ns"] >= times["cpu_recompress_ns"] > 0
    assert result["setups"][1]["setting"]["backing_dev"]["name"] == "emmc"


def test_zram_beside_a_disk_is_looked_after_and_both_devices_count(program: Path) -> None:
    upkeep = "recomp-algorithm=zstd,recompress=huge,backing=emmc,writeback=huge,every=50ms"
    one = found(program, f"zram+disk,lz4,disksize=400KiB,nvme,{upkeep}")["setups"][0]
    counters, setting = one["counters"], one["setting"]
    assert 0 < counters["bd_writes"] < counters["device_writes"]
    assert 0 < counters["bd_reads"] < counters["device_reads"]
    assert (
        counters["swapped_out"] == counters["zram_writes"] + counters["device_writes"] - counters["bd_writes"]
    )
    assert one["series"]["device_writes"][-1] == counters["device_writes"]
    assert (setting["device"]["name"], setting["backing_dev"]["name"]) == ("nvme", "emmc")
    done = machine(program, "zram+disk,lz4,writeback=huge")
    assert (done.code, "writeback without backing" in done.err) == (2, True)


def test_out_of_memory_is_a_result(program: Path) -> None:
    result = found(program, "zram,lz4,disksize=40KiB", "disk")
    died = result["setups"][0]
    assert died["out_of_memory_at"] == died["counters"]["touches"] < 30_000
    done = machine(program, "zram,lz4,disksize=40KiB", "disk")
    assert done.code == 0
    assert done.out.startswith("Out of memory: zram,lz4,disksize=40KiB. ")
    assert f"out of memory at touch {died['out_of_memory_at']:,}" in done.out


def test_a_disk_has_the_faults_of_from_refs_in_the_frames_that_the_watermark_leaves(
    program: Path, tmp_path: Path
) -> None:
    words = ("--min-free-kbytes", "12", "--watermark-scale-factor", "1")
    result = found(program, "disk", *words)
    marks = result["setting"]["watermarks"]
    assert marks == {"min": 3, "low": 3, "high": 3}  # so that kswapd has nothing to do
    left = result["setting"]["ram_pages"] - marks["min"]
    inputs = (program / "app.refs", "--corpus", program / "app.zpages", "--ram", str(left * PAGE))
    done = inside("trace", "from-refs", *inputs, "-o", tmp_path / "a.trace.bin")
    assert done.code == 0, done.err
    assert f"; {result['setups'][0]['counters']['faults_major']:,} swapped in when touched" in done.err


def test_a_core_is_imported_beside_the_references_and_a_pipe_will_do(program: Path, tmp_path: Path) -> None:
    (tmp_path / "b.refs").write_bytes((program / "app.refs").read_bytes())
    words = ("--ram", "2MiB", f"--cost={COSTS['lz4']}", "disk", "zram,lz4,disksize=8MiB", "--format", "json")
    done = inside("machine", tmp_path / "b.refs", "--core", program / "core", *words)
    assert done.code == 0, done.err
    assert (tmp_path / "b.zpages").exists()
    with (program / "app.refs").open("rb") as source:
        corpus = ("--corpus", tmp_path / "b.zpages")
        piped = zswapbench("machine", "-", *corpus, *words, cwd=tmp_path, stdin=source)
    assert piped.code == 0, piped.err
    assert json.loads(piped.out)["setups"] == json.loads(done.out)["setups"]
    again = inside("machine", tmp_path / "b.refs", "--core", program / "core", *words)
    assert (again.code, "is there already" in again.err) == (2, True)


def test_the_running_kernel_can_be_named(program: Path) -> None:
    version = ".".join(re.findall(r"\d+", platform.release())[:2])
    result = found(program, "zram,lz4,kernel=running,disksize=8MiB", "zram,lz4,disksize=8MiB")
    assert [one["setting"]["kernel"] for one in result["setups"]] == [version, "6.12"]


REFUSED = {
    "no such set-up": (("disc",), "no set-up is called 'disc'; did you mean disk?"),
    "a bare name of nothing": (("zswap,fast",), "is called 'fast'"),
    "a codec for a disk": (("disk,lz4",), "disk does not take 'lz4'; it takes device=..."),
    "anything for none": (("none,device=ssd",), "none does not take 'device=ssd'; it takes nothing"),
    "twice the same key": (("zram,lz4,codec=zstd",), "'codec=zstd' is a second codec"),
    "no value": (("zram,disksize=",), "'disksize=' has no value"),
    "disksize 0": (("zram,disksize=0",), "the kernel refuses a disksize of 0 (Invalid argument)"),
    "a device too small": (("zram,disksize=8K",), "mkswap refuses a device of 8.0 KiB"),
    "mem_limit above RAM": (("zram,mem-limit=3MiB",), "a mem_limit above RAM (2.0 MiB) never limits"),
    "mem_limit of an old kernel": (("zram,kernel=3.15,mem-limit=1MiB",), "has no mem_limit, which came with 3.18"),
    "percent": (("zswap,max-pool-percent=0",), "max-pool-percent=0 is not a number from 1 to 100"),
    "a disk below zswap and zram": (("zswap+zram,device=ssd",), "does not take 'device=ssd'; it takes era=..."),
    "zram of no kernel": (("zswap+zram,zswap-2013",), "zswap-2013 is no released kernel, so nobody knows its zram"),
    "zram of an old kernel": (("zswap+zram,3.11",), "kernel 3.11 has no zram, which came with 3.14"),
    "a pool beside zram": (("zram+disk,zbud",), "zram+disk does not take 'zbud'; it takes kernel=..."),
    "no zram to go to first": (("zram+disk,disksize=0",), "the kernel refuses a disksize of 0 (Invalid argument)"),
    "device": (("disk,device=tape",), "no swap device is called 'tape'"),
    "the future": (("zswap,policy=min",), "knows the future"),
    "a file of code": (("zswap,./mine.py:Mine",), "no policy in plain Python"),
    "a shrinker before 6.8": (("zswap,era=6.6,shrinker=1",), "has no shrinker, which came with 6.8"),
    "no switch": (("zswap,shrinker=on",), "shrinker=on is not 0 or 1"),
    "a shrinker over zram before 6.8": (("zswap+zram,era=6.6,shrinker=1",), "has no shrinker, which came with 6.8"),
    "writeback off": (("zswap,era=6.12:writeback=0",), "are for replays, not for a machine"),
    "no swap": (("disk", "--swap", "0"), "--swap: 0 bytes are 0 pages of 4096; give 1 to"),
    "a shrinker without passes": (("zswap,shrinker=1", "--reclaim", "lru"), "has no passes, after which the shrinker"),
    "the same twice": (("disk", "disk"), "'disk' is given twice"),
    "an idle cost": (("disk", "--cost", "842=1us/1us"), "--cost 842: no run uses it"),
    "a core, too": (("disk", "--core", "core"), "--core and --corpus: give one of them"),
    "no set-up": ((), "Missing argument 'SETUP...'"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_no_kernel_could_have_is_refused_in_one_line(case: str, program: Path) -> None:
    words, message = REFUSED[case]
    inputs = (str(program / "app.refs"), "--corpus", str(program / "app.zpages"), "--ram", "2MiB")
    done = inside("machine", *inputs, *words)
    assert (done.code, done.out) == (2, "")
    assert message in done.err.splitlines()[-1]


def test_ram_that_the_watermark_takes_all_of_is_refused(program: Path) -> None:
    done = machine(program, "disk", ram="128KiB")
    assert done.code == 2
    assert "--ram 128.0 KiB is 32 page frames, and kswapd keeps 48 free, by min_free_kbytes 128" in done.err


def test_references_of_another_program_are_refused(program: Path, tmp_path: Path) -> None:
    some = np.zeros(10, REFERENCE)
    write_refs(tmp_path / "other.refs", References("other", PAGE, {}, [some], [], 10))
    write_refs(tmp_path / "none.refs", References("none", PAGE, {}, [], [], 0))
    for name, message in (("other", "none of its 10 references"), ("none", "has no reference")):
        inputs = (tmp_path / f"{name}.refs", "--corpus", program / "app.zpages", "--ram", "2MiB", "disk")
        done = inside("machine", *inputs)
        assert (done.code, message in done.err) == (3, True)


def test_references_for_a_size_of_memory_say_so_and_are_refused_below(program: Path, tmp_path: Path) -> None:
    words = (program / "app.refs", "-o", tmp_path / "c.refs.zst", "--least-ram")
    assert inside("trace", "import-refs", *words, "1MiB").code == 0
    ram = ("--corpus", program / "app.zpages", "--ram", "2MiB", "disk")
    done = inside("machine", tmp_path / "c.refs.zst", *ram)
    assert done.code == 0, done.err
    assert "touches that exact LRU in 256 page frames or more cannot tell were left out" in done.out
    assert inside("trace", "import-refs", *words, "2MiB").code == 0
    done = inside("machine", tmp_path / "c.refs.zst", *ram)
    assert (done.code, "445 page frames are fewer than the 512" in done.err) == (2, True)


def test_references_that_were_cut_end_it_without_an_output(program: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.refs").write_bytes((program / "app.refs").read_bytes()[:-100])
    output = tmp_path / "m.json"
    inputs = (tmp_path / "cut.refs", "--corpus", program / "app.zpages", "--ram", "2MiB", "disk")
    done = inside("machine", *inputs, "-o", output)
    assert (done.code, "the file was cut" in done.err) == (3, True)
    assert [path.name for path in tmp_path.iterdir()] == ["cut.refs"]


def test_the_help_names_every_set_up() -> None:
    said = inside("machine", "--help").out
    assert all(f"\n  {name} " in said for name in SETUPS.names())


def test_a_corpus_that_most_references_are_not_of_is_doubted_before_anything_is_said(
    program: Path, tmp_path: Path
) -> None:
    (tmp_path / "app.zpages").symlink_to(program / "app.zpages")
    with opened(program / "app.refs") as source:
        some = np.concatenate([*read_refs(source).batches])
    for others, doubted in ((0.45, False), (0.55, True)):
        moved = some.copy()
        moved["page"][: round(others * len(some))] += 1 << 30
        references = References("app", PAGE, {"form": "made"}, [moved], [], len(moved))
        write_refs(tmp_path / "app.refs", references)
        out = machine(tmp_path, "disk", "zram,lz4,disksize=8MiB", ram="3MiB").out
        words = "Is the corpus of the same run? Only 45.0% of the references are of pages in it. Take "
        assert out.startswith(words if doubted else "Take ")
