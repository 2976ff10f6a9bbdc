"""A page that is open in a real Chromium, and watched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Dialog, Page

from zswapbench.report.html import Group, render
from zswapbench.results.records import Result

NAMES = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "]]></script><b>x</b>",
    "\"quoted\" 'and' `ticked`",
    "\N{SNOWMAN} \N{GRINNING FACE} %{x} {{x}} $x^2$",
    "a\u2028b",
    "x" * 500,
    "&lt;b&gt; <a href='javascript:alert(1)'>y</a>",
]
"""Of results: each would do something, were it not text."""


class Watched:
    """A page that is open, and what should not happen while it is: messages, errors, dialogs, requests."""

    def __init__(self, browser: Browser, file: Path, **context: Any) -> None:
        self.file = file
        self.context = browser.new_context(**context)
        self.page: Page = self.context.new_page()
        self.wrong: list[str] = []
        self.page.on("console", lambda message: self.wrong.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("dialog", self._asked)
        self.page.on("request", lambda request: self._requested(request.url))
        self.page.goto(file.as_uri())

    def _asked(self, dialog: Dialog) -> None:
        self.wrong.append("a dialog")
        dialog.dismiss()

    def _requested(self, url: str) -> None:
        if url != self.file.as_uri():
            self.wrong.append(f"request: {url[:80]}")

    def close(self) -> None:
        self.context.close()
        assert not self.wrong


def written(path: Path, results: list[Result]) -> Path:
    path.write_text(render([Group(results)]), encoding="utf-8")
    return path
