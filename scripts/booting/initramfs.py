"""What the booted kernel finds as its file system: the guest program as /init, and the modules it must load."""

from __future__ import annotations

import gzip
import lzma
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import zstandard

from booting.kernels import Kernel
from zswapbench.common.errors import InputError

_DEPENDS = re.compile(rb"\0depends=([^\0]*)\0")
"""In a module's section .modinfo, which is strings with a zero behind each."""

_UNPACK: dict[str, Callable[[bytes], bytes]] = {
    ".ko": bytes,
    ".xz": lzma.decompress,
    ".gz": gzip.decompress,
    ".zst": lambda packed: zstandard.ZstdDecompressor().decompressobj().decompress(packed),
}

_FILE, _FOLDER = 0o100755, 0o040755


def initramfs(
    kernel: Kernel, init: bytes, names: Iterable[str], others: Mapping[str, bytes] = MappingProxyType({})
) -> bytes:
    """A cpio archive: ``init``, and those of the modules ``names`` that ``kernel`` does not have built in.

    ``others``: more files in its root, by name. /modules/order lists the modules; each comes after those that it
    depends on. Raises InputError for a module that cannot be unpacked.
    """
    modules = _in_order(kernel, names)
    order = "".join(f"{name}\n" for name in modules).encode()
    files = [
        ("modules/order", order),
        *((f"modules/{name}", data) for name, data in modules.items()),
        *others.items(),
    ]
    entries = [
        ("init", _FILE, init),
        ("modules", _FOLDER, b""),
        *((name, _FILE, data) for name, data in files),
    ]
    entries.append(("TRAILER!!!", 0, b""))
    return b"".join(_entry(number, *entry) for number, entry in enumerate(entries))


def _entry(number: int, name: str, mode: int, data: bytes) -> bytes:
    """One file in cpio's form "newc". Source: Documentation/driver-api/early-userspace/buffer-format.rst."""
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    return _padded(head) + _padded(data)


def _padded(part: bytes) -> bytes:
    return part + bytes(-len(part) % 4)


def _in_order(kernel: Kernel, names: Iterable[str]) -> dict[str, bytes]:
    """Name -> content of each module, in the order of loading."""
    there = {_name(path): path for path in kernel.modules.rglob("*.ko*")}
    loaded: dict[str, bytes] = {}

    def load(name: str) -> Iterator[tuple[str, bytes]]:
        path = there.get(name.replace("-", "_"))
        if path is None or _name(path) in loaded:
            return
        content = _content(path)
        found = _DEPENDS.search(content)
        for needed in filter(None, found[1].decode().split(",") if found else []):
            loaded.update(load(needed))
        yield _name(path), content

    for name in names:
        loaded.update(load(name))
    return loaded


def _name(path: Path) -> str:
    """Modules are spelled with - or _, and mean the same."""
    return path.name.partition(".ko")[0].replace("-", "_")


def _content(path: Path) -> bytes:
    try:
        return _UNPACK[path.suffix](path.read_bytes())
    except (KeyError, OSError, EOFError, lzma.LZMAError, zstandard.ZstdError):
        raise InputError(path, "is no module that can be unpacked; give the kernel's packages anew") from None
