"""A set-up in words -> what it is: ``disk``, ``zswap,codec=lz4``, ``zram,disksize=1GiB``, ``none``.

A SPEC begins with the kind. What follows is KEY=VALUE, or the bare name of a codec, pool, era, policy or device, as in
the SPECs of compare (zswapbench.runs.options).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from zswapbench.common.errors import UsageError
from zswapbench.plugins.registry import SETUPS, names_file
from zswapbench.runs.options import Options, family_of
from zswapbench.runs.setups.base import Asked, Key, Setup


def setup_of(spec: str, common: Options) -> tuple[Setup, Asked]:
    """The set-up that ``spec`` asks for; ``common``: kernel, device and costs.

    Raises UsageError for what is no SPEC.
    """
    setup, said = said_by(spec)
    options: dict[str, Any] = {}
    own: dict[str, str] = {}
    for key, value in said.items():
        if key.option:
            options[key.option] = _number(spec, f"{key.name}={value}", value, key) if key.high else value
        else:
            own[key.name] = value
    return setup, Asked(spec, replace(common, label=spec, **options), own)


def said_by(spec: str) -> tuple[Setup, dict[Key, str]]:
    """The kind of set-up, and what ``spec`` says of it, in its order. Raises UsageError for what is no SPEC."""
    kind, *parts = spec.split(",")
    setup = SETUPS.choose(kind).make()
    said: dict[Key, str] = {}
    for part in parts:
        key, value = _part(spec, setup, part)
        if any(other.name == key.name or (key.option and other.option == key.option) for other in said):
            raise UsageError(f"{spec!r}: {part!r} is a second {key.name}; give one")
        said[key] = value
    return setup, said


def _part(spec: str, setup: Setup, part: str) -> tuple[Key, str]:
    """Key and value of one ``part`` of ``spec``."""
    keys = {key.name: key for key in setup.keys}
    name, equals, value = part.partition("=")
    if not equals or ":" in name:
        name, value = family_of(spec, part), part
    if name not in keys:
        ways = ", ".join(f"{one}=..." for one in keys) or "nothing"
        raise UsageError(f"{spec!r}: {setup.name} does not take {part!r}; it takes {ways}")
    if not value:
        raise UsageError(f"{spec!r}: {part!r} has no value")
    if name == "policy" and names_file(value):
        raise UsageError(f"{spec!r}: a machine takes no policy in plain Python; give the name of one")
    return keys[name], value


def _number(spec: str, part: str, text: str, key: Key) -> int:
    if not re.fullmatch(r"\d{1,3}", text) or not key.low <= int(text) <= key.high:
        raise UsageError(f"{spec!r}: {part} is not a number from {key.low} to {key.high}")
    return int(text)
