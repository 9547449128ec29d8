"""Signing in on a television (RFC 8628), on both databases, honestly and not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from identity.device_sign_in import store
from identity.device_sign_in.machine import Answer
from identity.device_sign_in.rules import (
    ALPHABET,
    CODE_LIFE_S,
    CUSTOMER_LIMIT,
    DEVICE_LIMIT,
    KEPT_MS,
    SOURCE_LIMIT,
    TOKEN_LIFE_S,
)
from identity.device_sign_in.service import Decided, Later, NoToken, NotOpen, Token, Waiting
from tests.contract.sign_in_stage import CUSTOMER, MODEL, ORIGIN, OTHER, SOURCE, UNIT, Maker
from tests.relay.play import leaves
from wire.encoding import key_id

if TYPE_CHECKING:
    from pathlib import Path

    from server.storage.engine import Database

pytestmark = pytest.mark.slow

NEVER = "BCDF-GHJK"


@pytest.fixture
def maker(database: Database, tmp_path: Path) -> Maker:
    return Maker(database, tmp_path)


async def rows(maker: Maker) -> list[str]:
    """Every row of both tables, as text."""
    async with maker.database.read() as conn:
        found = [
            *(await conn.execute(sa.select(store.device_sign_in))),
            *(await conn.execute(sa.select(store.device_token))),
        ]
    return [str(row) for row in found]


async def test_from_the_code_on_the_screen_to_the_customer_who_allowed_it(maker: Maker) -> None:
    """R44, RFC 8628 §3."""
    tv = maker.television()
    offered = await maker.offer(tv)
    first, dash, last = offered.user_code.partition("-")
    assert (len(first), dash, len(last)) == (4, "-", 4)
    assert set(first + last) <= set(ALPHABET)
    assert offered.verification_uri == f"{ORIGIN}/tv"
    assert offered.verification_uri_complete == f"{ORIGIN}/tv?code={offered.user_code}"
    assert (offered.expires_in, offered.interval) == (600, 5)
    assert await maker.sign_ins.poll(tv.proven, offered.device_code) == NoToken(Answer.PENDING)
    maker.clock.advance(60)
    typed = f" {offered.user_code.lower().replace('-', ' ')} "
    seen = await maker.look_up(typed)
    assert seen == Waiting(MODEL, maker.clock.ms - 60_000, CODE_LIFE_S - 60)
    assert await maker.decide(typed) == Decided(allowed=True)
    said = await maker.sign_ins.poll(tv.proven, offered.device_code)
    assert isinstance(said, Token)
    assert said.expires_in == TOKEN_LIFE_S
    assert await maker.customer_of(tv, said.access_token) == CUSTOMER
    assert await maker.told() == [
        ("asked", "device", ""),
        ("decided", "customer", "allowed"),
        ("done", "device", ""),
    ]
    chains = {leaf.sess for leaf in await leaves(maker.database) if leaf.typ.startswith("device_sign_in")}
    assert len(chains) == 1, "one story, one chain"


async def test_a_device_code_is_one_token_once(maker: Maker) -> None:
    tv = maker.television()
    offered = await maker.offer(tv)
    await maker.decide(offered.user_code)
    assert isinstance(await maker.sign_ins.poll(tv.proven, offered.device_code), Token)
    assert await maker.sign_ins.poll(tv.proven, offered.device_code) == NoToken(Answer.SPENT)
    assert await maker.sign_ins.poll(tv.proven, "A" * 43) == NoToken(Answer.SPENT)


async def test_of_fifty_questions_at_once_one_takes_the_token(maker: Maker) -> None:
    """INV-A2 for signing in: one conditional update decides."""
    tv = maker.television()
    offered = await maker.offer(tv)
    await maker.decide(offered.user_code)
    said = await asyncio.gather(*(maker.sign_ins.poll(tv.proven, offered.device_code) for _ in range(50)))
    assert sum(isinstance(one, Token) for one in said) == 1
    assert said.count(NoToken(Answer.SPENT)) == 49
    assert [typ for typ, _, _ in await maker.told()].count("done") == 1


async def test_who_asks_too_soon_must_ask_more_slowly_from_then_on(maker: Maker) -> None:
    """RFC 8628 §3.5: five seconds more each time, and kept."""
    tv = maker.television()
    offered = await maker.offer(tv)

    async def poll(after_s: float) -> Answer:
        maker.clock.advance(after_s)
        said = await maker.sign_ins.poll(tv.proven, offered.device_code)
        assert isinstance(said, NoToken)
        return said.answer

    assert [await poll(gap) for gap in (0, 5, 4, 10)] == [
        Answer.PENDING,
        Answer.PENDING,
        Answer.SLOW_DOWN,
        Answer.PENDING,
    ]
    assert [await poll(gap) for gap in (9, 14, 20, 19)] == [
        Answer.SLOW_DOWN,
        Answer.SLOW_DOWN,
        Answer.PENDING,
        Answer.SLOW_DOWN,
    ]
    await maker.decide(offered.user_code)
    assert isinstance(await maker.sign_ins.poll(tv.proven, offered.device_code), Token)


async def test_a_no_is_a_no(maker: Maker) -> None:
    tv = maker.television()
    offered = await maker.offer(tv)
    assert await maker.decide(offered.user_code, allow=False) == Decided(allowed=False)
    assert await maker.sign_ins.poll(tv.proven, offered.device_code) == NoToken(Answer.DENIED)
    assert await maker.decide(offered.user_code, allow=True) == NotOpen()
    assert await maker.sign_ins.poll(tv.proven, offered.device_code) == NoToken(Answer.DENIED)


@pytest.mark.parametrize("allow", [True, False])
async def test_a_lost_answer_is_given_again_and_nobody_else_decides(maker: Maker, *, allow: bool) -> None:
    """INV-E3; a foreign customer's approval, twice."""
    tv = maker.television()
    offered = await maker.offer(tv)
    for _ in range(2):
        assert await maker.decide(offered.user_code, allow=allow) == Decided(allow)
    for answer in (True, False, True):
        assert await maker.decide(offered.user_code, customer=OTHER, allow=answer) == NotOpen()
    assert await maker.look_up(offered.user_code, customer=OTHER) == NotOpen()
    said = await maker.sign_ins.poll(tv.proven, offered.device_code)
    if isinstance(said, Token):
        assert await maker.customer_of(tv, said.access_token) == CUSTOMER
    assert [word for typ, _, word in await maker.told() if typ == "decided"] == [
        "allowed" if allow else "denied"
    ]


