"""Every closed set that people meet has words, in every language, on each side that shows it."""

from __future__ import annotations

import re

import pytest

import locales
from device_agent.devices.simulated_tv.settings import LANGUAGES as TV_LANGUAGES
from device_agent.panel_view import Problem
from server.problems import OF_CUSTOMERS, Slug
from tests.sources import ROOT
from wire.commands import Grant, RemoteKey
from wire.reasons import EndReason

languages = pytest.mark.parametrize("language", locales.languages())


CONSOLE_SLUGS = set(
    re.findall(
        r"'([a-z-]+)'",
        (ROOT / "technician_web/ui/problems.js")
        .read_text(encoding="utf-8")
        .split("SLUGS =")[1]
        .split("]")[0],
    )
)


def missing(language: str, domain: str, keys: list[str]) -> list[str]:
    held = locales.read(language, domain)
    return [key for key in keys if key not in held]


@languages
@pytest.mark.parametrize("side", ["technician", "customer"])
def test_every_ending_has_a_heading_and_a_next_step_for_both_sides(language: str, side: str) -> None:
    """LOOK: every ending says what happened and what to do."""
    keys = [f"end.{side}.{reason}.{part}" for reason in EndReason for part in ("title", "next")]
    assert missing(language, "shared", keys) == []


@languages
def test_no_ending_is_worded_that_does_not_exist(language: str) -> None:
    worded = {key.split(".")[2] for key in locales.read(language, "shared") if key.startswith("end.")}
    assert worded == set(EndReason)


@languages
def test_headings_have_no_full_stop_and_next_steps_do(language: str) -> None:
    for key, text in locales.read(language, "shared").items():
        for sentence in (text,) if isinstance(text, str) else text.values():
            if key.startswith("end."):
                assert sentence.endswith(".") == key.endswith(".next"), key


@languages
def test_every_grant_has_a_name_and_an_explanation(language: str) -> None:
    """INV-A6"""
    assert (
        missing(language, "shared", [f"grant.{grant}{part}" for grant in Grant for part in ("", ".detail")])
        == []
    )


@languages
def test_every_key_of_the_remote_has_a_name(language: str) -> None:
    assert missing(language, "shared", [f"key.{key}" for key in (*RemoteKey, "help", "stop")]) == []


@languages
def test_every_refusal_has_a_title_from_the_server_and_a_next_step_in_the_console(language: str) -> None:
    """INV-F1: in the caller's language."""
    assert missing(language, "server", [f"problem.{slug}" for slug in Slug]) == []
    shown = [
        f"console.problem.{slug}.{part}"
        for slug in (set(Slug) - OF_CUSTOMERS) | CONSOLE_SLUGS
        for part in ("title", "next")
    ]
    assert missing(language, "console", shown) == []


def test_the_console_knows_every_refusal_of_the_server() -> None:
    assert set(Slug) - OF_CUSTOMERS <= CONSOLE_SLUGS


@languages
def test_every_reason_why_no_code_can_be_had_has_words_on_the_device(language: str) -> None:
    keys = [f"problem.{problem}.{part}" for problem in Problem for part in ("title", "text")]
    assert missing(language, "device", keys) == []


def test_the_browser_knows_the_same_closed_sets() -> None:
    """A reason, grant or key added on one side only would be refused by the other."""
    source = (ROOT / "technician_web/core/closed_sets.js").read_text(encoding="utf-8")
    known = set(re.findall(r"'([a-z_0-9]+)'", source))
    for names in (EndReason, Grant, RemoteKey):
        assert {name.value for name in names} <= known | {"digit_" + str(n) for n in range(10)}, names


def test_every_language_there_is_can_be_chosen() -> None:
    """A language nobody can choose is a folder for nothing."""
    console = (ROOT / "technician_web/ui/words.js").read_text(encoding="utf-8")
    [offered] = re.findall(r"LANGUAGES = Object\.freeze\(\{(.*?)\}\)", console, re.DOTALL)
    own = {language: locales.load(language, "device").text("tv.language") for language in locales.languages()}
    assert re.findall(r"(\w+): '([^']+)'", offered) == list(own.items()), "in the same order on both sides"
    assert set(TV_LANGUAGES) == set(locales.languages())


def test_the_browser_knows_the_same_other_names_of_languages() -> None:
    console = (ROOT / "technician_web/ui/words.js").read_text(encoding="utf-8")
    [named] = re.findall(r"ALIASES = Object\.freeze\(\{(.*?)\}\)", console)
    assert dict(re.findall(r"(\w+): '([^']+)'", named)) == locales.ALIASES
