"""scripts/kernel-oracle up to the boot, and after it: what needs no qemu.

The boot itself is not for tests: it takes a kernel's package and minutes. docs/kernel-oracle.md has what it measured.
"""

from __future__ import annotations

import gzip
import json
import lzma
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import zstandard
from booting.guest import build_guest
from booting.initramfs import initramfs
from booting.kernels import Kernel, find_kernel
from booting.qemu import QEMU, make_swap
from booting.told import Told, read_told
from kernel_oracle.goldens import Keeper
from kernel_oracle.machine import GUEST, memory_for

from zswapbench.common.errors import InputError, MissingError, UsageError

ROOT = Path(__file__).parents[2]
RELEASE = "6.12.117+deb13-amd64"
PAGES = 3
CONTROL = "Package: k\nVersion: 1\nArchitecture: all\nMaintainer: x\nDescription: x\n"

ZSWAP = f"""text kind zswap
text kernel_release {RELEASE}
number n_pages 1
number MemTotal_kB 504900
text compressor lz4
number baseline.stored_pages 0
number store1_vmstat.zswpout 1
lines store1
i,stored_pages,pool_pages,written_back_pages
-1,0,0,0
0,1,8,0
.
lines load1
i,stored_pages,pool_pages,written_back_pages
-1,1,8,0
0,0,0,0
.
lines store2
i,stored_pages,pool_pages,written_back_pages
-1,0,0,0
0,1,8,0
.
lines load2
i,stored_pages,pool_pages,written_back_pages
-1,1,8,0
0,0,0,0
.
done
"""
ZRAM = f"""text kind zram
text kernel_release {RELEASE}
number n_pages 3
lines mm_stat.PVD.fresh
       0        0        0        0        0        0        0        0        0
.
lines mm_stat.PVD.written
   12288     5488    12288        0    12288        1        0        1        1
.
lines classes.PVD.written
 class  size       10%  100% obj_allocated   obj_used pages_used pages_per_zspage freeable
    86  1408         1     0            14          1          7                5        0

 Total                1     0            14          1          7                         0
.
lines writes
    4096     1392     4096        0     4096        0        0        0        0
    8192     1392     4096        0     4096        1        0        0        0
   12288     5488    12288        0    12288        1        0        1        1
.
lines mm_stat.E.fresh
       0        0        0        0        0        0        0        0        0
.
done
"""