async def test_of_two_customers_at_once_one_decides(maker: Maker) -> None:
    tv = maker.television()
    offered = await maker.offer(tv)
    said = await asyncio.gather(
        *(maker.decide(offered.user_code, customer=f"{n:032x}", source=f"192.0.2.{n}") for n in range(20))
    )
    assert said.count(Decided(allowed=True)) == 1
    assert said.count(NotOpen()) == 19


async def test_a_code_lives_for_ten_minutes_and_not_a_moment_longer(maker: Maker) -> None:
    tv, other = maker.television(), maker.television()
    first, second = await maker.offer(tv), await maker.offer(other)
    maker.clock.advance(CODE_LIFE_S - 1)
    assert await maker.decide(first.user_code) == Decided(allowed=True)
    maker.clock.advance(1)
    assert await maker.decide(second.user_code) == NotOpen()
    assert await maker.look_up(second.user_code) == NotOpen()
    for offered, device in ((first, tv), (second, other)):
        assert await maker.sign_ins.poll(device.proven, offered.device_code) == NoToken(Answer.EXPIRED)


async def test_a_new_code_ends_the_one_before(maker: Maker) -> None:
    tv = maker.television()
    old, new = await maker.offer(tv), await maker.offer(tv)
    assert await maker.decide(old.user_code) == NotOpen()
    assert await maker.sign_ins.poll(tv.proven, old.device_code) == NoToken(Answer.EXPIRED)
    assert await maker.decide(new.user_code) == Decided(allowed=True)


async def test_another_device_gets_nothing_for_this_ones_code_and_it_is_on_record(maker: Maker) -> None:
    """INV-D5"""
    tv, thief = maker.television(), maker.television(unit="HM-55Q7-009999")
    offered = await maker.offer(tv)
    await maker.decide(offered.user_code)
    assert await maker.sign_ins.poll(thief.proven, offered.device_code) == NoToken(Answer.SPENT)
    assert ("refused", "nobody", "other_device") in await maker.told()
    assert isinstance(await maker.sign_ins.poll(tv.proven, offered.device_code), Token)


async def test_another_devices_token_is_worth_nothing(maker: Maker) -> None:
    """The token is bound to the credential: key and unit."""
    tv, thief = maker.television(), maker.television(unit="HM-55Q7-009999")
    token = await maker.token(tv)
    assert await maker.customer_of(thief, token) == ""
    assert ("refused", "nobody", "other_device") in await maker.told()
    renamed = maker.television(unit="HM-55Q7-009999")
    renamed.key = tv.key
    assert await maker.customer_of(renamed, token) == ""
    await maker.sign_ins.sign_out(thief.proven, token)
    assert await maker.customer_of(tv, token) == CUSTOMER


