"""Whatever a person may meet out of a closed set has words of its own in every language (LOOK §9)."""

from __future__ import annotations

import re

import pytest

import locales
from device_agent.account.machine import State as AccountState
from device_agent.account.view import AccountView, Basis, Right, Why
from device_agent.network import findings
from device_agent.panel import grid, opened
from device_agent.panel_view import Check, Item, Page, PanelView, Problem, TvState
from server.problems import OF_CUSTOMERS, Slug
from tests.sources import ROOT
from wire.commands import Grant, RemoteKey
from wire.reasons import EndReason

# Drawn as themselves, or worded by what they switch, ask or name.
WORDLESS = {item for item in Item if item.startswith(("digit_", "switch_"))} | {
    Item.LANGUAGE,
    Item.HIDE,  # a key, and named as one
    Item.YES,
    Item.NO,
}


def console_slugs() -> list[str]:
    text = (ROOT / "technician_web" / "ui" / "problems.js").read_text(encoding="utf-8")
    listed = re.search(r"SLUGS = .*?\(\[(.*?)\]\)", text, re.DOTALL)
    assert listed is not None
    return re.findall(r"'([a-z-]+)'", listed[1])


def wanted() -> dict[str, set[str]]:
    """Per catalogue every key that one member of a set must have."""
    ends = {
        f"end.{who}.{reason}.{part}"
        for who in ("technician", "customer")
        for reason in EndReason
        for part in ("title", "next")
    }
    problems = {f"problem.{problem}.{part}" for problem in Problem for part in ("title", "text", "try")}
    checked = {f"check.{check}" for check in Check}
    wrong = {f"check.bad.{problem}" for problem in Problem if findings(problem)}
    grants = {f"grant.{grant}" for grant in Grant} | {f"grant.{grant}.detail" for grant in Grant}
    return {
        "shared": ends | grants | {f"key.{key}" for key in RemoteKey},
        "device": problems
        | checked
        | wrong
        | {f"panel.button.{item}" for item in Item if item not in WORDLESS}
        | {f"page.state.{state}" for state in TvState},
        "console": {
            f"console.problem.{slug}.{part}" for slug in console_slugs() for part in ("title", "next")
        }
        | {f"console.ask.{grant}" for grant in Grant},
        "server": {f"problem.{slug}" for slug in Slug},
    }


@pytest.mark.parametrize("language", locales.languages())
@pytest.mark.parametrize("domain", sorted(wanted()))
def test_every_member_has_words_in_every_language(language: str, domain: str) -> None:
    own = locales.read(language, domain)
    assert sorted(wanted()[domain] - own.keys()) == []
    assert [key for key in sorted(wanted()[domain]) if not own[key]] == []


def test_the_console_knows_every_problem_of_the_service() -> None:
    assert set(Slug) - OF_CUSTOMERS <= set(console_slugs())


def test_every_button_of_the_panel_is_on_some_page() -> None:
    views = [PanelView(page=page) for page in Page if page is not Page.PROBLEM]
    views += [PanelView(page=Page.PROBLEM, problem=problem) for problem in Problem]
    views += [PanelView(page=Page.PROBLEM, problem=Problem.TOO_SLOW, has_network_settings=True)]
    views += [PanelView(page=Page.TYPING, is_mistyped=True), PanelView(page=Page.CODE_BIG, code_group=2)]
    views += [PanelView(page=Page.ACCOUNT, account=AccountView(state=state)) for state in AccountState]
    middle = AccountView(state=AccountState.READING, pages=((), (), ()), page=1)
    views += [PanelView(page=Page.ACCOUNT, account=middle)]
    shown = {item for view in views for row in grid(opened(view).view) for item in row}
    assert {item for item in Item if not item.startswith("switch_")} - shown == {Item.LANGUAGE, Item.HIDE}


@pytest.mark.parametrize("language", locales.languages())
def test_every_screen_of_the_account_and_every_word_on_it_has_a_text(language: str) -> None:
    others = {AccountState.CLOSED, AccountState.DONE, AccountState.NOT_POSSIBLE, AccountState.READING}
    keys = [f"tv_account.{state}.title" for state in AccountState if state is not AccountState.CLOSED]
    keys += [f"tv_account.{state}.text" for state in AccountState if state not in others]
    keys += [f"tv_account.why.{why}" for why in Why]
    keys += [f"tv_account.cover.{right}" for right in Right]
    keys += [f"tv_account.basis.{basis}" for basis in Basis]
    assert set(keys) - locales.read(language, "device").keys() == set()
