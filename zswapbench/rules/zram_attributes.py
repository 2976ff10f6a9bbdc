"""What is written to a device's attributes in sysfs, ``ATTR=VALUE`` in the kernel's own grammar.

    compact=1
    idle=all                idle=3600
    writeback=huge          writeback=idle | huge_idle | incompressible | page_index=17
    writeback_limit=1000
    recomp_algorithm=algo=zstd priority=1
    recompress=type=huge_idle threshold=2000 max_pages=500 algo=zstd

What a kernel says -EINVAL to, and what would be without effect for want of something, is refused here with
what is allowed. ``writeback_limit`` also enables the limit. A secondary algorithm can be registered after the
pages were written, which a kernel wants done before, and has each priority once.

Source: drivers/block/zram/zram_drv.c compact_store(), idle_store(), writeback_store(), writeback_limit_store(),
recomp_algorithm_store(), recompress_store(), 6.12.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from zswapbench.common.errors import UsageError
from zswapbench.plugins.registry import CODECS
from zswapbench.rules.zram_kernels import SINCE, Rules

MODES: dict[str, tuple[str, ...]] = {
    "idle": ("idle",),
    "huge": ("huge",),
    "huge_idle": ("huge", "idle"),
    "incompressible": ("incompressible",),
}
"""Words for slots, each with the flags that a slot must have."""

HIGHEST_PRIORITY = 3
_MOST = (1 << 53) - 1
"""More pages, seconds and bytes than there are; a JSON number holds it."""


@dataclass(frozen=True)
class Compact:
    """Move objects together."""


@dataclass(frozen=True)
class Idle:
    """Mark slots that were not accessed for more than ``seconds`` of trace time; None: all."""

    seconds: int | None


@dataclass(frozen=True)
class Writeback:
    """Write slots with all of ``flags``, or the one at ``page_index``, to the backing device."""

    flags: tuple[str, ...] = ()
    page_index: int | None = None


@dataclass(frozen=True)
class WritebackLimit:
    """``units`` of 4 KiB may be written back from now on."""

    units: int


@dataclass(frozen=True)
class RecompAlgorithm:
    """Register codec ``algo`` for recompression."""

    algo: str
    priority: int


@dataclass(frozen=True)
class Recompress:
    """Try algorithms of priority ``first`` to ``last`` on slots with all of ``flags``; see sim/zram/recompression.py.

    ``threshold``: bytes, 0 for none; ``max_pages``: None for any number.
    """

    flags: tuple[str, ...]
    threshold: int
    max_pages: int | None
    first: int
    last: int


Action = Compact | Idle | Writeback | WritebackLimit | RecompAlgorithm | Recompress


@dataclass(frozen=True)
class Write:
    """One write. ``text``: as it was given; ``action``: what it means."""

    text: str
    action: Action


def parse_writes(texts: Iterable[str], rules: Rules) -> list[Write]:
    """The writes meant by ``texts``, in order. Raises UsageError for one that the kernel would refuse."""
    parser = _Parser(rules)
    return [parser.parse(text) for text in texts]


class _Parser:
    """Knows the kernel, and which algorithms earlier writes have registered, by priority."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.algorithms: dict[int, str] = {}

    def parse(self, text: str) -> Write:
        attribute, equals, value = text.partition("=")
        readers: dict[str, Callable[[str], Action]] = {
            "compact": self._compact,
            "idle": self._idle,
            "writeback": self._writeback,
            "writeback_limit": self._writeback_limit,
            "recomp_algorithm": self._recomp_algorithm,
            "recompress": self._recompress,
        }
        if attribute not in readers:
            raise UsageError(f"zram has no attribute {attribute!r} to write; it has: {', '.join(readers)}")
        if not equals:
            raise UsageError(f"{text!r} has no value to write; write {attribute}=VALUE")
        self._want(attribute, f"attribute {attribute}")
        return Write(text, readers[attribute](value.strip()))

    def _want(self, key: str, what: str) -> None:
        if not self.rules.has(key):
            since = "{}.{}".format(*SINCE[key])
            raise UsageError(f"zram of kernel {self.rules.kernel} has no {what}, which came with {since}")

    def _compact(self, value: str) -> Compact:
        if value != "1":
            raise UsageError(f"compact={value} is not possible; write compact=1")
        return Compact()

    def _idle(self, value: str) -> Idle:
        if value == "all":
            return Idle(None)
        seconds = _number(f"idle={value}", value, "all or a number of seconds", most=(1 << 32) - 1)
        self._want("idle=SECONDS", "idle=SECONDS")
        return Idle(seconds)

    def _writeback(self, value: str) -> Writeback:
        word, _, number = value.partition("=")
        allowed = ", ".join([*MODES, "page_index=N"])
        if word == "page_index":
            self._want("writeback=page_index", "writeback=page_index=N")
            index = _number(f"writeback={value}", number, f"one of {allowed}", most=(1 << 31) - 1)
            return Writeback(page_index=index)
        if value not in MODES:
            raise UsageError(f"writeback={value} is not one of {allowed}")
        self._want(f"writeback={value}", f"writeback={value}")
        return Writeback(MODES[value])

    def _writeback_limit(self, value: str) -> WritebackLimit:
        return WritebackLimit(_number(f"writeback_limit={value}", value, "a number of units of 4 KiB"))

    def _recomp_algorithm(self, value: str) -> RecompAlgorithm:
        given = _fields("recomp_algorithm", value, ("algo", "priority"))
        if "algo" not in given:
            raise UsageError(f"recomp_algorithm={value} names no algorithm; write algo=NAME priority=N")
        algo = str(CODECS.choose(given["algo"]))
        priority = _priority("recomp_algorithm", given.get("priority", "1"))
        if priority in self.algorithms:
            raise UsageError(
                f"recomp_algorithm={value}: priority {priority} is {self.algorithms[priority]} already"
            )
        self.algorithms[priority] = algo
        return RecompAlgorithm(algo, priority)

    def _recompress(self, value: str) -> Recompress:
        given = _fields("recompress", value, ("type", "threshold", "max_pages", "algo", "priority"))
        if not given:
            raise UsageError(
                "recompress= selects no pages; write type=huge, type=idle or threshold=N, or several"
            )
        kind = given.get("type", "")
        allowed = [word for word in MODES if word != "incompressible"]
        if kind and kind not in allowed:
            raise UsageError(f"recompress=type={kind} is not one of {', '.join(allowed)}")
        most = self.rules.huge_from - 1
        threshold = given.get("threshold", "0")
        pages = given.get("max_pages")
        first, last = self._candidates(given)
        return Recompress(
            flags=MODES[kind] if kind else (),
            threshold=_number(
                f"recompress: threshold={threshold}", threshold, f"a number up to {most}", most
            ),
            max_pages=None
            if pages is None
            else _number(f"recompress: max_pages={pages}", pages, "a number of pages"),
            first=first,
            last=last,
        )

    def _candidates(self, given: dict[str, str]) -> tuple[int, int]:
        """The lowest and the highest priority that a recompression tries."""
        if not self.algorithms:
            raise UsageError(
                "recompress: no algorithm is registered; write recomp_algorithm=algo=NAME before"
            )
        if "algo" in given and "priority" in given:
            raise UsageError("recompress: write algo=NAME or priority=N, not both")
        known = ", ".join(f"{algo} ({priority})" for priority, algo in sorted(self.algorithms.items()))
        if "algo" in given:
            algo = str(CODECS.choose(given["algo"]))
            found = [priority for priority, name in sorted(self.algorithms.items()) if name == algo]
            if not found:
                raise UsageError(f"recompress: algo={given['algo']} is not registered; there are: {known}")
            return found[0], found[0]
        if "priority" in given:
            priority = _priority("recompress", given["priority"])
            if priority not in self.algorithms:
                raise UsageError(f"recompress: priority={priority} is not registered; there are: {known}")
            return priority, priority
        return min(self.algorithms), HIGHEST_PRIORITY


def _fields(attribute: str, value: str, allowed: tuple[str, ...]) -> dict[str, str]:
    """``key=value`` words by key."""
    found: dict[str, str] = {}
    for word in value.split():
        key, _, given = word.partition("=")
        if key not in allowed or not given:
            raise UsageError(
                f"{attribute}: {word!r} is not one of {', '.join(f'{key}=' for key in allowed)} with a value"
            )
        if key in found:
            raise UsageError(f"{attribute}: {key} is given twice")
        found[key] = given
    return found


def _priority(attribute: str, text: str) -> int:
    number = _number(f"{attribute}: priority={text}", text, f"a number from 1 to {HIGHEST_PRIORITY}")
    if not 1 <= number <= HIGHEST_PRIORITY:
        raise UsageError(f"{attribute}: priority={text} is not a number from 1 to {HIGHEST_PRIORITY}")
    return number


def _number(what: str, text: str, allowed: str, most: int = _MOST) -> int:
    if not re.fullmatch("[0-9]{1,16}", text) or int(text) > most:
        raise UsageError(f"{what} is not {allowed}")
    return int(text)
