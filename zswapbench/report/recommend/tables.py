"""A recommendation as tables, for every form of output: the front, what is in no space, and what to paste."""

from __future__ import annotations

import json
from dataclasses import asdict

from zswapbench.common.units import format_size
from zswapbench.report.recommend.configuration import Paste, configuration_of
from zswapbench.report.recommend.sentence import doubts, keeps, opening, short_of
from zswapbench.report.table import SHEET_COLUMNS, Cell, Column, Table
from zswapbench.results.recommendation import CLOSED, Candidate, Recommendation

_ROLES = ("chosen", "default", "runner_up", "rebuilt")
_SAID = {"chosen": "take", "default": "default", "runner_up": "next", "rebuilt": "rebuilt"}


def recommendation_tables(one: Recommendation) -> list[Table]:
    """The answer above the front, then what was not considered, then what to paste."""
    others = [_not_considered(one)] if one.not_considered else []
    pastes = pastes_of(one)
    return [_front(one), *others, *([_sheets(one, pastes)] if pastes else [])]


def recommendation_json(one: Recommendation) -> str:
    """The JSON form: the record, and beside it ``answer``, the sentence, and ``configuration``, what to paste."""
    whole = {
        **asdict(one),
        "answer": opening(one),
        "configuration": [asdict(paste) for paste in pastes_of(one)],
    }
    return json.dumps(whole, indent=1) + "\n"


def pastes_of(one: Recommendation) -> list[Paste]:
    """What to paste for the set-up that is recommended; nothing where none is, or it is what there is."""
    if one.chosen is None or keeps(one):
        return []
    return configuration_of(one.chosen, one.kernel, one.distribution, one.machine)


def told_of(one: Recommendation) -> list[tuple[Candidate, str]]:
    """The front, with those that have a role; the fastest first. Each with its roles, in words."""
    roles: dict[str, list[str]] = {}
    candidates = {candidate.spec: candidate for candidate in one.front}
    for name in _ROLES:
        candidate = getattr(one, name)
        if candidate is not None:
            candidates[candidate.spec] = candidate
            roles.setdefault(candidate.spec, []).append(_SAID[name])
    ordered = sorted(candidates.values(), key=lambda each: (each.out_of_memory_at is not None, each.total_ns))
    return [(each, ", ".join(roles.get(each.spec, []))) for each in ordered]


def _front(one: Recommendation) -> Table:
    told = told_of(one)
    closed = one.loop == CLOSED
    gained = any(each.gained for each, _ in told)
    columns = [
        Column("spec", "set-up", text=True),
        Column("role", "", text=True),
        Column("total_ns", "time paid" if closed else "total time"),
        *([Column("slowdown", "slowdown")] if closed else []),
        *([Column("gained", "gained")] if gained else []),
        Column("device_writes", "writes"),
        Column("page_frames_mean", "frames"),
    ]
    rows = [
        [
            Cell(each.spec, shown=short_of(each.spec, one)),
            Cell(role),
            *_figures(each, closed=closed, gained=gained),
        ]
        for each, role in told
    ]
    notes = [*doubts(one), _WHAT, _COLUMNS + (_GAINED if gained else "")]
    return Table(_title(one), columns, rows, notes, opening(one))


_WHAT = (
    "in the table: those that no other beats in all of time, writes and frames, and those that are named (next: the "
    "runner-up; rebuilt: takes a kernel to be built); --format csv has each as a SETUP of 'machine'"
)
_COLUMNS = "times and frames are means; writes: pages written to the device; frames: page frames of the pool"


_GAINED = "; gained: RAM that a bare disk would need beyond what there is to be as fast"


def _figures(each: Candidate, *, closed: bool, gained: bool) -> list[Cell]:
    if each.out_of_memory_at is not None:
        return [Cell("out of memory"), *[Cell(None)] * (2 + closed + gained)]
    return [
        Cell(each.total_ns, "ns"),
        *([Cell(each.slowdown, "x")] if closed else []),
        *([Cell(each.gained.gained if each.gained else None, "B")] if gained else []),
        Cell(each.device_writes),
        Cell(round(each.page_frames_mean)),
    ]


def _title(one: Recommendation) -> str:
    on = f" on {format_size(one.machine['ram'])} of RAM" if one.machine else ""
    of = one.inputs.get("references") or one.inputs.get("trace") or one.inputs.get("corpus", "")
    of = "made traffic" if one.loop == CLOSED and one.made else of
    return f"{of}{on}, kernel {one.kernel}, for the least {_GOALS[one.goal]}"


_GOALS = {"time": "time", "memory": "memory", "wear": "wear of the device"}


def _not_considered(one: Recommendation) -> Table:
    parts = [line.partition(": ") for line in one.not_considered]
    rows = [[Cell(what), Cell(why)] for what, _, why in parts]
    return Table("Not considered", [Column("what", "what", text=True), Column("why", "why", text=True)], rows)


def _sheets(one: Recommendation, pastes: list[Paste]) -> Table:
    assert one.chosen is not None
    rows = [[Cell(each.title), Cell(each.path), Cell(each.why), Cell(each.text)] for each in pastes]
    title = f"What to paste for {one.chosen.spec}"
    note = "only what the run had is set; vm.swappiness, which is about pages of files, too, is not"
    return Table(title, SHEET_COLUMNS, rows, [note], sheets=True)
