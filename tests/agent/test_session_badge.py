"""Which technicians a device believes (seal/SPEC §6)."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.agent.console_twin import Issuer, Technician
from tests.agent.fakes import NOW_MS
from tests.agent.stage import ORIGIN, Stage, ending
from wire.encoding import sha256_b64
from wire.reasons import EndReason

KEY = Ed25519PrivateKey.generate()
NOW_S = NOW_MS // 1000


def badge_with(changes: dict[str, Any]) -> Technician:
    return Technician.of(Issuer(key=KEY), aud=ORIGIN, now_s=NOW_S, changes=changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "elsewhere"},
        {"aud": "https://other.example"},
        {"aud": ORIGIN + "/"},
        {"exp": NOW_S - 301, "iat": NOW_S - 3600},
        {"exp": NOW_S, "iat": NOW_S - 28_801},
        {"iat": NOW_S + 301},
        {"exp": NOW_S - 1, "iat": NOW_S},
        {"scopes": ("keys", "view")},
        {"cnf_x": bytes(32)},
        {"cnf_x": Ed25519PrivateKey.from_private_bytes(bytes([7] * 32)).public_key().public_bytes_raw()},
        {"name": "Demo\u202eTechnician"},
        {"name": ""},
        {"name": "x" * 65},
        {"org": "Hallmere\u200bCare"},
    ],
    ids=str,
)
def test_a_badge_with_one_wrong_claim_is_refused(changes: dict[str, Any]) -> None:
    """seal/SPEC §6, INV-A6."""
    issuer = Issuer(key=KEY)
    stage = Stage(issuer=issuer, technician=badge_with(changes))
    stage.to_device(stage.twin.auth())
    assert stage.host.visitors == []
    assert stage.host.over == [EndReason.BADGE_REFUSED]
    assert ending(stage).frame == sha256_b64(stage.twin.auth_frame)


def test_a_badge_of_an_unknown_issuer_is_refused() -> None:
    stage = Stage(issuer=Issuer(), trusted=Issuer())
    stage.to_device(stage.twin.auth())
    assert stage.host.over == [EndReason.BADGE_REFUSED]


def test_a_badge_signed_by_another_key_under_a_known_id_is_refused() -> None:
    home, thief = Issuer(), Issuer()
    key = Ed25519PrivateKey.generate()
    badge = thief.badge(aud=ORIGIN, now_s=NOW_S, cnf_x=key.public_key().public_bytes_raw())
    stage = Stage(issuer=home, technician=Technician(thief.sign(badge, home.kid), home.kid, key))
    stage.to_device(stage.twin.auth())
    assert stage.host.over == [EndReason.BADGE_REFUSED]


def test_a_badge_of_another_key_than_the_hello_announced_is_refused() -> None:
    stage = Stage(hello_kid=Issuer().kid)
    stage.to_device(stage.twin.auth())
    assert stage.host.over == [EndReason.BADGE_REFUSED]


def test_a_badge_signed_for_another_session_is_refused() -> None:
    """The signature over TH stops carrying a badge into another session."""
    stage = Stage()
    stage.to_device(stage.twin.auth(sign_th=bytes(64)))
    assert stage.host.over == [EndReason.BADGE_REFUSED]


@pytest.mark.parametrize(
    "changes", [{"exp": NOW_S - 299, "iat": NOW_S - 3600}, {"iat": NOW_S + 299}], ids=str
)
def test_a_badge_within_the_allowed_skew_is_accepted(changes: dict[str, Any]) -> None:
    stage = Stage(issuer=Issuer(key=KEY), technician=badge_with(changes)).pair()
    assert len(stage.host.visitors) == 1
