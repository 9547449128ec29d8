"""What customers may be called and how long what is theirs lives: every rule at its edge."""

from __future__ import annotations

import hashlib
import hmac
from itertools import pairwise

import pytest

from identity.customers.addresses import Address
from identity.customers.rules import (
    FIELDS,
    LINK_LIFE_MS,
    MAILS_TO_ADDRESS,
    SEEN_EVERY_MS,
    SESSION_LIFE_MS,
    SESSION_LONGEST_MS,
    Fault,
    LinkKind,
    csrf_of,
    details_fault,
    etag_of,
    is_seen_anew,
    new_password_fault,
    normal_name,
    session_end,
    version_in,
)
from identity.rules import Tries, one_more, wait_ms
from wire.encoding import b64

LANGUAGES, MARKETS = ("en", "lv"), ("LV", "XX")
EMAIL = "liga.ozola@mail.example"
ADDRESS = Address(EMAIL, EMAIL, EMAIL)


def test_the_proof_of_a_session_is_drawn_from_its_token_and_says_nothing_of_it() -> None:
    """INV-G3."""
    token = b64(b"t" * 32)
    proof = csrf_of(token)
    assert proof == b64(hmac.digest(token.encode(), b"csrf", hashlib.sha256))
    assert len(proof) == 43
    assert csrf_of(b64(b"u" * 32)) != proof
    assert token not in proof
    assert len(csrf_of("\ud800")) == 43


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("a long and good password", None),
        ("fourteen chars", Fault.PASSWORD_TOO_SHORT),
        ("x" * 129, Fault.PASSWORD_TOO_LONG),
        ("aaaaaaaaaaaaaaaaaaaa", Fault.PASSWORD_TOO_PLAIN),
        ("liga.ozola@mail.example", Fault.PASSWORD_TOO_PLAIN),
        ("Liga.Ozola@Mail.Example1", Fault.PASSWORD_TOO_PLAIN),
    ],
)
def test_a_password_is_judged_as_staffs_is_with_the_address_for_a_login(
    password: str, fault: Fault | None
) -> None:
    assert new_password_fault(password, ADDRESS) == fault


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, None),
        ({"name": ""}, Fault.NAME_FORM),
        ({"name": "x" * 65}, Fault.NAME_FORM),
        ({"name": "Li\u202ega"}, Fault.NAME_FORM),
        ({"name": "Liga\nBcc: eve"}, Fault.NAME_FORM),
        ({"language": "xx"}, Fault.LANGUAGE_UNKNOWN),
        ({"market": "lv"}, Fault.MARKET_UNKNOWN),
        ({"market": "DE"}, Fault.MARKET_UNKNOWN),
    ],
)
def test_details_are_judged_one_by_one(changes: dict[str, str], fault: Fault | None) -> None:
    details = {"name": "Līga Ozola", "language": "lv", "market": "LV"} | changes
    assert details_fault(**details, languages=LANGUAGES, markets=MARKETS) == fault


def test_every_fault_names_its_field() -> None:
    assert set(FIELDS) == set(Fault)


def test_a_name_has_one_spelling() -> None:
    """INV-F5."""
    assert normal_name("  Li\u0304ga ") == "Līga"


def test_a_session_slides_and_has_an_end_all_the_same() -> None:
    assert session_end(created_at=0, now=5) == 5 + SESSION_LIFE_MS
    late = SESSION_LONGEST_MS - SESSION_LIFE_MS + 1
    assert session_end(created_at=0, now=late) == SESSION_LONGEST_MS
    assert SESSION_LIFE_MS == 30 * 86_400_000


def test_a_session_is_noted_as_seen_once_an_hour() -> None:
    assert not is_seen_anew(seen_at=0, now=SEEN_EVERY_MS - 1)
    assert is_seen_anew(seen_at=0, now=SEEN_EVERY_MS)


def test_links_live_a_day_and_an_hour() -> None:
    assert LINK_LIFE_MS == {LinkKind.VERIFY: 86_400_000, LinkKind.RECOVER: 3_600_000}


def test_whoever_asks_all_day_causes_a_dozen_mails_to_one_address() -> None:
    """Nobody may be flooded; and no day goes by without a link that works."""
    count: Tries | None = None
    mailed = []
    for minute in range(24 * 60):
        if not wait_ms(count, MAILS_TO_ADDRESS, minute * 60_000):
            count = one_more(count, MAILS_TO_ADDRESS, minute * 60_000)
            mailed.append(minute)
    assert len(mailed) <= 15
    assert mailed[:3] == [0, 1, 2]
    assert max(b - a for a, b in pairwise(mailed)) <= 3 * 60


@pytest.mark.parametrize(
    ("header", "version"),
    [
        ('"v1"', 1),
        (' "v37" ', 37),
        ("v1", None),
        ('W/"v1"', None),
        ('"v0"', None),
        ('"v01"', None),
        ("*", None),
        ('"v1", "v2"', None),
        ('"v' + "9" * 40 + '"', None),
        ('"v\u0661"', None),
    ],
)
def test_if_match_names_one_version_of_ours_or_none(header: str, version: int | None) -> None:
    assert version_in(header) == version


def test_a_tag_is_read_as_it_was_written() -> None:
    assert version_in(etag_of(12)) == 12
