"""A server in this process, and a browser that reports what a page should not do."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from clew.api.rest.app import create_app
from clew.api.service.service import Service
from tests.browser.tools import chromium

WAIT_MS = 30_000
"""The first question of a kind may compile kernels."""


@contextmanager
def served(service: Service) -> Iterator[str]:
    """Serve on a free port; its address."""
    config = uvicorn.Config(create_app(service), host="127.0.0.1", port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join(10)


@contextmanager
def browsing() -> Iterator[Any]:
    """Start Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


class Visitor:
    """Opens pages of a server, and keeps what they say on the console and ask of other servers."""

    def __init__(self, browser: Any, address: str) -> None:
        self.browser, self.address = browser, address
        self.complaints: list[str] = []
        self._contexts: list[Any] = []

    def open(self, query: str = "", size: tuple[int, int] = (1200, 800), **context: Any) -> Any:
        """Open the page in a context of its own."""
        made = self.browser.new_context(viewport={"width": size[0], "height": size[1]}, **context)
        made.set_default_timeout(WAIT_MS)
        self._contexts.append(made)
        page = made.new_page()
        page.on("console", lambda said: self._heard(said.type, said.text))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", self._asked)
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        page.goto(self.address + query)
        return page

    def _heard(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(f"{kind}: {text}")

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.complaints.append(f"request: {request.url}")

    def forgive(self, part: str) -> None:
        """Forget the complaints that a test has brought about: those with this text."""
        assert any(part in one for one in self.complaints)
        self.complaints = [one for one in self.complaints if part not in one]

    def close(self) -> None:
        """Close all that was opened."""
        for context in self._contexts:
            context.close()
