"""The device's key, what its maker wrote into it, its time, and what it remembers over a restart."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING

import pytest

from device_agent import files
from device_agent.memory import WAIT_MS, load_memory
from device_agent.now import ForwardClock
from device_agent.pin import TrustError, load_pin
from device_agent.trust import load_or_make_key, load_trust
from tests.agent.console_twin import check_signature
from tests.agent.fakes import NOW_MS, FakeClock
from tests.agent.organisation import Organisation
from tests.agent.slow_disk import SlowDisk
from wire.encoding import key_id
from wire.reasons import EndReason

if TYPE_CHECKING:
    from pathlib import Path

DAY_MS = 24 * 3600 * 1000


def test_the_device_key_is_made_once_and_for_its_owners_eyes(tmp_path: Path) -> None:
    path = tmp_path / "device.key"
    first = load_or_make_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(path.read_bytes()) == 32
    assert load_or_make_key(path).public == first.public
    assert first.dev == key_id(first.public)
    assert check_signature(first.public, first.sign(b"words"), b"words")


def test_two_devices_have_two_keys(tmp_path: Path) -> None:
    assert load_or_make_key(tmp_path / "one").public != load_or_make_key(tmp_path / "other").public


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "device.key"
    load_or_make_key(path)
    path.chmod(mode)
    with pytest.raises(TrustError, match="read by others"):
        load_or_make_key(path)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_key_of_another_size_is_refused_and_never_replaced(tmp_path: Path, size: int) -> None:
    path = tmp_path / "device.key"
    files.write_durably(path, bytes(size))
    with pytest.raises(TrustError, match="32 bytes"):
        load_or_make_key(path)
    assert len(path.read_bytes()) == size


def provision(folder: Path, **changes: object) -> Organisation:
    org = Organisation()
    (folder / "trust.json").write_text(json.dumps(org.trust_file() | changes))
    return org


def test_what_the_maker_provisioned_is_read(tmp_path: Path) -> None:
    org = provision(tmp_path)
    assert load_pin(tmp_path / "trust.json") == org.pin()


def test_a_device_that_was_not_provisioned_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(TrustError, match="not provisioned"):
        load_trust(tmp_path, FakeClock())


@pytest.mark.parametrize(
    "changes", [{"root": ""}, {"root": "short"}, {"root": 7}, {"iss": 7}, {"origin": ""}]
)
def test_a_root_in_another_form_is_refused(tmp_path: Path, changes: dict[str, object]) -> None:
    provision(tmp_path, **changes)
    with pytest.raises(TrustError, match="not in the form"):
        load_trust(tmp_path, FakeClock())


def test_now_never_goes_back_although_the_wall_clock_does() -> None:
    """TRUST C4: setting the clock back revives no badge."""
    clock = FakeClock()
    now = ForwardClock(clock, floor_ms=0)
    assert now.now_ms() == NOW_MS
    clock.set_wall(NOW_MS - DAY_MS)
    assert now.now_ms() == NOW_MS
    clock.advance(10)
    assert now.now_ms() == NOW_MS + 10_000


def test_now_never_goes_back_over_a_restart() -> None:
    clock = FakeClock()
    now = ForwardClock(clock, floor_ms=NOW_MS + DAY_MS)
    assert now.now_ms() == NOW_MS + DAY_MS
    clock.set_wall(NOW_MS + 2 * DAY_MS)
    assert now.now_ms() == NOW_MS + 2 * DAY_MS


async def test_the_floor_of_time_is_kept_with_every_run(tmp_path: Path) -> None:
    path = tmp_path / "state"
    await load_memory(path, NOW_MS).mark_used("481703652296", NOW_MS + 5)
    assert load_memory(path, 0).floor_ms == NOW_MS + 5


async def test_a_used_code_is_known_for_a_day_and_not_written_down(tmp_path: Path) -> None:
    path = tmp_path / "state"
    memory = load_memory(path, NOW_MS)
    await memory.mark_used("481703652296", NOW_MS)
    again = load_memory(path, NOW_MS)
    assert again.was_used("481703652296")
    assert not again.was_used("481703652304")
    text = path.read_text()
    assert "481703652296" not in text
    assert "365229" not in text
    await again.mark_used("481703652304", NOW_MS + DAY_MS)
    assert not again.was_used("481703652296")


async def test_every_third_failed_run_in_a_row_waits_fifteen_minutes(tmp_path: Path) -> None:
    path = tmp_path / "state"
    waits = []
    for run in range(6):
        memory = load_memory(path, NOW_MS)
        await memory.mark_used(f"{run:012d}", NOW_MS + run)
        waits.append(load_memory(path, NOW_MS).wait_ms(NOW_MS + run))
    assert waits == [0, 0, WAIT_MS, WAIT_MS - 1, WAIT_MS - 2, WAIT_MS]
    assert load_memory(path, NOW_MS).fails == 6


async def test_a_pairing_forgives_and_leaves_an_ending_to_tell(tmp_path: Path) -> None:
    path = tmp_path / "state"
    memory = load_memory(path, NOW_MS)
    for run in range(3):
        await memory.mark_used(f"{run:012d}", NOW_MS)
    await memory.mark_paired(NOW_MS)
    again = load_memory(path, NOW_MS)
    assert (again.fails, again.wait_ms(NOW_MS)) == (0, 0)
    assert again.unseen_end is EndReason.DEVICE_POWERED_OFF
    await again.mark_seen()
    assert load_memory(path, NOW_MS).unseen_end is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"surprise": 1}',
        b'{"unseen_end": "no_such"}',
        b'{"floor": "soon"}',
        b'{"used": []}',
        b'{"signed": {"serial": 1.5}}',
    ],
)
def test_an_unreadable_memory_waits_instead_of_forgetting(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state"
    path.write_bytes(content)
    assert load_memory(path, NOW_MS).wait_ms(NOW_MS) == WAIT_MS


async def test_changes_made_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "state"
    memory = load_memory(path, NOW_MS)
    codes = [f"{number:012d}" for number in range(10)]
    await asyncio.gather(*(memory.mark_used(code, NOW_MS) for code in codes))
    again = load_memory(path, NOW_MS)
    assert all(again.was_used(code) for code in codes)
    assert again.fails == 10


async def test_a_change_that_nobody_waits_for_any_more_is_written_before_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-A1: a call is hung up while its code is marked used; two writes at once would spoil the file."""
    path, disk = tmp_path / "state", SlowDisk()
    memory = load_memory(path, NOW_MS)
    monkeypatch.setattr("device_agent.memory.write_durably", disk.write)
    used = asyncio.create_task(memory.mark_used("481703652296", NOW_MS))
    await disk.until(disk.begun.is_set)
    used.cancel()
    closed = asyncio.create_task(memory.mark_open(NOW_MS + 1))
    for _ in range(3):
        await asyncio.to_thread(lambda: None)
    disk.may_write.set()
    await closed
    assert disk.most == 1
    assert load_memory(path, NOW_MS).was_used("481703652296")


def test_a_write_that_is_cut_short_leaves_the_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-E1: the file is whole or not there, never half."""
    path = tmp_path / "state"
    files.write_durably(path, b"old")

    def power_cut(_handle: int) -> None:
        raise OSError("power")

    monkeypatch.setattr(os, "fsync", power_cut)
    with pytest.raises(OSError, match="power"):
        files.write_durably(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    files.write_durably(path, b"newer")
    assert path.read_bytes() == b"newer"
