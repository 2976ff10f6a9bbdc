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

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from zswapbench.common.errors import UsageError
from zswapbench.plugins.dictionary import Dictionary
from zswapbench.plugins.registry import Choice
from zswapbench.rules.zram_kernels import SINCE, Rules

MODES: dict[str, tuple[str, ...]] = {
    "idle": ("idle",),
    "huge": ("huge",),
    "huge_idle": ("huge", "idle"),
    "incompressible": ("incompressible",),
}
"""Words for slots, each with the flags that a slot must have."""

PRIMARY = 0
HIGHEST_PRIORITY = 3
_MOST = (1 << 53) - 1
"""More pages, seconds and bytes than there are; a JSON number holds it."""

_LAST_SLOT = (1 << 31) - 1

_LEVELS = {"lz4": "acceleration", "lz4hc": "level", "zstd": "level", "deflate": "level"}
"""What algorithm_params calls level, by codec. The others have none."""

_WITHOUT_DICTIONARY = ("lzo", "lzo-rle", "842", "deflate")
"""Codecs of zram that pass over dict=, or refuse it."""


@dataclass(frozen=True)
class Compact:
    """Move objects together."""


@dataclass(frozen=True)
class Idle:
    """Mark slots that were not accessed for ``seconds`` of trace time; None: all. See sim/zram/writeback.py."""

    seconds: int | None


@dataclass(frozen=True)
class Writeback:
    """Write slots with all of ``flags``, or those in ``ranges``, first and last, to the backing device."""

    flags: tuple[str, ...] = ()
    ranges: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class WritebackLimit:
    """``units`` of 4 KiB may be written back from now on."""

    units: int


@dataclass(frozen=True)
class WritebackBatchSize:
    """So many pages may be on their way to the backing device at a time, which takes no time here."""

    pages: int


@dataclass(frozen=True)
class CompressedWriteback:
    """Pages go to the backing device as they are stored, or raw."""

    on: bool


@dataclass(frozen=True)
class AlgorithmParams:
    """The algorithm of ``priority`` has these parameters, by the codec's names for them, from the beginning.

    Empty if it is registered later: its codec is not known yet.
    """

    priority: int
    parameters: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class RecompAlgorithm:
    """Register codec ``algo``, as ``str()`` of its choice gives it, for recompression."""

    algo: str
    priority: int


@dataclass(frozen=True)
class Recompress:
    """Try algorithms of priority ``first`` to ``last`` on slots with all of ``flags``; see sim/zram/recompression.py.

    ``threshold``: bytes, 0 for none; ``max_pages``: None for any number. A kernel may go less far than ``last``.
    """

    flags: tuple[str, ...]
    threshold: int
    max_pages: int | None
    first: int
    last: int


Action = (
    Compact
    | Idle
    | Writeback
    | WritebackLimit
    | WritebackBatchSize
    | CompressedWriteback
    | AlgorithmParams
    | RecompAlgorithm
    | Recompress
)


@dataclass(frozen=True)
class Write:
    """One write. ``text``: as it was given; ``action``: what it means."""

    text: str
    action: Action


@dataclass(frozen=True)
class Plan:
    """``codec``: the primary one with its parameters, as ``str()`` of its choice gives it. ``writes``: in order."""

    codec: str
    writes: tuple[Write, ...]


def parse_writes(texts: Iterable[str], rules: Rules, codec: str = "") -> Plan:
    """What ``texts``, in order, and the primary ``codec`` mean; "": the kernel's own.

    Raises UsageError for a write that the kernel would refuse, and what CODECS.choose raises.
    """
    parser = _Parser(rules, codec or rules.codec)
    writes = [parser.parse(text) for text in texts]
    return Plan(parser.with_parameters(0), tuple(map(parser.settled, writes)))


