"""Which technicians a device believes (seal/SPEC §6), and what record and customer learn of a refusal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_agent.now import RelayTime
from tests.agent.console_twin import Issuer, Technician
from tests.agent.fakes import NOW_MS, FakeClock
from tests.agent.organisation import DAY_S, Organisation
from tests.agent.stage import ORIGIN, Stage, ending
from wire.encoding import key_id, sha256_b64
from wire.reasons import BadgeCause, EndReason

KEY = Ed25519PrivateKey.generate()
NOW_S = NOW_MS // 1000
NOWHERE = Path("/nowhere/trust-state.json")


def badge_with(changes: dict[str, Any]) -> Technician:
    return Technician.of(Issuer(key=KEY), aud=ORIGIN, now_s=NOW_S, changes=changes)


def assert_refused(stage: Stage, cause: BadgeCause) -> None:
    """INV-A6: nobody is asked, the device's signed record says why, and so does the panel."""
    stage.to_device(stage.twin.auth())
    assert stage.host.visitors == []
    assert (stage.host.over, stage.host.causes) == ([EndReason.BADGE_REFUSED], [cause])
    end = ending(stage)
    assert (end.reason, end.cause, end.frame) == (
        EndReason.BADGE_REFUSED,
        cause,
        sha256_b64(stage.twin.auth_frame),
    )


@pytest.mark.proves("G7")
@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"iss": "elsewhere"}, BadgeCause.OTHER_ORG),
        ({"aud": "https://other.example"}, BadgeCause.OTHER_SERVICE),
        ({"aud": ORIGIN + "/"}, BadgeCause.OTHER_SERVICE),
        ({"exp": NOW_S - 300, "iat": NOW_S - 3600}, BadgeCause.EXPIRED),
        ({"exp": NOW_S, "iat": NOW_S - 28_801}, BadgeCause.LIFETIME),
        ({"iat": NOW_S + 301}, BadgeCause.NOT_YET_VALID),
        ({"exp": NOW_S - 1, "iat": NOW_S}, BadgeCause.LIFETIME),
        ({"scopes": ("keys", "view")}, BadgeCause.SCOPES),
        ({"cnf_x": bytes(32)}, BadgeCause.OTHER_SESSION),
        ({"cnf_x": key_id(bytes(32)).encode()[:32]}, BadgeCause.OTHER_SESSION),
        ({"name": "Demo\u202eTechnician"}, BadgeCause.FORM),
        ({"name": ""}, BadgeCause.FORM),
        ({"name": "x" * 65}, BadgeCause.FORM),
        ({"org": "Hallmere\u200bCare"}, BadgeCause.FORM),
    ],
    ids=str,
)
def test_a_badge_with_one_wrong_claim_is_refused(changes: dict[str, Any], cause: BadgeCause) -> None:
    assert_refused(Stage(issuer=Issuer(key=KEY), technician=badge_with(changes)), cause)


def test_a_badge_of_an_unknown_issuer_is_refused() -> None:
    assert_refused(Stage(issuer=Issuer(), trusted=Organisation()), BadgeCause.ISSUER_UNKNOWN)


@pytest.mark.proves("G7", by="the signature of a badge is not checked")
def test_a_badge_signed_by_another_key_under_a_known_id_is_refused() -> None:
    home, thief = Issuer(), Issuer()
    key = Ed25519PrivateKey.generate()
    badge = thief.badge(aud=ORIGIN, now_s=NOW_S, cnf_x=key.public_key().public_bytes_raw())
    forged = Technician(thief.sign(badge, home.kid), home.kid, key)
    assert_refused(Stage(issuer=home, technician=forged), BadgeCause.SIGNATURE)


def test_a_badge_of_another_key_than_the_hello_announced_is_refused() -> None:
    assert_refused(Stage(hello_kid=Issuer().kid), BadgeCause.ISSUER_NOT_ANNOUNCED)


def test_a_badge_signed_for_another_session_is_refused() -> None:
    """The signature over TH stops carrying a badge, and its `auth`, into another session."""
    stage = Stage()
    stage.to_device(stage.twin.auth(sign_th=bytes(64)))
    assert stage.host.causes == [BadgeCause.OTHER_SESSION]
    assert ending(stage).cause is BadgeCause.OTHER_SESSION