async def test_a_token_is_over_after_half_an_hour_with_close_and_with_the_next_one(maker: Maker) -> None:
    tv = maker.television()
    first = await maker.token(tv)
    second = await maker.token(tv, OTHER)
    assert await maker.customer_of(tv, first) == ""
    maker.clock.advance(TOKEN_LIFE_S - 1)
    assert await maker.customer_of(tv, second) == OTHER
    maker.clock.advance(1)
    assert await maker.customer_of(tv, second) == ""
    third = await maker.token(tv)
    for _ in range(2):
        await maker.sign_ins.sign_out(tv.proven, third)
        assert await maker.customer_of(tv, third) == ""


async def test_a_customer_who_leaves_is_signed_out_on_every_device(maker: Maker) -> None:
    tv, other = maker.television(), maker.television(unit="HM-55Q7-009999")
    mine, theirs = await maker.token(tv), await maker.token(other, OTHER)
    await maker.sign_ins.forget_customer(CUSTOMER)
    assert await maker.customer_of(tv, mine) == ""
    assert await maker.customer_of(other, theirs) == OTHER
    assert not [row for row in await rows(maker) if CUSTOMER in row]


async def guess(maker: Maker, times: int, *, customer: str = CUSTOMER, source: str = SOURCE) -> list[object]:
    return [await maker.look_up(NEVER, customer=customer, source=source) for _ in range(times)]


async def test_who_guesses_codes_waits_and_so_does_the_right_one(maker: Maker) -> None:
    """RFC 8628 §5.1, over a restart; another customer does not notice."""
    offered = await maker.offer(maker.television())
    assert await guess(maker, CUSTOMER_LIMIT.free) == [NotOpen()] * CUSTOMER_LIMIT.free
    maker.on(maker.database)
    later = Later(CUSTOMER_LIMIT.first_ms)
    assert await maker.decide(offered.user_code) == later
    assert await guess(maker, 3, source="192.0.2.77") == [later] * 3
    assert [told for told in await maker.told() if told[0] == "refused"] == [
        ("refused", "customer", "waiting")
    ]
    assert isinstance(await maker.look_up(offered.user_code, customer=OTHER), Waiting)
    maker.clock.advance(CUSTOMER_LIMIT.first_ms / 1_000)
    assert await guess(maker, 2) == [NotOpen(), Later(2 * CUSTOMER_LIMIT.first_ms)]


async def test_hurrying_and_many_accounts_gain_a_guesser_nothing(maker: Maker) -> None:
    answers = await asyncio.gather(
        *(maker.look_up(NEVER, customer=f"{n:032x}") for n in range(SOURCE_LIMIT.free + 10))
    )
    assert answers.count(NotOpen()) == SOURCE_LIMIT.free
    assert answers.count(Later(SOURCE_LIMIT.first_ms)) == 10


async def test_a_slip_that_no_code_looks_like_is_no_guess(maker: Maker) -> None:
    for typed in ("", "BCDF-GHJ", "BCDF-GHJ0", "AEIO-UYBC", "B" * 65, "\ud800" * 8):
        for _ in range(CUSTOMER_LIMIT.free):
            assert await maker.look_up(typed) == NotOpen()
    assert await guess(maker, 1) == [NotOpen()]


async def test_a_device_that_asks_without_end_is_held_back_and_no_other(maker: Maker) -> None:
    tv = maker.television()
    for _ in range(DEVICE_LIMIT.free):
        await maker.offer(tv)
    assert await maker.sign_ins.authorize(tv.proven) == Later(DEVICE_LIMIT.first_ms)
    await maker.offer(maker.television())


async def test_a_start_ends_every_code_and_every_token(maker: Maker) -> None:
    """INV-E5: a backup from before its use brings nothing back."""
    tv, other = maker.television(), maker.television(unit="HM-55Q7-009999")
    token, offered = await maker.token(tv), await maker.offer(other)
    await maker.sign_ins.recover()
    assert await maker.customer_of(tv, token) == ""
    assert await maker.decide(offered.user_code) == NotOpen()
    assert await maker.sign_ins.poll(other.proven, offered.device_code) == NoToken(Answer.EXPIRED)


async def test_the_tables_name_no_code_no_token_and_no_device_and_forget_in_time(maker: Maker) -> None:
    """INV-C4, INV-H5."""
    tv = maker.television()
    offered = await maker.offer(tv)
    await maker.decide(offered.user_code)
    said = await maker.sign_ins.poll(tv.proven, offered.device_code)
    assert isinstance(said, Token)
    held = " ".join(await rows(maker))
    secrets = (offered.device_code, offered.user_code, offered.user_code.replace("-", ""), said.access_token)
    for secret in (*secrets, UNIT, key_id(tv.public)):
        assert secret not in held
    maker.clock.advance(CODE_LIFE_S + KEPT_MS / 1_000)
    await maker.sign_ins.forget()
    assert await rows(maker) == []
