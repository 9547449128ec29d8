from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.programs import Demo, chromium, running_demo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def opened() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        yield browser
        browser.close()


@pytest.fixture
def browser(opened: Browser) -> Iterator[Browser]:
    """One Chromium for a file; what a test opened in it is closed with the test, and works no more."""
    yield opened
    for context in opened.contexts:
        context.close()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """A demo of its own for every test: a TV that is on and was never helped."""
    with running_demo(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def used_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demo for the tests of a file that do not mind who was helped on its TV before them."""
    with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running
