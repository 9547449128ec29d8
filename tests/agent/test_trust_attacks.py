"""What a hostile relay can do with keysets, lists and clocks, and what comes of it (seal/SPEC §7-§10)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_agent.panel_view import Page
from tests.agent.fakes import NOW_MS, FakeClock
from tests.agent.house import House, at_home
from tests.agent.organisation import DAY_S, Organisation, briefing, public
from wire import messages
from wire.encoding import b64
from wire.limits import STATUS_PART_BYTES
from wire.reasons import BadgeCause, EndReason

if TYPE_CHECKING:
    from pathlib import Path

    from device_agent.trust import Trust

NOW_S = NOW_MS // 1000


@pytest.fixture
def org() -> Organisation:
    return Organisation()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def trust(org: Organisation, clock: FakeClock, tmp_path: Path) -> Trust:
    return org.briefed(clock, tmp_path / "trust-state.json")


def test_a_keyset_of_another_root_is_not_taken(org: Organisation, trust: Trust) -> None:
    held = trust.keyset
    for key in (Ed25519PrivateKey.generate(), org.status, org.enrol, org.issuer.key):
        assert not trust.hear_keyset(org.keyset(NOW_S, serial=9, key=key))
    assert trust.keyset == held


def test_a_keyset_with_a_lower_serial_is_not_taken_after_a_restart_either(
    org: Organisation, trust: Trust, clock: FakeClock, tmp_path: Path
) -> None:
    """An issuer that was left out stays left out."""
    newer = org.keyset(NOW_S, serial=2, issuers=(public(Ed25519PrivateKey.generate()),))
    assert trust.hear_keyset(newer)
    assert not trust.hear_keyset(org.keyset(NOW_S))


async def test_the_serial_is_kept_over_a_restart(
    org: Organisation, trust: Trust, clock: FakeClock, tmp_path: Path
) -> None:
    trust.hear_keyset(org.keyset(NOW_S, serial=2))
    await trust.keep()
    again = org.trust(clock, tmp_path / "trust-state.json")
    assert again.keyset == trust.keyset
    assert again.status == trust.status
    assert not again.hear_keyset(org.keyset(NOW_S))
    assert not again.hear_keyset(org.keyset(NOW_S, serial=2, exp=NOW_S + DAY_S)), "one number, one keyset"


async def test_a_keyset_that_is_over_still_forbids_an_older_one(
    org: Organisation, clock: FakeClock, tmp_path: Path
) -> None:
    trust = org.trust(clock, tmp_path / "state")
    trust.hear_keyset(org.keyset(NOW_S, serial=7, exp=NOW_S + 60))
    await trust.keep()
    clock.advance(3_600)
    again = org.trust(clock, tmp_path / "state")
    assert not again.hear_keyset(org.keyset(NOW_S, serial=6))
    assert again.hear_keyset(org.keyset(NOW_S, serial=8))


@pytest.mark.parametrize(
    "changes",
    [{"exp": NOW_S}, {"nbf": NOW_S + 301, "iat": NOW_S}, {"iss": "elsewhere"}],
    ids=["over", "not yet", "another organisation"],
)
def test_a_keyset_that_is_not_for_now_or_not_for_us_replaces_nothing(
    org: Organisation, trust: Trust, changes: dict[str, Any]
) -> None:
    held = trust.keyset
    assert not trust.hear_keyset(org.keyset(NOW_S, serial=9, **changes))
    assert trust.keyset == held


def test_a_list_signed_by_anybody_but_the_status_key_is_not_taken(org: Organisation, trust: Trust) -> None:
    held = trust.status
    for key in (org.issuer.key, org.root, org.enrol, Ed25519PrivateKey.generate()):
        assert not trust.hear_status(org.status_list(NOW_S + 1, key=key))
    assert trust.status == held


@pytest.mark.proves("G7", by="an older list of what is revoked replaces a newer one")
def test_an_older_list_does_not_hide_a_revocation(org: Organisation, trust: Trust) -> None:
    assert trust.hear_status(org.status_list(NOW_S + 1, jtis=["jti-1"]))
    assert not trust.hear_status(org.status_list(NOW_S))
    assert trust.status is not None
    assert trust.status.jtis == {"jti-1"}


async def test_a_revocation_is_kept_over_a_restart(
    org: Organisation, trust: Trust, clock: FakeClock, tmp_path: Path
) -> None:
    trust.hear_status(org.status_list(NOW_S + 1, jtis=["jti-1"]))
    await trust.keep()
    again = org.trust(clock, tmp_path / "trust-state.json")
    assert again.status == trust.status
    assert not again.hear_status(org.status_list(NOW_S))


def test_a_new_status_key_ends_the_old_ones_lists(org: Organisation, trust: Trust) -> None:
    new = Ed25519PrivateKey.generate()
    assert trust.hear_keyset(org.keyset(NOW_S, serial=2, status=public(new)))
    assert trust.status is None
    assert not trust.hear_status(org.status_list(NOW_S + 9))
    assert trust.hear_status(org.status_list(NOW_S, key=new))


def test_a_list_before_any_keyset_is_nothing(org: Organisation, clock: FakeClock, tmp_path: Path) -> None:
    trust = org.trust(clock, tmp_path / "state")
    assert not trust.hear_status(org.status_list(NOW_S))
    assert trust.status is None


def test_what_is_signed_raises_the_clock_and_nothing_lowers_it(
    org: Organisation, clock: FakeClock, tmp_path: Path
) -> None:
    """seal/SPEC §10: a TV that stands in 1970 learns the time from signatures."""
    clock.set_wall(0)
    trust = org.trust(clock, tmp_path / "state")
    trust.hear_keyset(org.keyset(NOW_S))
    assert trust.now_ms() == (NOW_S - 3_600) * 1000
    trust.hear_status(org.status_list(NOW_S))
    assert trust.now_ms() == NOW_MS
    trust.hear_status(org.status_list(NOW_S - 60))
    assert trust.now_ms() == NOW_MS


async def test_a_clock_set_back_over_a_restart_does_not_revive_what_is_over(
    org: Organisation, trust: Trust, clock: FakeClock, tmp_path: Path
) -> None:
    trust.hear_status(org.status_list(NOW_S + DAY_S))
    await trust.keep()
    clock.set_wall(NOW_MS - 365 * DAY_S * 1000)
    again = org.trust(clock, tmp_path / "trust-state.json")
    assert again.now_ms() >= (NOW_S + DAY_S) * 1000


def test_a_thief_of_the_status_key_cannot_push_the_clock_beyond_the_keyset(
    org: Organisation, trust: Trust
) -> None:
    assert trust.keyset is not None
    assert not trust.hear_status(org.status_list(trust.keyset.exp))
    assert not trust.hear_status(org.status_list(2**52))
    assert trust.now_ms() == NOW_MS


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"keyset":"","status":"","newest":0}'])
async def test_an_unreadable_memory_of_keys_asks_anew(
    org: Organisation, clock: FakeClock, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "state"
    path.write_bytes(content)
    trust = org.trust(clock, path)
    assert trust.keyset is None
    assert trust.hear_keyset(org.keyset(NOW_S))
    await trust.keep()
    assert org.trust(clock, path).keyset == trust.keyset


async def test_a_memory_that_somebody_wrote_is_believed_no_more_than_the_relay(
    org: Organisation, trust: Trust, clock: FakeClock, tmp_path: Path
) -> None:
    path, thief = tmp_path / "trust-state.json", Organisation()
    await trust.keep()
    state = json.loads(path.read_text())
    state["keyset"] = b64(thief.keyset(NOW_S, serial=9))
    path.write_text(json.dumps(state))
    assert org.trust(clock, path).keyset is None


# On the whole agent, with the relay in hand


async def refused(house: House, *, jti: str = "jti-1") -> BadgeCause | None:
    """Play up to the technician's badge, which the device does not take; the cause on the panel."""
    code = await house.get_code()
    house.relay.redeem()
    twin = house.relay.console(code, now_s=house.clock.now_ms() // 1000)
    await house.relay.agree(twin)
    await house.until_page(Page.ENDED)
    assert house.agent.view.reason is EndReason.BADGE_REFUSED
    assert house.agent.view.name == ""
    return house.agent.view.cause


async def test_a_revoked_badge_is_said_on_the_panel(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        now_s = house.clock.now_ms() // 1000
        revoked = house.org.status_list(now_s, jtis=["jti-1"])
        house.relay.briefing = briefing(house.relay.keyset, revoked, at_ms=house.clock.now_ms())
        assert await refused(house) is BadgeCause.REVOKED
        assert (tmp_path / "trust-state.json").exists()


async def test_who_is_revoked_while_the_code_waits_is_refused(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        code = await house.get_code()
        house.clock.advance(60)
        house.relay.line.heard_at = house.clock.boot()
        now_ms = house.clock.now_ms()
        revoked = house.org.status_list(now_ms // 1000, jtis=["jti-1"])
        for news in briefing(house.relay.keyset, revoked, at_ms=now_ms):
            house.relay.say(news)
        house.relay.redeem()
        await house.relay.agree(house.relay.console(code, now_s=now_ms // 1000))
        await house.until_page(Page.ENDED)
        assert house.agent.view.cause is BadgeCause.REVOKED


async def test_a_relay_that_gives_neither_keyset_nor_list_brings_nobody_in(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        house.relay.briefing = []
        assert await refused(house) is BadgeCause.NO_KEYSET


async def test_a_list_in_pieces_arrives_whole(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        now_s = house.clock.now_ms() // 1000
        many = house.org.status_list(now_s, jtis=["jti-1", *(f"b-{n:010d}" for n in range(2_000))])
        assert len(many) > 2 * STATUS_PART_BYTES
        house.relay.briefing = briefing(house.relay.keyset, many, at_ms=house.clock.now_ms())
        assert await refused(house) is BadgeCause.REVOKED


@pytest.mark.parametrize("way", ["second first", "one missing", "one twice", "more than announced"])
async def test_pieces_in_another_order_are_no_list(tmp_path: Path, way: str) -> None:
    async with at_home(tmp_path) as house:
        now_s = house.clock.now_ms() // 1000
        many = house.org.status_list(now_s, jtis=[f"b-{n:010d}" for n in range(1_500)])
        keyset, one, two = briefing(house.relay.keyset, many, at_ms=house.clock.now_ms())
        beyond = messages.StatusMsg(part=2, parts=1, data=b"x")
        order = {
            "second first": [keyset, two, one],
            "one missing": [keyset, two],
            "one twice": [keyset, one, one, two],
            "more than announced": [keyset, one, beyond, two],
        }
        house.relay.briefing = order[way]
        assert await refused(house) is BadgeCause.NO_STATUS


async def test_news_of_keys_in_the_middle_of_the_key_agreement_end_the_run(tmp_path: Path) -> None:
    """SPEC §5.1: they have their moment."""
    async with at_home(tmp_path) as house:
        await house.get_code()
        house.relay.redeem()
        await house.until_page(Page.PAIRING)
        house.relay.say(house.relay.honest()[0])
        await house.until_page(Page.ENDED)
        assert house.agent.view.reason is EndReason.PAIRING_FAILED


async def test_a_wrong_clock_is_said_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with at_home(tmp_path) as house:
        now_ms = house.clock.now_ms()
        status = house.org.status_list(now_ms // 1000)
        house.relay.briefing = briefing(house.relay.keyset, status, at_ms=now_ms + 600_000)
        await house.get_code()
        assert "differs from this device's by 600 s" in caplog.text
        assert house.agent._kit.trust.now_ms() == now_ms