def test_a_badge_shown_by_somebody_who_lacks_its_key_is_refused() -> None:
    """A crooked device forwards the badge it was shown: it cannot sign with the technician's key."""
    issuer = Issuer()
    owner = Technician.of(issuer, aud=ORIGIN, now_s=NOW_S)
    thief = Technician(owner.jws, owner.kid, Ed25519PrivateKey.generate())
    assert_refused(Stage(issuer=issuer, technician=thief), BadgeCause.OTHER_SESSION)


@pytest.mark.parametrize(
    "changes", [{"exp": NOW_S - 299, "iat": NOW_S - 3600}, {"iat": NOW_S + 299}], ids=str
)
def test_a_badge_within_the_allowed_skew_is_accepted(changes: dict[str, Any]) -> None:
    stage = Stage(issuer=Issuer(key=KEY), technician=badge_with(changes)).pair()
    assert len(stage.host.visitors) == 1


@pytest.mark.proves("G7")
@pytest.mark.parametrize(
    ("revoked", "cause"), [("jti", BadgeCause.REVOKED), ("kid", BadgeCause.ISSUER_REVOKED)]
)
def test_a_revoked_badge_or_issuer_is_refused(revoked: str, cause: BadgeCause) -> None:
    org, clock = Organisation(), FakeClock()
    trust = org.briefed(clock, NOWHERE)
    jtis, kids = (["jti-1"], []) if revoked == "jti" else ([], [org.issuer.kid])
    assert trust.hear_status(org.status_list(NOW_S, jtis=jtis, kids=kids))
    assert_refused(Stage(issuer=org.issuer, trust=trust), cause)


def test_a_list_that_names_others_does_no_harm() -> None:
    org = Organisation()
    trust = org.briefed(FakeClock(), NOWHERE)
    trust.hear_status(org.status_list(NOW_S + 1, jtis=["jti-2"], kids=[key_id(bytes(32))]))
    assert len(Stage(issuer=org.issuer, trust=trust).pair().host.visitors) == 1


def test_a_relay_that_says_nothing_of_keys_or_revocations_brings_nobody_in() -> None:
    """INV-C2: no fallback."""
    org = Organisation()
    trust = org.trust(FakeClock(), NOWHERE)
    assert_refused(Stage(issuer=org.issuer, trust=trust), BadgeCause.NO_KEYSET)
    trust.hear_keyset(org.keyset(NOW_S))
    assert_refused(Stage(issuer=org.issuer, trust=trust), BadgeCause.NO_STATUS)


def with_a_list_of(age: int) -> Stage:
    org = Organisation()
    trust = org.trust(FakeClock(), NOWHERE)
    trust.hear_keyset(org.keyset(NOW_S - 2 * DAY_S))
    trust.hear_status(org.status_list(NOW_S - age))
    return Stage(issuer=org.issuer, trust=trust)


def test_a_list_can_be_withheld_for_a_day_and_not_longer() -> None:
    assert len(with_a_list_of(DAY_S - 1).pair().host.visitors) == 1
    assert_refused(with_a_list_of(DAY_S), BadgeCause.STATUS_OLD)


def test_an_expired_keyset_brings_nobody_in() -> None:
    org, clock = Organisation(), FakeClock()
    trust = org.trust(clock, NOWHERE)
    assert trust.hear_keyset(org.keyset(NOW_S, exp=NOW_S + 60))
    trust.hear_status(org.status_list(NOW_S))
    clock.advance(60)
    assert_refused(Stage(issuer=org.issuer, trust=trust), BadgeCause.KEYSET_NOT_VALID)


def test_the_relays_clock_helps_a_slow_tv_for_this_session() -> None:
    """seal/SPEC §10: a TV two hours behind meets a badge that was issued a minute ago."""
    org = Organisation()
    late = Technician.of(org.issuer, aud=ORIGIN, now_s=NOW_S + 7_200)
    stage = Stage(issuer=org.issuer, trusted=org, technician=late)
    assert_refused(stage, BadgeCause.NOT_YET_VALID)
    helped = Stage(
        issuer=org.issuer,
        trusted=org,
        technician=late,
        relay_time=RelayTime(NOW_MS + 7_200_000, FakeClock().boot()),
    )
    assert len(helped.pair().host.visitors) == 1


def test_the_relays_clock_cannot_revive_a_badge() -> None:
    issuer = Issuer(key=KEY)
    old = badge_with({"exp": NOW_S - 400, "iat": NOW_S - 3600})
    stage = Stage(issuer=issuer, technician=old, relay_time=RelayTime(NOW_MS - 3_000_000, 0.0))
    assert_refused(stage, BadgeCause.EXPIRED)
