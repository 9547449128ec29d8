"""Identity on every database: what is decided once is decided once, also when asked many times at a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from identity.badges import BadgeRefused, IssuedBadge
from identity.rules import PAIR_LIMIT, Role
from identity.service import SignedIn, SignInRefused, Waiting
from identity.store import Account
from tests.server.conftest import PASSWORD
from tests.server.desk import HOUR, open_desk
from wire.encoding import sha256_b64

if TYPE_CHECKING:
    from server.storage.engine import Database

pytestmark = pytest.mark.slow


async def test_of_many_tries_at_a_time_no_more_are_judged_than_the_free_ones(database: Database) -> None:
    """INV-A4: counting comes before judging, so hurrying gains nothing."""
    desk = await open_desk(database)
    answers = await asyncio.gather(*(desk.sign_in(password="wrong") for _ in range(12)))
    assert answers.count(SignInRefused()) == PAIR_LIMIT.free
    assert sum(isinstance(answer, Waiting) for answer in answers) == 12 - PAIR_LIMIT.free


async def test_a_challenge_has_one_winner(database: Database) -> None:
    desk = await open_desk(database)
    account = await desk.account()
    challenge = await desk.badges.challenge(account)
    answers = await asyncio.gather(*(desk.ask(account, challenge) for _ in range(6)))
    assert sum(isinstance(answer, IssuedBadge) for answer in answers) == 1
    assert answers.count(BadgeRefused()) == 5


async def test_a_login_has_one_owner(database: Database) -> None:
    desk = await open_desk(database)
    made = await asyncio.gather(
        *(
            desk.identity.add_account(
                login="newcomer", password=PASSWORD, name="N", org="O", role=Role.AUDITOR, language="en"
            )
            for _ in range(4)
        )
    )
    assert sum(isinstance(one, Account) for one in made) == 1
    assert made.count(None) == 3


async def test_an_access_from_beginning_to_end(database: Database) -> None:
    desk = await open_desk(database)
    signed = await desk.sign_in()
    assert isinstance(signed, SignedIn)
    name = sha256_b64((await desk.badge(signed.account)).jws.encode())
    assert await desk.badges.account_of(name) == signed.account.id
    assert await desk.identity.signed_out_among({signed.account.id}) == []
    await desk.identity.sign_out(signed.token)
    assert await desk.identity.account_for_token(signed.token) is None
    assert await desk.identity.signed_out_among({signed.account.id}) == [signed.account.id]
    assert await desk.identity.disable_account("technician")
    assert await desk.badges.account_of(name) is None
    assert await desk.sign_in() == SignInRefused()


async def test_a_session_that_outlives_its_token_is_not_taken_for_signed_out(database: Database) -> None:
    desk = await open_desk(database)
    account = await desk.account()
    desk.clock.pass_ms(8 * HOUR + HOUR // 2)
    assert isinstance(await desk.sign_in("auditor"), SignedIn)
    assert await desk.identity.signed_out_among({account.id}) == []


@pytest.mark.parametrize("login", ["\0", "technician\0", "\ud800", "x" * 300, "' or 1=1 --"])
async def test_a_login_that_no_database_should_see_is_refused_like_any_other(
    database: Database, login: str
) -> None:
    desk = await open_desk(database)
    assert await desk.sign_in(login) == SignInRefused()
