from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest_asyncio

from tests.evil_relay.attack import Honest
from tests.evil_relay.in_hand import InHand, in_hand
from tests.evil_relay.story import play

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[InHand]:
    """Both ends with a past: two sessions that an attack may replay."""
    async with in_hand(tmp_path_factory.mktemp("evil")) as opened:
        await remember(opened)
        yield opened


async def remember(world: InHand) -> None:
    """One through the relay alone, one with data channels beside it."""
    for direct in (False, True):
        honest = Honest(Random(direct))
        honest.direct = direct
        seen = await play(world, honest)
        world.history += seen.tapes
