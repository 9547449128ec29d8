"""Drives the console's page: opens it under a look, puts the fake session into a state, reads what shows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, ConsoleMessage, Locator, expect

NOW = datetime(2026, 5, 11, 11, 19, 8, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
GOOD_CODE = "481703652296"
SWAPPED_CODE = "481703562296"
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"

State = dict[str, Any]
TIMES = {"accepted": 0, "sealed": 0, "badge": 0, "active": 0, "ended": 0}

SHOWING: State = {
    "phase": "idle",
    "step": "showing",
    "code": GOOD_CODE,
    "deadline": NOW_MS + 504_000,
    "asks": ["keys", "settings", "view"],
}
PAIRING: State = {
    "code": "",
    "phase": "pairing",
    "step": "sealing",
    "session": "0f8d3c55a1b24e0f9c7a5d1e66b2f301",
    "times": TIMES | {"accepted": NOW_MS},
    "deadline": NOW_MS + 30_000,
    "asks": ["keys", "settings", "view"],
}


def over(slug: str) -> State:
    """What makes of a code on show one that is over."""
    problem = {"slug": slug, "title": "", "status": 0, "retryAfter": None}
    return {"step": "over", "code": "", "deadline": 0, "problem": problem}


OVER: State = over("code-expired")
DECIDING: State = PAIRING | {
    "phase": "consent",
    "step": "deciding",
    "times": TIMES | {"accepted": NOW_MS, "sealed": NOW_MS + 200, "badge": NOW_MS + 900},
    "deadline": NOW_MS + 60_000,
    "deviceName": "Vista 55 Q7",
    "deviceFw": "4.2.1",
    "enrolment": {"state": "confirmed", "unit": "HM-55Q7-004211", "model": "Vista 55 Q7"},
}
LIVE: State = DECIDING | {
    "phase": "active",
    "step": "",
    "times": DECIDING["times"] | {"active": NOW_MS - 761_000},
    "deadline": 0,
    "grants": ["keys", "settings", "view"],
    "until": NOW_MS + 1_039_000,
    "picture": "live",
    "currentAt": NOW_MS - 100,
    "rtt": 46,
    "fps": 29,
    "codec": "h264",
    "caps": ["pointer", "text", "settings"],
    "actedMs": 61,
    "keysPressed": 34,
    "changes": [
        {"path": "picture.backlight", "at": NOW_MS - 9000},
        {"path": "picture.motion_smoothing", "at": NOW_MS - 7000},
        {"path": "picture.backlight", "at": NOW_MS - 5000},
        {"path": "picture.backlight", "at": NOW_MS - 2000},
    ],
}
ENDED: State = LIVE | {
    "phase": "ended",
    "reason": "device_powered_off",
    "times": LIVE["times"] | {"ended": NOW_MS},
}


def _past(device: str, started: int, reason: str) -> State:
    """One of the technician's own sessions, so many minutes ago."""
    at = NOW_MS - started * 60_000
    return {
        "session": device,
        "device": device,
        "started_at": at,
        "ended_at": at + 540_000,
        "reason": reason,
    }


PAST = [
    _past("Vista 43 K5", 27, "customer_stopped"),
    _past("Vista 55 Q7", 160, "device_powered_off"),
    _past("Vista 65 Q9", 250, "idle"),
]


@dataclass(frozen=True, slots=True)
class Look:
    language: str = "en"
    theme: Literal["light", "dark"] = "light"
    width: int = 1280
    height: int = 800

    def __str__(self) -> str:
        return f"{self.language}-{self.theme}-{self.width}"


class ConsolePage:
    """One browser profile with the console in it. Its clock stands still until a test moves it."""

    def __init__(self, browser: Browser, origin: str, look: Look, *, setup: str = "") -> None:
        self._context = browser.new_context(
            locale=look.language,
            color_scheme=look.theme,
            viewport={"width": look.width, "height": look.height},
            timezone_id="Europe/Riga",
            reduced_motion="reduce",
        )
        self.origin = origin
        self.page = self._context.new_page()
        self.errors: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.add_init_script("window.realTimeout = window.setTimeout.bind(window);")
        self.page.clock.install(time=NOW - timedelta(minutes=1))
        self.page.clock.pause_at(NOW)
        past = json.dumps({"past": PAST})
        self.page.add_init_script(f"window.fakeSetup = {past}; {setup}")

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def open(self, fragment: str = "") -> None:
        self.page.goto(f"{self.origin}/{fragment}")
        self.page.locator("body > *").first.wait_for(state="attached")

    def close(self) -> None:
        """Nothing may have gone wrong unseen: no exception, no refused resource, no breach of the policy."""
        self._context.close()
        assert self.errors == []

    def by(self, testid: str) -> Locator:
        return self.page.get_by_test_id(testid)

    def sign_in(self) -> ConsolePage:
        self.by("sign-in-login").fill("demo")
        self.by("sign-in-password").fill("a long password")
        self.by("sign-in").click()
        expect(self.by("pin-input")).to_be_visible()
        return self

    def connect(self, code: str = GOOD_CODE, request: str = "HM-7K42-93") -> ConsolePage:
        self.by("request").fill(request)
        self.by("pin-input").fill(code)
        self.by("connect").click()
        return self

    def press(self, testid: str) -> ConsolePage:
        self.by(testid).click()
        return self

    def type_code(self, code: str) -> ConsolePage:
        self.by("pin-input").fill(code)
        return self

    def go_offline(self, *, offline: bool) -> None:
        self._context.set_offline(offline)

    def show_code(self, request: str = "HM-7K42-93") -> ConsolePage:
        """Signed in, and the code on show."""
        self.sign_in()
        self.by("request").fill(request)
        self.by("show-pin").click()
        return self.play(SHOWING)

    def play(self, state: State) -> ConsolePage:
        self.page.evaluate("(state) => window.fake.play(state)", state)
        return self

    def reach(self, state: State) -> ConsolePage:
        """Signed in, connected, and the session in this state."""
        return self.sign_in().connect().play(state)

    def paint(self, colour: str, **place: int) -> None:
        self.page.evaluate("([colour, place]) => window.fake.paint(colour, place)", [colour, place])

    def pixel(self, x: int, y: int) -> list[int]:
        """From the canvas's own backing store."""
        found: list[int] = self.by("live-view").evaluate(
            "(canvas, [x, y]) => Array.from(canvas.getContext('2d').getImageData(x, y, 1, 1).data)", [x, y]
        )
        return found[:3]

    def calls(self, name: str) -> list[list[Any]]:
        found: list[list[Any]] = self.page.evaluate("window.fake.calls")
        return [call for call in found if call[0] == name]

    def wait(self, milliseconds: int) -> None:
        """Moves the page's clock on, firing what falls due."""
        self.page.clock.run_for(milliseconds)

    def now_ms(self) -> int:
        now: int = self.page.evaluate("Date.now()")
        return now

    def violations(self) -> list[str]:
        """What axe finds, as rule and place."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: list[str] = self.page.evaluate(RUN_AXE)
        return found


# axe waits by timers and must not wait for a clock that stands still.
RUN_AXE = """async () => {
  const still = window.setTimeout;
  window.setTimeout = window.realTimeout;
  const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
  window.setTimeout = still;
  const said = (id, node) => `${id}: ${node.target} ${node.failureSummary}`;
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => said(id, node)));
}"""
