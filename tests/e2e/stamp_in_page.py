"""Reads the moving picture's time code back from the console's canvas, as a stop-watch held to it would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from device_agent.devices.simulated_tv import stamp

if TYPE_CHECKING:
    from playwright.sync_api import Page

# Samples the middle of each cell; the caller compares with stamp.cells(), so guards and checksum count.
_SAMPLE = """
({ cell, left, top, count }) => {
  const canvas = document.querySelector('[data-testid="live-view"]');
  if (!(canvas instanceof HTMLCanvasElement) || canvas.width < left + count * cell) return null;
  const row = canvas.getContext("2d").getImageData(left, top + (cell >> 1), count * cell, 1).data;
  const light = (index) => row[(index * cell + (cell >> 1)) * 4 + 1];
  return { bits: Array.from({ length: count }, (_, index) => (light(index) > 127 ? 1 : 0)), now: Date.now() };
}
"""


def picture_age_ms(page: Page) -> int | None:
    """How old the picture on the canvas is, or None while no whole stamp is on it."""
    sample = page.evaluate(
        _SAMPLE, {"cell": stamp.CELL, "left": stamp.LEFT, "top": stamp.TOP, "count": stamp.CELLS}
    )
    if sample is None:
        return None
    bits = sample["bits"]
    stamped = int("".join(map(str, bits[2:30])), 2)
    return stamp.age_ms(stamped, sample["now"]) if tuple(bits) == stamp.cells(stamped) else None
