"""A backup put back under a whole server: what was taken back since the copy stays so (INV-E5, INV-G4)."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from identity.keys import UnsafeKeyFile
from relay.audit.leaf_types import LeafType
from server.app import Service, open_office, revocations_of
from server.restored import REVOKED_FILE
from server.settings import Settings, private_folder
from tests.relay.play import leaves
from tests.server.conftest import PASSWORD, open_test_office, running_server
from tests.server.ends import technician
from wire import status as lists
from wire.encoding import key_id

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.conftest import Running
    from wire.status import StatusList

pytestmark = pytest.mark.slow

STOLEN = key_id(b"a device that has been stolen ..")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def back_up(data: Path) -> Path:
    copy = data.parent / "copy.db"
    with closing(sqlite3.connect(data / "alongside.db")) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def put_back(copy: Path, data: Path) -> None:
    for old in data.glob("alongside.db*"):
        old.unlink()
    shutil.copy(copy, data / "alongside.db")


def told(server: Running) -> StatusList:
    """The list as every device gets it, at once."""
    parsed = lists.verified(
        server.service.trust.status,
        status_key=server.service.keys.keys.keyset.status,
        iss=server.service.keys.keys.keyset.iss,
        check=lambda *_: True,
    )
    assert isinstance(parsed, lists.StatusList)
    return parsed


async def is_in(server: Running, token: str) -> bool:
    status, _, _ = await server.call("GET", "/v1/me", token=token)
    assert status in {200, 401}
    return status == 200


async def restored(server: Running) -> list[dict[str, object]]:
    written = await leaves(server.office.database)
    return [dict(leaf.d) for leaf in written if leaf.typ is LeafType.SERVER_RESTORED]


async def test_a_restored_backup_revives_no_key_no_badge_no_token_and_no_account(data: Path) -> None:
    async with running_server(data) as server:
        early, auditor = await technician(server), await server.sign_in("auditor")
        copy = back_up(data)
        await server.call("POST", "/v1/sign-out", token=early.token)
        await technician(server)  # a badge that the copy has never heard of
        assert await server.office.identity.revoke_badges("technician") == 1
        assert await server.office.identity.disable_account("auditor")
        await revocations_of(server.office).revoke_key(STOLEN, named=False)
        await server.service.trust.refresh()
    put_back(copy, data)
    async with running_server(data) as server:
        assert not await is_in(server, early.token)
        assert not await is_in(server, auditor)
        assert await server.service.badges.account_of(early.badge) is None
        status, _, _ = await server.call(
            "POST", "/v1/sign-in", json={"login": "auditor", "password": PASSWORD}
        )
        assert status == 401
        assert told(server).kids == {STOLEN}
        assert len(told(server).jtis) == 2
        assert await restored(server) == [{"accounts": 1, "badges": 2, "keys": 1, "tokens": 1}]
        assert "database restored" in server.log.getvalue()
        again = await server.sign_in()
    async with running_server(data) as server:
        assert await is_in(server, again), "said once, and then it is this server's database"
        assert len(await restored(server)) == 1


async def test_every_way_to_take_something_back_is_remembered_before_it_is_confirmed(data: Path) -> None:
    """A way that is forgotten here could be undone by a backup, and nobody would notice."""

    def mark() -> object:
        return json.loads((data / REVOKED_FILE).read_bytes())["leaf"]["place"]

    async with running_server(data) as server:
        identity = server.office.identity
        ways = {
            "sign out": identity.sign_out(await server.sign_in()),
            "badges": identity.revoke_badges("technician"),
            "password": identity.set_password("technician", "another long and good password"),
            "disabled": identity.disable_account("technician"),
            "key": revocations_of(server.office).revoke_key(STOLEN, named=False),
        }
        for way, take_back in ways.items():
            before = mark()
            await take_back
            assert mark() == await size(server) - 1 != before, way


async def size(server: Running) -> int:
    return len(await leaves(server.office.database))


async def test_a_start_without_a_restore_signs_nobody_out(data: Path) -> None:
    async with running_server(data) as server:
        who, auditor = await technician(server), await server.sign_in("auditor")
        await server.call("POST", "/v1/sign-out", token=auditor)
    async with running_server(data) as server:
        assert await is_in(server, who.token)
        assert await server.service.badges.account_of(who.badge) is not None
        assert await restored(server) == []
        assert "database restored" not in server.log.getvalue()


async def test_one_sign_out_since_the_copy_is_enough_to_show_that_it_is_older(data: Path) -> None:
    async with running_server(data) as server:
        who = await technician(server)
        copy = back_up(data)
        await server.call("POST", "/v1/sign-out", token=who.token)
    put_back(copy, data)
    async with running_server(data) as server:
        assert not await is_in(server, who.token)
        assert await restored(server) == [{"accounts": 0, "badges": 1, "keys": 0, "tokens": 1}]


async def test_a_command_between_restore_and_start_hides_nothing(data: Path) -> None:
    """It writes into the older log, which grows past the place the file remembers."""
    async with running_server(data) as server:
        who = await technician(server)
        copy = back_up(data)
        await server.call("POST", "/v1/sign-out", token=who.token)
    put_back(copy, data)
    async with open_office(server.office.settings) as office:
        for _ in range(10):
            await office.identity.revoke_badges("auditor")
    async with running_server(data) as server:
        assert not await is_in(server, who.token)
        assert len(await restored(server)) == 1


async def test_a_start_without_the_file_takes_no_token_s_word_for_it(data: Path) -> None:
    async with running_server(data) as server:
        who = await technician(server)
        await revocations_of(server.office).revoke_key(STOLEN, named=False)
    (data / REVOKED_FILE).unlink()
    async with running_server(data) as server:
        assert not await is_in(server, who.token)
        assert told(server).kids == {STOLEN}
        assert await restored(server) == [{"accounts": 0, "badges": 1, "keys": 0, "tokens": 1}]
        assert json.loads((data / REVOKED_FILE).read_text())["leaf"] is not None


@pytest.mark.parametrize(
    "content", ["", "[]", '{"v": 1}', '{"accounts": [], "leaf": {}, "revoked": [], "v": 1}']
)
async def test_a_file_that_is_not_as_it_was_written_stops_the_start(data: Path, content: str) -> None:
    """In doubt nothing is signed: a list made without it would let every device forget."""
    (private_folder(data) / REVOKED_FILE).write_text(content)
    async with open_test_office(Settings(data=data)) as office:
        with pytest.raises(UnsafeKeyFile, match="not as it was written"):
            await Service(office).start()


async def test_the_file_is_for_its_owner_and_holds_no_name(data: Path) -> None:
    """INV-C4, INV-H5."""
    async with running_server(data) as server:
        await technician(server)
        await server.office.identity.disable_account("technician")
    path = data / REVOKED_FILE
    assert path.stat().st_mode & 0o777 == 0o600
    for private in ("technician", "Demo", "Hallmere"):
        assert private not in path.read_text()
