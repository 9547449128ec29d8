"""sid, CI, TH, hellos and what is signed: each is bound to every one of its parts (SPEC §5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from wire import transcript
from wire.badge import badge_challenge_message, tech_auth_message
from wire.encoding import key_id, lv
from wire.errors import WireError
from wire.hellos import ConsoleHello, DeviceHello, device_hello_message
from wire.records import record_message
from wire.transcript import ShownBy

PARTS = [bytes([number]) * 8 for number in range(8)]
CHANNEL: dict[str, Any] = {
    "origin": "https://relay.example",
    "locator": "12345",
    "shown_by": ShownBy.DEVICE,
    "dev": key_id(bytes(32)),
}
DEVICE = DeviceHello(nd=bytes(32), dpk=bytes(32), dev=key_id(bytes(32)), fw="1", caps=("jpeg",), fails=0)


@pytest.mark.parametrize("changed", range(8))
def test_th_changes_with_each_of_its_parts(changed: int) -> None:
    """INV-C1."""
    other = [part + b"x" if place == changed else part for place, part in enumerate(PARTS)]
    assert transcript.transcript_hash(*other) != transcript.transcript_hash(*PARTS)


@pytest.mark.parametrize("changed", range(7))
def test_th_keeps_its_parts_apart(changed: int) -> None:
    moved = list(PARTS)
    moved[changed], moved[changed + 1] = moved[changed] + moved[changed + 1][:1], moved[changed + 1][1:]
    assert b"".join(moved) == b"".join(PARTS)
    assert transcript.transcript_hash(*moved) != transcript.transcript_hash(*PARTS)


@pytest.mark.parametrize("changed", range(3))
def test_sid_needs_the_nonce_of_every_party(changed: int) -> None:
    nonces = [bytes(32), bytes(32), bytes(16)]
    other = [nonce[:-1] + b"\1" if place == changed else nonce for place, nonce in enumerate(nonces)]
    assert transcript.sid(*other) != transcript.sid(*nonces)
    assert len(transcript.sid(*nonces)) == 32


@pytest.mark.parametrize("name", CHANNEL)
def test_ci_changes_with_each_of_its_parts(name: str) -> None:
    assert transcript.channel_identifier(**CHANNEL | {name: "x"}) != transcript.channel_identifier(**CHANNEL)


def test_ci_names_version_suite_and_roles_in_order() -> None:
    ci = transcript.channel_identifier(**CHANNEL)
    assert ci == lv(
        "ra1",
        "CPACE-X25519-SHA512",
        CHANNEL["origin"],
        "12345",
        "device",
        "console",
        "device",
        CHANNEL["dev"],
    )


def test_each_signature_has_a_purpose_of_its_own() -> None:
    """INV-C1: what is signed for one purpose never passes for another."""
    messages = [
        record_message(b"a", b"b"),
        tech_auth_message(b"a", b"b"),
        badge_challenge_message("a", b"b"),
        device_hello_message("a", b"b", b""),
    ]
    labels = [message.split(b"\0")[0] for message in messages]
    assert labels == [b"ra1/record", b"ra1/tech-auth", b"ra1/badge", b"ra1/dev-hello"]
    assert all(message.split(b"\0", 1)[1].startswith(lv("a", b"b")) for message in messages)


@pytest.mark.parametrize(
    "change",
    [
        {"nd": bytes(31)},
        {"dpk": bytes(31)},
        {"dev": key_id(b"x" * 32)},
        {"fw": "x" * 65},
        {"caps": ("x",) * 17},
        {"caps": ("x" * 33,)},
        {"fails": -1},
        {"fails": 1_000_001},
    ],
)
def test_a_device_cannot_make_a_hello_that_would_be_refused(change: dict[str, object]) -> None:
    with pytest.raises(WireError, match="bad_hello"):
        replace(DEVICE, **change)  # type: ignore[arg-type]


def test_a_hello_never_grows_beyond_its_limit() -> None:
    wordy = replace(DEVICE, caps=tuple("\u00e5" * 32 for _ in range(16)))
    with pytest.raises(WireError, match="too long"):
        wordy.to_bytes()


@pytest.mark.parametrize(("nt", "kid"), [(bytes(31), key_id(bytes(32))), (bytes(32), "x"), (bytes(32), "")])
def test_a_console_cannot_make_a_hello_that_would_be_refused(nt: bytes, kid: str) -> None:
    with pytest.raises(WireError, match="bad_hello"):
        ConsoleHello(nt=nt, kid=kid)
