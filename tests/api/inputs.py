"""What the tests of the API replay, and how they look at what comes of it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from tests.making import pages_of, random_page, text_page
from zswapbench import Result
from zswapbench.results.records import to_json

PAGES = pages_of(
    *(text_page(number) for number in range(30)), *(random_page(number) for number in range(4)), bytes(4096)
)
INDEX = np.arange(90) % len(PAGES)
SETTING: dict[str, Any] = {"codec": "lz4", "limit": "9p"}


def found(results: list[Result]) -> list[dict[str, Any]]:
    """What results say, but for what the same run may say differently: times, and what the input was called."""
    forms: list[dict[str, Any]] = json.loads(to_json([*results, *results]))[: len(results)]
    return [stripped(form) for form in forms]


def stripped(form: dict[str, Any]) -> dict[str, Any]:
    """The same of one result in its JSON form."""
    names = ("trace", "corpus", "corpus_digest")
    inputs = {key: value for key, value in form["inputs"].items() if key not in names}
    return {**{key: value for key, value in form.items() if key != "timings"}, "inputs": inputs}
