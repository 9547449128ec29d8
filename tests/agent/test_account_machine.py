"""Signing in and registering on the device: every state with every event, the buttons, the pages of terms."""

from __future__ import annotations

import random
from itertools import product

import pytest

from device_agent.account.machine import TRANSITIONS, Effect, Event, State, Step, step
from device_agent.account.view import (
    LINE_CHARACTERS,
    PAGE_LINES,
    AccountView,
    Button,
    back,
    buttons,
    in_pages,
    pressed,
)

ALL = tuple(product(State, Event))
# One line per state: what each event leads to, and nothing else leads anywhere.
MOVES = """
closed        open>starting:ask
starting      close>closed:forget got_code>code:poll no_line>no_code impossible>not_possible:forget
code          close>closed:forget again>starting:ask allowed>signed_in refused>denied:forget
code          lapsed>expired:forget impossible>not_possible:forget
expired       close>closed:forget again>starting:ask
denied        close>closed:forget again>starting:ask
signed_in     close>closed:forget read>fetching:fetch lapsed>expired:forget
fetching      close>closed:forget got_terms>reading no_line>no_terms lapsed>expired:forget
fetching      impossible>not_possible:forget
reading       close>closed:forget back>signed_in agree>registering:send lapsed>expired:forget
registering   close>closed:forget registered>done stale>fetching:fetch no_line>no_answer
registering   lapsed>expired:forget impossible>not_possible:forget
done          close>closed:forget
not_possible  close>closed:forget
no_code       close>closed:forget again>starting:ask
no_terms      close>closed:forget again>fetching:fetch lapsed>expired:forget
no_answer     close>closed:forget again>registering:send lapsed>expired:forget
"""


def moves() -> dict[tuple[State, Event], Step]:
    found = {}
    for line in MOVES.strip().splitlines():
        state, *steps = line.split()
        for one in steps:
            event, _, to = one.partition(">")
            target, _, effect = to.partition(":")
            taken = Step(State(target), Effect(effect) if effect else None)
            found[State(state), Event(event)] = taken
    return found


@pytest.mark.parametrize("state", State)
def test_every_event_in_every_state(state: State) -> None:
    expected = moves()
    for event in Event:
        assert step(state, event) == expected.get((state, event)), event


def test_registering_follows_the_customers_agreement_and_nothing_else() -> None:
    """R44: read, then Agree and register."""
    sends = {(state, event) for (state, event), taken in TRANSITIONS.items() if taken.effect is Effect.SEND}
    assert sends == {(State.READING, Event.AGREE), (State.NO_ANSWER, Event.AGAIN)}
    reached = {state for (state, _), taken in TRANSITIONS.items() if taken.state is State.NO_ANSWER}
    assert reached == {State.REGISTERING}


def test_whatever_closes_or_ends_forgets_the_token() -> None:
    over = {State.CLOSED, State.EXPIRED, State.NOT_POSSIBLE, State.DENIED}
    assert all(taken.effect is Effect.FORGET for taken in TRANSITIONS.values() if taken.state in over)


def screens() -> list[AccountView]:
    pages = (("one",), ("two",), ("three",))
    found = [AccountView(state=state) for state in State if state is not State.CLOSED]
    return [*found, *(AccountView(state=State.READING, pages=pages, page=page) for page in range(3))]


@pytest.mark.parametrize("view", screens(), ids=lambda view: f"{view.state}-{view.page}")
def test_the_first_button_commits_to_nothing_and_close_is_always_there(view: AccountView) -> None:
    """LOOK §5.1."""
    shown = buttons(view)
    assert Button.CLOSE in shown
    assert 1 <= len(shown) <= 3
    assert shown[0] is not Button.AGREE
    assert Button.AGREE not in shown or (view.state is State.READING and view.is_last_page)


@pytest.mark.parametrize("view", screens(), ids=lambda view: f"{view.state}-{view.page}")
def test_every_button_leads_somewhere_from_its_screen(view: AccountView) -> None:
    for button in buttons(view):
        asked = pressed(button)
        if isinstance(asked, Event):
            assert step(view.state, asked) is not None
        else:
            assert 0 <= view.page + asked < len(view.pages)
    asked = back(view)
    assert step(view.state, asked) if isinstance(asked, Event) else view.page + asked >= 0


def test_only_the_last_page_of_the_terms_can_be_agreed_to() -> None:
    pages = (("one",), ("two",), ("three",))
    rows = [buttons(AccountView(state=State.READING, pages=pages, page=page)) for page in range(3)]
    assert rows == [
        (Button.NEXT_PAGE, Button.CLOSE),
        (Button.NEXT_PAGE, Button.PREVIOUS_PAGE, Button.CLOSE),
        (Button.PREVIOUS_PAGE, Button.CLOSE, Button.AGREE),
    ]


@pytest.mark.parametrize("seed", range(30))
def test_pages_hold_every_word_of_the_terms_in_order_and_no_page_is_too_long(seed: int) -> None:
    dice = random.Random(seed)
    words = ["nei", "Souhlasím.", "điều", "x" * 90, "registrācijas", "and;", "a"]
    paragraphs = [" ".join(dice.choices(words, k=dice.randint(1, 150))) for _ in range(dice.randint(1, 12))]
    pages = in_pages(paragraphs)
    told = "".join(piece for page in pages for piece in page)
    assert told.replace(" ", "") == "".join(paragraphs).replace(" ", "")
    for page in pages:
        assert page
        assert sum(len(piece) for piece in page) <= (LINE_CHARACTERS + 1) * PAGE_LINES
