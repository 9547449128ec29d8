"""D-pad walks: every button in reach, none lost, nothing dangerous under an impatient OK (LOOK §5)."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import pytest

from device_agent.account.machine import State as AccountState
from device_agent.account.view import AccountView
from device_agent.machine import Event
from device_agent.network import REPEATABLE
from device_agent.panel import LOST, Panel, Speak, first_focus, granted, grid, opened, press
from device_agent.panel_view import Ask, Item, Page, PanelView, Problem
from wire.commands import Grant, RemoteKey
from wire.reasons import EndReason

CODE = "481703652296"

ARROWS = ("up", "down", "left", "right")
ASKS = tuple(Ask(grant, on=True) for grant in (Grant.VIEW, Grant.KEYS, Grant.SETTINGS, Grant.SOUND))
MORE = PanelView(page=Page.MORE, asks=ASKS[1:])
CONSENT = PanelView(page=Page.CONSENT, asks=ASKS)

LANGUAGES = ("cs", "en", "lv", "nb", "vi")
SUPPORT = PanelView(page=Page.SUPPORT, languages=LANGUAGES, language="en")

OPEN_ACCOUNTS = [state for state in AccountState if state is not AccountState.CLOSED]
CODE_GONE = {Problem.CODE_OVER, Problem.RESTARTED}
VIEWS = [
    SUPPORT,
    *(
        PanelView(page=page)
        for page in Page
        if page not in {Page.CONSENT, Page.MORE, Page.PROBLEM, Page.ENDED, Page.ACCOUNT}
    ),
    MORE,
    *(replace(CONSENT, asks=ASKS[:count]) for count in range(1, len(ASKS) + 1)),
    *(PanelView(page=Page.PROBLEM, problem=problem) for problem in Problem),
    PanelView(page=Page.PROBLEM, problem=Problem.UNSTEADY, has_network_settings=True),
    PanelView(page=Page.TYPING, typed=CODE[:11] + "7", is_mistyped=True, on_pad=True),
    *(PanelView(page=Page.ENDED, reason=reason) for reason in EndReason),
    *(PanelView(page=Page.ACCOUNT, account=AccountView(state=state)) for state in OPEN_ACCOUNTS),
    *(
        PanelView(
            page=Page.ACCOUNT,
            account=AccountView(state=AccountState.READING, pages=(("one",), ("two",), ("three",)), page=n),
        )
        for n in range(3)
    ),
]


def presses(panel: Panel, *keys: str) -> Panel:
    for key in keys:
        panel, _ = press(panel, key)
    return panel


def distances(start: Panel) -> dict[Item | None, int]:
    """How many arrow presses each item is away from the focus of `start`."""
    found = {start.view.focus: 0}
    queue = deque([(start, 0)])
    seen = {start}
    while queue:
        panel, steps = queue.popleft()
        for arrow in ARROWS:
            after, asked = press(panel, arrow)
            assert asked is None
            if after not in seen and steps < 12:
                seen.add(after)
                found.setdefault(after.view.focus, steps + 1)
                queue.append((after, steps + 1))
    return found


@pytest.mark.proves("G15")
@pytest.mark.parametrize(
    "view", VIEWS, ids=lambda view: f"{view.page}-{view.problem or view.reason or len(view.asks)}"
)
def test_from_every_item_every_other_is_in_reach_of_six_presses(view: PanelView) -> None:
    start = opened(view)
    # The groups of the code are one page: its one button changes with the group.
    shown = (grid(replace(view, code_group=group)) for group in range(3))
    items = {item for rows in shown for row in rows for item in row}
    for item in (item for row in grid(view) for item in row):
        away = distances(replace(start, view=replace(start.view, focus=item)))
        assert set(away) == items
        assert max(away.values()) + 1 <= 6  # with the OK that presses it


@pytest.mark.parametrize(
    "view", VIEWS, ids=lambda view: f"{view.page}-{view.problem or view.reason or len(view.asks)}"
)
def test_a_page_opens_with_one_focus_that_is_on_it_and_destroys_nothing(view: PanelView) -> None:
    focus = opened(view).view.focus
    if view.page is Page.NONE:
        assert focus is None
        return
    assert any(focus in row for row in grid(view))
    assert focus not in {Item.TOLD_ME, Item.STOP, Item.AGREE}
    assert (focus is Item.NO) is (view.page is Page.MORE), (
        "a question out of the blue: OK alone gives nothing"
    )
    is_gone = view.problem in CODE_GONE or view.account.state is AccountState.EXPIRED
    assert focus is not Item.NEW_CODE or view.reason in LOST or is_gone


@pytest.mark.parametrize(
    ("view", "focus"),
    [
        (PanelView(page=Page.SUPPORT), Item.GET_CODE),
        (PanelView(page=Page.CODE), Item.BIGGER),
        (CONSENT, Item.YES),
        (PanelView(page=Page.ENDED, reason=EndReason.CUSTOMER_STOPPED), Item.DONE),
        (PanelView(page=Page.ENDED, reason=EndReason.RELAY_LOST), Item.NEW_CODE),
        (PanelView(page=Page.HELPING), Item.CLOSE),
        (PanelView(page=Page.RENEW), Item.YES),
        (MORE, Item.NO),
    ],
)
def test_first_focus_is_where_the_design_says(view: PanelView, focus: Item) -> None:
    assert first_focus(view) is focus


@pytest.mark.parametrize(("arrow", "edge"), [("left", Item.BIGGER), ("right", Item.TOLD_ME)])
def test_arrows_stop_at_the_edge_instead_of_wrapping_round(arrow: str, edge: Item) -> None:
    panel = presses(opened(PanelView(page=Page.CODE)), *[arrow] * 5)
    assert panel.view.focus is edge
    assert press(panel, arrow) == (panel, None)


def test_a_row_remembers_its_place() -> None:
    panel = presses(opened(CONSENT), "right", "down", "up")
    assert panel.view.focus is Item.NO
    panel = presses(panel, "up", "down")
    assert panel.view.focus is Item.NO


def test_one_ok_on_the_consent_card_accepts_what_is_switched_on() -> None:
    panel, asked = press(opened(CONSENT), "ok")
    assert asked is Event.ACCEPT
    assert granted(panel.view) == frozenset(Grant)


@pytest.mark.parametrize("key", ["ok", "left", "right"])
def test_a_switch_toggles_with_ok_left_and_right_and_keeps_the_focus(key: str) -> None:
    at_settings = presses(opened(CONSENT), "up", "up")
    assert at_settings.view.focus is Item.SWITCH_SETTINGS
    off, asked = press(at_settings, key)
    assert asked is None
    assert off.view.focus is Item.SWITCH_SETTINGS
    assert granted(off.view) == {Grant.VIEW, Grant.KEYS, Grant.SOUND}
    assert presses(off, key) == at_settings


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_anywhere_on_the_support_page_any_language_is_in_reach_of_six_presses(language: str) -> None:
    start = opened(replace(SUPPORT, language=language))
    for first in (start, presses(start, "right"), presses(start, "up")):
        found: dict[str, int] = {}
        queue, seen = deque([(first, 1)]), {first}
        while queue:
            panel, steps = queue.popleft()
            for key in ARROWS:
                after, _ = press(panel, key)
                if after not in seen:
                    seen.add(after)
                    queue.append((after, steps + 1))
            _, asked = press(panel, "ok")
            if isinstance(asked, Speak):
                found.setdefault(asked.language, steps)
        assert set(found) == set(LANGUAGES)
        assert max(found.values()) <= 6


def test_the_row_of_languages_begins_at_the_one_in_use_and_stops_at_its_edges() -> None:
    at_names = presses(opened(SUPPORT), "up")
    assert (at_names.view.focus, at_names.view.language) == (Item.LANGUAGE, "en")
    assert press(at_names, "ok") == (at_names, Speak("en"))
    assert presses(at_names, *["right"] * 9).view.language == "vi"
    assert presses(at_names, *["left"] * 9).view.language == "cs"
    assert presses(at_names, "up") == at_names
    assert presses(at_names, "right", "down", "right", "up").view.language == "lv"
    assert press(presses(at_names, "down"), "ok")[1] is Event.GET_CODE


def test_down_from_the_last_switch_reaches_yes() -> None:
    assert presses(opened(CONSENT), "up", "down").view.focus is Item.YES


def test_back_in_consent_means_no() -> None:
    assert press(opened(CONSENT), "back")[1] is Event.DECLINE


def test_home_neither_answers_the_question_nor_breaks_a_run_off() -> None:
    assert press(opened(CONSENT), "home")[1] is None
    assert press(opened(PanelView(page=Page.PAIRING)), "home")[1] is None


def test_only_the_questions_own_buttons_answer_it() -> None:
    """INV-A6: no other key of the remote means yes."""
    for key in RemoteKey:
        if key is not RemoteKey.OK:
            assert press(opened(CONSENT), key)[1] is not Event.ACCEPT


def test_bigger_shows_three_groups_without_wrapping_and_back_shows_all_twelve() -> None:
    big = presses(opened(PanelView(page=Page.CODE, code="481703652296")), "ok")
    assert big.view.page is Page.CODE_BIG
    groups = [big.view.code_group]
    for key in ("right", "right", "right", "left", "left", "left"):
        big = presses(big, key)
        groups.append(big.view.code_group)
    assert groups == [0, 1, 2, 2, 1, 0, 0]
    small = presses(big, "back")
    assert (small.view.page, small.view.focus, small.view.code) == (Page.CODE, Item.BIGGER, "481703652296")


def test_ok_goes_through_the_three_groups_and_then_shows_all_twelve_again() -> None:
    """One key from the first digit to the last; its label says what it does."""
    big = presses(opened(PanelView(page=Page.CODE, code="481703652296")), "ok")
    seen = []
    while big.view.page is Page.CODE_BIG:
        seen.append((big.view.code_group, big.view.focus))
        big, asked = press(big, "ok")
        assert asked is None
    assert seen == [(0, Item.NEXT_GROUP), (1, Item.NEXT_GROUP), (2, Item.SMALLER)]
    assert (big.view.page, big.view.focus, big.view.code) == (Page.CODE, Item.BIGGER, "481703652296")
    again = presses(big, "ok")
    assert (again.view.page, again.view.code_group) == (Page.CODE_BIG, 0)


@pytest.mark.parametrize("rights", range(3))
def test_back_from_any_group_shows_all_twelve(rights: int) -> None:
    big = presses(opened(PanelView(page=Page.CODE, code="481703652296")), "ok", *["right"] * rights)
    assert big.view.code_group == rights
    assert presses(big, "back").view.page is Page.CODE


def test_the_label_on_the_last_group_goes_with_the_group() -> None:
    big = presses(opened(PanelView(page=Page.CODE, code="481703652296")), "ok", "right", "right")
    assert big.view.focus is Item.SMALLER
    assert presses(big, "left").view.focus is Item.NEXT_GROUP


@pytest.mark.parametrize(
    ("page", "keys", "asked"),
    [
        (Page.SUPPORT, ["ok"], Event.GET_CODE),
        (Page.SUPPORT, ["right", "ok"], Event.TYPE_CODE),
        (Page.SUPPORT, ["right", "right", "ok"], Event.LEAVE),
        (Page.TYPING, ["ok"], None),
        (Page.TYPING, ["down", "down", "down", "right", "right", "ok"], Event.LEAVE),
        (Page.TYPING, ["back"], Event.LEAVE),
        (Page.TYPING, ["home"], Event.LEAVE),
        (Page.SUPPORT, ["back"], Event.LEAVE),
        (Page.SUPPORT, ["home"], Event.LEAVE),
        (Page.CODE, ["right", "ok"], Event.GET_CODE),
        (Page.CODE, ["right", "right", "ok"], Event.TOLD_ME),
        (Page.CODE, ["back"], Event.LEAVE),
        (Page.PAIRING, ["ok"], Event.LEAVE),
        (Page.HELPING, ["ok"], Event.LEAVE),
        (Page.HELPING, ["right", "ok"], Event.STOP),
        (Page.HELPING, ["back"], Event.LEAVE),
        (Page.RENEW, ["ok"], Event.ACCEPT),
        (Page.RENEW, ["right", "ok"], Event.STOP),
        (Page.RENEW, ["down", "ok"], Event.TOLD_ME),
        (Page.RENEW, ["back"], Event.LEAVE),
        (Page.MORE, ["ok"], Event.DECLINE),
        (Page.MORE, ["left", "ok"], Event.ACCEPT),
        (Page.MORE, ["down", "ok"], Event.TOLD_ME),
        (Page.MORE, ["back"], Event.DECLINE),
        (Page.MORE, ["home"], None),
        (Page.ENDED, ["ok"], Event.LEAVE),
        (Page.ENDED, ["right", "ok"], Event.GET_CODE),
        (Page.PROBLEM, ["ok"], Event.AGAIN),
        (Page.PROBLEM, ["right", "ok"], Event.LEAVE),
        (Page.PROBLEM, ["back"], Event.LEAVE),
    ],
)
def test_each_button_asks_for_what_its_label_says(page: Page, keys: list[str], asked: Event | None) -> None:
    panel = presses(opened(PanelView(page=page)), *keys[:-1])
    assert press(panel, keys[-1])[1] is asked


@pytest.mark.parametrize("problem", Problem)
def test_a_problem_offers_first_what_may_help(problem: Problem) -> None:
    """Whatever may go well the next time can be tried again, and nothing else pretends to be that."""
    asked = press(opened(PanelView(page=Page.PROBLEM, problem=problem)), "ok")[1]
    others = {
        Problem.CODE_OVER: Event.GET_CODE,
        Problem.RESTARTED: Event.GET_CODE,
        Problem.CODE_NOT_OPEN: Event.TYPE_CODE,
        Problem.CODE_USED: Event.TYPE_CODE,
        Problem.WAIT: Event.LEAVE,
        Problem.TOLD_ME: Event.LEAVE,
    }
    assert asked is others.get(problem, Event.AGAIN)
    assert (asked is Event.AGAIN) == (problem in REPEATABLE)


def test_down_and_told_me_report_from_the_consent_card() -> None:
    assert press(presses(opened(CONSENT), "down"), "ok")[1] is Event.TOLD_ME


def test_a_consent_card_shows_a_switch_only_for_what_is_asked() -> None:
    view = replace(CONSENT, asks=ASKS[:1])
    assert grid(view)[0] == (Item.SWITCH_VIEW,)
    assert not any(Item.SWITCH_KEYS in row for row in grid(view))


@pytest.mark.parametrize("key", ["menu", "source", "volume_up", "digit_5"])
def test_keys_without_a_meaning_on_the_panel_change_nothing(key: str) -> None:
    panel = opened(CONSENT)
    assert press(panel, key) == (panel, None)


def typing(*digits: str) -> Panel:
    return presses(opened(PanelView(page=Page.TYPING)), *(f"digit_{digit}" for digit in digits))


def walk_to(panel: Panel, item: Item) -> Panel:
    """By arrows, row first, as a person goes."""
    rows = grid(panel.view)
    place = {it: (row, column) for row, items in enumerate(rows) for column, it in enumerate(items)}
    assert panel.view.focus is not None
    (row, column), (to_row, to_column) = place[panel.view.focus], place[item]
    down, right = to_row - row, to_column - column
    panel = presses(panel, *["down" if down > 0 else "up"] * abs(down))
    panel = presses(panel, *["right" if right > 0 else "left"] * abs(right))
    assert panel.view.focus is item
    return panel


def test_a_remote_without_number_keys_types_a_whole_code_with_arrows_and_ok() -> None:
    panel, asked = opened(PanelView(page=Page.TYPING)), None
    for place, digit in enumerate(CODE):
        panel = walk_to(panel, Item(f"digit_{digit}"))
        assert panel.view.typed == CODE[:place]
        panel, asked = press(panel, "ok")
    assert (panel.view.typed, asked) == (CODE, Event.CLAIM)


def test_on_the_digits_of_the_screen_left_only_walks_and_delete_deletes() -> None:
    panel = walk_to(typing(*"48"), Item.DIGIT_2)
    assert presses(panel, "left", "left", "left").view.typed == "48"
    panel = presses(walk_to(panel, Item.DELETE), "ok")
    assert panel.view.typed == "4"
    assert presses(panel, "digit_9", "left", "left").view.typed == ""
    assert presses(panel, "ok", "ok", "ok").view.typed == ""


def test_after_a_number_key_left_takes_back_again_wherever_the_focus_was() -> None:
    walked = walk_to(typing(*"4"), Item.DIGIT_6)
    assert presses(walked, "digit_8", "left").view.typed == "4"


@pytest.mark.parametrize("on_pad", [True, False])
def test_after_a_wrong_code_one_press_starts_again(*, on_pad: bool) -> None:
    """Who is read the code again does not take back twelve digits first."""
    wrong = CODE[:11] + ("0" if CODE[11] != "0" else "1")
    panel = opened(PanelView(page=Page.TYPING))
    for digit in wrong:
        keys = ("ok",) if on_pad else (f"digit_{digit}",)
        panel = presses(walk_to(panel, Item(f"digit_{digit}")) if on_pad else panel, *keys)
    assert (panel.view.is_mistyped, panel.view.focus) == (True, Item.START_AGAIN)
    again = presses(panel, "ok")
    assert again == opened(PanelView(page=Page.TYPING, on_pad=on_pad))


def test_after_a_wrong_code_a_further_digit_changes_nothing() -> None:
    """A finger that pressed twice does not wipe the message away."""
    wrong = typing(*CODE[:11], "0" if CODE[11] != "0" else "1")
    assert presses(wrong, "digit_5").view.typed == wrong.view.typed
    assert presses(wrong, "digit_5").view.is_mistyped


@pytest.mark.parametrize("start", [f"digit_{digit}" for digit in "1234567890"])
def test_below_a_digit_stands_the_one_the_eye_expects(start: str) -> None:
    """LOOK §5.2: one grid, no diagonal jumps, whatever row was visited before."""
    visited = presses(
        opened(PanelView(page=Page.TYPING)), "down", "right", "right", "down", "left", "left", "up", "up"
    )
    rows = grid(visited.view)
    panel = walk_to(visited, Item(start))
    row, column = next((r, it.index(Item(start))) for r, it in enumerate(rows) if Item(start) in it)
    if row + 1 < len(rows):
        assert presses(panel, "down").view.focus is rows[row + 1][column]
    if row:
        assert presses(panel, "up").view.focus is rows[row - 1][column]


def test_digits_type_directly_and_left_takes_the_last_one_back() -> None:
    """LOOK §5.5."""
    assert typing(*"4817").view.typed == "4817"
    assert presses(typing(*"4817"), "left", "left", "digit_9").view.typed == "489"
    assert presses(typing(), "left").view.typed == ""


def test_the_twelfth_digit_is_checked_here_and_only_a_good_code_is_asked_for() -> None:
    """SPEC §3: what is mistyped never leaves the device and uses nothing up."""
    good, asked = press(typing(*CODE[:11]), f"digit_{CODE[11]}")
    assert (good.view.typed, good.view.is_mistyped, asked) == (CODE, False, Event.CLAIM)
    for digit in set("0123456789") - {CODE[11]}:
        wrong, asked = press(typing(*CODE[:11]), f"digit_{digit}")
        assert (wrong.view.is_mistyped, asked) == (True, None)
    swapped = CODE[:4] + CODE[5] + CODE[4] + CODE[6:]
    assert press(typing(*swapped[:11]), f"digit_{swapped[11]}")[1] is None


def test_after_a_mistake_digits_are_taken_back_and_a_thirteenth_changes_nothing() -> None:
    wrong = presses(typing(*CODE[:11]), "digit_0" if CODE[11] != "0" else "digit_1")
    assert presses(wrong, "digit_5") == wrong
    back, asked = press(presses(wrong, "left"), f"digit_{CODE[11]}")
    assert (back.view.is_mistyped, asked) == (False, Event.CLAIM)


def test_digits_mean_nothing_on_other_pages() -> None:
    code = opened(PanelView(page=Page.CODE, code=CODE))
    assert press(code, "digit_5") == (code, None)
