"""What a device has heard from its maker is on its disk before it is relied on, and never goes back."""

from __future__ import annotations

import asyncio
import errno
import os
from typing import TYPE_CHECKING

import pytest

from device_agent import trust as trust_module
from device_agent.panel_view import Page, Problem
from tests.agent.fakes import NOW_MS, FakeClock
from tests.agent.house import at_home
from tests.agent.organisation import Organisation
from tests.agent.slow_disk import SlowDisk
from tests.agent.told import judged, tell
from wire.encoding import key_id
from wire.reasons import BadgeCause

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


NOW_S = NOW_MS // 1000
OTHERS = key_id(bytes(32))


@pytest.fixture
def org() -> Organisation:
    return Organisation()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def full(*_args: object, **_options: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


async def test_keys_are_forced_to_the_disk_and_a_write_cut_short_leaves_the_old_ones(
    org: Organisation, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-E1: written is not enough, and half is worse than nothing."""
    path = tmp_path / "state"
    trust = org.trust(clock, path)
    await tell(trust, clock, org.keyset(NOW_S), org.status_list(NOW_S))
    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        await tell(trust, clock, org.keyset(NOW_S, serial=2), org.status_list(NOW_S))
    assert path.read_bytes() == before


async def test_what_one_write_failed_to_keep_the_next_call_keeps(
    org: Organisation, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state"
    trust = org.trust(clock, path)
    await tell(trust, clock, org.keyset(NOW_S), org.status_list(NOW_S))
    newer = org.keyset(NOW_S, serial=2), org.status_list(NOW_S + 1, kids=[OTHERS])
    assert judged(org, trust) is None
    with monkeypatch.context() as disk:
        disk.setattr(trust_module, "write_durably", full)
        with pytest.raises(OSError, match="No space"):
            await tell(trust, clock, *newer)
        assert judged(org, trust) is BadgeCause.NO_KEYSET, "a restart would forget what it goes by"
    await tell(trust, clock, *newer)
    assert judged(org, trust) is None
    again = org.trust(clock, path)
    assert again.keyset == trust.keyset
    assert again.status is not None
    assert again.status.kids == {OTHERS}


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowDisk]:
    """The one that keys are written to."""
    disk = SlowDisk()
    monkeypatch.setattr(trust_module, "write_durably", disk.write)
    yield disk
    disk.may_write.set()


async def test_a_call_goes_on_when_its_keys_are_kept_and_not_before(
    org: Organisation, clock: FakeClock, tmp_path: Path, disk: SlowDisk
) -> None:
    path = tmp_path / "state"
    trust = org.trust(clock, path)
    told = asyncio.create_task(tell(trust, clock, org.keyset(NOW_S), org.status_list(NOW_S)))
    await disk.until(disk.begun.is_set)
    assert not told.done()
    assert not path.exists()
    disk.may_write.set()
    await told
    assert org.trust(clock, path).keyset == trust.keyset is not None


async def test_two_calls_at_once_keep_the_newest_of_both(
    org: Organisation, clock: FakeClock, tmp_path: Path, disk: SlowDisk
) -> None:
    """As when a device is enrolled while it waits with a code; one of them is hung up in the middle."""
    path = tmp_path / "state"
    trust = org.trust(clock, path)
    first = asyncio.create_task(tell(trust, clock, org.keyset(NOW_S), org.status_list(NOW_S)))
    await disk.until(disk.begun.is_set)
    newer = org.keyset(NOW_S, serial=2), org.status_list(NOW_S + 1)
    second = asyncio.create_task(tell(trust, clock, *newer))
    third = asyncio.create_task(tell(trust, clock, *newer))
    await asyncio.sleep(0)  # both come to their turn at the disk
    first.cancel()
    await asyncio.sleep(0)  # the first lets go of it
    assert judged(org, trust) is BadgeCause.NO_KEYSET
    await asyncio.to_thread(lambda: None)
    disk.may_write.set()
    await asyncio.gather(second, third)
    assert disk.most == 1, "a write that nobody waits for any more is still one"
    assert judged(org, trust) is None
    again = org.trust(clock, path)
    assert (again.keyset, again.status) == (trust.keyset, trust.status)
    assert again.keyset is not None
    assert again.keyset.serial == 2


async def test_what_is_heard_during_a_write_is_kept_with_it(
    org: Organisation, clock: FakeClock, tmp_path: Path, disk: SlowDisk
) -> None:
    trust = org.trust(clock, tmp_path / "state")
    assert trust.hear_keyset(org.keyset(NOW_S))
    kept = asyncio.create_task(trust.keep())
    await disk.until(disk.begun.is_set)
    assert trust.hear_keyset(org.keyset(NOW_S, serial=2))
    disk.may_write.set()
    await kept
    assert trust.is_kept


async def test_a_tv_that_can_keep_nothing_says_so_and_not_that_the_server_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_home(tmp_path) as house:
        with monkeypatch.context() as disk:
            disk.setattr(trust_module, "write_durably", full)
            house.press("help", "ok")
            await house.settle()
            offered = asyncio.create_task(house.relay.offer())
            await house.until_page(Page.PROBLEM)
            offered.cancel()
            assert house.agent.view.problem is Problem.NOT_KEPT
            house.listen()
        house.press("ok")  # try again
        await house.settle()
        await house.relay.offer()
        await house.until_page(Page.CODE)
        assert (tmp_path / "trust-state.json").exists()


async def test_a_keyset_of_another_organisation_is_not_believed_from_the_disk_either(
    org: Organisation, clock: FakeClock, tmp_path: Path
) -> None:
    path = tmp_path / "state"
    other = Organisation(root=org.root)
    other.issuer.iss = "elsewhere"
    await tell(other.trust(clock, path), clock, other.keyset(NOW_S), other.status_list(NOW_S))
    assert path.exists()
    assert org.trust(clock, path).keyset is None
