"""A recommendation in words: what to take and by how much it is better, or why nothing is taken; then each doubt.

A margin never stands without the range of its draws and their number. What was not told apart is said to be a tie, and
traffic that nobody recorded is said to be made.
"""

from __future__ import annotations

from zswapbench.common.units import format_count, format_size, joined
from zswapbench.report.recommend.wanted import Zram, Zswap, replayed_by, wanted_by, wanted_of
from zswapbench.report.table import Cell
from zswapbench.results.marks import worth
from zswapbench.results.recommendation import CLOSED, REPLAY, TIME, WEAR, Candidate, Margin, Recommendation
from zswapbench.runs.recommend.cells import USUAL_THRESHOLD
from zswapbench.runs.recommend.judging import HARDLY

_MOST_NAMES = 4
_COUNTED = ("device writes", "page frames")
_LOOKS_NONE = 0.005
_UPKEEP = {"recompress": "recompressed by {second}", "writeback": "written back to its backing device"}


def opening(one: Recommendation) -> str:
    """The one sentence; and if nothing is recommended, what would settle it."""
    if one.chosen is None:
        settle = f" What would settle it: {one.settle}." if one.settle else ""
        keep = one.refused[:1].upper() + one.refused[1:]
        return f"{keep if keep.startswith('Keep') else f'No recommendation: {one.refused}'}.{settle}"
    told = _ahead(one)
    needs = f" It takes {joined(list(one.chosen.needs))}." if one.chosen.needs else ""
    alike = f" (one of {len(one.ties) + 1:,} that cannot be told apart)" if one.ties else ""
    whole = f"{_take(one)} {words_of(one.chosen, one)}{alike}{f': {told}' if told else ''}."
    return f"{whole}{_price(one)}{needs}"


def keeps(one: Recommendation) -> bool:
    """Is what there is by default the set-up to take, so that nothing is to be done?

    The default of a replay is the kernel's own zswap or zram, which nobody need have.
    """
    return one.loop == CLOSED and one.chosen is not None and one.chosen.spec == one.default.spec


def _take(one: Recommendation) -> str:
    """How the sentence begins. An interrupted search has a best so far, and no answer."""
    if one.interrupted:
        whole, cells = one.search["whole"], one.search["cells"]
        of = f"{whole:,} of {cells:,}" if whole < cells else f"{whole:,}"
        return f"Interrupted, {of} set-ups tried; the best of these:"
    return "Keep what you have," if keeps(one) else "Take"


def _price(one: Recommendation) -> str:
    """What the chosen pays more of than the default, beside what the goal is about."""
    chosen, default = one.chosen, one.default
    if chosen is None or default.out_of_memory_at is not None:
        return ""
    if one.goal == WEAR and chosen.total_ns > default.total_ns and worth(default.total_ns, chosen.total_ns):
        mine, other = Cell(chosen.total_ns, "ns").text, Cell(default.total_ns, "ns").text
        return f" Its price: {mine} of time in place of {other}."
    if one.goal == TIME and chosen.device_writes > default.device_writes:
        return f" Its price: {chosen.device_writes:,} device writes in place of {default.device_writes:,}."
    return ""


def doubts(one: Recommendation) -> list[str]:
    """What the sentence rests on, and what may make another one of it."""
    chosen = f"as a SETUP of 'machine': {one.chosen.spec}" if one.chosen and one.loop != REPLAY else ""
    told = [
        chosen,
        f"traffic: {one.traffic}",
        _offered(one),
        _ties(one),
        _ram(one),
        _rebuilt(one),
        _searched(one),
    ]
    told += [*one.remarks, _loop(one)]
    return [line for line in told if line]


def words_of(candidate: Candidate, one: Recommendation) -> str:
    """A set-up as people say it: ``zswap with zstd, pool at most 40 % of RAM``."""
    wanted = wanted_of(candidate, one.kernel, one.machine.get("ram", 0), one.machine.get("page_size", 4096))
    if wanted is None:
        return candidate.spec
    zswap, zram = _zswap_words(wanted.zswap), _zram_words(wanted.zram)
    if not zswap and not zram:
        return "swap on a disk, without zswap or zram"
    if zram and wanted.disk:
        return f"{zram}, before swap on a disk"
    return ", before ".join(filter(None, (zswap, zram)))


