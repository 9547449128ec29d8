"""One refusal for every code that is not open: over HTTP, to the last byte, also while its session runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.server.conftest import CONSOLE
from tests.server.ends import new_device, new_pair, technician

if TYPE_CHECKING:
    from tests.server.conftest import Running
    from tests.server.ends import Technician

pytestmark = pytest.mark.slow

Answer = tuple[int, dict[str, str], str]


async def refusal(server: Running, who: Technician, locator: str) -> Answer:
    """Status, headers without the clock's, body."""
    body = {"locator": locator, "badge": who.badge}
    status, _, answer = await server.call("POST", "/v1/sessions", token=who.token, json=body)
    headers = {name: value for name, value in answer.headers.items() if name != "Date"}
    return status, headers, await answer.text()


async def test_a_code_that_is_not_open_is_refused_in_one_way_whatever_it_was(server: Running) -> None:
    """INV-A5: never issued, in use, used and over, cancelled."""
    who = await technician(server)
    running, over = await new_pair(server, who, CONSOLE), await new_pair(server, who, CONSOLE)
    await over.console.say("abort")
    await over.console.farewell()
    left = await new_device(server)
    cancelled = await left.greet()
    await left.end.say("abort")
    await left.end.farewell()
    assert running.device.code is not None
    assert over.device.code is not None
    known = [running.device.code["locator"], over.device.code["locator"], cancelled]
    never = next(locator for locator in map("{:05d}".format, range(100_000)) if locator not in known)

    answers = [await refusal(server, who, locator) for locator in (never, *known)]
    assert answers[0][0] == 404
    assert '"urn:alongside:problem:code-not-open"' in answers[0][2]
    assert answers == [answers[0]] * 4
