"""A dictionary, as zram can have: a file whose bytes a codec takes as having come before each page.

It may be made of pages, and so hold the memory of a program. Nothing of it is told but its size and its digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from zswapbench.common.errors import InputError
from zswapbench.common.files import open_regular
from zswapbench.plugins.registry import Parameter

LARGEST = 16 << 20
"""Bytes. A kernel reads up to 2 GiB; a page of 4 KiB has nothing of so much."""


@dataclass(frozen=True)
class Dictionary:
    """The file ``path``, read once. ``content``: all of it; ``str()`` gives the path, which asks for it again.

    Raises InputError for a file that cannot be read, or can be no dictionary.
    """

    word: ClassVar[str] = "file"

    path: str
    content: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        with open_regular(self.path, InputError) as file:
            content = file.read(LARGEST + 1)
        if not content:
            raise InputError(
                self.path, "is empty, which a kernel refuses; give a dictionary with bytes in it"
            )
        if len(content) > LARGEST:
            raise InputError(self.path, f"has more than {LARGEST:,} bytes; give a smaller dictionary")
        object.__setattr__(self, "content", content)

    def __str__(self) -> str:
        return self.path

    @property
    def identity(self) -> str:
        """Size and digest: equal ones give equal sizes."""
        return f"{len(self.content)}-sha256-{hashlib.sha256(self.content).hexdigest()}"

    def refuse_outside(self, low: int, high: int, codec: str) -> None:
        """Raise InputError if it has not ``low`` to ``high`` bytes, as ``codec`` wants it."""
        if not low <= len(self.content) <= high:
            raise InputError(
                self.path,
                f"has {len(self.content):,} bytes; a dictionary for {codec} has {low} to {high:,}, "
                "and with another a kernel takes no page",
            )


DICTIONARY = Parameter("dictionary", Dictionary, None, "zram's dict=")
"""What a codec that can have one declares, last."""


def told(parameters: Mapping[str, Any]) -> list[str]:
    """``name=value`` of each parameter, as an identity has it."""
    return [
        f"{name}={value.identity if isinstance(value, Dictionary) else value}"
        for name, value in parameters.items()
    ]
