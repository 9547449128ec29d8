"""What is revoked, and the signed list of it: when it is made anew, what is on it (seal/SPEC §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from identity import revocation_store, store
from identity.badges import BadgesSpent
from identity.keyring import Duty, install_keyset, request_keys
from identity.keys import SigningKey, has_signed, secret_from
from identity.keyset_request import sign_request
from identity.service import SignedIn
from identity.status import Revocations, StatusService, TooManyKeys
from server.keys import set_up
from server.settings import Settings, private_folder
from server.storage.engine import Database
from tests.server.desk import HOUR, ORIGIN, Desk, open_desk
from wire import badge
from wire import status as lists
from wire.encoding import key_id, sha256_b64
from wire.limits import STATUS_BYTES, STATUS_KIDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from wire.status import StatusList


class Office:
    """A desk, its keys, and the list."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk = desk
        self.settings = Settings(origin=ORIGIN, data=private_folder(folder / "data"), issuer="hallmere")
        self.root = folder / "root.key"
        self.keys = set_up(self.settings, self.root, now_s=desk.clock.now // 1_000)
        desk.issuer = self.keys.issuer
        desk.badges._issuer = lambda: self.keys.issuer
        parts = {"storage": desk.database, "clock": desk.clock, "append": desk.leaves.append}
        self.status = StatusService(**parts, keys=lambda: self.keys)  # type: ignore[arg-type]
        self.revocations = Revocations(**parts)  # type: ignore[arg-type]

    async def listed(self) -> StatusList:
        """The list a second later."""
        self.desk.clock.pass_ms(1_000)
        await self.status.refresh()
        key = self.keys.keyset.status
        return lists.verified(self.status.data, status_key=key, iss="hallmere", check=has_signed)

    async def badge(self) -> badge.ParsedBadge:
        return badge.parse((await self.desk.badge(await self.desk.account())).jws)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    database = await Database.open(f"sqlite:///{tmp_path / 'identity.db'}")
    yield Office(await open_desk(database), tmp_path)
    await database.close()


async def test_a_list_is_signed_at_the_start_and_every_hour(office: Office) -> None:
    assert await office.status.refresh()
    first = office.status.iat
    office.desk.clock.pass_ms(HOUR - 1_000)
    assert not await office.status.refresh()
    office.desk.clock.pass_ms(1_000)
    assert await office.status.refresh()
    assert office.status.iat == first + 3_600
    assert len(office.desk.leaves.of("status.signed")) == 2
    assert office.desk.leaves.of("status.signed")[-1]["status"] == sha256_b64(office.status.data)


async def test_two_lists_never_have_the_same_time_nor_a_time_that_goes_back(office: Office) -> None:
    """A device takes no list that is older than the one it holds: the newer must show it."""
    await office.status.refresh()
    await office.revocations.revoke_key(key_id(bytes(32)), named=False)
    assert not await office.status.refresh(), "not twice in a second"
    assert (await office.listed()).kids == {key_id(bytes(32))}
    again = StatusService(
        storage=office.desk.database,
        clock=office.desk.clock,
        append=office.desk.leaves.append,
        keys=lambda: office.keys,
    )
    office.desk.clock.pass_ms(-HOUR)
    before = office.status.iat
    await again.refresh()
    assert again.iat == before + 1


@pytest.mark.parametrize("way", ["sign_out", "disabled", "password", "operator"])
async def test_a_badge_is_taken_back_with_its_owner(office: Office, way: str) -> None:
    """INV-B5, INV-G4: at the relay at once, at every device with the next list."""
    identity = office.desk.identity
    parsed = await office.badge()
    await office.listed()
    match way:
        case "sign_out":
            await identity.sign_out(office.desk.token)
        case "disabled":
            await identity.disable_account("technician")
        case "password":
            await identity.set_password("technician", "another long and good password")
        case "operator":
            assert await identity.revoke_badges("technician") == 1
            assert office.desk.leaves.of("badge.revoked") == [{"badges": 1}]
    name = sha256_b64(badge.assemble(parsed.signed, parsed.sig).encode())
    assert await office.desk.badges.account_of(name) is None
    assert (await office.listed()).jtis == {parsed.badge.jti}


async def test_signing_out_of_one_tab_leaves_the_badge_of_another(office: Office) -> None:
    parsed = await office.badge()
    signed = await office.desk.sign_in()
    assert isinstance(signed, SignedIn)
    await office.desk.identity.sign_out(signed.token)
    assert (await office.listed()).jtis == frozenset()
    await office.desk.identity.sign_out(office.desk.token)
    assert (await office.listed()).jtis == {parsed.badge.jti}


async def test_a_badge_leaves_the_list_when_every_device_refuses_it_as_expired(office: Office) -> None:
    parsed = await office.badge()
    await office.desk.identity.revoke_badges("technician")
    office.desk.clock.now = (parsed.badge.exp + 300) * 1_000 - 2_000
    listed = await office.listed()
    assert listed.jtis == {parsed.badge.jti}
    assert listed.iat < parsed.badge.exp + 300
    office.desk.clock.pass_ms(HOUR)
    assert (await office.listed()).jtis == frozenset()


async def test_signing_out_and_in_again_gives_no_more_badges_an_hour(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise one account could fill the list."""
    monkeypatch.setattr("identity.badges.BADGES_PER_HOUR", 3)
    for _ in range(3):
        account = await office.desk.account()
        await office.desk.badge(account)
        await office.desk.identity.sign_out(office.desk.token)
    account = await office.desk.account()
    assert await office.desk.ask(account, await office.desk.badges.challenge(account)) == BadgesSpent()


async def test_a_revoked_issuer_takes_its_badges_along(office: Office) -> None:
    parsed = await office.badge()
    assert await office.revocations.revoke_key(parsed.kid, named=True)
    assert not await office.revocations.revoke_key(parsed.kid, named=True)
    assert office.desk.leaves.of("key.revoked") == [{"kid": parsed.kid}]
    name = sha256_b64(badge.assemble(parsed.signed, parsed.sig).encode())
    assert await office.desk.badges.account_of(name) is None
    listed = await office.listed()
    assert listed.kids == {parsed.kid}
    assert not listed.jtis


async def test_the_record_names_no_devices_key(office: Office) -> None:
    await office.revocations.revoke_key(key_id(bytes(32)), named=False)
    assert office.desk.leaves.of("key.revoked") == [{"kid": ""}]


async def test_a_full_list_keeps_those_who_were_shut_out_on_purpose(office: Office) -> None:
    """INV-F2: the list is bounded, and who only went home is left out first."""
    now = office.desk.clock.now
    async with office.desk.database.write("fill") as conn:
        rows = [
            {"kind": "badge", "name": f"{why}-{number:06d}", "why": why, "at": now, "until": now + HOUR}
            for why, count in (("signed_out", 3_000), ("operator", 20), ("disabled", 20))
            for number in range(count)
        ]
        await conn.execute(revocation_store.revocation.insert(), rows)
    with capture_logs() as log:
        listed = await office.listed()
    assert len(office.status.data) <= STATUS_BYTES
    assert sum(name.startswith(("operator", "disabled")) for name in listed.jtis) == 40
    assert 2_000 < len(listed.jtis) < 3_000
    assert [event["event"] for event in log] == ["status_full"]


async def test_the_list_has_room_for_a_bounded_number_of_keys(office: Office) -> None:
    async with office.desk.database.write("fill") as conn:
        rows = [
            {"kind": "key", "name": key_id(n.to_bytes(32, "big")), "why": "key", "at": 1, "until": 0}
            for n in range(STATUS_KIDS)
        ]
        await conn.execute(revocation_store.revocation.insert(), rows)
    with pytest.raises(TooManyKeys):
        await office.revocations.revoke_key(key_id(b"x" * 32), named=False)
    assert len((await office.listed()).kids) == STATUS_KIDS


async def test_a_new_status_key_signs_at_once(office: Office) -> None:
    await office.status.refresh()
    request = request_keys(office.settings.data, iss="hallmere", rotate=[Duty.STATUS])
    root, now_s = SigningKey(secret_from(office.root)), office.desk.clock.now // 1_000
    data = sign_request(request, root, now_s=now_s, days=30)
    office.keys = install_keyset(
        office.settings.data, data, root=None, iss="hallmere", aud=ORIGIN, now_s=now_s
    )
    assert (await office.listed()).iat == office.status.iat


async def test_the_tables_hold_no_badge_and_no_token(office: Office) -> None:
    """INV-C4."""
    issued = await office.desk.badge(await office.desk.account())
    await office.desk.identity.revoke_badges("technician")
    everything = repr([await office.desk.rows(table) for table in store.metadata.sorted_tables])
    assert issued.jws not in everything
    assert office.desk.token not in everything
