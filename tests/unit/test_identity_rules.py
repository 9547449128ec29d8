"""Logins, passwords, names and the throttle: pure rules (INV-A4, INV-G6)."""

from __future__ import annotations

import pytest

from identity.rules import (
    ACCOUNT_LIMIT,
    KNOWN_PAIR_LIMIT,
    KNOWN_PAIR_MOST,
    PAIR_LIMIT,
    SOURCE_LIMIT,
    Fault,
    Limit,
    Tries,
    account_fault,
    is_shown_text,
    normal_login,
    one_more,
    pair_limit,
    password_fault,
    wait_ms,
)

GOOD = "correct horse battery"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("demo", "demo"),
        ("  Demo.Tech@Hallmere.example ", "demo.tech@hallmere.example"),
        ("ab", None),
        ("a" * 64, "a" * 64),
        ("a" * 65, None),
        ("-dash", None),
        ("two words", None),
        ("d\u0435mo", None),  # a Cyrillic letter
        ("demo\x00", None),
        ("demo\n", "demo"),
        ("", None),
    ],
)
def test_a_login_has_one_spelling_or_none(typed: str, stored: str | None) -> None:
    assert normal_login(typed) == stored


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        (GOOD, None),
        ("x" * 14, Fault.TOO_SHORT),
        ("abcdefghijklmn", Fault.TOO_SHORT),
        ("abcdefghijklmno", None),
        ("ab" * 10, Fault.TOO_PLAIN),
        ("technician.technician", Fault.TOO_PLAIN),
        ("abcdefgh" * 16, None),
        ("abcdefgh" * 16 + "i", Fault.TOO_LONG),
        # Fourteen letters typed as twenty-eight code points are fourteen letters.
        ("e\u0301a\u0301o\u0301u\u0301i\u0301y\u0301n\u0303" * 2, Fault.TOO_SHORT),
        ("mật khẩu rất là dài", None),
    ],
)
def test_a_password_is_long_and_not_plain(password: str, fault: Fault | None) -> None:
    assert password_fault(password, "technician") == fault


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Demo Technician", True),
        ("Nguyễn Thị Bích", True),
        ("", False),
        (" lead", False),
        ("trail ", False),
        ("x" * 64, True),
        ("x" * 65, False),
        ("a\u202eb", False),
        ("a\u200bb", False),
        ("a\nb", False),
        ("a\u2028b", False),
        ("e\u0301", False),
    ],
)
def test_a_name_is_what_a_device_will_show(text: str, shown: bool) -> None:  # noqa: FBT001 - a table's column
    assert is_shown_text(text) is shown


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, None),
        ({"login": "no"}, Fault.LOGIN_FORM),
        ({"name": ""}, Fault.NAME_FORM),
        ({"org": "Hall\u200bmere"}, Fault.ORG_FORM),
        ({"language": "xx"}, Fault.LANGUAGE_UNKNOWN),
        ({"password": "short"}, Fault.TOO_SHORT),
    ],
)
def test_an_account_is_refused_with_its_first_fault(change: dict[str, str], fault: Fault | None) -> None:
    asked = {
        "login": "demo",
        "password": GOOD,
        "name": "Demo Technician",
        "org": "Hallmere Care",
        "language": "vi",
    } | change
    assert account_fault(**asked, languages=("en", "vi")) == fault


def _after(count: int, limit: Limit, now: int) -> Tries:
    tries: Tries | None = None
    for _ in range(count):
        tries = one_more(tries, limit, now)
    assert tries is not None
    return tries


def test_the_first_tries_are_free_and_then_the_wait_doubles_to_a_quarter_of_an_hour() -> None:
    waits = [wait_ms(_after(count, PAIR_LIMIT, 0), PAIR_LIMIT, 0) for count in range(1, 13)]
    assert waits == [0, 0, 0, 0, 30_000, 60_000, 120_000, 240_000, 480_000, 900_000, 900_000, 900_000]


def test_where_an_account_has_signed_in_before_its_owner_waits_a_minute_at_most() -> None:
    """A colleague who guesses sits at the same address (INV-A4); a hundred tries are all that NIST allows."""
    waits = [wait_ms(_after(count, KNOWN_PAIR_LIMIT, 0), KNOWN_PAIR_LIMIT, 0) for count in range(1, 101)]
    assert waits == [0, 0, 0, 0, 30_000] + [60_000] * 95
    assert pair_limit(None, known=True) is KNOWN_PAIR_LIMIT
    assert pair_limit(Tries(KNOWN_PAIR_MOST - 1, 0), known=True) is KNOWN_PAIR_LIMIT
    assert pair_limit(Tries(KNOWN_PAIR_MOST, 0), known=True) is PAIR_LIMIT
    assert pair_limit(None, known=False) is pair_limit(Tries(7, 0), known=False) is PAIR_LIMIT


def test_nobody_tried_means_nobody_waits() -> None:
    assert wait_ms(None, PAIR_LIMIT, 0) == 0


def test_a_wait_runs_from_the_last_try_and_ends_exactly() -> None:
    tries = _after(5, PAIR_LIMIT, 1_000)
    assert wait_ms(tries, PAIR_LIMIT, 30_999) == 1
    assert wait_ms(tries, PAIR_LIMIT, 31_000) == 0


def test_waiting_alone_does_not_make_the_next_wait_shorter() -> None:
    tries = one_more(_after(5, PAIR_LIMIT, 0), PAIR_LIMIT, 31_000)
    assert wait_ms(tries, PAIR_LIMIT, 31_000) == 60_000


def test_a_day_of_quiet_is_forgotten() -> None:
    tries = _after(9, PAIR_LIMIT, 0)
    assert one_more(tries, PAIR_LIMIT, PAIR_LIMIT.forget_ms) == Tries(1, PAIR_LIMIT.forget_ms)
    assert one_more(tries, PAIR_LIMIT, PAIR_LIMIT.forget_ms - 1).failures == 10


@pytest.mark.parametrize("limit", [ACCOUNT_LIMIT, SOURCE_LIMIT])
def test_keys_that_an_attacker_shares_with_others_never_wait_long(limit: Limit) -> None:
    """INV-A4: who burns tries cannot lock out an honest technician."""
    assert wait_ms(Tries(1_000_000, 0), limit, 0) == 2_000


def test_a_guesser_at_one_source_has_fewer_than_a_hundred_and_ten_tries_a_day() -> None:
    """NIST SP 800-63B 3.2.2 asks for at most a hundred consecutive failures; the rest of a day is noise."""
    now, tries, made = 0, None, 0
    while now < 86_400_000:
        now += wait_ms(tries, PAIR_LIMIT, now)
        tries = one_more(tries, PAIR_LIMIT, now)
        made += 1
    assert made < 110
