"""A page in a real browser, with everything that it complains about or asks for written down."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")


class Seen:
    """An open page, what it asked for and what went wrong in it."""

    def __init__(self, page, file: Path) -> None:
        self.page, self.file = page, file
        self.asked: list[str] = []
        self.wrong: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda message: self.wrong.append(message.text))
        page.on("dialog", lambda dialog: (self.wrong.append("a dialog"), dialog.dismiss()))

    def names(self) -> list[str]:
        """The first column of the rows that are drawn."""
        return self.page.locator("#table tbody th").all_inner_texts()

    def said(self) -> str:
        return self.page.inner_text("#said")

    def click(self, selector: str) -> None:
        self.page.click(selector)

    def search(self, text: str) -> None:
        self.page.fill("#search", text)
        self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


@contextmanager
def opened(html: str, folder: Path, **context) -> Iterator[Seen]:
    """The page, from a file, in Chromium."""
    sync = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser")
    file = folder / "class.html"
    file.write_text(html, encoding="utf-8")
    with sync.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        try:
            seen = Seen(browser.new_context(**context).new_page(), file)
            seen.page.goto(file.as_uri())
            yield seen
        finally:
            browser.close()