class _Parser:
    """Knows the kernel, and what earlier writes have registered and set.

    ``algorithms``: choices by priority, the primary one included; ``parameters``: by priority and name, what
    algorithm_params has set; ``waiting``: by priority, its words for an algorithm that was not registered yet.
    """

    def __init__(self, rules: Rules, codec: str) -> None:
        self.rules = rules
        self.algorithms: dict[int, Choice[Any]] = {PRIMARY: rules.choose(codec)}
        self.parameters: dict[int, dict[str, Any]] = {}
        self.waiting: dict[int, dict[str, str]] = {}
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
            "recomp_algorithm": self._recomp_algorithm,
            "algorithm_params": self._algorithm_params,
            "recompress": self._recompress,
        }
        if attribute not in readers:
            raise UsageError(f"zram has no attribute {attribute!r} to write; it has: {', '.join(readers)}")
        if not equals:
            raise UsageError(f"{text!r} has no value to write; write {attribute}=VALUE")
        self._want(attribute, f"attribute {attribute}")
        return Write(text, readers[attribute](value.strip()))

    def with_parameters(self, priority: int) -> str:
        """The algorithm of this priority, with its parameters."""
        choice = self.algorithms[priority]
        return str(replace(choice, parameters={**choice.parameters, **self.parameters.get(priority, {})}))

    def settled(self, write: Write) -> Write:
        """The same write, now that all parameters are known."""
        if isinstance(write.action, RecompAlgorithm):
            algo = self.with_parameters(write.action.priority)
            return replace(write, action=replace(write.action, algo=algo))
        return write

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
        self._want("writeback=page_index", "writeback=page_index=N")
        index = _number(f"writeback={word}", number, f"one of {allowed}", most=_LAST_SLOT)
        return index, index

    def _mode(self, word: str, mode: str, allowed: str) -> tuple[str, ...]:
        if mode not in MODES:
            raise UsageError(f"writeback={word} is not one of {allowed}")
        self._want(f"writeback={mode}", f"writeback={mode}")
        return MODES[mode]

    def _writeback_limit(self, value: str) -> WritebackLimit:
        return WritebackLimit(_number(f"writeback_limit={value}", value, "a number of units of 4 KiB"))

    def _writeback_batch_size(self, value: str) -> WritebackBatchSize:
        allowed = "a number of pages from 1 on"
        pages = _number(f"writeback_batch_size={value}", value, allowed, most=(1 << 32) - 1)
        if pages == 0:
            raise UsageError(f"writeback_batch_size={value} is not {allowed}")
        return WritebackBatchSize(pages)

    def _compressed_writeback(self, value: str) -> CompressedWriteback:
        if value not in ("0", "1"):
            raise UsageError(f"compressed_writeback={value} is not 0 or 1")
        if self.written_back:
            raise UsageError("compressed_writeback: write it before the first writeback")
        return CompressedWriteback(value == "1")

    def _recomp_algorithm(self, value: str) -> RecompAlgorithm:
        given = _fields("recomp_algorithm", value, ("algo", "priority"))
        if "algo" not in given:
            raise UsageError(f"recomp_algorithm={value} names no algorithm; write algo=NAME priority=N")
        algo = self.rules.choose(given["algo"])
        priority = _priority("recomp_algorithm", given.get("priority", "1"))
        if priority in self.algorithms:
            raise UsageError(
                f"recomp_algorithm={value}: priority {priority} is {self.algorithms[priority]} already"
            )
        self.algorithms[priority] = algo
        if priority in self.waiting:
            self.parameters[priority] = _codec_parameters(algo, self.waiting[priority], self.rules)
        return RecompAlgorithm(str(algo), priority)

    def _algorithm_params(self, value: str) -> AlgorithmParams:
        given = _fields("algorithm_params", value, ("algo", "priority", "level", "dict", "deflate.winbits"))
        if "deflate.winbits" in given:
            self._want("algorithm_params=deflate.winbits", "algorithm_params=deflate.winbits=N")
        if given.keys() <= {"algo", "priority"}:
            raise UsageError(f"algorithm_params={value} has no parameter; add one, such as level=N")
        priority = self._whose_params(given)
        if priority not in self.algorithms:
            self.waiting[priority] = given
            return AlgorithmParams(priority, ())
        self.parameters[priority] = _codec_parameters(self.algorithms[priority], given, self.rules)
        return AlgorithmParams(priority, tuple(self.parameters[priority].items()))

    def _whose_params(self, given: dict[str, str]) -> int:
        """The priority that algorithm_params is for. A name alone is enough; up to 7.0 it beats a priority."""
        known = ", ".join(f"{algo} ({priority})" for priority, algo in sorted(self.algorithms.items()))
        asked = given.get("priority")
        lowest = 0 if asked is None else _priority("algorithm_params", asked, lowest=0)
        if "algo" not in given:
            if lowest not in self.algorithms and self.rules.params_reset:
                raise UsageError(
                    f"algorithm_params: priority={lowest} is not registered, and kernel {self.rules.kernel} forgets "
                    f"parameters when it is; write recomp_algorithm=algo=NAME priority={lowest} before; "
                    f"there are: {known}"
                )
            return lowest
        named = self._named(given["algo"])
        if not named:
            raise UsageError(f"algorithm_params: algo={given['algo']} is not registered; there are: {known}")
        if asked is not None and self.rules.recompress == "one":
            if lowest not in named:
                raise UsageError(
                    f"algorithm_params: algo={given['algo']} has not priority={asked}; there are: {known}"
                )
            return lowest
        return named[0]

    def _named(self, algo: str) -> list[int]:
        """The priorities of this algorithm, lowest first; a name alone is that of one with any parameters."""
        choice = self.rules.choose(algo)
        return [
            priority
            for priority, one in sorted(self.algorithms.items())
            if one == choice or algo == (one.place or one.leaf.name)
        ]

    def _recompress(self, value: str) -> Recompress:
        given = _fields("recompress", value, ("type", "threshold", "max_pages", "algo", "priority"))
        if not given:
            raise UsageError(
                "recompress= says nothing; write type=idle, type=huge or type=huge_idle, or threshold=0 for all pages"
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
        """The lowest and the highest priority that a recompression asks for.

        From 7.1 on it is one. Before, a name is looked for from the priority on.
        """
        secondary = {priority: algo for priority, algo in self.algorithms.items() if priority != PRIMARY}
        if not secondary:
            raise UsageError(
                "recompress: no algorithm is registered; write recomp_algorithm=algo=NAME before"
            )
        known = ", ".join(f"{algo} ({priority})" for priority, algo in sorted(secondary.items()))
        one_only = self.rules.recompress == "one"
        asked = given.get("priority")
        # Where several may be tried, a kernel takes the primary's priority for that of the first secondary one.
        first = 1 if asked is None else max(1, _priority("recompress", asked, lowest=1 if one_only else 0))
        if "algo" in given:
            named = [priority for priority in self._named(given["algo"]) if priority in secondary]
            if not named:
                raise UsageError(f"recompress: algo={given['algo']} is not registered; there are: {known}")
            if asked is not None:
                named = [one for one in named if (one == first if one_only else one >= first)]
            if not named:
                raise UsageError(
                    f"recompress: algo={given['algo']} has not priority={asked}; there are: {known}"
                )
            first = named[0]
        elif (asked is not None or one_only) and first not in secondary:
            raise UsageError(f"recompress: priority={first} is not registered; there are: {known}")
        if self.rules.recompress == "bounded" and first > len(secondary):
            raise UsageError(
                f"recompress: priority={first} is not below {len(secondary) + 1}, the number of algorithms, as kernel "
                f"{self.rules.kernel} wants it; register them from 1 on without a gap"
            )
        alone = one_only or asked is not None or "algo" in given
        return first, first if alone else HIGHEST_PRIORITY


def _page_indexes(word: str, given: str, allowed: str) -> tuple[int, int]:
    what, allowed = f"writeback={word}", f"one of {allowed}"
    low, _, high = given.partition("-")
    first, last = (_number(what, number, allowed, most=_LAST_SLOT) for number in (low, high))
    if first > last:
        raise UsageError(f"{what}: {first} is above {last}")
    return first, last


def _codec_parameters(algo: Choice[Any], given: dict[str, str], rules: Rules) -> dict[str, Any]:
    """The parameters that ``algo`` has for level, dict and deflate.winbits, which need not be any."""
    name = "" if algo.place else algo.leaf.name
    texts = {}
    if "level" in given:
        if name in _LEVELS:
            texts[_LEVELS[name]] = _level(name, given["level"])
        elif rules.level_checked:
            raise UsageError(
                f"algorithm_params: {algo} has no level, and kernel {rules.kernel} refuses one for it"
            )
    if "deflate.winbits" in given and name == "deflate":
        texts["window"] = _raw_window(given["deflate.winbits"])
    declared = {parameter.name: parameter for parameter in algo.leaf.parameters}
    if "dict" in given:
        path = _dictionary_path(given["dict"])
        if "dictionary" in declared:
            texts["dictionary"] = path
        elif name not in _WITHOUT_DICTIONARY or rules.level_checked:
            refused = (
                f"kernel {rules.kernel} refuses one for it" if name in _WITHOUT_DICTIONARY else "takes none"
            )
            raise UsageError(f"algorithm_params: {algo} has no dictionary, and {refused}; leave dict= out")
        else:
            Dictionary(path)  # which a kernel reads, too, before it passes over it
    return {key: declared[key].parse("algorithm_params", text) for key, text in texts.items()}


def _dictionary_path(text: str) -> str:
    if ":" in text:
        raise UsageError(
            f"algorithm_params: dict={text} has a colon, which parts the parameters of a codec here; give a path "
            "without one"
        )
    return text


def _level(name: str, text: str) -> str:
    """The level as the codec of this name takes it: deflate's -1, zlib's word for its default, is 6."""
    return "6" if (name, text) == ("deflate", "-1") else text


def _raw_window(text: str) -> str:
    if not re.fullmatch("-(9|1[0-5])", text):
        raise UsageError(
            f"algorithm_params: deflate.winbits={text} is not a number from -9 to -15; a positive one, which frames "
            "the page as zlib does, is not modelled"
        )
    return text.removeprefix("-")


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


def _priority(attribute: str, text: str, lowest: int = 1) -> int:
    allowed = f"a number from {lowest} to {HIGHEST_PRIORITY}"
    number = _number(f"{attribute}: priority={text}", text, allowed)
    if not lowest <= number <= HIGHEST_PRIORITY:
        raise UsageError(f"{attribute}: priority={text} is not {allowed}")
    return number


def _number(what: str, text: str, allowed: str, most: int = _MOST) -> int:
    if not re.fullmatch("[0-9]{1,16}", text) or int(text) > most:
        raise UsageError(f"{what} is not {allowed}")
    return int(text)
