from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.programs import Demo, chromium, running_demo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = chromium(playwright)
        yield opened
        opened.close()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """A demo of its own for every test: a TV that is on and was never helped."""
    with running_demo(tmp_path) as running:
        yield running
