"""plotly.js, which comes with us: it is the file that its README names, and it draws what the charts ask for."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from tests.report.test_charts import all_charts
from zswapbench.report import html

VENDOR = Path(html.__file__).with_name("vendor")
README = dict(re.findall(r"^\| (\w+) +\| (.+?) +\|$", (VENDOR / "README.md").read_text(), re.MULTILINE))


def test_the_script_is_the_one_that_the_readme_names() -> None:
    script = (VENDOR / README["file"]).read_bytes()
    assert hashlib.sha256(script).hexdigest() == README["sha256"]
    assert f"plotly.js (basic - minified) v{README['version']}\n".encode() in script[:200]
    assert html.plotly_source() == script.decode()


def test_its_licence_comes_with_it() -> None:
    assert "Permission is hereby granted, free of charge" in (VENDOR / "LICENSE").read_text()


def test_the_charts_ask_for_nothing_that_the_basic_bundle_cannot_draw() -> None:
    kinds = {trace["type"] for chart in all_charts() for pane in chart.panes for trace in pane.figure["data"]}
    assert {"scatter", "bar"} <= kinds <= set(README["draws"].split(", "))
