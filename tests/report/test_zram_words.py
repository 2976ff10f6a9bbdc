"""Results of zram in words: no sentence says more than was found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.report.made import better, of_zram, result
from zswapbench.report.answers import answers
from zswapbench.report.command import commands_of
from zswapbench.report.curves import limits_of
from zswapbench.report.headline import cards
from zswapbench.report.html import Group, render
from zswapbench.report.recommendation import recommendation
from zswapbench.report.sureness import never_filled
from zswapbench.report.tables import compare_tables, run_tables, settings_of
from zswapbench.report.zram_words import UNLIMITED
from zswapbench.results.records import Result
from zswapbench.runs.options import Options

HELD: dict[str, Any] = {"device_writes": 0, "pool_pages_mean": 900.0, "pool_pages_peak": 1_000}


def counting(one: Result, **counters: int) -> Result:
    return replace(one, counters={**one.counters, **counters})


def holding(**counters: int) -> Result:
    return counting(of_zram(**HELD), **{"rejected": 0, "device_writes": 0, **counters})


def test_that_nothing_was_written_is_said_with_what_was_held() -> None:
    (said,) = answers([holding()])
    assert said == (
        "zram: wrote nothing to a device; it held all that it was given, in 900 page frames on average and 1,000 at "
        "most."
    )


def test_what_mem_limit_refused_is_not_called_held() -> None:
    held, refused = answers([holding(rejected=20, stores=5_000)])
    assert "it held all but what it refused, in 900" in held
    assert refused == (
        "zram: mem_limit refused 20 of 5,000 stores; these pages stayed in memory, which no page frame here counts."
    )


def test_what_was_written_back_was_written_when_told_to() -> None:
    (said,) = answers([holding(device_writes=1)])
    assert said.startswith("zram: wrote 1 page to its backing device, when told to after the trace; it held")


def test_what_was_held_after_the_writes_is_said() -> None:
    one = holding(pool_pages=700)
    written = replace(one, setting={**one.setting, "writes": ["compact=1"]})
    assert answers([written])[0].endswith(" and 1,000 at most; after the writes it held 700 page frames.")
    assert "after the writes" not in answers([one])[0]
    assert "after the writes" not in answers([replace(written, draws={"of": "seeds", "metrics": {}})])[0]


def test_answers_of_flushes_are_of_zswap_only() -> None:
    both, alone = answers([holding(), result("lru")]), answers([result("lru")])
    assert both == [*alone, *answers([holding()])]
    assert never_filled([holding()]) == ""


def test_the_setting_says_kernel_codec_and_limit() -> None:
    (line,) = settings_of([of_zram()])
    assert line.startswith(
        "zram of kernel 6.12, pool zsmalloc:rules=2012, codec lzo zswapbench 0.1.0, no mem_limit; "
    )
    (line,) = settings_of([of_zram(limit=2_048)])
    assert "mem_limit of 2,048 page frames (8.0 MiB) for each device; " in line


def test_the_setting_says_what_was_written_after_the_trace() -> None:
    one = of_zram()
    written = replace(one, setting={**one.setting, "writes": ["idle=all", "writeback=idle"]})
    (line,) = settings_of([written])
    assert "after the trace idle=all, writeback=idle, which no time counts, backing device ssd; " in line


def test_that_zram_has_no_pool_limit_is_said_beside_zswap() -> None:
    assert UNLIMITED in settings_of([of_zram(), result("lru")])
    assert UNLIMITED not in settings_of([of_zram(limit=9), result("lru")])
    assert UNLIMITED not in settings_of([of_zram(), of_zram("b", limit=9)])


def test_what_means_nothing_does_not_apply() -> None:
    (table,) = compare_tables([of_zram(), result("lru")])
    rows = {row[0].value: row for row in table.rows}
    for name in ("written_back_pages", "flushes_per_frame", "stalled_stores", "barren_longest"):
        assert (rows[name][1].text, rows[name][1].value) == ("does not apply", None)
        assert rows[name][2].value is not None
    assert rows["rejects"][1].value is not None
    assert len(run_tables(of_zram())) == 2


def test_only_pools_with_a_limit_have_a_line_for_it() -> None:
    assert limits_of([of_zram(), result("lru"), of_zram("b", limit=9)]) == [9, 2_048]


def test_the_page_shows_zram_beside_zswap() -> None:
    page = render([Group([holding(), result("lru")])])
    assert "wrote nothing to a device; it held all that it was given" in page
    assert "none for zram; 20% = 2,048 page frames" in page


def test_nothing_is_recommended_between_zram_and_zswap_and_no_card_names_a_winner() -> None:
    both = [holding(), counting(result("lru"), flush_attempted=9)]
    assert recommendation(both) == (
        "No run is recommended: zram and zswap do not do the same work. Pages written to a device, and page frames "
        "held on average: zram wrote 0 and held 900; lru wrote 52,020 and held 10."
    )
    told = {card.metric.name: (card.winners, card.why) for card in cards(both)}
    assert told["device_writes"] == ([], "zram and zswap do not do the same work")
    assert recommendation([holding(), replace(holding(), label="b")]).startswith("Nothing to choose between")


def test_two_kernels_side_by_side_are_said() -> None:
    told = [line for line in settings_of([of_zram(), result("lru")]) if line.startswith("zram is that of")]
    assert len(told) == 1 and told[0].endswith("zswap that of zswap-2013; --kernel 6.12 takes both from one")
    same = replace(result("lru"), setting={**result("lru").setting, "era": of_zram().setting["era"]})
    assert not [line for line in settings_of([of_zram(), same]) if line.startswith("zram is that of")]


def test_the_command_that_makes_zram_again_says_its_kernel_and_what_is_its_own() -> None:
    one = replace(holding(), bounds={})
    asked = {
        **Options(setup="zram", era="6.12", mem_limit="1MiB", writes="idle=all,compact=1").asked(),
        "codec": "lz4",
    }
    limited = replace(one, asked=asked)
    lru = replace(result("lru"), asked=Options(codec="lz4", limit="20%").asked())
    ours = "zram,kernel=6.12,mem-limit=1MiB,write=idle=all,write=compact=1"
    assert commands_of([limited, lru]) == [
        f"zswapbench compare {ours} lru --trace app.trace.bin --codec lz4 --pool-limit 20% --bounds"
    ]
    (alone,) = commands_of([limited])
    assert alone.startswith("zswapbench zram app.trace.bin --kernel 6.12 --codec lz4 --mem-limit 1MiB")
    assert alone.endswith(" --write idle=all --write compact=1")


def test_a_card_says_of_zram_beside_several_runs_of_zswap_that_it_does_other_work() -> None:
    page = render([Group([holding(), result("lru"), better()])])
    assert "other work" in page
    assert "a reference" not in page
    told = {card.metric.name: card for card in cards([holding(), result("lru"), better()])}
    assert [figure.beside for figure in told["device_writes"].references] == ["other work"]
