"""A technician's badge taken back with the shipped programs, and what each side then reads."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from locales import load
from tests.e2e.programs import PATIENCE_S, ROOT, open_console, open_tv

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.e2e.programs import Demo

pytestmark = [pytest.mark.slow, pytest.mark.browser]

words = load("en", "shared").text


def revoke_badges(demo: Demo) -> Any:  # Any: JSON
    command = [str(Path(sys.executable).with_name("alongside")), "badges", "revoke", "demo"]
    said = subprocess.run(
        [*command, "--data", str(demo.data), "--json"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return json.loads(said.stdout)


def revoke_and_let_the_server_forget(demo: Demo) -> None:
    """Who owns the relay puts back what its database held; the list they cannot unsign."""
    with closing(sqlite3.connect(demo.data / "alongside.db", isolation_level=None)) as base:
        tokens = base.execute("select * from access_token").fetchall()
        ((jti,),) = base.execute("select jti from badge where not revoked").fetchall()
        assert revoke_badges(demo) == {"login": "demo", "revoked": 1}
        base.execute("update badge set revoked = false")
        base.executemany("insert into access_token values (?, ?, ?, ?)", tokens)
        deadline = time.monotonic() + PATIENCE_S
        while not base.execute("select 1 from status_list where instr(data, ?)", (jti.encode(),)).fetchall():
            assert time.monotonic() < deadline, "no list names the badge"


def test_a_badge_that_was_taken_back_opens_nothing_whoever_owns_the_server(
    browser: Browser, demo: Demo
) -> None:
    """The set judges by the signed list; the customer is told what to do, the record why."""
    tv, console = open_tv(browser, demo), open_console(browser, demo)
    revoke_and_let_the_server_forget(demo)
    console.connect(tv.code())
    tv.expect_state("ended")
    tv.expect_words(words("end.customer.badge_refused.lapsed.title"))
    tv.expect_words(words("end.customer.badge_refused.lapsed.next"))
    console.expect_ended("badge_refused")
    expect(console.page.get_by_role("heading", level=1)).to_have_text(
        words("end.technician.badge_refused.title")
    )
    expect(console.page.get_by_test_id("end-cause")).to_have_text("revoked")


def test_taking_a_badge_back_ends_what_the_customer_is_being_asked(browser: Browser, demo: Demo) -> None:
    """INV-G4: within a second, in words on both sides."""
    tv, console = open_tv(browser, demo), open_console(browser, demo)
    console.connect(tv.code())
    tv.expect_state("consent")
    console.expect_state("consent")
    assert revoke_badges(demo) == {"login": "demo", "revoked": 1}
    console.expect_ended("revoked")
    tv.expect_state("ended")
    tv.expect_words(words("end.customer.revoked.title"))
    expect(console.page.get_by_role("heading", level=1)).to_have_text(words("end.technician.revoked.title"))
