"""What is written to a device's attributes in sysfs, ``ATTR=VALUE`` in the kernel's own grammar.

    compact=1
    idle=all                idle=3600
    writeback=huge          writeback=idle | huge_idle | incompressible | page_index=17
    writeback=page_indexes=0-99 page_index=200      writeback=type=idle
    writeback_limit=1000    writeback_batch_size=64     compressed_writeback=1
    recomp_algorithm=algo=zstd priority=1
    algorithm_params=priority=1 level=9             algorithm_params=algo=zstd dict=FILE
    recompress=type=huge_idle threshold=2000 max_pages=500 algo=zstd

What a kernel says -EINVAL to, or what it passes over because it does not know the word, is refused here with
what is allowed. ``writeback_limit`` also enables the limit.

Some attributes set a device up, and a kernel wants them written before the pages. Here they come after the trace like
all others, and hold as follows. A secondary algorithm can be registered at any time, and has each priority once.
Parameters hold for the whole run, the trace included; the last ones written for a priority do. They may be written
before its algorithm is registered, but 7.3 forgets them then. Writeback is compressed from its first page on or never.

Source: drivers/block/zram/zram_drv.c compact_store(), idle_store(), writeback_store(), writeback_limit_store(),
writeback_batch_size_store(), compressed_writeback_store(), recomp_algorithm_store(), algorithm_params_store(),
recompress_store(), 6.12 to 7.3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from zswapbench.common.errors import UsageError
from zswapbench.rules.zram_actions import (
    MODES,
    PRIMARY,
    Action,
    Compact,
    CompressedWriteback,
    Idle,
    Plan,
    RecompAlgorithm,
    Write,
    Writeback,
    WritebackBatchSize,
    WritebackLimit,
)
from zswapbench.rules.zram_algorithms import Algorithms
from zswapbench.rules.zram_kernels import Rules
from zswapbench.rules.zram_words import number_of

_LAST_SLOT = (1 << 31) - 1


def parse_writes(texts: Iterable[str], rules: Rules, codec: str = "") -> Plan:
    """What ``texts``, in order, and the primary ``codec`` mean; "": the kernel's own.

    Raises UsageError for a write that the kernel would refuse, and what CODECS.choose raises.
    """
    parser = _Parser(rules, codec or rules.codec)
    writes = [parser.parse(text) for text in texts]
    return Plan(parser.algorithms.with_parameters(PRIMARY), tuple(map(parser.settled, writes)))


class _Parser:
    """Knows the kernel, and what earlier writes have set. ``written_back``: whether one was a writeback."""

    def __init__(self, rules: Rules, codec: str) -> None:
        self.rules = rules
        self.algorithms = Algorithms(rules, codec)
        self.written_back = False

    def parse(self, text: str) -> Write:
        attribute, equals, value = text.partition("=")
        readers: dict[str, Callable[[str], Action]] = {
            "compact": self._compact,
            "idle": self._idle,
            "writeback": self._writeback,
            "writeback_limit": self._writeback_limit,
            "writeback_batch_size": self._writeback_batch_size,
            "compressed_writeback": self._compressed_writeback,
            "recomp_algorithm": self.algorithms.recomp_algorithm,
            "algorithm_params": self.algorithms.algorithm_params,
            "recompress": self.algorithms.recompress,
        }
        if attribute not in readers:
            raise UsageError(f"zram has no attribute {attribute!r} to write; it has: {', '.join(readers)}")
        if not equals:
            raise UsageError(f"{text!r} has no value to write; write {attribute}=VALUE")
        self.rules.want(attribute, f"attribute {attribute}")
        return Write(text, readers[attribute](value.strip()))

    def settled(self, write: Write) -> Write:
        """The same write, now that all parameters are known."""
        if isinstance(write.action, RecompAlgorithm):
            algo = self.algorithms.with_parameters(write.action.priority)
            return replace(write, action=replace(write.action, algo=algo))
        return write

    def _compact(self, value: str) -> Compact:
        if value != "1":
            raise UsageError(f"compact={value} is not possible; write compact=1")
        return Compact()

    def _idle(self, value: str) -> Idle:
        if value == "all":
            return Idle(None)
        seconds = number_of(f"idle={value}", value, "all or a number of seconds", most=(1 << 32) - 1)
        self.rules.want("idle=SECONDS", "idle=SECONDS")
        return Idle(seconds)

    def _writeback(self, value: str) -> Writeback:
        self.written_back = True
        if self.rules.has("writeback=WORDS"):
            return self._writeback_words(value)
        allowed = ", ".join([*MODES, "page_index=N"])
        word, _, number = value.partition("=")
        if word == "page_index":
            return Writeback(ranges=(self._page_index(value, number, allowed),))
        return Writeback(self._mode(value, value, allowed))

    def _writeback_words(self, value: str) -> Writeback:
        """Ranges up to a type, which ends the reading: it stands for what it names if no range came before it.

        What comes behind a type must be words of the grammar too, but changes nothing, as in the kernel.
        """
        allowed = ", ".join([*MODES, "type=TYPE", "page_index=N", "page_indexes=LOW-HIGH"])
        ranges: list[tuple[int, int]] = []
        flags: tuple[str, ...] | None = None
        for word in value.split():
            key, equals, given = word.partition("=")
            if key == "page_index":
                found = self._page_index(word, given, allowed)
            elif key == "page_indexes":
                found = _page_indexes(word, given, allowed)
            else:
                mode = self._mode(word, given if equals and key == "type" else word, allowed)
                flags = mode if flags is None else flags
                continue
            if flags is None:
                ranges.append(found)
        if flags is None and not ranges:
            raise UsageError(f"writeback={value} is not one of {allowed}")
        return Writeback(ranges=tuple(ranges)) if ranges else Writeback(flags or ())

    def _page_index(self, word: str, number: str, allowed: str) -> tuple[int, int]:
        self.rules.want("writeback=page_index", "writeback=page_index=N")
        index = number_of(f"writeback={word}", number, f"one of {allowed}", most=_LAST_SLOT)
        return index, index

    def _mode(self, word: str, mode: str, allowed: str) -> tuple[str, ...]:
        if mode not in MODES:
            raise UsageError(f"writeback={word} is not one of {allowed}")
        self.rules.want(f"writeback={mode}", f"writeback={mode}")
        return MODES[mode]

    def _writeback_limit(self, value: str) -> WritebackLimit:
        return WritebackLimit(number_of(f"writeback_limit={value}", value, "a number of units of 4 KiB"))

    def _writeback_batch_size(self, value: str) -> WritebackBatchSize:
        allowed = "a number of pages from 1 on"
        pages = number_of(f"writeback_batch_size={value}", value, allowed, most=(1 << 32) - 1)
        if pages == 0:
            raise UsageError(f"writeback_batch_size={value} is not {allowed}")
        return WritebackBatchSize(pages)

    def _compressed_writeback(self, value: str) -> CompressedWriteback:
        if value not in ("0", "1"):
            raise UsageError(f"compressed_writeback={value} is not 0 or 1")
        if self.written_back:
            raise UsageError("compressed_writeback: write it before the first writeback")
        return CompressedWriteback(value == "1")


def _page_indexes(word: str, given: str, allowed: str) -> tuple[int, int]:
    what, allowed = f"writeback={word}", f"one of {allowed}"
    low, _, high = given.partition("-")
    first, last = (number_of(what, number, allowed, most=_LAST_SLOT) for number in (low, high))
    if first > last:
        raise UsageError(f"{what}: {first} is above {last}")
    return first, last
