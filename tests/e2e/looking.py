"""What every page of the portal must stand up to, wherever a test comes by."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.e2e.portal_stage import DESK, PHONE

if TYPE_CHECKING:
    from tests.e2e.portal_stage import Visitor

OVERFLOW = """() => {
  const root = document.documentElement;
  const wide = [...document.querySelectorAll('body *')].filter(
    (node) =>
      node.getBoundingClientRect().right > root.clientWidth + 1 && !node.closest('[hidden], .unseen, .skip'),
  );
  return root.scrollWidth > root.clientWidth ? wide.map((node) => node.outerHTML.slice(0, 80)) : [];
}"""
_PLACEHOLDER = re.compile(r"\{\{|\}\}|%\(|\{[a-z_]+\}|portal\.[a-z_.]+")


async def looked_at(visitor: Visitor, name: str) -> None:
    """The page at both widths: nothing beside it, no placeholder; kept as a picture for who wants to look."""
    shots = os.environ.get("ALONGSIDE_SHOTS")
    text = await visitor.page.inner_text("body")
    assert _PLACEHOLDER.search(text) is None, (name, _PLACEHOLDER.search(text))
    before = visitor.page.viewport_size
    for width, size in (("phone", PHONE), ("desk", DESK)):
        await visitor.page.set_viewport_size(size)
        await visitor.page.wait_for_function("width => innerWidth === width", arg=size["width"])
        assert await visitor.page.evaluate(OVERFLOW) == [], (name, width)
        if width == "phone":
            await expect(visitor.page.locator(".wide:visible"), "the menu holds it there").to_have_count(0)
        if shots:
            path = Path(shots) / f"{name}-{visitor.language}-{width}.png"
            await visitor.page.screenshot(path=path, full_page=True)
    assert before is not None
    await visitor.page.set_viewport_size(before)
    assert visitor.faults == []
