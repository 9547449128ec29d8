"""Which time a device believes it is, and who can lock it out by it (seal/SPEC §7, §8, §10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_agent.panel_view import Page
from tests.agent.fakes import NOW_MS, FakeClock
from tests.agent.house import at_home
from tests.agent.organisation import DAY_S, Organisation, briefing, public
from wire.reasons import BadgeCause

if TYPE_CHECKING:
    from pathlib import Path

NOW_S = NOW_MS // 1000
DAY_MS = DAY_S * 1000


@pytest.fixture
def org() -> Organisation:
    return Organisation()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def stolen(org: Organisation, clock: FakeClock, path: Path) -> None:
    """The thief of the status key has signed a list of the keyset's last second, and the device took it."""
    trust = org.briefed(clock, path)
    assert trust.keyset is not None
    assert trust.hear_status(org.status_list(trust.keyset.exp - 1))
    assert trust.now_ms() == (trust.keyset.exp - 1) * 1000
    await trust.keep()


@pytest.mark.parametrize("lasts", [60, 365], ids=lambda days: f"{days} days")
async def test_a_keyset_with_another_status_key_ends_what_its_thief_did_to_the_clock(
    org: Organisation, clock: FakeClock, tmp_path: Path, lasts: int
) -> None:
    path = tmp_path / "state"
    await stolen(org, clock, path)
    clock.advance(DAY_S)
    now_s, new = NOW_S + DAY_S, Ed25519PrivateKey.generate()
    cure = org.keyset(now_s, serial=2, status=public(new), iat=now_s, nbf=now_s, exp=now_s + lasts * DAY_S)
    device = org.trust(clock, path)
    assert device.now_ms() > NOW_MS + 80 * DAY_MS, "over a restart, too"
    assert device.hear_keyset(cure)
    assert device.now_ms() == now_s * 1000
    assert not device.hear_status(org.status_list(now_s + 1)), "the stolen key's lists are over"
    assert device.hear_status(org.status_list(now_s, key=new))
    assert device.status is not None
    assert device.status.is_fresh(device.now_ms() // 1000)
    await device.keep()
    assert org.trust(clock, path).now_ms() == now_s * 1000


async def test_a_keyset_with_the_same_status_key_is_taken_and_the_lists_time_stays(
    org: Organisation, clock: FakeClock, tmp_path: Path
) -> None:
    """The list's time never goes down while its signer stays (TRUST C.4)."""
    path = tmp_path / "state"
    await stolen(org, clock, path)
    device = org.trust(clock, path)
    ahead = device.now_ms()
    assert device.hear_keyset(org.keyset(NOW_S, serial=2, exp=NOW_S + 60 * DAY_S))
    assert device.now_ms() == ahead
    assert not device.hear_status(org.status_list(NOW_S + 1))


async def test_a_wall_clock_that_once_ran_ahead_locks_nobody_out_once_it_is_right(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        now_ms, now_s = house.clock.now_ms(), house.clock.now_ms() // 1000
        signed = house.org.keyset(now_s), house.org.status_list(now_s)
        house.clock.set_wall(now_ms + 60 * DAY_MS)
        house.relay.briefing = briefing(*signed, at_ms=now_ms)
        code = await house.get_code()
        house.relay.redeem()
        await house.relay.agree(house.relay.console(code, now_s=now_s))
        await house.until_page(Page.ENDED)
        assert house.agent.view.cause is BadgeCause.STATUS_OLD
        house.clock.set_wall(now_ms)
        assert house.kit.trust.now_ms() == now_ms
        org = house.org
    async with at_home(tmp_path) as again:
        assert again.remembered().floor_ms >= now_ms + 60 * DAY_MS, "waits and used codes go on"
        assert org.trust(again.clock, tmp_path / "trust-state.json", memory=again.memory).now_ms() == now_ms


def test_what_has_passed_since_something_was_signed_counts_also_on_a_slow_clock(
    org: Organisation, clock: FakeClock, tmp_path: Path
) -> None:
    trust = org.briefed(clock, tmp_path / "state")
    clock.advance(3_600)
    clock.set_wall(0)
    assert trust.now_ms() == NOW_MS + 3_600_000


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "elsewhere", "iat": NOW_S + 30 * DAY_S, "exp": NOW_S + 90 * DAY_S},
        {"iat": NOW_S + 30 * DAY_S, "nbf": NOW_S + 60 * DAY_S, "exp": NOW_S + 90 * DAY_S},
        {"serial": 1, "iat": NOW_S + 30 * DAY_S, "exp": NOW_S + 90 * DAY_S},
    ],
    ids=["another organisation", "not yet", "a number that means another"],
)
def test_a_keyset_that_is_refused_moves_no_clock(
    org: Organisation, clock: FakeClock, tmp_path: Path, changes: dict[str, Any]
) -> None:
    trust = org.briefed(clock, tmp_path / "state")
    assert not trust.hear_keyset(org.keyset(NOW_S, **{"serial": 2} | changes))
    assert trust.now_ms() == NOW_MS
