"""The shipped programs as a person starts them: the demo as a process, real browser windows beside it."""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Browser, Page, Playwright, expect

from tests.chromium import CHROMIUM, DRIVEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60
ENDING_S = 20


@dataclass(frozen=True)
class Demo:
    """A running demo: its process and the links it printed."""

    process: subprocess.Popen[str]
    console: str
    tv: str
    service: str
    data: Path
    stderr: list[str]

    def audit(self, *arguments: str) -> Any:  # Any: JSON
        """What `alongside audit` says, beside the server that runs."""
        command = [str(Path(sys.executable).with_name("alongside")), "audit", *arguments]
        said = subprocess.run(
            [*command, "--data", str(self.data), "--json"],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
        return json.loads(said.stdout)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=PATIENCE_S)


class Lines:
    """Lines of a pipe as they come, with a bounded wait; a thread reads so that nothing blocks."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._process = process
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._queue.put(line)
        self._queue.put(None)

    def next(self) -> str:
        line = self._queue.get(timeout=PATIENCE_S)
        assert line is not None, f"the program ended with {self._process.wait(timeout=5)}"
        return line


@contextmanager
def running_demo(data: Path, *arguments: str) -> Iterator[Demo]:
    command = [str(Path(sys.executable).with_name("alongside")), "demo", "--port", "0", "--data", str(data)]
    stderr: list[str] = []
    with subprocess.Popen(
        [*command, "--no-browser", "--json", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"ALONGSIDE_TEST": "1"},
    ) as process:
        drain = threading.Thread(target=_collect, args=(process, stderr), daemon=True)
        drain.start()
        lines = Lines(process)
        try:
            facts = json.loads(lines.next())
            yield Demo(process, facts["console"], facts["tv"], facts["service"], data, stderr)
        finally:
            try:
                end_in_order(process)
            finally:
                lines.thread.join(timeout=5)
                drain.join(timeout=5)


def end_in_order(process: subprocess.Popen[str], patience_s: float = ENDING_S) -> None:
    """Told to end, it does, and says that all was well; one that does not is killed, and is a fault."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        code = process.wait(timeout=patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise AssertionError("the program was told to end and did not") from None
    assert code == 0, f"the program was told to end, and ended with {code}"


def _collect(process: subprocess.Popen[str], lines: list[str]) -> None:
    assert process.stderr is not None
    lines.extend(process.stderr)


def chromium(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=CHROMIUM, args=DRIVEN, headless=True)


@dataclass(frozen=True)
class Tv:
    """The customer in front of the TV page, with the remote in hand."""

    page: Page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.get_by_test_id(f"remote-{key}").click()

    def expect_state(self, state: str) -> None:
        expect(self.page.get_by_test_id("tv-state")).to_have_attribute(
            "data-state", state, timeout=PATIENCE_S * 1000
        )

    def code(self) -> str:
        """Ask for a code with Help and OK, and read it off the TV."""
        self.press("help")
        self.press("ok")
        self.expect_state("pin")
        return (self.page.get_by_test_id("tv-pin").text_content() or "").strip()

    def type_code(self, code: str) -> None:
        """Choose "I was given a code", and type it on the computer's own number keys."""
        self.choose_typing()
        self.page.keyboard.type(code.replace(" ", ""))

    def press_code(self, code: str) -> None:
        """The same with the number keys of the remote on the page."""
        self.choose_typing()
        self.press(*(f"digit-{digit}" for digit in code if digit != " "))

    def choose_typing(self) -> None:
        self.press("help")
        self.press("right", "ok")

    def expect_words(self, words: str) -> None:
        """What it says of an ending, or of why there is none."""
        expect(self.page.get_by_test_id("tv-why")).to_contain_text(words, timeout=PATIENCE_S * 1000)

    def agree(self) -> None:
        """One OK on the consent card accepts the defaults."""
        self.expect_state("consent")
        self.press("ok")
        self.expect_state("active")


@dataclass(frozen=True)
class Console:
    """The technician at the console."""

    page: Page

    def expect_state(self, state: str) -> None:
        expect(self.page.get_by_test_id("session-state")).to_have_attribute(
            "data-state", state, timeout=PATIENCE_S * 1000
        )

    def connect(self, code: str) -> None:
        self.page.get_by_test_id("pin-input").fill(code)
        self.page.get_by_test_id("connect").click()

    def show_code(self) -> str:
        """The twelve digits in their groups, after "Show a code instead"."""
        self.page.get_by_test_id("show-pin").click()
        shown = self.page.get_by_test_id("shown-pin")
        expect(shown).to_have_text(re.compile(r"^\d{4} \d{4} \d{4}$"), timeout=PATIENCE_S * 1000)
        return shown.text_content() or ""

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.get_by_test_id(f"pad-{key}").click()

    def expect_ended(self, reason: str) -> None:
        self.expect_state("ended")
        expect(self.page.get_by_test_id("end-reason")).to_have_attribute("data-reason", reason)


def open_tv(browser: Browser, demo: Demo, *, locale: str = "en") -> Tv:
    page = browser.new_context(viewport={"width": 1440, "height": 900}, locale=locale).new_page()
    page.goto(demo.tv)
    tv = Tv(page)
    tv.expect_state("idle")
    return tv


def open_used_tv(browser: Browser, demo: Demo) -> Tv:
    """The same of a TV on which the end of the last session may still stand."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en").new_page()
    page.goto(demo.tv)
    tv = Tv(page)
    state = page.get_by_test_id("tv-state")
    expect(state).to_have_attribute("data-state", re.compile("^(idle|ended)$"), timeout=PATIENCE_S * 1000)
    if state.get_attribute("data-state") == "ended":
        tv.press("back")
    tv.expect_state("idle")
    return tv


def open_console(
    browser: Browser,
    demo: Demo,
    *,
    locale: str = "en",
    dark: bool = False,
    watch: Callable[[Page], None] | None = None,
) -> Console:
    """A browser profile that never saw this console; `watch` is given its page before anything is fetched."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, locale=locale, color_scheme="dark" if dark else "light"
    )
    page = context.new_page()
    if watch is not None:
        watch(page)
    page.goto(demo.console)
    expect(page.get_by_test_id("pin-input")).to_be_visible(timeout=PATIENCE_S * 1000)
    return Console(page)
