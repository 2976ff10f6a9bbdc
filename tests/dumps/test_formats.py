"""Files of other formats: named, with what converts them, and never taken for pages by mistake."""

from __future__ import annotations

import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.dumps.elfwriter import Core, Load
from tests.dumps.reading import PAGE, memory_of, runs
from zswapbench.common.errors import DumpError, UsageError
from zswapbench.dumps import open_dump

CORE = Core([Load(PAGE, b"A" * PAGE)]).to_bytes()


def tar(content: bytes) -> bytes:
    """A tar archive with one file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        member = tarfile.TarInfo("core")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def zipped(content: bytes, name: str = "core") -> bytes:
    """A ZIP archive with one file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, content)
    return out.getvalue()


REST = bytes(2 * PAGE)
OTHERS = {
    "ZIP": (zipped(CORE), "is a ZIP archive; take the dump out of it: unzip FILE"),
    "a corpus": (zipped(b"{}", "manifest.json"), "is a corpus (.zpages); it needs no import"),
    "tar": (tar(CORE), "is a tar archive; take the dump out of it: tar -xf FILE"),
    "packed tar": (gzip.compress(tar(CORE)), "is a tar archive; take the dump out of it: tar -xf FILE"),
    "packed twice": (gzip.compress(gzip.compress(CORE)), "is packed twice; unpack it once"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + REST, "is a 7z archive; take the dump out of it: 7z x FILE"),
    "lzma": (lzma.compress(CORE, lzma.FORMAT_ALONE), "is an LZMA file (.lzma); unpack it: unlzma FILE"),
    "compress": (b"\x1f\x9d\x90" + REST, "is a file of compress (.Z); unpack it: gzip -d FILE"),
    "lzip": (b"LZIP\1" + REST, "is an lzip file; unpack it: lzip -d FILE"),
    "kdump": (
        b"KDUMP   " + REST,
        "take a process out: crash VMLINUX FILE, extend gcore.so, gcore PID; else dump again",
    ),
    "diskdump": (b"DISKDUMP" + REST, "is a diskdump; makedumpfile makes no ELF core of it"),
    "flattened": (b"makedumpfile\0\0\0\0" + REST, "convert it: makedumpfile -R NEW < FILE"),
    "AVML": (b"AVML\2\0\0\0" + REST, "convert it: avml-convert FILE NEW"),
    "minidump": (b"MDMP\x93\xa7\0\0" + REST, "convert it: minidump-2-core FILE > NEW"),
    "Mach-O": (
        b"\xcf\xfa\xed\xfe\7\0\0\1" + REST,
        "is a Mach-O file, as cores of macOS are; nothing makes an ELF core",
    ),
    "QEMU": (
        b"QEVM\0\0\0\3" + REST,
        "is a migration stream of QEMU; in the guest's monitor, run: dump-guest-memory FILE",
    ),
    "qcow2": (b"QFI\xfb\0\0\0\3" + REST, "convert it: qemu-img convert -O raw FILE NEW.raw"),
    "VMware": (b"\xd2\xbe\xd2\xbe\0\0\0\0" + REST, "convert it: vmss2core -N6 FILE"),
}

each_format = pytest.mark.parametrize(("content", "words"), OTHERS.values(), ids=OTHERS)


@each_format
@pytest.mark.parametrize("name", ["core", "core.raw"])
def test_a_known_format_is_named_with_what_converts_it(
    tmp_path: Path, content: bytes, words: str, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DumpError) as raised:
        open_dump(path)
    assert str(raised.value).startswith(f"{path}: offset 0: is ")
    assert words in str(raised.value)
    assert "--raw" not in str(raised.value)
    assert "\n" not in str(raised.value)


@each_format
def test_its_bytes_are_pages_only_when_that_is_asked_for_twice(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "core"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"not pages; .* or add --force to take its bytes as pages"):
        open_dump(path, raw=True)
    with open_dump(path, raw=True, force=True) as dump:
        assert dump.format == "raw"
        whole = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
        assert memory_of(runs(dump)) == {0: whole}


@pytest.mark.parametrize("content", [CORE, b"EMiL\1\0\0\0" + REST], ids=["ELF", "LiME"])
def test_formats_that_are_read_are_no_pages_either(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "core"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="not pages; leave out --raw, or add --force"):
        open_dump(path, raw=True)


def test_a_format_that_nobody_knows_may_be_pages(tmp_path: Path) -> None:
    path = tmp_path / "core"
    path.write_bytes(b"Hello, world" * 1000)
    with pytest.raises(
        DumpError, match="is not an ELF core; make one with: gcore PID, or give a page file with --raw"
    ):
        open_dump(path)
    with open_dump(path, raw=True) as dump:
        assert dump.format == "raw"
