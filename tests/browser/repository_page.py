"""Pages of the repository's own origin: the console's core and ports are tested there, without a console."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Page

ROOT = Path(__file__).parents[2]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing: the test's output is pytest's."""


@contextmanager
def serving_repository() -> Iterator[str]:
    """Its address, until the block ends."""
    with ThreadingHTTPServer(("localhost", 0), partial(_Quiet, directory=ROOT)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def opened(context: BrowserContext, repository: str, path: str = "package.json") -> Page:
    """A page of the repository's origin; which one does not matter to most tests."""
    page = context.new_page()
    page.goto(f"{repository}/{path}", wait_until="domcontentloaded")
    return page


def call(page: Page, name: str, argument: object = None) -> Any:  # Any: what the JavaScript function gives
    """One function of io_cases.js."""
    script = f"async (argument) => (await import('/tests/browser/io_cases.js')).{name}(argument)"
    return page.evaluate(script, argument)
