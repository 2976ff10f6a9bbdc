"""The JSON form of a result."""

from __future__ import annotations

import json

from tests.report.made import result
from zswapbench.results.counters import COUNTERS
from zswapbench.results.metrics import METRICS
from zswapbench.results.records import SCHEMA_VERSION, to_json


def test_one_result_is_an_object_that_holds_everything() -> None:
    one = result("lru", verified_pages=5)
    form = json.loads(to_json([one]))
    assert form == one.as_dict()
    assert form["schema_version"] == SCHEMA_VERSION == 8
    assert form["verified_pages"] == 5
    assert form["bounds"] == {"refaults": 600}
    assert form["series"]["pool_pages"] == one.series["pool_pages"]
    assert list(form["counters"]) == [metric.name for metric in COUNTERS]
    assert list(form["metrics"]) == [metric.name for metric in METRICS]
    assert form["setting"]["era"]["flush_batch"] == 16


def test_several_results_are_a_list_in_their_order() -> None:
    forms = json.loads(to_json([result("b"), result("a"), result("c")]))
    assert [form["label"] for form in forms] == ["b", "a", "c"]


def test_what_is_not_known_is_null() -> None:
    form = json.loads(to_json([result("lru", flushes_per_frame=None)]))
    assert form["metrics"]["flushes_per_frame"] is None
    assert form["verified_pages"] is None


def test_equal_results_are_equal_bytes_whatever_their_names_hold() -> None:
    name = '[red]x[/red] "quoted" \\ | <script>\n größe \udcff'
    assert to_json([result(name)]) == to_json([result(name)])
    assert json.loads(to_json([result(name)]))["label"] == name
    assert to_json([result(name)]).isascii()
