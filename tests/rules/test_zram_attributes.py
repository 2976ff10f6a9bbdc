"""The kernel's grammar of writes to sysfs attributes, and what is said to what it refuses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zswapbench.common.errors import UsageError
from zswapbench.rules.zram_attributes import (
    Action,
    Compact,
    Idle,
    RecompAlgorithm,
    Recompress,
    Writeback,
    WritebackLimit,
    parse_writes,
)
from zswapbench.rules.zram_kernels import rules_of

ALGORITHMS = (
    "recomp_algorithm=algo=zstd:9 priority=1",
    "recomp_algorithm=priority=3 algo=deflate",
)


def actions(*texts: str, kernel: str = "6.12") -> list[Action]:
    return [write.action for write in parse_writes(texts, rules_of(kernel, 4096))]


def refusal(*texts: str, kernel: str = "6.12") -> str:
    with pytest.raises(UsageError) as raised:
        actions(*texts, kernel=kernel)
    assert raised.value.exit_code == 2
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("compact=1", Compact()),
        ("idle=all", Idle(None)),
        ("idle=86400", Idle(86400)),
        ("writeback=huge", Writeback(("huge",))),
        ("writeback=idle", Writeback(("idle",))),
        ("writeback=huge_idle", Writeback(("huge", "idle"))),
        ("writeback=incompressible", Writeback(("incompressible",))),
        ("writeback=page_index=17", Writeback((), 17)),
        ("writeback_limit=0", WritebackLimit(0)),
        ("recomp_algorithm=algo=lz4hc", RecompAlgorithm("lz4hc:level=9", 1)),
    ],
)
def test_a_write_means_what_the_kernel_takes_it_for(text: str, action: Action) -> None:
    (write,) = parse_writes([text], rules_of("6.12", 4096))
    assert (write.text, write.action) == (text, action)


@pytest.mark.parametrize(
    ("value", "action"),
    [
        ("type=huge", Recompress(("huge",), 0, None, 1, 3)),
        ("type=huge_idle threshold=3000 max_pages=9", Recompress(("huge", "idle"), 3000, 9, 1, 3)),
        ("threshold=3624", Recompress((), 3624, None, 1, 3)),
        ("algo=deflate type=idle", Recompress(("idle",), 0, None, 3, 3)),
        ("priority=1", Recompress((), 0, None, 1, 1)),
    ],
)
def test_recompression_takes_its_words_in_any_order(value: str, action: Action) -> None:
    assert actions(*ALGORITHMS, f"recompress={value}")[-1] == action


def test_a_codec_is_the_same_however_it_is_spelled() -> None:
    assert actions(*ALGORITHMS, "recompress=algo=zstd:level=9")[-1] == Recompress((), 0, None, 1, 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("reset=1", "zram has no attribute 'reset' to write; it has: compact, idle, writeback"),
        ("compact", "'compact' has no value to write; write compact=VALUE"),
        ("compact=2", "compact=2 is not possible; write compact=1"),
        ("idle=some", "idle=some is not all or a number of seconds"),
        ("idle=-1", "idle=-1 is not all or a number of seconds"),
        ("writeback=all", "writeback=all is not one of idle, huge, huge_idle, incompressible, page_index=N"),
        ("writeback=page_index=x", "writeback=page_index=x is not one of idle"),
        ("writeback_limit=1M", "writeback_limit=1M is not a number of units of 4 KiB"),
        ("recomp_algorithm=zstd", "recomp_algorithm: 'zstd' is not one of algo=, priority= with a value"),
        ("recomp_algorithm=priority=2", "names no algorithm; write algo=NAME priority=N"),
        ("recomp_algorithm=algo=rar", "no codec is called 'rar'; there are: 842"),
        ("recomp_algorithm=algo=lz4 priority=4", "priority=4 is not a number from 1 to 3"),
        ("recomp_algorithm=algo=lz4 priority=0", "priority=0 is not a number from 1 to 3"),
        ("recomp_algorithm=algo=lz4 priority=1", "priority 1 is zstd:level=9:rules=5.16 already"),
        ("recompress=", "selects no pages; write type=huge, type=idle or threshold=N, or several"),
        (
            "recompress=huge",
            "recompress: 'huge' is not one of type=, threshold=, max_pages=, algo=, priority=",
        ),
        ("recompress=type=huge type=idle", "recompress: type is given twice"),
        ("recompress=type=incompressible", "type=incompressible is not one of idle, huge, huge_idle"),
        ("recompress=threshold=3625", "threshold=3625 is not a number up to 3624"),
        ("recompress=max_pages=many", "max_pages=many is not a number of pages"),
        (
            "recompress=algo=lz4",
            "algo=lz4 is not registered; there are: zstd:level=9:rules=5.16 (1), deflate",
        ),
        ("recompress=priority=2", "priority=2 is not registered; there are: zstd"),
        ("recompress=algo=zstd:9 priority=1", "write algo=NAME or priority=N, not both"),
    ],
)
def test_a_wrong_write_is_refused_with_what_is_allowed(text: str, words: str) -> None:
    message = refusal(*ALGORITHMS, text)
    assert words in message
    assert len(message.splitlines()) == 1


def test_recompression_needs_an_algorithm_that_was_registered_before() -> None:
    assert "no algorithm is registered" in refusal("recompress=type=huge", ALGORITHMS[0])


@pytest.mark.parametrize(
    ("text", "kernel", "words"),
    [
        ("compact=1", "4.1", "zram of kernel 4.1 has no attribute compact, which came with 4.2"),
        ("writeback=huge", "4.20", "has no attribute writeback, which came with 5.0"),
        ("idle=60", "5.14", "has no idle=SECONDS, which came with 5.15"),
        ("writeback=page_index=1", "5.11", "has no writeback=page_index=N, which came with 5.12"),
        ("writeback=huge_idle", "5.18", "has no writeback=huge_idle, which came with 5.19"),
        ("writeback=incompressible", "6.1", "has no writeback=incompressible, which came with 6.2"),
        ("writeback_limit=1", "4.19", "has no attribute writeback_limit, which came with 5.0"),
        ("recomp_algorithm=algo=zstd", "6.1", "has no attribute recomp_algorithm, which came with 6.2"),
        ("recompress=type=huge", "6.1", "has no attribute recompress, which came with 6.2"),
    ],
)
def test_a_kernel_refuses_what_it_has_not(text: str, kernel: str, words: str) -> None:
    assert words in refusal(text, kernel=kernel)


ATTRIBUTES = "compact idle writeback recompress recomp_algorithm"
VALUES = "= algo= type= huge 1 zstd priority= threshold= page_index= - é ²"
PIECES = st.sampled_from([*ATTRIBUTES.split(), *VALUES.split(), " ", "\n", "99999999999999999999"])


@given(st.lists(PIECES, max_size=6).map("".join) | st.text(max_size=20))
def test_any_other_text_is_refused_or_means_something(text: str) -> None:
    try:
        assert len(actions(text)) == 1
    except UsageError as error:
        assert str(error)
