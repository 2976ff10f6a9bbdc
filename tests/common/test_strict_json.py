"""JSON is read as Python does, but for what two readers could take for two things."""

from __future__ import annotations

import json

import pytest

from zswapbench.common.strict_json import loads


@pytest.mark.parametrize(
    "text", ["1", '{"a": [1, 2.5, -1e300, null, true, "x"], "b": {"a": {}}}', "[[], {}]"]
)
def test_json_is_read_as_python_reads_it(text: str) -> None:
    assert loads(text) == loads(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1, "b": 2, "a": 1}', "an object has 'a' twice"),
        ('[{"b": {"": 1, "": 2}}]', "an object has '' twice"),
        ('{"' + "x" * 999 + '": 1, "' + "x" * 999 + '": 1}', "an object has 'xxx"),
        ("NaN", "NaN is not a number in JSON"),
        ('{"a": -Infinity}', "-Infinity is not a number in JSON"),
        ("[-1e999]", "-1e999 is too large a number"),
        ("9" * 400 + ".5", "9... is too large a number"),
        ("{", "Expecting"),
    ],
)
def test_what_is_not_strict_is_refused_in_a_short_line(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as raised:
        loads(text)
    assert len(str(raised.value)) < 100
    assert "\n" not in str(raised.value)
