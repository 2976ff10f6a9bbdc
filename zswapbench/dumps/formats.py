"""Files that hold memory in a form that is not read here: what they are, and what converts them.

Whoever names such a file should not be told that it is "not an ELF core": packed bytes taken for pages are no memory
of anybody. Each is known by its magic number; those that are read (ELF, LiME, packed files) are here for ``--raw``
alone, which asks twice before it takes them for pages.
"""

from __future__ import annotations

from typing import NamedTuple

HEAD = 512
"""Bytes of a file that tell its format."""


class Format(NamedTuple):
    """A format by its magic number."""

    offset: int
    magic: bytes
    name: str
    advice: str
    """What to do with such a file."""


_NO_CONVERTER = (
    "nothing makes an ELF core of it; dump a process of Linux with gcore PID, a guest with dump-guest-memory"
)
# makedumpfile refuses -E for such a file ("because FILE is kdump compressed format"); the extension gcore.so of crash
# writes the core of a process, as the kernel would, out of whatever crash reads.
_CRASH_GCORE = (
    "makedumpfile makes no ELF core of it; if user pages are in it (makedumpfile -d without 8), take a process out: "
    "crash VMLINUX FILE, extend gcore.so, gcore PID; else dump again as ELF: makedumpfile -E, or dump-guest-memory "
    "without -z, -l or -s"
)
_MACH_O = "a Mach-O file, as cores of macOS are"
_VMWARE = "a state file of VMware"
_VMSS2CORE = "convert it: vmss2core -N6 FILE"
_AS_IT_IS = "leave out --raw"

_READ = (
    Format(0, b"\x7fELF", "an ELF file", _AS_IT_IS),
    Format(0, b"EMiL", "a LiME dump", _AS_IT_IS),
)
_OTHERS = (
    Format(30, b"manifest.json", "a corpus (.zpages)", "it needs no import"),
    Format(0, b"PK\x03\x04", "a ZIP archive", "take the dump out of it: unzip FILE"),
    Format(0, b"PK\x05\x06", "a ZIP archive", "it is empty; name a dump"),
    Format(257, b"ustar", "a tar archive", "take the dump out of it: tar -xf FILE"),
    Format(0, b"7z\xbc\xaf\x27\x1c", "a 7z archive", "take the dump out of it: 7z x FILE"),
    Format(0, b"Rar!\x1a\x07", "a RAR archive", "take the dump out of it: unrar x FILE"),
    Format(0, b"\x5d\0\0", "an LZMA file (.lzma)", "unpack it: unlzma FILE"),
    Format(0, b"\x1f\x9d", "a file of compress (.Z)", "unpack it: gzip -d FILE"),
    Format(0, b"LZIP", "an lzip file", "unpack it: lzip -d FILE"),
    Format(0, b"LRZI", "an lrzip file", "unpack it: lrzip -d FILE"),
    Format(0, b"\x89LZO\0\r\n\x1a\n", "an lzop file", "unpack it: lzop -d FILE"),
    Format(0, b"\x02\x21\x4c\x18", "an lz4 file of the legacy format", "unpack it: lz4 -d FILE"),
    Format(0, b"\xff\x06\0\0sNaPpY", "a Snappy file", "unpack it: snzip -d FILE"),
    Format(0, b"KDUMP   ", "a kdump-compressed dump", _CRASH_GCORE),
    Format(0, b"DISKDUMP", "a diskdump", _CRASH_GCORE),
    Format(
        0, b"makedumpfile\0", "a flattened dump of makedumpfile", "convert it: makedumpfile -R NEW < FILE"
    ),
    Format(0, b"AVML", "a packed dump of AVML", "convert it: avml-convert FILE NEW"),
    Format(0, b"MDMP", "a minidump", "if Breakpad wrote it, convert it: minidump-2-core FILE > NEW"),
    Format(0, b"PAGEDU64", "a crash dump of Windows", _NO_CONVERTER),
    Format(0, b"PAGEDUMP", "a crash dump of Windows", _NO_CONVERTER),
    Format(0, b"\xcf\xfa\xed\xfe", _MACH_O, _NO_CONVERTER),
    Format(0, b"\xce\xfa\xed\xfe", _MACH_O, _NO_CONVERTER),
    Format(0, b"\xfe\xed\xfa\xcf", _MACH_O, _NO_CONVERTER),
    Format(0, b"\xfe\xed\xfa\xce", _MACH_O, _NO_CONVERTER),
    Format(0, b"QEVM", "a migration stream of QEMU", "in the guest's monitor, run: dump-guest-memory FILE"),
    Format(
        0,
        b"LibvirtQemudSave",
        "a saved guest of libvirt",
        "start it, and run: virsh dump --memory-only GUEST FILE",
    ),
    Format(0, b"QFI\xfb", "a qcow2 image", "convert it: qemu-img convert -O raw FILE NEW.raw"),
    Format(0, b"\xd0\xbe\xd2\xbe", _VMWARE, _VMSS2CORE),
    Format(0, b"\xd1\xba\xd1\xba", _VMWARE, _VMSS2CORE),
    Format(0, b"\xd2\xbe\xd2\xbe", _VMWARE, _VMSS2CORE),
    Format(0, b"\xd3\xbe\xd3\xbe", _VMWARE, _VMSS2CORE),
)


TWICE = Format(0, b"", "packed twice", "unpack it once")
"""A packed file in a packed file."""


def unread_format(head: bytes) -> Format | None:
    """The format that a file with this beginning has, if it is known and not read here."""
    return _first(_OTHERS, head)


def read_format(head: bytes) -> Format | None:
    """The format that a file with this beginning has, if it is one that is read here."""
    return _first(_READ, head)


def _first(formats: tuple[Format, ...], head: bytes) -> Format | None:
    return next((one for one in formats if head.startswith(one.magic, one.offset)), None)
