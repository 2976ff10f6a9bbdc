"""The algorithms of a device: which are registered, with which parameters, and whom a recompression asks.

    recomp_algorithm=algo=zstd priority=1
    algorithm_params=priority=1 level=9             algorithm_params=algo=zstd dict=FILE
    recompress=type=huge_idle threshold=2000 max_pages=500 algo=zstd

What these three mean depends on what was written to them before. zswapbench.rules.zram_attributes says how long each
write holds.

Source: drivers/block/zram/zram_drv.c recomp_algorithm_store(), algorithm_params_store(), recompress_store(), 6.12 to
7.3.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from zswapbench.common.errors import UsageError
from zswapbench.plugins.dictionary import Dictionary
from zswapbench.plugins.registry import Choice
from zswapbench.rules.zram_actions import (
    HIGHEST_PRIORITY,
    MODES,
    PRIMARY,
    AlgorithmParams,
    RecompAlgorithm,
    Recompress,
)
from zswapbench.rules.zram_kernels import Rules
from zswapbench.rules.zram_words import fields_of, number_of, priority_of

_LEVELS = {"lz4": "acceleration", "lz4hc": "level", "zstd": "level", "deflate": "level"}
"""What algorithm_params calls level, by codec. The others have none."""

_WITHOUT_DICTIONARY = ("lzo", "lzo-rle", "842", "deflate")
"""Codecs of zram that pass over dict=, or refuse it."""


class Algorithms:
    """Knows the kernel, and what earlier writes have registered and set.

    ``algorithms``: choices by priority, the primary one included; ``parameters``: by priority and name, what
    algorithm_params has set; ``waiting``: by priority, its words for an algorithm that was not registered yet.
    """

    def __init__(self, rules: Rules, codec: str) -> None:
        self.rules = rules
        self.algorithms: dict[int, Choice[Any]] = {PRIMARY: rules.choose(codec)}
        self.parameters: dict[int, dict[str, Any]] = {}
        self.waiting: dict[int, dict[str, str]] = {}

    def with_parameters(self, priority: int) -> str:
        """The algorithm of this priority, with its parameters."""
        choice = self.algorithms[priority]
        return str(replace(choice, parameters={**choice.parameters, **self.parameters.get(priority, {})}))

    def recomp_algorithm(self, value: str) -> RecompAlgorithm:
        """Register an algorithm; raises UsageError for one that the kernel has not, or a priority that is taken."""
        given = fields_of("recomp_algorithm", value, ("algo", "priority"))
        if "algo" not in given:
            raise UsageError(f"recomp_algorithm={value} names no algorithm; write algo=NAME priority=N")
        algo = self.rules.choose(given["algo"])
        priority = priority_of("recomp_algorithm", given.get("priority", "1"))
        if priority in self.algorithms:
            raise UsageError(
                f"recomp_algorithm={value}: priority {priority} is {self.algorithms[priority]} already"
            )
        self.algorithms[priority] = algo
        if priority in self.waiting:
            self.parameters[priority] = _codec_parameters(algo, self.waiting[priority], self.rules)
        return RecompAlgorithm(str(algo), priority)

    def algorithm_params(self, value: str) -> AlgorithmParams:
        """Set parameters; raises UsageError for those that the kernel refuses for this algorithm."""
        given = fields_of("algorithm_params", value, ("algo", "priority", "level", "dict", "deflate.winbits"))
        if "deflate.winbits" in given:
            self.rules.want("algorithm_params=deflate.winbits", "algorithm_params=deflate.winbits=N")
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
        lowest = 0 if asked is None else priority_of("algorithm_params", asked, lowest=0)
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

    def recompress(self, value: str) -> Recompress:
        """What to recompress, by whom; raises UsageError for an algorithm that is not registered."""
        given = fields_of("recompress", value, ("type", "threshold", "max_pages", "algo", "priority"))
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
            threshold=number_of(
                f"recompress: threshold={threshold}", threshold, f"a number up to {most}", most
            ),
            max_pages=None
            if pages is None
            else number_of(f"recompress: max_pages={pages}", pages, "a number of pages"),
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
        first = 1 if asked is None else max(1, priority_of("recompress", asked, lowest=1 if one_only else 0))
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
