"""A judgement of the gate as JUnit's XML, which CI services show: a test for each figure that can fail."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence

from zswapbench.report.table import printable
from zswapbench.report.verdict_tables import failure, figure_text
from zswapbench.results.gate import WHOLE, Judgement, Verdict


def render(judgement: Judgement, same: Sequence[str] = ()) -> str:
    """A suite for each label. What is to be known besides stands among its properties.

    ``same``: labels of what was the same in all figures, and has no verdicts: one suite with a test for each.
    """
    suites = ET.Element("testsuites", name="zswapbench check")
    for label in dict.fromkeys(verdict.label for verdict in judgement.verdicts):
        tests = [one for one in judgement.verdicts if one.label == label and (one.limits or one.fails)]
        failures = sum(one.fails for one in tests)
        suite = ET.SubElement(
            suites, "testsuite", name=printable(label), tests=str(len(tests)), failures=str(failures)
        )
        properties = ET.SubElement(suite, "properties")
        for note in judgement.notes:
            ET.SubElement(properties, "property", name="note", value=printable(note))
        for verdict in tests:
            _add_test(suite, verdict)
    if same:
        suite = ET.SubElement(suites, "testsuite", name="the same", tests=str(len(same)), failures="0")
        for label in same:
            ET.SubElement(suite, "testcase", classname=printable(label), name="all figures")
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _add_test(suite: ET.Element, verdict: Verdict) -> None:
    test = ET.SubElement(suite, "testcase", classname=printable(verdict.label), name=verdict.name)
    if verdict.fails:
        found = ET.SubElement(test, "failure", type=verdict.word, message=printable(failure(verdict)))
        if verdict.name != WHOLE:
            found.text = f"{figure_text(verdict, verdict.base)} -> {figure_text(verdict, verdict.value)}"
