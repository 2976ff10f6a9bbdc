"""The kernel's grammar of writes to sysfs attributes, and what is said to what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zswapbench.common.errors import InputError, UsageError
from zswapbench.rules.zram_actions import (
    Action,
    AlgorithmParams,
    Compact,
    CompressedWriteback,
    Idle,
    RecompAlgorithm,
    Recompress,
    Writeback,
    WritebackBatchSize,
    WritebackLimit,
)
from zswapbench.rules.zram_attributes import parse_writes
from zswapbench.rules.zram_kernels import rules_of

ALGORITHMS = (
    "recomp_algorithm=algo=zstd:9 priority=1",
    "recomp_algorithm=priority=3 algo=deflate",
)


def actions(*texts: str, kernel: str = "6.12") -> list[Action]:
    return [write.action for write in parse_writes(texts, rules_of(kernel, 4096)).writes]


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
        ("writeback=page_index=17", Writeback((), ((17, 17),))),
        ("writeback_limit=0", WritebackLimit(0)),
        ("recomp_algorithm=algo=lz4hc", RecompAlgorithm("lz4hc:level=9", 1)),
    ],
)
def test_a_write_means_what_the_kernel_takes_it_for(text: str, action: Action) -> None:
    (write,) = parse_writes([text], rules_of("6.12", 4096)).writes
    assert (write.text, write.action) == (text, action)


@pytest.mark.parametrize(
    ("value", "action"),
    [
        ("idle", Writeback(("idle",))),
        ("type=huge_idle", Writeback(("huge", "idle"))),
        ("page_index=17", Writeback((), ((17, 17),))),
        ("page_indexes=3-9", Writeback((), ((3, 9),))),
        ("page_indexes=3-9 page_index=1 page_indexes=5-5", Writeback((), ((3, 9), (1, 1), (5, 5)))),
        ("page_indexes=70-79 type=idle", Writeback((), ((70, 79),))),
        ("type=idle page_indexes=80-89", Writeback(("idle",))),
        ("huge type=idle", Writeback(("huge",))),
    ],
)
def test_from_6_16_on_writeback_has_several_words_and_a_type_ends_the_reading(
    value: str, action: Action
) -> None:
    for kernel in ("6.16", "7.3"):
        assert actions(f"writeback={value}", kernel=kernel) == [action]
    if " " in value or "page_indexes" in value or "type" in value:
        assert "is not one of idle, huge, huge_idle, incompressible, page_index=N" in refusal(
            f"writeback={value}", kernel="6.15"
        )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("page_indexes=9-3", "writeback=page_indexes=9-3: 9 is above 3"),
        ("page_indexes=9", "writeback=page_indexes=9 is not one of idle, huge"),
        ("page_indexes=-3", "is not one of idle, huge"),
        ("page_index=", "is not one of idle, huge"),
        ("type=all", "writeback=type=all is not one of idle, huge"),
        ("idle=1", "writeback=idle=1 is not one of idle, huge"),
        ("page_indexes=0-3 pages=7", "writeback=pages=7 is not one of idle, huge"),
        ("", "writeback= is not one of idle, huge"),
    ],
)
def test_a_wrong_word_of_writeback_is_refused(value: str, words: str) -> None:
    assert words in refusal(f"writeback={value}", kernel="7.3")


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("writeback_batch_size=64", WritebackBatchSize(64)),
        ("compressed_writeback=1", CompressedWriteback(True)),
        ("compressed_writeback=0", CompressedWriteback(False)),
    ],
)
def test_the_newest_attributes(text: str, action: Action) -> None:
    assert actions(text, kernel="7.3") == [action]


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["writeback_batch_size=0"], "writeback_batch_size=0 is not a number of pages from 1 on"),
        (["compressed_writeback=yes"], "compressed_writeback=yes is not 0 or 1"),
        (["writeback=idle", "compressed_writeback=1"], "write it before the first writeback"),
    ],
)
def test_what_the_newest_attributes_do_not_take(texts: list[str], words: str) -> None:
    assert words in refusal(*texts, kernel="7.3")


@pytest.mark.parametrize(
    ("value", "action", "codecs"),
    [
        (
            "level=9",
            AlgorithmParams(0, (("level", 9),)),
            ["zstd:level=9:rules=zram-6.12", "deflate:level=6:window=11"],
        ),
        (
            "priority=1 level=9 deflate.winbits=-15",
            AlgorithmParams(1, (("level", 9), ("window", 15))),
            ["zstd:level=3:rules=zram-6.12", "deflate:level=9:window=15"],
        ),
        (
            "algo=deflate level=1",
            AlgorithmParams(1, (("level", 1),)),
            ["zstd:level=3:rules=zram-6.12", "deflate:level=1:window=11"],
        ),
        (
            "deflate.winbits=-9",
            AlgorithmParams(0, ()),
            ["zstd:level=3:rules=zram-6.12", "deflate:level=6:window=11"],
        ),
    ],
)
def test_parameters_hold_for_the_algorithm_of_a_priority_or_a_name(
    value: str, action: Action, codecs: list[str]
) -> None:
    texts = ["recomp_algorithm=algo=deflate", f"algorithm_params={value}"]
    plan = parse_writes(texts, rules_of("7.3", 4096), "zstd")
    registered, params = (write.action for write in plan.writes)
    assert params == action
    assert [plan.codec, registered] == [codecs[0], RecompAlgorithm(codecs[1], 1)]


def test_parameters_replace_all_earlier_ones_of_their_priority() -> None:
    texts = ["algorithm_params=level=9 deflate.winbits=-15", "algorithm_params=level=1"]
    assert parse_writes(texts, rules_of("7.3", 4096), "deflate").codec == "deflate:level=1:window=11"


def test_a_level_is_acceleration_for_lz4_and_nothing_for_lzo_up_to_7_2() -> None:
    level = ["algorithm_params=level=5"]
    assert parse_writes(level, rules_of("6.12", 4096), "lz4").codec == "lz4:acceleration=5"
    assert parse_writes(level, rules_of("7.2", 4096)).codec == "lzo-rle"
    with pytest.raises(UsageError, match=r"lzo-rle has no level, and kernel 7\.3 refuses one for it"):
        parse_writes(level, rules_of("7.3", 4096))


def test_a_dictionary_is_a_parameter_of_lz4_lz4hc_and_zstd(tmp_path: Path) -> None:
    path = tmp_path / "dictionary"
    path.write_bytes(b"12345678")
    texts = [
        "recomp_algorithm=algo=zstd",
        f"algorithm_params=dict={path}",
        f"algorithm_params=algo=zstd dict={path}",
    ]
    for codec in ("lz4:acceleration=1", "lz4hc:level=9"):
        plan = parse_writes(texts, rules_of("6.12", 4096), codec.partition(":")[0])
        assert plan.codec == f"{codec}:dictionary={path}"
        assert plan.writes[0].action == RecompAlgorithm(
            f"zstd:level=3:rules=zram-6.12:dictionary={path}", priority=1
        )
    replaced = [*texts, "algorithm_params=level=5"]
    assert parse_writes(replaced, rules_of("6.12", 4096), "lz4").codec == "lz4:acceleration=5"


@pytest.mark.parametrize("codec", ["lzo", "lzo-rle", "842", "deflate:level=6:window=11"])
def test_up_to_7_2_a_dictionary_is_read_and_passed_over_where_it_has_no_meaning(
    tmp_path: Path, codec: str
) -> None:
    path = tmp_path / "dictionary"
    texts = [f"algorithm_params=dict={path}"]
    with pytest.raises(InputError, match=r"dictionary: cannot be read: No such file"):
        parse_writes(texts, rules_of("7.2", 4096), codec)
    path.write_bytes(b"1")
    assert parse_writes(texts, rules_of("7.2", 4096), codec).codec == codec
    with pytest.raises(UsageError, match=r"has no dictionary, and kernel 7\.3 refuses one for it"):
        parse_writes(texts, rules_of("7.3", 4096), codec)


def test_a_codec_that_is_not_the_kernel_s_has_no_dictionary() -> None:
    with pytest.raises(UsageError, match=r"zlib:level=6:window=15 has no dictionary, and takes none"):
        parse_writes(["algorithm_params=dict=/x"], rules_of("6.12", 4096), "zlib")


@pytest.mark.parametrize(
    ("value", "kernel", "words"),
    [
        (
            "dict=/a:b",
            "7.3",
            "algorithm_params: dict=/a:b has a colon, which parts the parameters of a codec",
        ),
        (
            "priority=1 dict=/etc/dict",
            "7.3",
            "has no dictionary, and kernel 7.3 refuses one for it; leave dict= out",
        ),
        ("level=99", "7.3", "algorithm_params: level='99' is not a number from -131072 to 22"),
        ("", "6.12", "algorithm_params= has no parameter; add one, such as level=N"),
        ("priority=1", "6.12", "algorithm_params=priority=1 has no parameter; add one, such as level=N"),
        ("algo=zstd", "7.3", "algorithm_params=algo=zstd has no parameter; add one, such as level=N"),
        ("priority=1 deflate.winbits=15", "7.3", "winbits=15 is not a number from -9 to -15; a positive one"),
        ("deflate.winbits=-15", "6.12", "has no algorithm_params=deflate.winbits=N, which came with 6.16"),
        (
            "priority=2 level=1",
            "7.3",
            "kernel 7.3 forgets parameters when it is; write recomp_algorithm=algo=NAME priority=2 before; there are: ",
        ),
        ("priority=4 level=1", "7.3", "priority=4 is not a number from 0 to 3"),
        ("algo=lz4 level=1", "7.3", "algo=lz4 is not registered; there are: zstd"),
        ("algo=deflate priority=0 level=1", "7.1", "algo=deflate has not priority=0; there are: zstd"),
        ("speed=1", "7.3", "'speed=1' is not one of algo=, priority=, level=, dict=, deflate.winbits="),
    ],
)
def test_wrong_parameters_are_refused(value: str, kernel: str, words: str) -> None:
    texts = ["recomp_algorithm=algo=deflate", f"algorithm_params={value}"]
    with pytest.raises(UsageError) as raised:
        parse_writes(texts, rules_of(kernel, 4096), "zstd")
    assert words in str(raised.value)


@pytest.mark.parametrize(("level", "codec"), [("-1", "deflate:level=6:window=11"), ("1", "deflate:level=1")])
def test_level_minus_1_of_deflate_is_its_default(level: str, codec: str) -> None:
    plan = parse_writes([f"algorithm_params=level={level}"], rules_of("6.12", 4096), "deflate:9")
    assert plan.codec.startswith(codec)


def test_zstd_takes_each_level_that_its_library_has() -> None:
    for level in (-131072, -8, 22):
        plan = parse_writes([f"algorithm_params=level={level}"], rules_of("6.12", 4096), "zstd")
        assert plan.codec == f"zstd:level={level}:rules=zram-6.12"


def test_up_to_7_2_parameters_wait_for_their_algorithm_to_be_registered() -> None:
    texts = [
        "algorithm_params=priority=1 level=1",
        "algorithm_params=priority=1 level=9",
        "recomp_algorithm=algo=lz4hc",
        "algorithm_params=priority=2 level=4",
    ]
    for kernel in ("6.12", "7.2"):
        waiting, _, registered, _ = actions(*texts, kernel=kernel)
        assert waiting == AlgorithmParams(1, ())
        assert registered == RecompAlgorithm("lz4hc:level=9", 1)
    texts[1] = "algorithm_params=priority=1 level=5"
    assert actions(*texts)[2] == RecompAlgorithm("lz4hc:level=5", 1)
    texts.append("recomp_algorithm=algo=lzo priority=2")
    assert actions(*texts)[-1] == RecompAlgorithm("lzo", 2)
    texts[-1] = "recomp_algorithm=algo=deflate priority=2"
    texts[-2] = "algorithm_params=priority=2 level=11"
    assert "level='11' is not a number from 0 to 9" in refusal(*texts)


def test_up_to_7_0_a_name_beats_a_priority() -> None:
    texts = ["recomp_algorithm=algo=deflate", "algorithm_params=algo=deflate priority=0 level=1"]
    plan = parse_writes(texts, rules_of("6.18", 4096), "zstd")
    assert plan.writes[-1].action == AlgorithmParams(1, (("level", 1),))


@pytest.mark.parametrize(
    ("kernel", "value", "range_"),
    [
        ("6.12", "type=idle", (1, 3)),
        ("6.12", "algo=zstd priority=1", (2, 2)),
        ("6.18", "type=idle", (1, 3)),
        ("6.18", "algo=zstd", (2, 2)),
        ("6.18", "algo=zstd priority=1", (2, 2)),
        ("6.18", "priority=2", (2, 2)),
        ("6.12", "priority=0", (1, 1)),
        ("7.0", "algo=zstd priority=0", (2, 2)),
        ("7.1", "type=idle", (1, 1)),
        ("7.1", "algo=zstd priority=2", (2, 2)),
    ],
)
def test_which_algorithms_a_recompression_asks_for(kernel: str, value: str, range_: tuple[int, int]) -> None:
    texts = ("recomp_algorithm=algo=lz4hc", "recomp_algorithm=algo=zstd priority=2", f"recompress={value}")
    action = actions(*texts, kernel=kernel)[-1]
    assert isinstance(action, Recompress)
    assert (action.first, action.last) == range_


@pytest.mark.parametrize(
    ("kernel", "value", "words"),
    [
        (
            "6.18",
            "priority=2",
            "recompress: priority=2 is not below 2, the number of algorithms, as kernel 6.18",
        ),
        ("6.18", "algo=zstd", "priority=2 is not below 2"),
        ("7.1", "type=idle", "priority=1 is not registered; there are: zstd:level=3:rules=zram-6.12 (2)"),
        ("7.1", "algo=zstd priority=1", "algo=zstd has not priority=1; there are: zstd"),
        ("7.1", "priority=0", "priority=0 is not a number from 1 to 3"),
        ("6.12", "algo=zstd priority=3", "algo=zstd has not priority=3; there are: zstd"),
        ("6.12", "priority=1", "priority=1 is not registered; there are: zstd"),
    ],
)
def test_a_gap_before_the_only_algorithm_is_told(kernel: str, value: str, words: str) -> None:
    texts = ("recomp_algorithm=algo=zstd priority=2", f"recompress={value}")
    assert words in refusal(*texts, kernel=kernel)


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


@pytest.mark.parametrize("kernel", ["6.12", "6.18", "7.3"])
def test_a_name_stands_for_the_algorithm_with_any_parameters(kernel: str) -> None:
    texts = (*ALGORITHMS[:1], "algorithm_params=algo=zstd level=5", "recompress=algo=zstd")
    registered, _, asked = actions(*texts, kernel=kernel)
    assert registered == RecompAlgorithm("zstd:level=5:rules=zram-6.12", 1)
    assert asked == Recompress((), 0, None, 1, 1)


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
        ("recomp_algorithm=algo=lz4 priority=1", "priority 1 is zstd:level=9:rules=zram-6.12 already"),
        (
            "recompress=",
            "recompress= says nothing; write type=idle, type=huge or type=huge_idle, or threshold=0 for all",
        ),
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
            "algo=lz4 is not registered; there are: zstd:level=9:rules=zram-6.12 (1), deflate",
        ),
        ("recompress=priority=2", "priority=2 is not registered; there are: zstd"),
        ("recompress=algo=zstd:9 priority=2", "algo=zstd:9 has not priority=2; there are: zstd"),
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
        ("compact=1", "4.0", "zram of kernel 4.0 has no attribute compact, which came with 4.1"),
        ("writeback=huge", "4.20", "has no attribute writeback, which came with 5.0"),
        ("idle=60", "5.15", "has no idle=SECONDS, which came with 5.16"),
        ("writeback=page_index=1", "5.11", "has no writeback=page_index=N, which came with 5.12"),
        ("writeback=huge_idle", "5.18", "has no writeback=huge_idle, which came with 5.19"),
        ("writeback=incompressible", "6.1", "has no writeback=incompressible, which came with 6.2"),
        ("writeback_limit=1", "4.19", "has no attribute writeback_limit, which came with 5.0"),
        ("recomp_algorithm=algo=zstd", "6.1", "has no attribute recomp_algorithm, which came with 6.2"),
        ("recompress=type=huge", "6.1", "has no attribute recompress, which came with 6.2"),
        ("algorithm_params=level=1", "6.11", "has no attribute algorithm_params, which came with 6.12"),
        ("writeback_batch_size=1", "6.18", "has no attribute writeback_batch_size, which came with 6.19"),
        ("compressed_writeback=1", "6.19", "has no attribute compressed_writeback, which came with 7.0"),
    ],
)
def test_a_kernel_refuses_what_it_has_not(text: str, kernel: str, words: str) -> None:
    assert words in refusal(text, kernel=kernel)


ATTRIBUTES = "compact idle writeback recompress recomp_algorithm algorithm_params"
VALUES = "= algo= type= huge 1 zstd priority= threshold= page_index= page_indexes= level= - é ²"
PIECES = st.sampled_from([*ATTRIBUTES.split(), *VALUES.split(), " ", "\n", "99999999999999999999"])


@given(st.lists(PIECES, max_size=6).map("".join) | st.text(max_size=20))
def test_any_other_text_is_refused_or_means_something(text: str) -> None:
    try:
        assert len(actions(text, kernel="7.3")) == 1
    except UsageError as error:
        assert str(error)
