"""Enrolment through the shipped programs: what an installer types, and what the technician then reads."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.e2e.programs import PATIENCE_S, ROOT, open_console, open_tv

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.e2e.programs import Console, Demo, Tv

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def alongside(*arguments: str, typed: str = "") -> Any:  # Any: JSON
    command = [str(Path(sys.executable).with_name("alongside")), *arguments, "--json"]
    said = subprocess.run(command, input=typed, capture_output=True, text=True, check=False, cwd=ROOT)
    assert said.returncode == 0, said.stderr
    assert typed.strip() not in said.stderr or not typed
    return json.loads(said.stdout)


def told(tv: Tv, console: Console) -> tuple[str | None, str]:
    """What the technician reads of the unit while the customer is asked."""
    console.connect(tv.code())
    console.expect_state("consent")
    line = console.page.get_by_test_id("enrolment").locator("visible=true").first
    expect(line).to_have_attribute("data-state", re.compile("confirmed|none"), timeout=PATIENCE_S * 1000)
    found = line.get_attribute("data-state"), line.inner_text()
    tv.expect_state("consent")
    tv.press("back")
    console.expect_ended("consent_refused")
    tv.expect_state("ended")
    console.page.get_by_test_id("new-code").click()
    expect(console.page.get_by_test_id("pin-input")).to_be_visible()
    return found


def test_a_technician_reads_which_unit_it_is_and_that_another_is_not_enrolled(
    browser: Browser, demo: Demo
) -> None:
    """By the console's own root key; by whichever code the device was enrolled last."""
    tv, console = open_tv(browser, demo), open_console(browser, demo)
    state, text = told(tv, console)
    assert state == "confirmed"
    assert "0B4X7WS50312R6K" in text
    (demo.data / "device/enrolment.jws").unlink()
    state, text = told(tv, console)
    assert state == "none"
    assert "Not enrolled" in text
    unit = ("--unit", "HC-55Q7-009999", "--model", "Vista 55 Q7")
    offered = alongside("device", "enrol", *unit, "--data", str(demo.data))
    enrolled = alongside(
        "agent", "--enrol", "--data", str(demo.data / "device"), typed=offered["code"] + "\n"
    )
    assert (enrolled["unit"], enrolled["model"]) == ("HC-55Q7-009999", "Vista 55 Q7")
    state, text = told(tv, console)
    assert state == "confirmed"
    assert "HC-55Q7-009999" in text
    chain = demo.audit("show", offered["record"])
    assert [entry["typ"] for entry in chain["entries"]] == ["enrol.offered", "enrol.done"]
    assert "HC-55Q7" not in json.dumps(chain)