def short_of(spec: str, one: Recommendation) -> str:
    """A set-up in a few words, for a column: ``zswap zstd, 40 %``."""
    if one.loop == REPLAY:
        zswap = replayed_by(spec, one.kernel)
        return ", ".join([f"zswap {zswap.codec}", *_in_short(zswap)]) if zswap else spec
    wanted = wanted_by(spec, one.kernel, one.machine["ram"], one.machine["page_size"])
    parts = [spec.partition(",")[0]]
    if wanted.zswap:
        parts = [f"{parts[0]} {wanted.zswap.codec}", *_in_short(wanted.zswap)]
    if wanted.zram:
        second = "".join(
            f" {name} {wanted.zram.second}" for name, _ in wanted.zram.rounds if name == "recompress"
        )
        said = f"{wanted.zram.codec}{second}"
        parts = [*parts, said] if wanted.zswap else [f"{parts[0]} {said}"]
        parts.append(format_size(wanted.zram.disksize))
    return ", ".join([*parts, *([f"chain {wanted.chain}"] if wanted.chain else [])])


def _in_short(zswap: Zswap) -> list[str]:
    """What is not as a kernel has it by default, and the percentage always."""
    percent, pool = zswap.value("max_pool_percent"), zswap.value("zpool")
    threshold = zswap.value("accept_threshold_percent")
    return [
        *([f"{percent} %"] if percent else []),
        *([pool] if pool not in ("", "zsmalloc") else []),
        *([f"accept {threshold} %"] if threshold not in ("", str(USUAL_THRESHOLD)) else []),
        *(["shrinker"] if zswap.value("shrinker_enabled") == "Y" else []),
    ]


def _zswap_words(zswap: Zswap | None) -> str:
    if zswap is None:
        return ""
    if zswap.limit_pages is None:
        most = f"pool at most {zswap.value('max_pool_percent')} % of RAM"
    else:
        most = f"pool at most {format_count(zswap.limit_pages, 'page frame')}"
    threshold = zswap.value("accept_threshold_percent")
    parts = [f"zswap with {zswap.codec}", most]
    parts += [f"over {zswap.value('zpool')}"] if zswap.value("zpool") not in ("", "zsmalloc") else []
    parts += (
        [f"accepting again at {threshold} % of that"] if threshold not in ("", str(USUAL_THRESHOLD)) else []
    )
    return ", ".join([*parts, *(["its shrinker on"] if zswap.value("shrinker_enabled") == "Y" else [])])


def _zram_words(zram: Zram | None) -> str:
    if zram is None:
        return ""
    parts = [f"a zram of {format_size(zram.disksize)} with {zram.codec}"]
    parts += [f"at most {format_size(zram.mem_limit)} of RAM"] if zram.mem_limit else []
    for attribute, value in zram.rounds:
        if attribute in _UPKEEP:
            slots = value.partition(" ")[0].removeprefix("type=").replace("_", " and ")
            parts.append(f"{slots} pages {_UPKEEP[attribute].format(second=zram.second)}")
    return ", ".join(parts)


def _short(said: str) -> str:
    """``Debian's default: swap on a disk`` in the middle of a sentence: ``Debian's default (swap on a disk)``."""
    who, colon, what = said.partition(": ")
    return f"{who} ({what})" if colon else who


def _runner_up(one: Recommendation) -> str:
    return f"the runner-up ({short_of(one.runner_up.spec, one)})" if one.runner_up else ""


