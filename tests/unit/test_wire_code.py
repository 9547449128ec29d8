"""The code: the check digit, exhaustively, and that it stays at home (SPEC §3)."""

from __future__ import annotations

import pytest

from wire import code
from wire.errors import WireError

SAMPLE = [code.compose(f"{n * 7919 % 100_000:05d}", f"{n * 104_729 % 1_000_000:06d}") for n in range(40)]


@pytest.mark.proves("G8")
def test_every_single_wrong_digit_is_caught() -> None:
    for shown in SAMPLE:
        for place, digit in enumerate(shown):
            for other in "0123456789".replace(digit, ""):
                assert not code.is_valid(shown[:place] + other + shown[place + 1 :])


@pytest.mark.proves("G8", by="a code's check digit is a plain sum")
def test_every_swap_of_unlike_neighbours_is_caught() -> None:
    for shown in SAMPLE:
        for place in range(len(shown) - 1):
            swapped = shown[:place] + shown[place + 1] + shown[place] + shown[place + 2 :]
            assert code.is_valid(swapped) is (swapped == shown)


def test_each_locator_and_secret_has_one_check_digit() -> None:
    for shown in SAMPLE:
        assert sum(code.is_valid(shown[:-1] + digit) for digit in "0123456789") == 1


def test_what_is_shown_can_be_typed_back() -> None:
    for shown in SAMPLE:
        assert code.normalise(code.grouped(shown)) == shown
        assert code.compose(*code.split(shown)) == shown


def test_splitting_leaves_the_check_digit_at_home() -> None:
    """INV-A3: only the locator may leave, and no part that leaves holds the check digit."""
    locator, secret = code.split("123456789018")
    assert (locator, secret) == ("12345", "678901")


def test_a_refusal_never_repeats_the_digits() -> None:
    """INV-C4."""
    for run in (
        lambda: code.split("123456789010"),
        lambda: code.compose("12345", "67890"),
        lambda: code.grouped("12"),
    ):
        with pytest.raises(WireError) as caught:
            run()
        assert not set("6789") & set(str(caught.value).replace("12 digits", "").replace("6 digits", ""))
