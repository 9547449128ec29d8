"""What another process changes is noticed at the next look, and a look costs nothing where nobody wrote."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import pytest

from server.storage.engine import Database
from tests.server.desk import open_desk
from tests.server.test_status import Office
from wire.encoding import key_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncConnection


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    database = await Database.open(f"sqlite:///{tmp_path / 'identity.db'}")
    yield Office(await open_desk(database), tmp_path)
    await database.close()


@pytest.fixture
async def elsewhere(office: Office, tmp_path: Path) -> AsyncIterator[Database]:
    """The same store, from another process."""
    database = await Database.open(f"sqlite:///{tmp_path / 'identity.db'}")
    yield database
    await database.close()


@contextmanager
def counted(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[None]]:
    reads: list[None] = []
    read = office.desk.database.read

    def counting() -> object:
        reads.append(None)
        return read()

    with monkeypatch.context() as patch:
        patch.setattr(office.desk.database, "read", counting)
        yield reads


async def test_who_was_shut_out_is_read_only_where_somebody_wrote(
    office: Office, elsewhere: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-G4: within a second, whoever did it."""
    desk = office.desk
    accounts = {(await desk.account()).id}
    with counted(office, monkeypatch) as reads:
        for _ in range(5):
            assert await desk.identity.signed_out_among(accounts) == []
        assert len(reads) == 1
        assert await desk.identity.signed_out_among({*accounts, "nobody"}) == []
        assert len(reads) == 2, "others were asked about"
    desk.again._storage = elsewhere
    await desk.again.sign_out(desk.token)
    for _ in range(3):
        assert set(await desk.identity.signed_out_among(accounts)) == accounts, (
            "and said again until it is done"
        )


async def test_what_is_committed_while_it_is_read_is_found_at_the_next_look(
    office: Office, elsewhere: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The read has the store as it was before; so must what is remembered of it."""
    desk = office.desk
    accounts = {(await desk.account()).id}
    await office.listed()
    read = desk.database.read
    during: list[Callable[[], Awaitable[object]]] = []

    @asynccontextmanager
    async def interrupted() -> AsyncIterator[AsyncConnection]:
        async with read() as conn:
            yield conn
        while during:
            await during.pop()()

    monkeypatch.setattr(desk.database, "read", interrupted)
    desk.again._storage = office.revocations._storage = elsewhere
    during.append(lambda: desk.again.sign_out(desk.token))
    assert await desk.identity.signed_out_among(accounts) == []
    assert set(await desk.identity.signed_out_among(accounts)) == accounts
    during.append(lambda: office.revocations.revoke_key(key_id(bytes(32)), named=False))
    await office.listed()
    assert during == []
    assert (await office.listed()).kids == {key_id(bytes(32))}


async def test_what_was_revoked_is_read_only_where_somebody_wrote(
    office: Office, elsewhere: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.listed()
    with counted(office, monkeypatch) as reads:
        for _ in range(5):
            await office.listed()
        assert len(reads) == 1, "the list that was signed itself was written"
    office.revocations._storage = elsewhere
    await office.revocations.revoke_key(key_id(bytes(32)), named=False)
    assert (await office.listed()).kids == {key_id(bytes(32))}
