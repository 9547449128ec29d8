"""What must hold whatever happens, as functions that other suites call too.

Each raises AssertionError where the promise is broken, so that a test that breaks the product on purpose can
see it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from relay.audit.record import Whole, check_chain
from relay.ports import Issued, NotOpen, Redeemed
from relay.session import journal, store
from server.storage.engine import StorageAway
from tests.relay.kit import BADGE, device_hello
from tests.relay.play import Node, fresh_key, leaves, pin_rows, session_rows, unique
from wire.reasons import EndReason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from server.storage.engine import Database


async def issue(node: Node) -> Issued:
    issued = await node.pins.issue(dev=device_hello(fresh_key()).dev, fw="Vista 55 Q7 4.2.0")
    assert isinstance(issued, Issued)
    return issued


async def redeem(node: Node, locator: str, account: str, *, source: str = "") -> object:
    """A redemption as the session service makes it, without the sockets."""

    async def open_session(conn: AsyncConnection, redeemed: Redeemed) -> None:
        await store.open_session(
            conn,
            session_id=redeemed.session,
            account=account,
            dev="",
            fw="",
            node=node.sessions.settings.node,
            now=node.clock.now_ms(),
        )

    return await node.pins.redeem(
        locator=locator, account=account, badge=BADGE, source=source or account, open_session=open_session
    )


async def _redeem_in_the_end(node: Node, locator: str, account: str, again: list[str]) -> object:
    """As a technician does who is asked to try later: on a busy machine a lock may not be had in time."""
    for _ in range(10):
        try:
            return await redeem(node, locator, account)
        except StorageAway:
            again.append(account)
    return await redeem(node, locator, account)


async def check_one_winner(nodes: Sequence[Node], database: Database, *, redeemers: int = 64) -> None:
    """INV-A1, INV-A2: of technicians who redeem one code at once, one wins, the rest are refused alike."""
    issued = await issue(nodes[0])
    before = len(await leaves(database))
    again: list[str] = []
    tries = [
        _redeem_in_the_end(nodes[number % len(nodes)], issued.locator, unique(16).hex(), again)
        for number in range(redeemers)
    ]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    found = Counter(type(outcome).__name__ for outcome in outcomes)
    assert found == Counter({Redeemed.__name__: 1, NotOpen.__name__: redeemers - 1}), found
    opened = [row for row in await session_rows(database) if row.pin_session == issued.session]
    assert len(opened) == 1
    said = Counter(leaf.typ.value for leaf in (await leaves(database))[before:])
    del said["redeem.alarm"]  # so many misses in so little time raise it now and then
    refused = said.pop("redeem.refused")
    assert said == Counter({"pin.redeemed": 1}), said
    # Told to try later, one may have been refused on record already.
    assert redeemers - 1 <= refused <= redeemers - 1 + len(again)


async def check_one_end(node: Node, database: Database, *, enders: int = 16) -> None:
    """INV-B6: of those who end one session at once, one reason is recorded, in the table and in the log."""
    issued = await issue(node)
    account = unique(16).hex()
    assert isinstance(await redeem(node, issued.locator, account), Redeemed)
    reasons = list(EndReason)

    async def end(number: int) -> bool:
        async with node.storage.write("end") as conn:
            return await journal.record_end(
                conn,
                node.sessions._ledger,
                session=issued.session,
                account=account,
                reason=reasons[number % len(reasons)],
                at=node.clock.now_ms() + number,
                rec=b"",
            )

    won = await asyncio.gather(*(end(number) for number in range(enders)))
    assert won.count(True) == 1, won
    await check_every_session_ended_once(database)


async def check_every_session_ended_once(database: Database) -> None:
    """INV-B6, also after a crash: one reason per session, and exactly one leaf that gives the same."""
    said: dict[str, list[object]] = {}
    for leaf in await leaves(database):
        if leaf.typ.value == "session.end":
            said.setdefault(leaf.sess, []).append(leaf.d["reason"])
    rows = await session_rows(database)
    assert {row.id: [row.reason] for row in rows} == said


async def check_no_code_is_live(database: Database) -> None:
    """INV-A1: after a recovery no code of an earlier life opens anything."""
    for row in await pin_rows(database):
        assert row.state != "issued"
        assert row.locator_live is None


async def check_one_session_per_code(database: Database) -> None:
    rows = await session_rows(database)
    assert len({row.pin_session for row in rows}) == len(rows)
    redeemed = {row.session for row in await pin_rows(database) if row.state == "redeemed"}
    assert redeemed == {row.pin_session for row in rows}


async def check_chains(node: Node, database: Database) -> None:
    """INV-D2."""
    for sess in {leaf.sess for leaf in await leaves(database)}:
        stored = await node.audit.session_leaves(sess)
        verdict = check_chain([leaf.leaf for leaf in stored])
        assert isinstance(verdict, Whole), verdict


async def check_executed_is_logged(database: Database, session: str, executed: Sequence[str]) -> None:
    """INV-D1: every frame that reached the device is in the log, by hash and in its order."""
    logged = [
        str(digest)
        for leaf in await leaves(database)
        if leaf.sess == session and leaf.typ.value == "control.frames"
        for digest in _list(leaf.d["frames"])
    ]
    assert logged[: len(executed)] == list(executed)


def _list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value
