"""A survey of codecs -> tables and a plot: ratios, sizes, pages that do not compress, speed."""

from __future__ import annotations

from zswapbench.common.units import format_count, format_size
from zswapbench.report.plot import NARROWEST, Point, letters, scatter
from zswapbench.report.table import Cell, Column, Table
from zswapbench.results.pareto import front
from zswapbench.rules.zstd_libraries import stand_ins
from zswapbench.runs.codecs import SIXTEENTHS, Figures, Survey

DIRECTIONS = ("compress", "decompress")

_BARS = "·▁▂▃▄▅▆▇█"
_MARK = Column("mark", "", text=True)
_CODEC = Column("codec", "codec", text=True)


def survey_tables(survey: Survey, *, classes: bool = False) -> list[Table]:
    """All but the plot; with ``classes``, every size class too."""
    tables = [_ratios(survey), _distribution(survey)]
    if len(survey.corpora) > 1:
        tables.append(_by_corpus(survey))
    if classes:
        tables.append(_classes(survey))
    if any(one.speed for one in survey.codecs):
        tables += [_speeds(survey, direction) for direction in DIRECTIONS]
        tables[-1].notes.extend(_measured(survey))
    return tables


def survey_plot(survey: Survey, direction: str, width: int) -> str:
    """Ratio against speed, the Pareto front in capitals; "" without speeds, or without room.

    ``direction``: one of DIRECTIONS.
    """
    best, marks = pareto_front(survey, direction), _marks(survey)
    points = [
        Point(marks[codec].upper() if codec in best else marks[codec], speed, ratio)
        for codec, speed, ratio in _points(survey, direction)
    ]
    if not points or width < NARROWEST:
        return ""
    return scatter(points, f"{direction} MB/s, one thread", "ratio without same-filled", width)


def pareto_front(survey: Survey, direction: str) -> set[str]:
    """The codecs that no other one beats both in ratio and in speed in ``direction``."""
    return unbeaten(_points(survey, direction))


def unbeaten(points: list[tuple[str, float, float]]) -> set[str]:
    """The names of those of ``points``, of a name and two figures, that no other beats in both figures."""
    return {points[place][0] for place in front([(-speed, -ratio) for _, speed, ratio in points])}


def _points(survey: Survey, direction: str) -> list[tuple[str, float, float]]:
    """Codec, megabytes of pages in a second on one thread, ratio; of those that have both."""
    return [
        (one.codec, survey.page_size / getattr(one.speed, direction).ns * 1000, one.ratio_distinct)
        for one in survey.codecs
        if one.speed and one.ratio_distinct
    ]


def _marks(survey: Survey) -> dict[str, str]:
    """A letter for each codec."""
    return {one.codec: letter for one, letter in zip(survey.codecs, letters(), strict=False)}


def _ratios(survey: Survey) -> Table:
    other = survey.pages - survey.same_filled
    raw = any(one.zswap["raw"] for one in survey.codecs)
    columns = [
        _MARK,
        _CODEC,
        Column("ratio", "ratio"),
        Column("ratio_distinct", "without same-filled"),
        Column("pool_ratio", "in page frames"),
        Column("zswap_incompressible", "zswap keeps raw" if raw else "zswap rejects"),
        Column("zram_incompressible", "zram keeps raw"),
    ]
    rows = [
        [
            Cell(_marks(survey)[one.codec]),
            Cell(one.codec),
            Cell(one.ratio, "x"),
            Cell(one.ratio_distinct, "x"),
            Cell(one.pool_ratio, "x"),
            Cell(_incompressible(one) / other if other else None, "%"),
            Cell(one.zram_raw / other if other else None, "%"),
        ]
        for one in survey.codecs
    ]
    pages = (
        f"{survey.pages:,} pages of {survey.page_size} bytes; {survey.same_filled:,} are same-filled (one word "
        "repeated, such as zero pages), and only the first ratio counts these"
    )
    rules = (
        f"kernel {survey.kernel}, zswap over {survey.zpool}; in page frames: the ratio when the pages fill zspages "
        f"(groups of page frames) of zsmalloc:{survey.zsmalloc}"
    )
    others = stand_ins((survey.kernel, one.identity) for one in survey.codecs)
    notes = [pages, rules, *_counters(survey), *others, *_unmeasured(survey)]
    return Table(f"Codecs on {', '.join(survey.corpora)}", columns, rows, notes)


def _incompressible(figures: Figures) -> int:
    return sum(count for fate, count in figures.zswap.items() if fate != "compressed")


def _counters(survey: Survey) -> list[str]:
    """Which codecs' rejected pages go under which of zswap's counters."""
    fates = dict.fromkeys(fate for one in survey.codecs for fate in one.zswap if fate.startswith("reject"))
    found = {fate: [one.codec for one in survey.codecs if one.zswap[fate]] for fate in fates}
    words = {"reject_uncounted": "zswap does not count the pages that it rejects under"}
    return [
        f"{words.get(fate, f'zswap counts the pages that it rejects as {fate} under')} {', '.join(codecs)}"
        for fate, codecs in found.items()
        if codecs
    ]


