"""A device says that it is there: at once, hourly, and ever more seldom where nobody hears it (R88)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from device_agent.account.presence import EVERY_S, FIRST_WAIT_S, LONGEST_WAIT_S, Said, keep_saying, wait_s
from device_agent.account.service import Impossible, NoLine
from device_agent.account.view import Why

if TYPE_CHECKING:
    from device_agent.account.service import Code, Registration, Terms, Token, Wait


class Service:
    """Answers one after the other; the last one again and again."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def online(self) -> None:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is not None:
            raise answer

    async def authorize(self) -> Code:
        raise NotImplementedError

    async def token(self, device_code: str) -> Token | Wait:
        raise NotImplementedError

    async def terms(self, token: str, language: str) -> Terms:
        raise NotImplementedError

    async def register(self, token: str, terms: str, language: str) -> Registration:
        raise NotImplementedError

    async def sign_out(self, token: str) -> None:
        raise NotImplementedError


async def waits(service: Service, count: int) -> list[float]:
    """The pauses after the first tries."""
    found: list[float] = []

    async def sleep(seconds: float) -> None:
        found.append(seconds)
        if len(found) == count:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await keep_saying(service, sleep)
    assert service.asked == count
    return found


async def test_it_is_said_at_once_and_then_hourly() -> None:
    assert await waits(Service(None), 3) == [EVERY_S] * 3


async def test_without_a_line_it_is_tried_ever_more_seldom_and_then_hourly_again() -> None:
    service = Service(NoLine(), NoLine(), NoLine(), None, NoLine(), None)
    assert await waits(service, 6) == [5.0, 10.0, 20.0, EVERY_S, 5.0, EVERY_S]


async def test_a_device_that_is_not_enrolled_yet_says_it_soon_after_it_is() -> None:
    assert await waits(Service(Impossible(Why.NOT_ENROLLED), None), 2) == [FIRST_WAIT_S, EVERY_S]


@pytest.mark.parametrize("misses", [0, 1, 7, 8, 100, 10_000])
def test_no_wait_is_longer_than_a_quarter_of_an_hour(misses: int) -> None:
    for said in (Said.NO_LINE, Said.NOT_KNOWN):
        assert FIRST_WAIT_S <= wait_s(said, misses) <= LONGEST_WAIT_S
