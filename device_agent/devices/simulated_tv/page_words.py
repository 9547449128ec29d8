"""What the page tells besides the picture: the state in words, the code, the question, the focus. Pure.

A screen reader hears from it what eyes see on the set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from device_agent.account.machine import State as AccountState
from device_agent.devices.simulated_tv.end_words import ending_texts
from device_agent.devices.simulated_tv.paint.banner import can_do
from device_agent.devices.simulated_tv.paint.panel_account import cover_text, text_of, title_of
from device_agent.devices.simulated_tv.paint.panel_pages import problem_values
from device_agent.devices.simulated_tv.paint.settings_words import own_name
from device_agent.panel import SWITCHES
from device_agent.panel_view import Item, Page, Problem, TvState
from wire.code import grouped
from wire.limits import IDLE_S

if TYPE_CHECKING:
    from device_agent.account.view import AccountView
    from device_agent.panel_view import PanelView
    from locales import Catalogue

_GRANT_OF: Final = {item: grant for grant, item in SWITCHES.items()}
_CODE_PAGES: Final = frozenset({Page.CODE, Page.CODE_BIG})
_QUESTIONS: Final = frozenset({Page.MORE, Page.RENEW})  # asked while a session lives


def told(state: TvState, view: PanelView, words: Catalogue) -> dict[str, str]:
    """Every text the page needs for one state of the set; empty where there is nothing to tell."""
    code = grouped(view.code) if view.page in _CODE_PAGES and view.code else ""
    return {
        "state": state.value,
        "state_text": _state_text(state, view, words),
        "code": code,
        "code_aloud": words.text("page.code", digits=_aloud(code)) if code else "",
        "consent": _question(state, view, words),
        "why": " ".join(why(view, words)),
        "why_word": _why_word(view),
        "connected": _connected(view, words),
        "focus": _focus(view, words),
    }


def _state_text(state: TvState, view: PanelView, words: Catalogue) -> str:
    deaf_question = view.page is Page.CONSENT and state is TvState.CHECKING
    if view.page is Page.PAIRING or deaf_question:
        return words.text("page.state.pairing")
    if view.page in _QUESTIONS:
        return words.text("page.state.consent")
    if view.page is Page.ACCOUNT:
        return title_of(view.account, words)
    if view.page is Page.TYPING:
        typed = words.text("panel.typing.count", n=len(view.typed))
        return words.text("panel.typing.mistyped").replace("*", "") if view.is_mistyped else typed
    return words.text(f"page.state.{state}")


def _aloud(code: str) -> str:
    """Digit by digit, group by group."""
    return ", ".join(" ".join(group) for group in code.split(" "))


def _question(state: TvState, view: PanelView, words: Catalogue) -> str:
    """What the customer is asked: at first, for more, or whether it goes on."""
    asks = _asks(view, words)
    if view.page is Page.MORE:
        return words.text("page.more", name=view.name, asks=asks)
    if view.page is Page.RENEW:
        return words.text("page.renew", name=view.name)
    if state is not TvState.CONSENT:
        return ""
    key = "page.consent" if view.request else "page.consent.no_request"
    return words.text(key, name=view.name, org=view.org, asks=asks, request=view.request)


def _asks(view: PanelView, words: Catalogue) -> str:
    return "; ".join(
        f"{words.text(f'grant.{ask.grant}')} ({words.text('option.on' if ask.on else 'option.off')})"
        for ask in view.asks
    )


def why(view: PanelView, words: Catalogue) -> tuple[str, ...]:
    """Why it ended or why there is no code, and what to do next; what the account says; else empty."""
    if view.page is Page.ENDED:
        stem = ending_texts(view)
        return f"{words.text(f'{stem}.title', minutes=IDLE_S // 60)}.", words.text(f"{stem}.next")
    if view.page is Page.PROBLEM:
        problem = view.problem or Problem.SERVER_UNREACHABLE
        title = words.text(f"problem.{problem}.title")
        steps = words.text(f"problem.{problem}.try").replace("*", "").split("\n")
        # Seconds that count down on the screen must not be read out one by one.
        if problem is Problem.WAIT:
            return f"{title}.", *steps
        return f"{title}.", words.text(f"problem.{problem}.text", **problem_values(view, words)), *steps
    return _of_account(view.account, words) if view.page is Page.ACCOUNT else ()


def _of_account(view: AccountView, words: Catalogue) -> tuple[str, ...]:
    """What stands on the account's screen, the code letter by letter."""
    match view.state:
        case AccountState.CODE:
            spelled = ", ".join(" ".join(group) for group in view.user_code.split("-"))
            opens, types = words.text("tv_account.code.open"), words.text("tv_account.code.type")
            return opens, view.link, types, spelled, text_of(view, words)
        case AccountState.READING:
            return text_of(view, words), *(view.pages[view.page] if view.pages else ())
        case _:
            lines = [line for cover in view.covers for line in cover_text(cover, words)]
            return text_of(view, words), *lines


def _why_word(view: PanelView) -> str:
    """The stable word of an ending or a problem; the same one stands in the agent's log."""
    match view.page:
        case Page.ENDED if view.reason is not None:
            return view.reason.value
        case Page.PROBLEM if view.problem is not None:
            return view.problem.value
        case _:
            return ""


def _connected(view: PanelView, words: Catalogue) -> str:
    banner = view.banner
    if banner is None:
        return ""
    what = can_do(words, banner.grants)
    return words.text("page.connected", name=banner.name, org=banner.org, what=what)


def _focus(view: PanelView, words: Catalogue) -> str:
    focus = view.focus
    if focus is None or view.page is Page.NONE:
        return ""
    if focus in _GRANT_OF:
        return words.text(f"grant.{_GRANT_OF[focus]}")
    if focus is Item.LANGUAGE:
        return own_name(view.language) if view.language else words.text("setting.general.language")
    if focus in {Item.YES, Item.NO}:
        going_on = view.page is Page.RENEW and focus is Item.YES
        return words.text("panel.renew.yes" if going_on else f"panel.consent.{focus}")
    if focus is Item.HIDE:
        return words.text("key.hide")
    digit = focus.removeprefix("digit_")
    return digit if digit.isdigit() else words.text(f"panel.button.{focus}")
