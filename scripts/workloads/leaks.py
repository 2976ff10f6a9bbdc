"""Traces of this machine and of its users, which a published sample of memory must never hold.

Looked for, as plain bytes: the values of the caller's environment, the host name, home directories, login
names, the checkout's path, and blocks of ``KEY=VALUE`` strings beyond what the empty room gave. What is found
is named by offset and kind, and never shown.
"""

from __future__ import annotations

import io
import os
import pwd
import re
import socket
import subprocess
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO

from workloads.synth import VOCABULARY

_CHECKOUT = Path(__file__).resolve().parents[2]
_CHUNK = 1 << 20
_OVERLAP = 4096  # bytes of the block before that are looked at again, for what lies across a border
_SYSTEM_PATH = re.compile(r"/(usr|bin|sbin|lib|etc|dev|proc|sys|tmp|var|nonexistent)\b.*")
_SAME_EVERYWHERE = re.compile(r"LANG|LANGUAGE|LC_\w+|TERM|COLORTERM|SHELL|PAGER|EDITOR|DEBIAN_FRONTEND")
_VARIABLE = rb"[A-Za-z_][A-Za-z0-9_]{2,}=[\x20-\x7e]*\0"  # shorter names: mostly pointers that look so
_ENVIRONMENT_BLOCK = re.compile(rb"(?<![^\0])" + _VARIABLE + rb"(?:" + _VARIABLE + rb")+")
# What the room gives, what g++ tells cc1plus, what postgres sets for itself, and what valgrind sets for a program.
_HARMLESS = re.compile(
    rb"PATH|LC_\w+|PYTHONHASHSEED|COLLECT_\w+|OFFLOAD_TARGET_\w+|PG[A-Z]+|LD_PRELOAD|GLIBC\w+_FORCE_NEW"
)


def find_secrets(path: Path) -> list[str]:
    """What in ``path`` gives this machine away: one line ``where: offset N: kind`` for each find.

    A ``.zpages`` is read unpacked, member by member; a ``.zst`` unpacked; anything else as it is.
    """
    return [find for where, file in _unpacked(path) for find in secrets_in(_chunks(file), where)]


def _unpacked(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """The byte streams that are in ``path``, each with its name."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                with archive.open(name) as member:
                    yield f"{path.name}: {name}", member
    elif path.suffix == ".zst":
        unpacked = subprocess.run(["/usr/bin/zstd", "-dcq", path], check=True, stdout=subprocess.PIPE).stdout
        yield path.name, io.BytesIO(unpacked)
    else:
        with open(path, "rb") as file:
            yield path.name, file


def secrets_in(blocks: Iterable[bytes], where: str) -> Iterator[str]:
    """Finds in consecutive ``blocks``, pages for instance, at most one of a kind per block."""
    needles = telltales(os.environ)
    offset, tail = 0, b""
    for block in blocks:
        area = tail + block
        for needle, kind in needles.items():
            at = area.rfind(needle)
            if at + len(needle) > len(tail) and at >= 0:
                yield f"{where}: offset {offset - len(tail) + at}: {kind}"
        for match in _ENVIRONMENT_BLOCK.finditer(area):
            if match.end() > len(tail) and _has_foreign_variable(match[0]):
                yield f"{where}: offset {offset - len(tail) + match.start()}: a block of environment strings"
        offset, tail = offset + len(block), area[-_OVERLAP:]


def telltales(environment: Mapping[str, str]) -> dict[bytes, str]:
    """Strings that only this machine has, each with its kind, which can be shown."""
    found = dict.fromkeys(("/home/", "/root/"), "a home directory")
    found[str(_CHECKOUT)] = "the checkout's path"
    for variable, value in environment.items():
        if not _SAME_EVERYWHERE.fullmatch(variable):
            found |= dict.fromkeys(_private_parts(value), f"value of the variable {variable}")
    if (home := environment.get("HOME", "/").rstrip("/")) not in ("", "/root"):
        found[f"{home}/"] = "a home directory"
    if len(host := socket.gethostname()) >= 4 and host != "localhost":
        found[host] = "the host name"
    found |= dict.fromkeys(_login_names(), "a login name")
    return {text.encode(errors="surrogateescape"): kind for text, kind in found.items()}


def _private_parts(value: str) -> Iterator[str]:
    """The value, and each path of a search path; without what is short, a small number or the system's."""
    parts = {value, *value.split(":")} if value.startswith("/") else {value}
    for part in parts:
        if len(part) > 5 and not (part.isdigit() and len(part) < 9) and not _all_system_paths(part):
            yield part


def _all_system_paths(value: str) -> bool:
    return all(_SYSTEM_PATH.fullmatch(part) for part in value.split(":"))


def _login_names() -> set[str]:
    """People who can log in here; a name that the synthetic data uses too would prove nothing."""
    people = {user.pw_name for user in pwd.getpwall() if user.pw_uid >= 1000 and user.pw_shell.endswith("sh")}
    return {name for name in people if len(name) >= 4} - VOCABULARY


def _has_foreign_variable(block: bytes) -> bool:
    names = [variable.partition(b"=")[0] for variable in block.split(b"\0") if variable]
    return not all(_HARMLESS.fullmatch(name) for name in names)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk
