"""What the account's screens show and which buttons they have. Pure; LOOK §5.

The terms are read by pages, without scrolling. AGREE stands on the last one; no focus ever starts on it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from device_agent.account.machine import Event, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LINE_CHARACTERS: Final = 68
PAGE_LINES: Final = 9
"""A page of terms at reading size, under a banner, in any of our languages."""
_SENTENCE: Final = re.compile(r"(?<=[.;:])\s+")


class Why(StrEnum):
    """Why this device cannot register itself; each has its words."""

    NOT_ENROLLED = "not_enrolled"  # its maker has not said which unit it is
    NOT_PROVEN = "not_proven"  # the service does not believe it
    TOO_OLD = "too_old"
    TAKEN = "taken"  # somebody else has registered it
    UNKNOWN = "unknown"  # nobody says that it was made
    NOT_REGISTRABLE = "not_registrable"


class Button(StrEnum):
    """What an account screen can hold; the panel's items have the same names."""

    REGISTER_TV = "register_tv"
    NEXT_PAGE = "next_page"
    PREVIOUS_PAGE = "previous_page"
    AGREE = "agree"
    NEW_CODE = "new_code"
    TRY_AGAIN = "try_again"
    CLOSE = "close"


class Right(StrEnum):
    """Against whom a customer has it; a word that is not here is not shown."""

    MAKER = "maker"
    LEGAL = "legal"
    EXTENSION = "extension"


class Basis(StrEnum):
    """What a date rests on (I11)."""

    CALCULATED = "calculated"
    CONFIRMED = "confirmed"
    UPGRADED = "upgraded"
    BY_LAW = "by_law"
    EXTENDED = "extended"


@dataclass(frozen=True, slots=True)
class Cover:
    """One right with its dates, `2028-03-15`, and what they rest on (I11)."""

    right: Right
    basis: Basis
    starts_on: str
    ends_on: str


@dataclass(frozen=True, slots=True)
class AccountView:
    """One screen of the account. Fields that a screen does not use keep their defaults."""

    state: State = State.CLOSED
    user_code: str = ""  # XXXX-XXXX
    link: str = ""  # as people type it
    link_with_code: str = ""  # as the QR code carries it
    seconds_left: int = 0
    seconds_total: int = 0
    pages: tuple[tuple[str, ...], ...] = ()  # the terms
    page: int = 0
    model: str = ""
    covers: tuple[Cover, ...] = ()
    is_new: bool = True
    is_verified: bool = True
    why: Why | None = None

    @property
    def is_last_page(self) -> bool:
        """Whether the terms end here."""
        return self.page >= len(self.pages) - 1


_BUTTONS: Final[Mapping[State, tuple[Button, ...]]] = {
    State.STARTING: (Button.CLOSE,),
    State.CODE: (Button.CLOSE, Button.NEW_CODE),
    State.EXPIRED: (Button.NEW_CODE, Button.CLOSE),
    State.DENIED: (Button.CLOSE, Button.NEW_CODE),
    State.SIGNED_IN: (Button.REGISTER_TV, Button.CLOSE),
    State.FETCHING: (Button.CLOSE,),
    State.REGISTERING: (Button.CLOSE,),
    State.DONE: (Button.CLOSE,),
    State.NOT_POSSIBLE: (Button.CLOSE,),
    State.NO_CODE: (Button.TRY_AGAIN, Button.CLOSE),
    State.NO_TERMS: (Button.TRY_AGAIN, Button.CLOSE),
    State.NO_ANSWER: (Button.TRY_AGAIN, Button.CLOSE),
}

_OK: Final[Mapping[Button, Event]] = {
    Button.REGISTER_TV: Event.READ,
    Button.AGREE: Event.AGREE,
    Button.NEW_CODE: Event.AGAIN,
    Button.TRY_AGAIN: Event.AGAIN,
    Button.CLOSE: Event.CLOSE,
}


def buttons(view: AccountView) -> tuple[Button, ...]:
    """The buttons of the screen, left to right; the focus starts on the first, which commits to nothing."""
    if view.state is not State.READING:
        return _BUTTONS.get(view.state, ())
    back = () if view.page == 0 else (Button.PREVIOUS_PAGE,)
    if view.is_last_page:
        return (*back, Button.CLOSE, Button.AGREE)
    return (Button.NEXT_PAGE, *back, Button.CLOSE)


def pressed(button: Button) -> int | Event:
    """What OK on a button asks for: pages forward or back, or an event."""
    match button:
        case Button.NEXT_PAGE:
            return 1
        case Button.PREVIOUS_PAGE:
            return -1
        case _:
            return _OK[button]


def back(view: AccountView) -> int | Event:
    """Back goes one step up: a page of the terms, out of the terms, out of the account."""
    if view.state is not State.READING:
        return Event.CLOSE
    return -1 if view.page else Event.BACK


def in_pages(paragraphs: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """The terms cut into pages that can be read without scrolling, at sentences where there are any."""
    pages: list[tuple[str, ...]] = []
    page: list[str] = []
    used = 0
    for paragraph in paragraphs:
        for piece in _pieces(paragraph):
            lines = _lines(piece) + 1
            if page and used + lines > PAGE_LINES + 1:
                pages.append(tuple(page))
                page, used = [], 0
            page.append(piece)
            used += lines
    return (*pages, tuple(page)) if page else tuple(pages)


def _pieces(paragraph: str) -> list[str]:
    """The paragraph, or parts of it that fit on a page each."""
    parts: list[str] = []
    for sentence in _SENTENCE.split(paragraph.strip()):
        for part in wrap(sentence, LINE_CHARACTERS * (PAGE_LINES - 1)):
            longer = f"{parts[-1]} {part}" if parts else part
            if parts and _lines(longer) <= PAGE_LINES:
                parts[-1] = longer
            else:
                parts.append(part)
    return parts


def _lines(text: str) -> int:
    return len(wrap(text, LINE_CHARACTERS))
