"""Moves on the panel: which items a page has, where the focus goes, what a key asks for. Pure; LOOK §5.

A page is a grid of rows. Arrows move in it without wrap-around, a row remembers its place, OK does what the
focused label says, Back goes one step up. On CODE_BIG the code goes by in three groups of four digits: OK
shows the next one and after the last all twelve digits again, Left and Right go to and fro. On TYPING the
remote's number keys type, and Left takes one back; who goes to the digits on the screen types with OK.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from device_agent.account import view as accounts
from device_agent.account.machine import Event as AccountEvent
from device_agent.machine import Event
from device_agent.panel_view import Item, Page, PanelView, Problem
from wire.code import is_valid
from wire.commands import Grant
from wire.reasons import EndReason

if TYPE_CHECKING:
    from collections.abc import Mapping

Grid = tuple[tuple[Item, ...], ...]

# They open while a finger may still be on its way to the page before, so they hear nothing at first.
DEAF_PAGES: Final = frozenset({Page.CHECKING, Page.PAIRING, Page.CONSENT, Page.RENEW, Page.MORE})
# A card with a switch for each thing asked for.
ASKING_PAGES: Final = frozenset({Page.CONSENT, Page.MORE})
DEAF_MS: Final = 800

# Nobody chose these endings: the way back is the first thing in reach (one press).
LOST: Final = frozenset(
    {
        EndReason.DEVICE_LOST,
        EndReason.DEVICE_POWERED_OFF,
        EndReason.TECHNICIAN_LOST,
        EndReason.RELAY_LOST,
        EndReason.DRAINING,
    }
)

SWITCHES: Final[Mapping[Grant, Item]] = {
    Grant.VIEW: Item.SWITCH_VIEW,
    Grant.KEYS: Item.SWITCH_KEYS,
    Grant.SETTINGS: Item.SWITCH_SETTINGS,
    Grant.SOUND: Item.SWITCH_SOUND,
}
_GRANTS: Final = {item: grant for grant, item in SWITCHES.items()}

_GRIDS: Final[Mapping[Page, Grid]] = {
    Page.NONE: (),
    Page.SUPPORT: ((Item.GET_CODE, Item.TYPE_CODE, Item.CLOSE),),
    Page.TYPING: (
        (Item.DIGIT_1, Item.DIGIT_2, Item.DIGIT_3),
        (Item.DIGIT_4, Item.DIGIT_5, Item.DIGIT_6),
        (Item.DIGIT_7, Item.DIGIT_8, Item.DIGIT_9),
        (Item.DELETE, Item.DIGIT_0, Item.CANCEL),
    ),
    Page.CHECKING: ((Item.CANCEL,),),
    Page.CODE: ((Item.BIGGER, Item.NEW_CODE, Item.TOLD_ME),),
    Page.CODE_BIG: ((Item.NEXT_GROUP,),),
    Page.PAIRING: ((Item.CANCEL,),),
    Page.CONSENT: ((Item.YES, Item.NO), (Item.TOLD_ME,)),
    Page.HELPING: ((Item.CLOSE, Item.STOP),),
    Page.RENEW: ((Item.YES, Item.STOP), (Item.TOLD_ME,)),
    Page.MORE: ((Item.YES, Item.NO), (Item.TOLD_ME,)),
    Page.ENDED: ((Item.DONE, Item.NEW_CODE),),
    Page.PROBLEM: ((Item.CHECK_AGAIN, Item.CLOSE),),
}

_AFTER_PROBLEM: Final[Mapping[Problem | None, Grid]] = {
    Problem.BUSY: ((Item.TRY_AGAIN, Item.CLOSE),),
    Problem.SERVER_REFUSED: ((Item.TRY_AGAIN, Item.CLOSE),),
    Problem.NOT_KEPT: ((Item.TRY_AGAIN, Item.CLOSE),),
    Problem.CODE_OVER: ((Item.NEW_CODE, Item.CLOSE),),
    Problem.RESTARTED: ((Item.NEW_CODE, Item.CLOSE),),
    Problem.WAIT: ((Item.CLOSE,),),
    Problem.TOLD_ME: ((Item.CLOSE,),),
    Problem.CODE_NOT_OPEN: ((Item.TYPE_CODE, Item.CLOSE),),
    Problem.CODE_USED: ((Item.TYPE_CODE, Item.CLOSE),),
}

_OK: Final[Mapping[Item, Event]] = {
    Item.GET_CODE: Event.GET_CODE,
    Item.TYPE_CODE: Event.TYPE_CODE,
    Item.NEW_CODE: Event.GET_CODE,
    Item.CHECK_AGAIN: Event.AGAIN,
    Item.TRY_AGAIN: Event.AGAIN,
    Item.NETWORK_SETTINGS: Event.SETTINGS,
    Item.CLOSE: Event.LEAVE,
    Item.CANCEL: Event.LEAVE,
    Item.DONE: Event.LEAVE,
    Item.TOLD_ME: Event.TOLD_ME,
    Item.YES: Event.ACCEPT,
    Item.NO: Event.DECLINE,
    Item.STOP: Event.STOP,
}

_LAST_GROUP: Final = 2
CODE_DIGITS: Final = 12
_DIGITS: Final = {f"digit_{digit}": digit for digit in "0123456789"}

_STEPS: Final = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}


@dataclass(frozen=True, slots=True)
class Panel:
    """The page on show and, per row, the column the focus had there last."""

    view: PanelView
    columns: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Speak:
    """The customer chose this language; it changes the device's words and nothing else."""

    language: str


