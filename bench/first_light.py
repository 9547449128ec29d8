"""How long until the technician sees, how old is what they see, what it costs (README.md beside this)."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from device_agent.devices.simulated_tv import stamp  # noqa: E402
from tests.e2e.programs import Console, Demo, Tv, chromium, open_console, open_tv, running_demo  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser

# Watches the canvas at every animation frame: first picture, ages, and how many different stamps came by.
_WATCH = """
({ cell, left, top, count }) => {
  const seen = { first: 0, samples: [] };
  window.alongsideBench = seen;
  const look = () => {
    requestAnimationFrame(look);
    const canvas = document.querySelector('[data-testid="live-view"]');
    if (!(canvas instanceof HTMLCanvasElement) || canvas.width < 1920) return;
    const context = canvas.getContext("2d");
    if (seen.first === 0 && context.getImageData(960, 540, 1, 1).data[3] === 255) seen.first = Date.now();
    if (!seen.reading) return;
    const row = context.getImageData(left, top + (cell >> 1), count * cell, 1).data;
    const bit = (at) => (row[(at * cell + (cell >> 1)) * 4 + 1] > 127 ? 1 : 0);
    const bits = Array.from({ length: count }, (_, at) => bit(at));
    seen.samples.push([bits.join(""), Date.now()]);
  };
  requestAnimationFrame(look);
}
"""


def main() -> None:
    options = arguments()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as data:
        browser = chromium(playwright)
        started = time.monotonic()
        with running_demo(Path(data)) as demo:
            facts: dict[str, object] = {"demo_ready_s": round(time.monotonic() - started, 2)}
            facts |= first_pictures(browser, demo, options.rounds)
            facts |= moving_source(browser, demo, options.seconds)
        browser.close()
    report(facts, as_json=options.json)


def first_pictures(browser: Browser, demo: Demo, rounds: int) -> dict[str, object]:
    tv, console = open_tv(browser, demo), open_console(browser, demo)
    whole, card = [], []
    for _ in range(rounds):
        code = ask_for_code(tv)
        watch(console)
        pressed = console.page.evaluate("() => Date.now()")
        console.connect(code)
        tv.expect_state("consent")
        shown = console.page.evaluate("() => Date.now()")
        tv.press("ok")
        first = console.page.wait_for_function(
            "() => window.alongsideBench.first", timeout=30_000
        ).json_value()
        whole.append(first - pressed)
        card.append(first - shown)
        console.page.get_by_test_id("end-session").click()
        console.expect_ended("technician_left")
        tv.expect_state("ended")
        console.page.get_by_role("button", name="Enter a new code").click()
    tv.page.close()
    console.page.close()
    return {"code_to_first_picture_ms": spread(whole), "yes_to_first_picture_ms": spread(card)}


def ask_for_code(tv: Tv) -> str:
    if tv.page.get_by_test_id("tv-state").get_attribute("data-state") == "ended":
        tv.press("ok")
        tv.expect_state("idle")
    return tv.code()


def moving_source(browser: Browser, demo: Demo, seconds: float) -> dict[str, object]:
    tv, console = open_tv_again(browser, demo), open_console(browser, demo)
    console.connect(ask_for_code(tv))
    tv.agree()
    console.expect_state("active")
    console.press("source", "ok")
    tv.page.close()  # the page in the room costs nothing of what is measured here
    watch(console)
    console.page.wait_for_timeout(3000)
    console.page.evaluate("() => { window.alongsideBench.reading = true; }")
    before, at = cpu_seconds(demo), time.monotonic()
    console.page.wait_for_timeout(seconds * 1000)
    used, elapsed = cpu_seconds(demo), time.monotonic() - at
    samples = console.page.evaluate("() => window.alongsideBench.samples")
    ages, stamps = read(samples)
    console.page.close()
    return {
        "glass_to_glass_ms": spread(ages),
        "pictures_per_second": round(len(stamps) / elapsed, 1),
        "cores": {name: round((used[name] - before[name]) / elapsed, 2) for name in before},
    }


def open_tv_again(browser: Browser, demo: Demo) -> Tv:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(demo.tv)
    tv = Tv(page)
    tv.expect_state("ended")
    return tv


def watch(console: Console) -> None:
    console.page.evaluate(
        _WATCH, {"cell": stamp.CELL, "left": stamp.LEFT, "top": stamp.TOP, "count": stamp.CELLS}
    )


def read(samples: Sequence[tuple[str, int]]) -> tuple[list[float], set[int]]:
    """Age at the first frame on which each stamp was seen, and the different stamps."""
    ages, stamps = [], set()
    for text, now in samples:
        bits = tuple(int(bit) for bit in text)
        stamped = int(text[2:30], 2)
        if bits == stamp.cells(stamped) and stamped not in stamps:
            stamps.add(stamped)
            ages.append(float(stamp.age_ms(stamped, now)))
    return ages, stamps


def cpu_seconds(demo: Demo) -> dict[str, float]:
    server = psutil.Process(demo.process.pid)
    device = [child for child in server.children() if "device_agent" in " ".join(child.cmdline())]
    browser = [
        process for process in psutil.Process().children(recursive=True) if "chromium" in process.name()
    ]
    return {"server": total([server]), "device": total(device), "browser": total(browser)}


def total(processes: Sequence[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in alive(processes))


def alive(processes: Sequence[psutil.Process]) -> Iterator[psutil.Process]:
    return (process for process in processes if process.is_running())


def spread(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))] if ordered else 0
    return {"n": len(ordered), "p50": round(statistics.median(ordered or [0])), "p95": round(p95)}


def report(facts: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(facts))
        return
    for name, value in facts.items():
        print(f"{name:28} {value}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
