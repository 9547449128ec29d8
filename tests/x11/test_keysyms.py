"""Keys by what they mean: names, characters, layouts, spare keys; and the customer's keys. Pure."""

from __future__ import annotations

import unicodedata

import pytest

from device_agent.devices.x11.customer import Keys
from device_agent.devices.x11.keysyms import UnknownKeyError, chord, in_batches, of_character, of_text
from device_agent.devices.x11.layout import Layout, Stroke
from device_agent.devices.x11.settings import ScreenSettings

A, Q, ADIAERESIS, E_HORN = 0x61, 0x71, 0xE4, 0x01001EBF
CONTROL, ALT, H, RETURN = 0xFFE3, 0xFFE9, 0x68, 0xFF0D


@pytest.mark.parametrize(
    ("name", "keysyms"),
    [
        ("Return", (RETURN,)),
        ("Control_L+Alt_L+h", (CONTROL, ALT, H)),
        ("XF86AudioRaiseVolume", (0x1008FF13,)),
        ("U1EBF", (E_HORN,)),
        ("U00E4", (ADIAERESIS,)),
        ("7", (0x37,)),
    ],
)
def test_keys_have_the_names_that_x_gives_them(name: str, keysyms: tuple[int, ...]) -> None:
    assert chord(name) == keysyms


@pytest.mark.parametrize("name", ["", "Retrun", "Control_L+", "XF86Nothing", "U12", "U1EBG", "__doc__"])
def test_a_name_that_x_does_not_know_is_refused(name: str) -> None:
    with pytest.raises(UnknownKeyError):
        chord(name)


def test_letters_are_typed_composed_however_they_came() -> None:
    apart = unicodedata.normalize("NFD", "Tiếng Việt")
    assert len(apart) > len("Tiếng Việt")
    assert of_text(apart) == of_text("Tiếng Việt") == tuple(of_character(it) for it in "Tiếng Việt")


def test_what_has_no_composed_form_is_typed_part_by_part() -> None:
    assert of_text("q\N{COMBINING DOT BELOW}") == (Q, of_character("\N{COMBINING DOT BELOW}"))


@pytest.mark.parametrize("text", ["\x1b[2J", "a\x00", "\x7f", "\N{RIGHT-TO-LEFT OVERRIDE}x", "\ud800"])
def test_control_characters_are_not_typed(text: str) -> None:
    """INV-D6: a text types letters; it cannot press Escape, nor turn what stands beside it round."""
    assert of_text(text) is None


def test_a_new_line_and_a_tab_are_their_keys() -> None:
    assert of_text("a\n\t") == (A, RETURN, 0xFF09)


def test_batches_need_no_more_keys_than_are_spare_and_keep_the_order() -> None:
    text = [of_character(it) for it in "xếyệzựxếyổ"]
    known = frozenset(of_character(it) for it in "xyz")
    batches = in_batches(text, 2, known)
    assert [it for batch in batches for it in batch] == text
    assert all(len({it for it in batch if it not in known}) <= 2 for batch in batches)
    assert len(batches) == 3


def layout() -> Layout:
    """Three keys: one of a layout with two groups, one that is the same in both, two that give nothing."""
    per = 4
    rows = ([0] * per, [A, 0x41, ADIAERESIS, 0xC4], [RETURN, 0, 0, 0], [0] * per, [0] * per)
    return Layout.read(8, per, [it for row in rows for it in row])


def test_a_key_is_found_in_the_group_in_force() -> None:
    assert layout().strokes(0, caps=False)[A] == Stroke(9)
    assert layout().strokes(0, caps=False)[0x41] == Stroke(9, shifted=True)
    assert ADIAERESIS not in layout().strokes(0, caps=False)
    assert layout().strokes(1, caps=False)[ADIAERESIS] == Stroke(9)
    assert A not in layout().strokes(1, caps=False)
    assert layout().strokes(1, caps=False)[RETURN] == Stroke(10)


def test_caps_lock_leaves_no_letter_of_the_layout_to_be_typed() -> None:
    assert A not in layout().strokes(0, caps=True)
    assert RETURN in layout().strokes(0, caps=True)


def test_spare_keys_give_nothing_and_the_lowest_is_left_alone() -> None:
    assert layout().spare == (11, 12)
    assert layout().without([10]).spare == (10, 11, 12)


MEANINGS = {1: (H, 0x48), 2: (CONTROL,), 3: (ALT,), 4: (RETURN,), 5: (0x2B, 0x31, 0x01000161)}


def keys() -> Keys:
    return Keys(ScreenSettings().customer, lambda code: MEANINGS.get(code, ()))


def test_help_and_stop_are_heard_always_and_other_keys_on_pages_only() -> None:
    it = keys()
    assert it.press(4, on_page=False) is None
    it.release(4)
    assert it.press(4, on_page=True) == "ok"
    assert [it.press(code, on_page=False) for code in (2, 3, 1)] == [None, None, "help"]


def test_keys_held_together_count_only_together() -> None:
    it = keys()
    assert it.press(1, on_page=False) is None
    it.release(1)
    it.press(2, on_page=False)
    assert it.press(1, on_page=False) is None
    it.release(1)
    it.press(3, on_page=False)
    it.release(2)
    assert it.press(1, on_page=False) is None


def test_a_key_that_is_held_counts_once() -> None:
    it = keys()
    assert it.press(4, on_page=True) == "ok"
    assert it.press(4, on_page=True) is None
    it.release(4)
    assert it.press(4, on_page=True) == "ok"


def test_the_digits_of_a_layout_that_needs_shift_for_them_are_digits() -> None:
    """On a Czech keyboard the key of 1 gives a plus sign first."""
    assert keys().press(5, on_page=True) == "digit_1"


def test_nobody_knows_what_is_held_after_devices_came_or_went() -> None:
    it = keys()
    it.press(2, on_page=False)
    it.press(3, on_page=False)
    it.forget()
    assert it.press(1, on_page=False) is None