def _unmeasured(survey: Survey) -> list[str]:
    """Which corpora had no pages to measure speed with."""
    names = ", ".join(survey.unmeasured)
    return [f"speed: not measured on {names}: no page content there"] if names else []


def _distribution(survey: Survey) -> Table:
    columns = [
        _CODEC,
        Column("sixteenths", "up to 1/16 ... a page, more", text=True),
        Column("quartile_1", "25 %"),
        Column("median", "median"),
        Column("quartile_3", "75 %"),
        Column("classes", "classes"),
    ]
    rows = [
        [
            Cell(one.codec),
            Cell(" ".join(map(str, one.by_sixteenth)), shown=_bars(one.by_sixteenth)),
            *(Cell(size) for size in one.quartiles or (None, None, None)),
            Cell(sum(count > 0 for count in one.by_class)),
        ]
        for one in survey.codecs
    ]
    step = survey.page_size // SIXTEENTHS
    notes = [
        f"compressed bytes; each bar is for {step} bytes, the last for more than a page; classes: size classes in use"
    ]
    return Table("Compressed pages by size", columns, rows, notes)


def _bars(counts: tuple[int, ...]) -> str:
    """A bar for each number, the highest for the largest; a dot for none."""
    most = max(counts) or 1
    return "".join(_BARS[-(-count * (len(_BARS) - 1) // most)] for count in counts)


def _by_corpus(survey: Survey) -> Table:
    columns = [_CODEC, *(Column(name, name) for name in survey.corpora)]
    rows = [[Cell(one.codec), *(Cell(ratio, "x") for ratio in one.by_corpus)] for one in survey.codecs]
    return Table("Ratio without same-filled, by corpus", columns, rows)


def _classes(survey: Survey) -> Table:
    columns = [
        Column("size", "size"),
        Column("pages_per_zspage", "pages"),
        Column("objs_per_zspage", "objects"),
        *(Column(one.codec, one.codec) for one in survey.codecs),
    ]
    rows = [
        [
            *(Cell(value) for value in (one.size, one.pages_per_zspage, one.objs_per_zspage)),
            *(Cell(figures.by_class[number]) for figures in survey.codecs),
        ]
        for number, one in enumerate(survey.classes)
    ]
    note = (
        "pages: page frames of one zspage; objects: objects in it; then pages of the corpora in each class, those of "
        "more than a page in the last"
    )
    return Table(f"Classes of zsmalloc:{survey.zsmalloc}", columns, rows, [note])


def _speeds(survey: Survey, direction: str) -> Table:
    front = pareto_front(survey, direction)
    columns = [
        _MARK,
        _CODEC,
        Column("mb_per_s", "MB/s"),
        Column("ns_per_page", "ns a page"),
        Column("spread", "+-"),
        Column("mb_per_s_all", f"MB/s, {survey.threads} threads"),
        Column("front", "front", text=True),
    ]
    rows = []
    for one in survey.codecs:
        if one.speed:
            rounds = getattr(one.speed, direction)
            rows.append(
                [
                    Cell(_marks(survey)[one.codec]),
                    Cell(one.codec),
                    Cell(_rate(survey, rounds.ns)),
                    Cell(round(rounds.ns)),
                    Cell(rounds.spread, "%"),
                    Cell(_rate(survey, rounds.ns_all)),
                    Cell("*" if one.codec in front else ""),
                ]
            )
    return Table(f"Speed, to {direction}", columns, rows)


def _rate(survey: Survey, ns: float) -> float:
    """Megabytes in a second, in three digits or more."""
    rate = survey.page_size / ns * 1000
    return round(rate) if rate >= 100 else round(rate, 2)


def _measured(survey: Survey) -> list[str]:
    machine = survey.machine
    rounds = max(len(one.speed.compress.one) for one in survey.codecs if one.speed)
    how = (
        f"medians of {format_count(rounds, 'round')}; +-: half the distance between the quartiles; times "
        "include a call from Python for each page; front (capitals in the plot): no other codec is as good in both "
        "ratio and speed and better in one"
    )
    where = (
        f"{machine['processor']} ({machine['architecture']}), {machine['cpus']} CPUs available, "
        f"{format_size(int(machine['memory_kib']) * 1024)}, Linux {machine['kernel']}, Python {machine['python']}"
    )
    by: dict[str, list[str]] = {}
    for one in survey.codecs:
        by.setdefault(one.library, []).append(one.codec)
    return [how, where, "; ".join(f"{library}: {', '.join(codecs)}" for library, codecs in by.items())]
