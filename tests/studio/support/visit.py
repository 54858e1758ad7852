"""A page that is open in a browser."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest

SECONDS = 60_000


class Visit:
    """A page that is open, and what happened while it was."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.errors, self.foreign = page, [], []
        page.set_default_timeout(SECONDS)
        page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._note(request.url, address))
        page.goto(address)
        page.get_by_role("tab", name="Avatar").wait_for()

    def _note(self, url: str, address: str) -> None:
        found = urlparse(url)
        if found.scheme not in ("data", "blob") and found.netloc != urlparse(address).netloc:
            self.foreign.append(url)

    def download(self, name: str) -> Path:
        """The path of what a button downloads."""
        with self.page.expect_download() as waiting:
            self.page.locator(name).click()
        return Path(waiting.value.path())


@contextlib.contextmanager
def in_browser(*flags: str) -> Iterator[Any]:
    """The system's chromium, without a window, with a fake camera; where there is none, tests are skipped."""
    playwright = pytest.importorskip("playwright.sync_api")
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("there is no chromium: on Debian, apt-get install chromium")
    camera = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=found, args=["--no-sandbox", *camera, *flags])
        yield started
        started.close()
