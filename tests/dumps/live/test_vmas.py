"""Mappings in the text of smaps, and what a core would hold of them."""

from __future__ import annotations

import pytest

from zswapbench.dumps.backing import Backing, backing
from zswapbench.dumps.base import Segment
from zswapbench.dumps.live.filter import DEFAULT_FILTER, Filter, is_dumped
from zswapbench.dumps.live.vmas import Vma, read_maps, read_smaps

SMAPS = b"""\
55d0c0a0a000-55d0c0a0c000 r-xp 00001000 fe:00 26723                      /opt/a b (deleted)
Size:                  8 kB
Rss:                   4 kB
Anonymous:             0 kB
Swap:                  0 kB
VmFlags: rd ex mr mw me
7f2155886000-7f21559b9000 rw-p 00000000 00:00 0
Rss:                1024 kB
Anonymous:          1020 kB
Swap:                 12 kB
SwapPss:              99 kB
VmFlags: rd wr mr mw me ac
7f21566cd000-7f21566d4000 rw-s 00003000 00:01 338846                     /tmp/new\\012line\xff
Rss:                   0 kB
Private_Hugetlb:    2048 kB
Swap:                  0 kB
VmFlags: rd wr sh mr mw me ms ht
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
VmFlags: ex
"""


def test_every_mapping_is_read_with_its_figures() -> None:
    program, heap, huge, last = read_smaps(SMAPS)
    assert program[:5] == (0x55D0C0A0A000, 0x55D0C0A0C000, "r-x", 0x1000, "/opt/a b (deleted)")
    assert (program.resident, program.anonymous, program.shared) == (4096, 0, False)
    assert (heap.name, heap.resident, heap.anonymous, heap.swapped) == ("", 1 << 20, 1032 << 10, 12 << 10)
    assert (huge.name, huge.resident, huge.shared) == (r"/tmp/new\nline\xff", 2 << 20, True)
    assert last[:2] == (0xFFFFFFFFFF600000, 0xFFFFFFFFFF601000)


def test_maps_tells_the_same_addresses_and_names() -> None:
    assert [vma[:5] for vma in read_maps(SMAPS)] == [vma[:5] for vma in read_smaps(SMAPS)]
    assert read_maps(b"") == []


PRIVATE = Vma(0, 8192, "rw-", 0, "", anonymous=4096)
UNTOUCHED = PRIVATE._replace(anonymous=0)
FILE = UNTOUCHED._replace(name="/lib/a.so")
SHARED = FILE._replace(flags=frozenset({"sh"}))
NONE = Filter(0)


@pytest.mark.parametrize(
    ("vma", "bit"),
    [
        (PRIVATE, Filter.ANON_PRIVATE),
        (FILE._replace(anonymous=4096), Filter.ANON_PRIVATE),
        (UNTOUCHED, NONE),
        (FILE, Filter.MAPPED_PRIVATE),
        (FILE._replace(name="anon_inode:[perf_event]"), Filter.MAPPED_PRIVATE),
        (UNTOUCHED._replace(name="[vsyscall]"), NONE),
        (SHARED, Filter.MAPPED_SHARED),
        (SHARED._replace(name="/memfd:x (deleted)"), Filter.ANON_SHARED),
        (SHARED._replace(name="[anon_shmem:x]"), Filter.ANON_SHARED),
        (PRIVATE._replace(flags=frozenset({"ht"})), Filter.HUGETLB_PRIVATE),
        (SHARED._replace(flags=frozenset({"ht", "sh"})), Filter.HUGETLB_SHARED),
        (PRIVATE._replace(flags=frozenset({"dd"})), NONE),
        (SHARED._replace(flags=frozenset({"sh", "io", "pf"})), NONE),
    ],
)
def test_one_bit_of_the_filter_decides_of_each_kind(vma: Vma, bit: Filter) -> None:
    assert [one for one in Filter if is_dumped(vma, one)] == [*bit]
    assert not is_dumped(vma, NONE)


def test_the_vdso_is_in_every_core() -> None:
    assert is_dumped(UNTOUCHED._replace(name="[vdso]", flags=frozenset({"dd"})), NONE)


def test_the_filter_of_a_kernel_that_was_told_nothing() -> None:
    assert is_dumped(PRIVATE, DEFAULT_FILTER)
    assert not is_dumped(FILE, DEFAULT_FILTER)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("[anon:glibc: malloc arena]", Backing.ANONYMOUS),
        ("[stack:1234]", Backing.ANONYMOUS),
        ("[anon_shmem:ring]", Backing.SHMEM),
        ("[vvar_vclock]", Backing.KERNEL),
    ],
)
def test_names_that_cores_do_not_have_tell_what_is_behind_a_mapping(name: str, kind: Backing) -> None:
    assert backing(name) is kind
    assert Segment(0, 4096, "rw-", name, 4096, 0).shared == (kind is Backing.SHMEM)