def oracle(
    *arguments: str | Path, path: str | None = None, packages: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """The command; with ``path`` instead of PATH, and ``packages`` before what is installed."""
    changed = {"PATH": path, "PYTHONPATH": str(packages) if packages else None}
    return subprocess.run(
        [sys.executable, ROOT / "scripts" / "kernel-oracle", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {name: value for name, value in changed.items() if value is not None},
    )


@pytest.fixture
def tools(tmp_path: Path) -> str:
    """A PATH on which there is a qemu that does nothing but wait, in front of what this machine has."""
    folder = tmp_path / "tools"
    folder.mkdir()
    (folder / QEMU).write_text("#!/bin/sh\nexec sleep 600\n")
    (folder / QEMU).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    file = tmp_path / "app.pages"
    file.write_bytes(bytes(range(256)) * 16 * PAGES)
    return file


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a kernel in it: an image that boots nowhere, and modules that hold what is read of them."""
    folder = tmp_path / "root"
    add_kernel(folder, RELEASE)
    return folder


def add_kernel(folder: Path, release: str) -> None:
    modules = folder / "usr" / "lib" / "modules" / release / "kernel"
    modules.mkdir(parents=True)
    (modules.parent / "vmlinuz").write_bytes(b"no image")
    (modules / "zram.ko.xz").write_bytes(lzma.compress(module("zsmalloc,lz4hc_compress")))
    (modules / "zsmalloc.ko").write_bytes(module(""))
    (modules / "lz4hc_compress.ko.zst").write_bytes(zstandard.compress(module("")))
    (modules / "lzo-rle.ko.gz").write_bytes(gzip.compress(module("zsmalloc")))


def module(depends: str) -> bytes:
    return b"\x7fELF...\0license=GPL\0depends=" + depends.encode() + b"\0intree=Y\0"


def test_the_guest_program_compiles_without_a_warning_and_needs_no_library(tmp_path: Path) -> None:
    assert build_guest(GUEST, tmp_path).startswith(b"\x7fELF")
    told = subprocess.run(["ldd", tmp_path / "init"], check=False, capture_output=True, text=True)
    assert "not a dynamic executable" in told.stderr + told.stdout


def test_the_help_tells_every_exit_code() -> None:
    done = oracle("--help")
    assert done.returncode == 0
    assert all(f" {code} " in done.stdout for code in (0, 2, 3, 4))


@pytest.mark.parametrize(("arguments", "code"), [(("--help",), 0), (("app.pages", "--kernel", "/"), 4)])
def test_the_help_needs_no_library_and_the_rest_names_the_one_that_is_missing(
    arguments: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    (tmp_path / "zstandard.py").write_text("raise ModuleNotFoundError('no', name='zstandard')\n")
    done = oracle(*arguments, packages=tmp_path)
    assert done.returncode == code
    assert done.stdout.startswith("usage: ") == (code == 0)
    assert ("no zstandard here; run it by .venv/bin/python" in done.stderr) == (code == 4)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "nothing to measure; give --zram COMPRESSOR or --zswap COMPRESSOR:MODE"),
        (("--zram", "a b"), 2, "--zram 'a b': is no compressor"),
        (("--zswap", "lz4"), 2, "--zswap lz4:: modes are nofill and tightN"),
        (("--zswap", "lz4:nofill,full"), 2, "--zswap lz4:full: modes are nofill and tightN"),
        (("--zswap", "lz4:nofill", "--zpool", "a=b"), 2, "--zpool 'a=b': is no pool"),
        (
            ("--zram", "lz4", "--memory", "100"),
            2,
            "--memory 100: 3 pages need 193 MiB; give more, or fewer pages",
        ),
        (("--zram", "lz4", "--release", "5.0"), 2, f"--release 5.0: ROOT has {RELEASE}"),
        (("--zram", "lz4", "--kernel", "/nowhere"), 2, "--kernel /nowhere: is no folder and no .deb file"),
        (
            ("--zram", "lz4", "--kernel", "a", "b"),
            2,
            "--kernel a b: give one folder, one package name, or .deb files",
        ),
        (("--zram", "lz4", "--name", "a.b"), 2, "error: --name 'a.b': give one without a point"),
        (("--zswap", "lz4:tight0"), 2, "--zswap lz4:tight0: modes are nofill and tightN, N from 1 to 999"),
        (("--zswap", "lz4:nofill,nofill"), 2, "zswap zsmalloc lz4 nofill is asked for more than once"),
        (("--zram", "lz4", "lz4"), 2, "zram lz4 is asked for more than once"),
        (("--zram", "lz4", "--memory", "999999999"), 2, "error: --memory 999999999: give some MiB, at most"),
        (("--zram", "lz4", "--sources", "/nope"), 2, "error: --sources /nope: there is no such file"),
        (("--zram", "lz4", "--minutes", "nan"), 2, "error: --minutes nan: give some, at most 100,000"),
        (
            ("--zswap", "lz4:nofill", "--dictionary", "x"),
            2,
            "--dictionary is for zram; give --zram COMPRESSOR",
        ),
        (
            ("--zram", "lz4", "--dictionary", "a/x.1", "x.2"),
            2,
            "--dictionary: two have one name up to the first",
        ),
        (
            ("--zram", "lz4", "--dictionary", "/nowhere"),
            3,
            "/nowhere: cannot be read: No such file or directory",
        ),
        (("--zram", "lz4", "--out", "/dev/null/x"), 2, "--out /dev/null/x: cannot be made: Not a directory"),
    ],
)
def test_what_cannot_be_measured_is_told_in_a_line(
    arguments: tuple[str, ...], code: int, said: str, pages: Path, root: Path, tools: str
) -> None:
    done = oracle(pages, "--kernel", root, "--out", root / "out", *arguments, path=tools)
    assert (done.returncode, done.stdout) == (code, "")
    usage, _, line = done.stderr.rpartition("kernel-oracle: ")
    assert line.startswith(said.replace("ROOT", str(root)))
    assert line.count("\n") == 1
    assert not usage or usage.startswith("usage: ")
    assert not (root / "out").exists()


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (b"", 3, "holds no page"),
        (b"x" * 4097, 3, "ends within a page: 4,097 bytes are no multiple of 4096"),
        (zstandard.compress(b"x" * 4095), 3, "ends within a page: 4,095 bytes are no multiple of 4096"),
        (zstandard.compress(b"x" * 4096)[:-3], 3, "the file ends within the first block of its .zst packing"),
        (b"\x7fELF\2\1\1".ljust(4096, b"\0"), 2, "not pages"),
    ],
)
def test_a_file_of_something_else_than_pages_is_told(
    content: bytes, code: int, said: str, pages: Path, root: Path, tools: str
) -> None:
    pages.write_bytes(content)
    done = oracle(pages, "--kernel", root, "--out", root / "out", "--zram", "lz4", path=tools)
    assert done.returncode == code
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (root / "out").exists()


def test_a_machine_without_qemu_is_told_what_to_install(pages: Path, root: Path) -> None:
    done = oracle(pages, "--kernel", root, "--out", root / "out", "--zram", "lz4", path="/nowhere")
    assert done.returncode == 4
    assert done.stderr == f"kernel-oracle: {QEMU} is not installed; run: apt install qemu-system-x86\n"


def test_a_machine_that_does_not_end_is_ended_and_told(pages: Path, root: Path, tools: str) -> None:
    done = oracle(
        pages, "--kernel", root, "--out", root / "out", "--zram", "lz4", "--minutes", "0.01", path=tools
    )
    assert done.returncode == 4
    assert "the machine was not done after 0.01 minutes; --minutes gives it more" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_machine_and_leaves_nothing_behind(
    number: signal.Signals, pages: Path, root: Path, tools: str, tmp_path: Path
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    command = [sys.executable, str(ROOT / "scripts" / "kernel-oracle"), str(pages), "--kernel", str(root)]
    with subprocess.Popen(
        [*command, "--zram", "lz4", "--out", str(tmp_path / "out")],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PATH": tools, "TMPDIR": str(place)},
    ) as running:
        while not (machine := children(running.pid, "sleep")):
            time.sleep(0.002)
        running.send_signal(number)
        _, said = running.communicate()
    assert running.returncode == 128 + number
    assert said.count("\n") == 1
    assert list(place.iterdir()) == []
    while state_of(machine[0]) not in ("", "Z"):  # Z: nobody has asked yet what became of it
        time.sleep(0.02)


def state_of(pid: str) -> str:
    """Its letter in /proc/PID/stat; empty if there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def children(pid: int, name: str) -> list[str]:
    """Processes that ``pid`` started and that are called ``name`` by now."""
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [child for child in found if Path(f"/proc/{child}/comm").read_text().strip() == name]
    except OSError:
        return []


def test_a_kernel_is_found_where_either_kind_of_package_has_it(root: Path, tmp_path: Path) -> None:
    found = find_kernel([str(root)], None, None, tmp_path)
    assert (found.release, found.version, found.image.name) == (RELEASE, "6.12", "vmlinuz")
    older = tmp_path / "older"
    (older / "boot").mkdir(parents=True)
    (older / "boot" / "vmlinuz-6.1.0-57-amd64").write_bytes(b"no image")
    (older / "lib" / "modules" / "6.1.0-57-amd64").mkdir(parents=True)
    assert find_kernel([str(older)], None, None, tmp_path).version == "6.1"


def test_of_several_kernels_one_is_chosen(root: Path, tmp_path: Path) -> None:
    add_kernel(root, "7.3.4")
    with pytest.raises(
        UsageError, match=rf"several kernels; choose with --release, of {RELEASE.replace('+', '.')}, 7"
    ):
        find_kernel([str(root)], None, None, tmp_path)
    assert find_kernel([str(root)], "7.3.4", None, tmp_path).release == "7.3.4"


def test_a_package_is_unpacked(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "DEBIAN").mkdir()
    (root / "DEBIAN" / "control").write_text(
        "Package: k\nVersion: 1\nArchitecture: all\nMaintainer: x\nDescription: x\n"
    )
    monkeypatch.chdir(tmp_path)
    subprocess.run(["dpkg-deb", "--build", "root", "kernel.deb"], check=True, capture_output=True)
    (tmp_path / "unpacked").mkdir()
    assert find_kernel(["kernel.deb"], None, None, tmp_path / "unpacked").release == RELEASE


def test_a_file_that_is_no_package_is_told(tmp_path: Path) -> None:
    (tmp_path / "kernel.deb").write_bytes(b"no package")
    with pytest.raises(InputError, match=r"kernel\.deb: is no Debian package that can be unpacked: "):
        find_kernel([str(tmp_path / "kernel.deb")], None, None, tmp_path)


def test_modules_come_after_what_they_depend_on_unpacked(root: Path, tmp_path: Path) -> None:
    kernel = find_kernel([str(root)], None, None, tmp_path)
    archive = initramfs(kernel, b"program", ["virtio_blk", "lzo_rle", "zram"])
    files = dict(cpio(archive))
    assert files["init"] == b"program"
    assert files["modules/order"].decode().split() == ["zsmalloc", "lzo_rle", "lz4hc_compress", "zram"]
    assert files["modules/zram"] == module("zsmalloc,lz4hc_compress")
    assert dict(cpio(initramfs(kernel, b"", [], {"dictionary": b"abc"})))["dictionary"] == b"abc"


def cpio(archive: bytes) -> list[tuple[str, bytes]]:
    """Names and contents of an archive in form "newc"."""
    found: list[tuple[str, bytes]] = []
    at = 0
    while True:
        fields = [int(archive[at + 6 + 8 * i : at + 14 + 8 * i], 16) for i in range(13)]
        size, name_size = fields[6], fields[11]
        name = archive[at + 110 : at + 110 + name_size - 1].decode()
        if name == "TRAILER!!!":
            return found
        start = at + (110 + name_size + 3) // 4 * 4
        found.append((name, archive[start : start + size]))
        at = start + (size + 3) // 4 * 4


def test_a_damaged_module_is_told(root: Path) -> None:
    kernel = Kernel(RELEASE, root / "vmlinuz", root / "usr" / "lib" / "modules" / RELEASE)
    (kernel.modules / "kernel" / "zram.ko.xz").write_bytes(b"no xz")
    with pytest.raises(InputError, match=r"zram\.ko\.xz: is no module that can be unpacked"):
        initramfs(kernel, b"", ["zram"])


def test_a_swap_device_is_as_mkswap_makes_it(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    make_swap(ours, 1 << 20)
    theirs.write_bytes(bytes(1 << 20))
    subprocess.run(["/sbin/mkswap", "--pagesize", "4096", theirs], check=True, capture_output=True)
    for part in (slice(0, 1036), slice(4086, None)):
        assert ours.read_bytes()[part] == theirs.read_bytes()[part]


def test_memory_is_for_each_page_twice() -> None:
    assert memory_for(0) == 192
    assert memory_for(128 * 1024) == 192 + 1024


def test_what_the_guest_fails_with_is_passed_on() -> None:
    with pytest.raises(MissingError, match=r"^this kernel has no zswap$"):
        read_told("text kind zswap\nfail this kernel has no zswap\n", "")


@pytest.mark.parametrize("length", range(0, len(ZSWAP) - len("done\n"), 40))
def test_a_guest_that_was_cut_short_measured_nothing(length: int) -> None:
    with pytest.raises(MissingError, match=r"^it stopped$"):
        read_told(ZSWAP[:length], "it stopped")


def test_zswap_is_kept_in_the_form_of_the_golden_files(tmp_path: Path) -> None:
    said = Keeper(tmp_path, "6.12", "app").keep_zswap(told(ZSWAP), "zsmalloc", "lz4", "tight90")
    assert said == "1 stored_pages, 8 pool_pages, 0 written_back_pages"
    place = tmp_path / "zswap" / "6.12"
    names = [f"app.zsmalloc.lz4.tight90.{phase}.csv.zst" for phase in ("load1", "load2", "store1", "store2")]
    assert sorted(path.name for path in place.iterdir()) == ["app.zsmalloc.lz4.tight90.json", *names]
    facts = json.loads((place / "app.zsmalloc.lz4.tight90.json").read_text())
    assert facts["n_pages"] == 1
    assert facts["baseline"] == {"stored_pages": 0}
    assert facts["store1_vmstat"] == {"zswpout": 1}
    assert facts["zpool"] == "zsmalloc"
    table = zstandard.ZstdDecompressor().decompress((place / names[2]).read_bytes()).decode()
    assert table == "i,stored_pages,pool_pages,written_back_pages\n-1,0,0,0\n0,1,8,0\n"


def test_what_is_kept_is_for_its_owner_alone(tmp_path: Path) -> None:
    Keeper(tmp_path, "6.12", "app").keep_zswap(told(ZSWAP), "zsmalloc", "lz4", "tight90")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_zram_is_kept_in_the_form_of_the_golden_files(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path, "6.12", "app")
    keeper.keep_zram(told(ZRAM), "lz4")
    keeper = Keeper(tmp_path, "6.12", "app")  # what an earlier command measured stays
    assert keeper.keep_zram(told(ZRAM), "zstd") == "5,488 bytes stored, 3 page frames"
    place = tmp_path / "zram"
    kept = json.loads((place / "zram-6.12-app.json").read_text())
    assert {name: kept[name] for name in ("page_file", "n_pages", "kernel")} == {
        "page_file": "app",
        "n_pages": 3,
        "kernel": "6.12",
    }
    assert [*kept["zram"]] == ["lz4", "zstd"]
    assert {name: [step["step"] for step in one["steps"]] for name, one in kept["zram"]["lz4"].items()} == {
        "PVD": ["fresh", "written"],
        "E": ["fresh"],
    }
    written = kept["zram"]["lz4"]["PVD"]["steps"][1]
    assert (written["mm_stat"]["compr_data_size"], written["mm_stat"]["huge_pages_since"]) == (5488, 1)
    assert written["classes"]["columns"][:3] == ["class", "size", "10%"]
    assert written["classes"]["rows"] == [[86, 1408, 1, 0, 14, 1, 7, 5, 0]]
    with np.load(place / "zram-6.12-app-pool_pages.npz") as columns:
        assert {name: columns[name].tolist() for name in columns} == {"lz4": [1, 1, 3], "zstd": [1, 1, 3]}
    with np.load(place / "zram-6.12-app-stored_sizes.npz") as columns:
        assert columns["same_filled"].tolist() == [0, 1, 0]
        assert columns["zstd"].tolist() == [1392, 0, 4096]


def test_a_measurement_of_other_pages_is_replaced_and_one_that_cannot_be_read_is_not(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path, "6.12", "app")
    keeper.keep_zram(told(ZRAM), "lz4")
    keeper.keep_zram(told(ZRAM.replace("n_pages 3", "n_pages 4")), "zstd")
    path = tmp_path / "zram" / "zram-6.12-app.json"
    assert [*json.loads(path.read_text())["zram"]] == ["zstd"]
    path.write_text("[]")
    with pytest.raises(UsageError, match=r"zram-6\.12-app\.json: is there, and is no measurement of zram"):
        keeper.keep_zram(told(ZRAM), "lz4")
    assert path.read_text() == "[]"


def told(text: str) -> Told:
    return read_told(text, "it did not come to its end")