Wish = Event | AccountEvent | Speak
"""What the customer asked for."""


def grid(view: PanelView) -> Grid:  # noqa: PLR0911 - one line per kind of page
    """All focusable items of the page, top row first; a drawer lays them out in this order."""
    if view.page is Page.TYPING and view.is_mistyped:
        return *_GRIDS[Page.TYPING][:-1], (Item.START_AGAIN, Item.DIGIT_0, Item.CANCEL)
    if view.page in ASKING_PAGES:
        return tuple((SWITCHES[ask.grant],) for ask in view.asks) + _GRIDS[view.page]
    if view.languages:
        return ((Item.LANGUAGE,), *_GRIDS[view.page])
    if view.page is Page.CODE_BIG and view.code_group == _LAST_GROUP:
        return ((Item.SMALLER,),)
    if view.page is Page.PROBLEM:
        return _after_problem(view)
    if view.page is Page.ACCOUNT:
        row = tuple(Item(button.value) for button in accounts.buttons(view.account))
        return (row,) if row else ()
    return _GRIDS[view.page]


def _after_problem(view: PanelView) -> Grid:
    if view.has_network_settings:
        return ((Item.CHECK_AGAIN, Item.NETWORK_SETTINGS, Item.CLOSE),)
    return _AFTER_PROBLEM.get(view.problem, _GRIDS[Page.PROBLEM])


def first_focus(view: PanelView) -> Item | None:
    """Where the focus starts: never on something that destroys or reveals (LOOK §5.1)."""
    if view.page in {Page.CONSENT, Page.RENEW}:
        return Item.YES
    if view.page is Page.MORE:
        return Item.NO  # it comes unasked for, over what the customer was doing (decision 0032)
    if view.page is Page.TYPING:
        return Item.START_AGAIN if view.is_mistyped else Item.DIGIT_1
    if view.page is Page.ENDED and view.reason in LOST:
        return Item.NEW_CODE
    rows = grid(view)
    return rows[-1][0] if rows else None


def opened(view: PanelView) -> Panel:
    """The page as it first appears."""
    focus = first_focus(view)
    columns = tuple(row.index(focus) if focus in row else 0 for row in grid(view))
    return Panel(replace(view, focus=focus), columns)


def press(panel: Panel, key: str) -> tuple[Panel, Wish | None]:
    """The panel after one key-down of the customer's remote, and what the customer asked for with it."""
    if panel.view.page is Page.TYPING and (key in _DIGITS or _takes_back(panel.view, key)):
        return _type(opened(replace(panel.view, on_pad=False)), _DIGITS.get(key))
    match key:
        case "up" | "down" | "left" | "right":
            return _arrow(panel, key), None
        case "ok":
            return _ok(panel)
        case "back":
            return _back(panel)
        case "home":
            return panel, _home(panel.view.page)
        case _:
            return panel, None


def choose(panel: Panel, item: Item, language: str = "") -> tuple[Panel, Wish | None]:
    """The panel after the customer touched an item of it: as if they had gone there and pressed OK."""
    rows = grid(panel.view)
    row = next((place for place, items in enumerate(rows) if item in items), None)
    if row is None:
        return panel, None
    view = replace(panel.view, focus=item)
    if item is Item.LANGUAGE:
        if language not in view.languages:
            return panel, None
        view = replace(view, language=language)
    columns = (*panel.columns[:row], rows[row].index(item), *panel.columns[row + 1 :])
    return _ok(Panel(view, columns))


def _takes_back(view: PanelView, key: str) -> bool:
    """Left deletes as long as nobody walks on the digits of the screen (LOOK §5.5)."""
    return key == "left" and not view.on_pad and view.focus is first_focus(view)


def _type(panel: Panel, digit: str | None) -> tuple[Panel, Event | None]:
    """One digit more, or with Left one less; the twelfth is judged at once, and here alone (SPEC §3)."""
    view = panel.view
    if digit is not None and len(view.typed) == CODE_DIGITS:
        return panel, None
    typed = view.typed[:-1] if digit is None else view.typed + digit
    is_whole = len(typed) == CODE_DIGITS
    is_good = is_whole and is_valid(typed)
    after = replace(panel, view=replace(view, typed=typed, is_mistyped=is_whole and not is_good))
    if after.view.is_mistyped:
        after = opened(after.view)  # whoever cannot say which digit is wrong starts again with one press
    return after, Event.CLAIM if is_good else None


