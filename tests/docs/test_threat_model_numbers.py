"""The numbers of docs/threat-model.md are those of the code (INV-A4)."""

from __future__ import annotations

import pytest

from identity.rules import ENROL_LIMIT
from relay.pin.rules import DAY_MS, Kind, Policy
from tests.docs.pages import page, rows, section
from wire.code import LOCATOR_DIGITS, SECRET_DIGITS
from wire.enrol_code import ALPHABET
from wire.limits import ENROL_CODE_CHARACTERS, LIVE_CODES

LOCATORS, SECRETS = 10**LOCATOR_DIGITS, 10**SECRET_DIGITS
RATED = 2_000
GUESSES_OF_A_RELAY = 2  # each end runs the key agreement once for a code (seal/SPEC §1)


def a_day(kind: Kind) -> int:
    """How many misses the limits allow in a day."""
    [limit] = [limit for limit in Policy().limits(kind) if limit.window_ms == DAY_MS and not limit.wait_ms]
    return limit.count


def power(chance: float) -> str:
    mantissa, exponent = f"{chance:.1e}".split("e")
    return f"{mantissa} \N{MULTIPLICATION SIGN} 10^{int(exponent)}"


def column(live: int) -> dict[str, str]:
    hit = live / LOCATORS
    misses, at_address = a_day(Kind.MISS), a_day(Kind.DEVICE_SOURCE)
    tries = misses / (1 - hit)
    return {
        "misses of one account in a day": str(misses),
        "tries of one account in a day": f"{tries:.1f}",
        "chance that one account opens a session by guessing, in a day": power(tries * hit / SECRETS),
        "honest codes that one account burns, in a day": f"{tries * hit:.2f}",
        "misses of all devices at one address in a day, at codes that consoles show": str(at_address),
        "chance that they hit one of them, in a day": power(at_address / (1 - hit) * hit / SECRETS),
        "guesses of a malicious relay at one code": str(GUESSES_OF_A_RELAY),
        "chance that it opens a session, for each code": power(GUESSES_OF_A_RELAY / SECRETS),
    }


@pytest.mark.parametrize(("place", "live"), [(1, RATED), (2, LIVE_CODES)])
def test_the_table_is_what_the_limits_come_to(place: int, live: int) -> None:
    table = {row[0]: row[place] for row in rows(section(page("docs/threat-model.md"), "The numbers"))}
    assert table == column(live)


@pytest.mark.parametrize("live", [RATED, LIVE_CODES])
def test_one_account_stays_below_one_in_a_million_a_day_however_many_codes_are_live(live: int) -> None:
    hit = live / LOCATORS
    assert a_day(Kind.MISS) / (1 - hit) * hit / SECRETS <= 1e-6


def test_an_enrolment_code_is_not_guessed() -> None:
    bits = ENROL_CODE_CHARACTERS * (len(ALPHABET).bit_length() - 1)
    tries = 1_000_000 * DAY_MS // 1_000
    text = page("docs/threat-model.md")
    assert f"has {bits} random bits" in text
    assert f"waits {ENROL_LIMIT.longest_ms // 1_000} seconds from the twenty-first" in text
    assert ENROL_LIMIT.free == 20
    assert "ask a million times a second would have less than one chance in 10^13 in a day" in text
    assert tries / 2**bits < 1e-13
