"""The console in a real browser, from its real server under its real policy; only `io/` is faked."""

from __future__ import annotations

import asyncio
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from aiohttp import web
from playwright.sync_api import Browser, Route, sync_playwright

from server.console import ConsoleSettings, console_application
from server.release import FOLDER, read_release
from tests.browser.console_page import ConsolePage, Look
from tests.chromium import CHROMIUM, DRIVEN

FAKES = Path(__file__).parent / "fakes.js"
STAND_INS = {
    "ask_server.js": "askServer",
    "api.js": "Api",
    "remote_session.js": "RemoteSession",
    "used_codes.js": "UsedCodes",
}

Open = Callable[..., ConsolePage]


def furnish(folder: Path) -> None:
    """A copy of the console whose `io/` is faked."""
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for module, name in STAND_INS.items():
        text = f"import * as fakes from './fakes.js';\nexport const {name} = fakes.{name};\n"
        (folder / "io" / module).write_text(text, encoding="utf-8")
    shutil.copy(FAKES, folder / "io" / "fakes.js")


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The folder on its own origin, from a thread, until the block ends."""
    listener = socket.create_server(("localhost", 0))
    origin = f"http://localhost:{listener.getsockname()[1]}"
    loop = asyncio.new_event_loop()
    settings = ConsoleSettings(origin, "http://localhost:9", demo=True)
    runner = web.AppRunner(console_application(settings, read_release(folder)))

    async def start() -> None:
        await runner.setup()
        await web.SockSite(runner, listener).start()

    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(start(), loop).result()
    try:
        yield origin
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture(scope="session")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("console") / "technician_web"
    furnish(folder)
    with serving(folder) as address:
        yield address


# Not for the whole run: while it lives this thread counts as inside an event loop, which other tests need.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=DRIVEN)
        yield browser
        browser.close()


@pytest.fixture
def open_console(chromium: Browser, origin: str) -> Iterator[Open]:
    """Opens the console in a fresh profile; a test fails if the page logged an error or broke its policy."""
    with ExitStack() as opened:

        def open_one(
            look: Look | None = None,
            *,
            setup: str = "",
            fragment: str = "",
            work: Callable[[Route], None] | None = None,
        ) -> ConsolePage:
            """`work` answers in the place of the part that comes while a person signs in."""
            page = ConsolePage(chromium, origin, look or Look(), setup=setup)
            opened.callback(page.close)
            if work is not None:
                page.page.route(f"{origin}/work.js", work)
            page.open(fragment)
            return page

        yield open_one
