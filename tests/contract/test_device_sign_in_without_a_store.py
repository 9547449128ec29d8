"""Signing in on a television on a store that dies at every step: no half yes, no token twice."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from identity.device_sign_in import store
from identity.device_sign_in.machine import State
from identity.device_sign_in.service import Decided, Offered, Token
from tests.contract.crash import STEPS_OF_DEVICE_SIGN_IN, ForgetfulStorage, MortalStorage
from tests.contract.sign_in_stage import CUSTOMER, Maker, Television
from tests.relay.play import leaves

if TYPE_CHECKING:
    from pathlib import Path

    from server.storage.engine import Database

pytestmark = pytest.mark.slow

STRIDE = 1 if os.environ.get("ALONGSIDE_PROVE") else 3


class Life:
    """One television's, as far as the store lets it come; what was answered is noted."""

    def __init__(self, maker: Maker) -> None:
        self.maker = maker
        self.tv = maker.television()
        self.thief = maker.television(unit="HM-55Q7-009999")
        self.offered: Offered | None = None
        self.is_decided = self.is_out = False
        self.token = ""

    async def play(self) -> None:
        maker, tv = self.maker, self.tv
        asked = tv.asked()
        assert await maker.requests.prove(asked, tv.assertion(asked)) == tv.proven
        self.offered = await maker.offer(tv)
        await maker.look_up(self.offered.user_code)
        await maker.sign_ins.poll(tv.proven, self.offered.device_code)
        self.is_decided = await maker.decide(self.offered.user_code) == Decided(allowed=True)
        said = await maker.sign_ins.poll(tv.proven, self.offered.device_code)
        assert isinstance(said, Token)
        self.token = said.access_token
        await maker.sign_ins.signed_in(self.thief.proven, self.token)
        await maker.sign_ins.sign_out(tv.proven, self.token)
        self.is_out = True
        await maker.sign_ins.forget_customer(CUSTOMER)
        await maker.sign_ins.recover()
        await maker.sign_ins.forget()


@pytest.mark.parametrize(("kind", "stride"), [(MortalStorage, STRIDE), (ForgetfulStorage, 1)])
async def test_a_store_that_dies_at_any_step_leaves_a_sign_in_that_is_whole(
    database: Database, tmp_path: Path, kind: type[MortalStorage], stride: int
) -> None:
    """INV-E1, INV-E2."""
    maker, dies_at, steps = Maker(database, tmp_path), 1, set[str]()
    while True:
        storage = kind(database, dies_at=dies_at)
        maker.on(storage)
        life = Life(maker)
        try:
            await life.play()
        except SQLAlchemyError:
            assert storage.dead.is_set()
        steps |= {name.partition(":")[0] for name in storage.steps}
        maker.on(database)
        await check_what_was_answered_holds(maker, life)
        await check_record_and_tables_tell_the_same(maker, life.tv)
        await maker.sign_ins.recover()
        async with database.write("clear") as conn:
            await conn.execute(store.device_sign_in.delete())
        if not storage.dead.is_set():
            break
        dies_at += stride
    assert steps == STEPS_OF_DEVICE_SIGN_IN
    assert dies_at > (10 if kind is ForgetfulStorage else 50)


async def check_what_was_answered_holds(maker: Maker, life: Life) -> None:
    if life.is_out:
        assert await maker.customer_of(life.tv, life.token) == ""
    elif life.token:
        # The one step under way may have been done already.
        assert await maker.customer_of(life.tv, life.token) in {CUSTOMER, ""}
    elif life.is_decided and life.offered is not None:
        # A token that was lost on the way is lost; there is never a second one.
        said = await maker.sign_ins.poll(life.tv.proven, life.offered.device_code)
        again = await maker.sign_ins.poll(life.tv.proven, life.offered.device_code)
        assert not isinstance(again, Token)
        assert isinstance(said, Token) or said == again


async def check_record_and_tables_tell_the_same(maker: Maker, tv: Television) -> None:
    """INV-E2: what the rows say was decided and taken stands in their chains, once."""
    async with maker.database.read() as conn:
        rows = (await conn.execute(sa.select(store.device_sign_in))).all()
    assert tv.proven.model
    for row in rows:
        types = [leaf.typ.value for leaf in await leaves(maker.database) if leaf.sess == row.chain]
        assert types[0] == "device_sign_in.asked"
        assert types.count("device_sign_in.decided") == (row.customer is not None)
        assert types.count("device_sign_in.done") == (row.state == State.USED.value)
