"""``machine --mthp``: large folios, their counters, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.cli.machines import found, machine, write_program
from tests.cli.running import inside
from tests.dumps.elfwriter import Core, Load
from tests.making import PAGE, text_page
from zswapbench.common.errors import UsageError
from zswapbench.corpus.reading import Corpus
from zswapbench.rules.large_folios import folio_pages
from zswapbench.runs.folios import with_folios
from zswapbench.runs.from_refs import program_of

pytestmark = pytest.mark.usefixtures("own_cache")

SETUPS = ("none", "disk,nvme", "zswap,lz4,nvme", "zswap,lz4,nvme,era=6.14", "zram,lz4,disksize=8MiB")


def test_set_ups_have_large_folios_and_count_them(program: Path) -> None:
    result = found(program, *SETUPS, "--mthp", "64KiB")
    assert result["setting"]["mthp_pages"] == 16
    none, disk, old, new, zram = (one["counters"] for one in result["setups"])
    assert none["mthp_anon_fault_alloc"] == 56
    assert none["first_touches"] < 56 + 5
    assert result["setups"][0]["metrics"]["slowdown"] == 1
    for one in (disk, old, new, zram):
        assert one["mthp_anon_fault_alloc"] + one["mthp_anon_fault_fallback"] >= 56
        assert one["mthp_swpout"] + one["mthp_swpout_fallback"] > 0
        assert one["most_used"] <= 512
    assert disk["mthp_swpin"] == old["mthp_swpin"] == new["mthp_swpin"] == 0
    assert zram["mthp_swpin"] + zram["mthp_swpin_fallback"] > 0
    assert old["device_writes"] >= 16 * old["mthp_swpout"]
    done = machine(program, *SETUPS, "--mthp", "64KiB")
    assert "; mTHP of 64.0 KiB" in done.out
    assert "mTHP: allocated" in done.out


def test_without_the_option_there_are_none(program: Path) -> None:
    result = found(program, "disk,nvme", "zram,lz4,disksize=8MiB")
    assert result["setting"]["mthp_pages"] == 1
    for one in result["setups"]:
        assert not any(value for name, value in one["counters"].items() if name.startswith("mthp"))
    assert "mTHP" not in machine(program, "disk,nvme", "zram,lz4,disksize=8MiB").out


def test_zram_packs_a_folio_as_one_object_if_it_is_asked_what_if(program: Path) -> None:
    words = ("zram,lz4,disksize=8MiB", "zram,lz4,disksize=8MiB,order=4", "--mthp", "64KiB")
    pages, whole = found(program, *words)["setups"]
    counters = whole["counters"]
    assert pages["counters"]["whole_stores"] == 0
    assert counters["whole_stores"] == counters["mthp_swpout"] > 0
    assert 0 < counters["whole_loads"] <= counters["faults_major"]
    assert counters["most_used"] <= 512
    assert whole["setting"]["order"] == 4
    assert "order" not in pages["setting"]
    assert "no kernel does so" in inside("machine", "--help").out
    assert "stored as one object, which no kernel does" in machine(program, *words).out


REFUSED = {
    "no power of two": (("disk", "--mthp", "48KiB"), "--mthp 48KiB: give a power of two from 16.0 KiB to 1.0 MiB"),
    "a page": (("disk", "--mthp", "4KiB"), "--mthp 4KiB: give a power of two"),
    "too large": (("disk", "--mthp", "2MiB"), "--mthp 2MiB: give a power of two"),
    "no size": (("disk", "--mthp", "large"), "large"),
    "an old zswap": (("zswap,era=6.6", "--mthp", "64KiB"), "6.6 has no --mthp, which came with 6.8"),
    "an old zram": (("zram,kernel=5.4", "--mthp", "64KiB"), "5.4 has no --mthp, which came with 6.8"),
    "a prototype": (("zswap,zswap-2013", "--mthp", "64KiB"), "zswap-2013 has no --mthp"),
    "both": (("zswap+zram", "--mthp", "64KiB"), "--mthp is not modelled for zswap over a zram"),
    "an order without": (("zram,order=4",), "order=4 is for large folios of 2^4 pages, and there is no --mthp"),
    "another order": (("zram,order=2", "--mthp", "64KiB"), "and that of --mthp is order=4"),
    "an order of a disk": (("zram+disk,order=4", "--mthp", "64KiB"), "zram+disk does not take 'order=4'"),
    "too much at once": (("zram,order=5", "--mthp", "128KiB"), "order=5: codecs are for 64 KiB at most"),
    "a limit": (("zram,order=4,mem-limit=1MiB", "--mthp", "64KiB"), "order and mem-limit do not go together"),
    "upkeep": (
        ("zram,order=4,recomp-algorithm=zstd,recompress=huge", "--mthp", "64KiB"),
        "order and recomp-algorithm do not go together",
    ),
    "a cgroup": (("disk", "--mthp", "64KiB", "--cgroup", "1"), "--mthp and --cgroup do not go together"),
    "generations": (("disk", "--mthp", "64KiB", "--reclaim", "mglru"), "--mthp is not modelled for --reclaim mglru"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_no_kernel_has_or_is_not_modelled_is_refused_in_one_line(case: str, program: Path) -> None:
    words, message = REFUSED[case]
    done = machine(program, *words)
    assert (done.code, done.out) == (2, "")
    assert message in done.err.splitlines()[-1]


def test_pages_that_the_core_lacks_come_as_zeros(tmp_path: Path) -> None:
    first = 0x5500_0000
    holes = b"".join(text_page(n) if n % 3 else bytes(PAGE) for n in range(40))
    Core([Load(first, holes, memsz=64 * PAGE)]).write(tmp_path / "core")
    assert inside("corpus", "import", tmp_path / "core", "-o", tmp_path / "a.zpages").code == 0
    with Corpus(tmp_path / "a.zpages") as corpus:
        plain = program_of(corpus)
        found = with_folios(plain, corpus, 16)
        assert found.blocks is not None
        assert len(plain.numbers) == 40
        assert (found.numbers == first // PAGE + np.arange(48)).all()
        assert found.blocks.all()
        assert (corpus.kinds[found.contents[40:]] == 2).all()
        assert folio_pages("64KiB", corpus.page_size) == 16


def test_a_program_without_a_whole_block_is_refused(tmp_path: Path) -> None:
    write_program(tmp_path)
    done = machine(tmp_path, "disk", "--mthp", "1MiB", ram="1MiB")
    assert done.code == 0
    Core([Load(0x5500_1000, text_page(1) * 14)]).write(tmp_path / "small")
    assert inside("corpus", "import", tmp_path / "small", "-o", tmp_path / "small.zpages").code == 0
    message = "has 16 pages side by side from a multiple of 16 on"
    with Corpus(tmp_path / "small.zpages") as corpus, pytest.raises(UsageError, match=message):
        with_folios(program_of(corpus), corpus, 16)