def _ahead(one: Recommendation) -> str:
    """By how much the chosen is ahead, of the default and of the next; "" where nothing is held against it."""
    held = [(one.over_default, _short(one.default_said)), (one.over_runner_up, _runner_up(one))]
    if one.over_default and one.runner_up and one.runner_up.spec == one.default.spec:
        held = [(one.over_default, f"{_short(one.default_said)}, which is the runner-up")]
    margins = [(margin, than) for margin, than in held if margin is not None]
    alike = len({margin.of for margin, _ in margins}) == 1
    told = [_over(margin, than, of=not place or not alike) for place, (margin, than) in enumerate(margins)]
    if one.default.out_of_memory_at is not None:
        told.insert(0, f"it does the work, for which {_short(one.default_said)} runs out of memory")
    return "; ".join(filter(None, [", and ".join(told), _drawn(margins[0][0], one) if margins else ""]))


def _over(margin: Margin, than: str, *, of: bool = True) -> str:
    """One margin, with the range of its draws. ``of``: what it is a margin of is told."""
    if margin.ratio is None:
        return f"no {margin.of} at all, unlike {than}"
    ends = ["none" if end is None else _end(end) for end in (margin.low, margin.high)]
    less = "fewer" if margin.of in _COUNTED else "less"
    return f"{margin.ratio:.2f} times ({' to '.join(ends)}) {less}{f' {margin.of}' if of else ''} than {than}"


def _end(ratio: float) -> str:
    """An end of a range: with more places where it would look like none.

    >>> _end(1.234), _end(1.0021)
    ('1.23', '1.002')
    """
    return f"{ratio:.2f}" if abs(ratio - 1) >= _LOOKS_NONE else f"{ratio:.3f}"


def _drawn(margin: Margin, one: Recommendation) -> str:
    """Over what the ranges are."""
    made = "seeds of made traffic" if one.loop == REPLAY else "patterns and seeds of made traffic"
    drawn = made if one.made else "draws of the recording's blocks"
    return f"ranges over {margin.draws:,} {drawn}"


def _ties(one: Recommendation) -> str:
    if not one.ties:
        return ""
    more = len(one.ties) - _MOST_NAMES
    some = [short_of(spec, one) for spec in one.ties[:_MOST_NAMES]]
    names = "; ".join([*some, *([format_count(more, "other")] if more > 0 else [])])
    if one.chosen is None:
        return f"not told apart: {names}"
    return (
        f"a tie of {len(one.ties) + 1:,}: {short_of(one.chosen.spec, one)} cannot be told from {names}; of those "
        f"within {HARDLY:.0%} of the best it changes the least of what there is"
    )


def _offered(one: Recommendation) -> str:
    """How it is known what there is to choose from."""
    how = one.machine.get("kernel_offers", {}).get("how", "")
    return f"what there is to choose from: {how}" if how else ""


def _ram(one: Recommendation) -> str:
    if one.ram_needed is None:
        return ""
    ram = format_size(one.machine["ram"])
    return f"in {format_size(one.ram_needed)} it is as fast as {one.default.spec} is in all of {ram}"


def _rebuilt(one: Recommendation) -> str:
    """What would be better still, and takes another kernel: never the recommendation itself."""
    if one.rebuilt is None:
        return ""
    margin, than = one.rebuilt_over_chosen, short_of((one.chosen or one.default).spec, one)
    said = f": {_over(margin, than)}; {_drawn(margin, one)}" if margin else ""
    return f"{short_of(one.rebuilt.spec, one)} takes {joined(list(one.rebuilt.needs))}{said}"


def _searched(one: Recommendation) -> str:
    """How much of the space was looked at."""
    found = one.search
    if not found:
        return ""
    if one.loop == REPLAY:
        return f"{found['cells']:,} set-ups, each over the whole trace"
    end = "interrupted: " if one.interrupted else ""
    return (
        f"{end}{found['cells']:,} set-ups in the grid; {found['whole']:,}, with neighbours of the best, had all of the "
        f"work; {found['seconds']:.0f} s"
    )


def _loop(one: Recommendation) -> str:
    if one.loop != REPLAY:
        return ""
    return (
        "a replay: the swap traffic was given, so what a set-up holds does not change it; references "
        "(docs/references.md) would close the loop"
    )