def granted(view: PanelView) -> frozenset[Grant]:
    """What the switches of a card stand on."""
    return frozenset(ask.grant for ask in view.asks if ask.on)


def _arrow(panel: Panel, key: str) -> Panel:
    view = panel.view
    if view.page is Page.CODE_BIG:
        return _turn(panel, key)
    if view.focus in _GRANTS and key in {"left", "right"}:
        return _toggle(panel, view.focus)
    if view.page is Page.TYPING:
        panel = replace(panel, view=replace(view, on_pad=True))
    if view.focus is Item.LANGUAGE and key in {"left", "right"}:
        return _along(panel, _STEPS[key][1])
    return _move(panel, *_STEPS[key])


def _turn(panel: Panel, key: str) -> Panel:
    group = min(max(panel.view.code_group + _STEPS[key][1], 0), _LAST_GROUP)
    return opened(replace(panel.view, code_group=group))


def _along(panel: Panel, right: int) -> Panel:
    """The languages stand in one row, which remembers its place like any other."""
    names = panel.view.languages
    place = names.index(panel.view.language) if panel.view.language in names else 0
    place = min(max(place + right, 0), len(names) - 1)
    return replace(panel, view=replace(panel.view, language=names[place]))


def _move(panel: Panel, down: int, right: int) -> Panel:
    rows = grid(panel.view)
    row = next((n for n, items in enumerate(rows) if panel.view.focus in items), None)
    if row is None:
        return panel
    target = min(max(row + down, 0), len(rows) - 1)
    # Below one another stands what stands in the same column of equally long rows; else a row remembers.
    is_block = len(rows[row]) == len(rows[target])
    column = rows[row].index(panel.view.focus) if is_block else panel.columns[target]
    column = min(max(column + right, 0), len(rows[target]) - 1)
    columns = (*panel.columns[:target], column, *panel.columns[target + 1 :])
    return Panel(replace(panel.view, focus=rows[target][column]), columns)


def _ok(panel: Panel) -> tuple[Panel, Wish | None]:  # noqa: PLR0911 - one line per kind of item
    focus = panel.view.focus
    if panel.view.page is Page.TYPING and focus is not Item.CANCEL:
        return _ok_on_pad(panel)
    if panel.view.page is Page.ACCOUNT and focus is not None:
        return _in_account(panel, accounts.pressed(accounts.Button(focus.value)))
    match focus:
        case None:
            return panel, None
        case _ if focus in _GRANTS:
            return _toggle(panel, focus), None
        case Item.BIGGER | Item.NEXT_GROUP | Item.SMALLER:
            return _in_another_size(panel, focus), None
        case Item.LANGUAGE:
            return panel, Speak(panel.view.language)
        case _:
            return panel, _OK[focus]


def _ok_on_pad(panel: Panel) -> tuple[Panel, Event | None]:
    if panel.view.focus is Item.START_AGAIN:
        return opened(PanelView(page=Page.TYPING, on_pad=panel.view.on_pad)), None
    return _type(replace(panel, view=replace(panel.view, on_pad=True)), _DIGITS.get(panel.view.focus or ""))


def _in_another_size(panel: Panel, item: Item) -> Panel:
    match item:
        case Item.BIGGER:
            return opened(replace(panel.view, page=Page.CODE_BIG, code_group=0))
        case Item.SMALLER:
            return opened(replace(panel.view, page=Page.CODE))
        case _:
            return _turn(panel, "right")


def _back(panel: Panel) -> tuple[Panel, Wish | None]:
    match panel.view.page:
        case Page.ACCOUNT:
            return _in_account(panel, accounts.back(panel.view.account))
        case Page.NONE:
            return panel, None
        case Page.CODE_BIG:
            return opened(replace(panel.view, page=Page.CODE)), None
        case Page.CONSENT | Page.MORE:
            return panel, Event.DECLINE  # Back in consent means No (LOOK §5.3)
        case _:
            return panel, Event.LEAVE


def _in_account(panel: Panel, asked: int | AccountEvent) -> tuple[Panel, AccountEvent | None]:
    """Pages of the terms are turned here; everything else the account decides."""
    if isinstance(asked, AccountEvent):
        return panel, asked
    account = panel.view.account
    return opened(replace(panel.view, account=replace(account, page=account.page + asked))), None


def _home(page: Page) -> Wish | None:
    if page is Page.ACCOUNT:
        return AccountEvent.CLOSE
    # Home leaves the page, never the session (LOOK §5.3): a question and a run under way stay.
    return None if page in {Page.NONE, Page.PAIRING, *ASKING_PAGES} else Event.LEAVE


def _toggle(panel: Panel, item: Item) -> Panel:
    grant = _GRANTS[item]
    asks = tuple(replace(ask, on=not ask.on) if ask.grant is grant else ask for ask in panel.view.asks)
    return replace(panel, view=replace(panel.view, asks=asks))
