"""What changed is counted and told in one line."""

from __future__ import annotations

from zswapbench.dumps.live.changes import Changes
from zswapbench.dumps.live.vmas import Vma


def test_mappings_are_told_apart_by_where_they_begin() -> None:
    before = [Vma(start, start + 10, "rw-", 0, "") for start in (0, 10, 20, 30, 40)]
    after = [before[0], before[1]._replace(end=15), before[2]._replace(permissions="r--"), *before[4:]]
    after += [Vma(60, 61, "rw-", 0, ""), Vma(70, 71, "rw-", 0, "")]
    changes = Changes()
    changes.compare(before, after)
    assert (changes.appeared, changes.gone, changes.changed) == (2, 1, 2)
    assert str(changes) == "of 0 pages read again none had changed; mappings: 2 new, 1 gone, 2 changed"


def test_figures_that_smaps_alone_has_are_no_change() -> None:
    vma = Vma(0, 10, "rw-", 0, "")
    changes = Changes()
    changes.compare([vma._replace(resident=8, anonymous=8, flags=frozenset({"rd"}))], [vma])
    changes.looked_at, changes.differ = 1000, 25
    assert str(changes) == "of 1,000 pages read again 25 (2.5%) had changed; mappings: as before"


def test_a_process_that_ended_cannot_be_looked_at_again() -> None:
    assert str(Changes(ended=True)) == "it ended before it could be looked at again"
