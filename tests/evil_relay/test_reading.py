"""What the harness can make out in what a relay kept, and what it must not take for a leak."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from tests.evil_relay.reading import readable, unwrapped
from tests.evil_relay.tape import Side, Tape

SECRETS = {"secret digits": "482915", "code": "123454829156"}
AT = 1_790_482_915_000  # a time with these digits in it


def wrapped(fields: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).rstrip(b"=").decode()


def kept(text: str) -> list[str]:
    tape = Tape()
    tape.keep(0.0, Side.DEVICE, text)
    return readable(tape, SECRETS)


@pytest.mark.parametrize("pad", ["", "a", "ab"])
def test_a_time_that_holds_the_digits_is_no_leak(pad: str) -> None:
    record = wrapped({"dts": AT, "pad": pad, "typ": "action"})
    assert kept(json.dumps({"t": "record", "rec": record, "at": AT})) == []


@pytest.mark.parametrize("pad", ["", "a", "ab"])
@pytest.mark.parametrize("secret", SECRETS.values())
def test_digits_by_themselves_are_a_leak_also_inside_a_record(secret: str, pad: str) -> None:
    assert kept(json.dumps({"t": "hello", "note": f"{pad} {secret}"}))
    assert kept(json.dumps({"t": "record", "rec": wrapped({"pad": pad, "path": secret})}))
    assert kept(
        json.dumps({"t": "record", "rec": wrapped({"rec": wrapped({"path": pad, "n": int(secret)})})})
    )


@pytest.mark.parametrize("pad", ["", "a", "ab"])
def test_digits_between_letters_are_a_leak_inside_a_record(pad: str) -> None:
    """There no hash in hex is that might hold them by chance."""
    assert kept(json.dumps({"t": "record", "rec": wrapped({"pad": pad, "path": "pin482915x"})}))


def test_another_spelling_or_a_plain_hash_is_a_leak() -> None:
    digits = SECRETS["secret digits"].encode()
    for spelling in (digits.hex(), base64.b64encode(digits).decode(), hashlib.sha256(digits).hexdigest()):
        assert kept(json.dumps({"t": "hello", "x": spelling}))


def test_what_is_no_text_stays_as_it_is() -> None:
    noise = base64.urlsafe_b64encode(bytes(range(200, 240))).rstrip(b"=").decode()
    assert unwrapped(f'{{"sig":"{noise}"}}') == f'{{"sig":"{noise}"}}'
