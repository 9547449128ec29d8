"""Keys taken back, and the signed list of what is revoked, on a store that dies at every step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from identity import revocation_store
from identity.status import Revocations, StatusService
from relay.audit.service import AuditService
from tests.contract.crash import STEPS_OF_KEYS, MortalStorage
from tests.relay.kit import FakeClock
from tests.relay.play import SALT, leaves, unique
from tests.server.desk import open_desk
from tests.server.test_status import Office
from wire.encoding import key_id, sha256_b64

if TYPE_CHECKING:
    from pathlib import Path

    from server.storage.engine import Database

pytestmark = pytest.mark.slow


async def test_a_key_is_revoked_on_record_or_not_at_all_and_no_list_is_older_than_one_that_was_given(
    database: Database, tmp_path: Path
) -> None:
    """INV-A4, INV-E2: a device takes no list back, so `iat` must not fall behind what was signed before."""
    desk = await open_desk(database)
    office = Office(desk, tmp_path)
    audit = AuditService(storage=database, clock=FakeClock(), random_bytes=unique, salt=SALT)
    dies_at, steps, newest, revoked = 1, set[str](), 0, 0
    while True:
        storage = MortalStorage(database, dies_at=dies_at)
        desk.clock.pass_ms(1_000)
        parts = {"storage": storage, "clock": desk.clock, "append": audit.append}
        status = StatusService(**parts, keys=lambda: office.keys)  # type: ignore[arg-type]
        revocations = Revocations(**parts)  # type: ignore[arg-type]
        answered = False
        try:
            answered = await revocations.revoke_key(key_id(unique(32)), named=False)
            await status.refresh()
        except SQLAlchemyError:
            assert storage.dead.is_set()
        steps |= {name.partition(":")[0] for name in storage.steps}
        async with database.read() as conn:
            kept = await revocation_store.count_keys(conn)
            lists = [row.data for row in await conn.execute(sa.select(revocation_store.status_list))]
        assert kept - revoked in ({1} if answered else {0, 1})
        revoked = kept
        if status.data:
            assert newest < status.iat
            newest = status.iat
            assert status.data in lists, "a list that was given is the one that is kept"
        written = await leaves(database)
        assert sum(leaf.typ.value == "key.revoked" for leaf in written) == kept
        signed = [leaf.d["status"] for leaf in written if leaf.typ.value == "status.signed"]
        assert [sha256_b64(bytes(data)) for data in lists] == signed[-1:]
        if not storage.dead.is_set():
            break
        dies_at += 1
    assert steps == STEPS_OF_KEYS
