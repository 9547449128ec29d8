"""A code that a console shows, through real sockets: who may come, what each is told, its end (SPEC §5)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from relay.session.alive import key_of
from relay.session.machine import State
from tests.relay.kit import BADGE, ORIGIN, device_hello
from tests.relay.play import fresh_key, session_rows
from tests.relay.socket_house import TECHNICIAN, closed, error_of, house, reason_of, sqlite_url
from wire.encoding import key_id
from wire.hellos import ConsoleHello, device_hello_message
from wire.messages import (
    Abort,
    Alive,
    Challenge,
    JoinedConsole,
    JoinedDevice,
    PakeA,
    PakeB,
    Redeem,
    decode_for_console,
    decode_for_device,
    encode,
)
from wire.reasons import EndReason

if TYPE_CHECKING:
    from aiohttp import ClientWebSocketResponse
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from tests.relay.socket_house import House

__all__ = ["house", "sqlite_url"]

pytestmark = pytest.mark.slow

PAKE_A = encode(PakeA(hello=ConsoleHello(nt=bytes(32), kid=key_id(bytes(32))).to_bytes(), y=bytes(32)))


async def shown(house: House) -> dict[str, Any]:
    house.node.badges[BADGE] = TECHNICIAN
    async with house.client.post(f"{house._url}/v1/codes", json={"badge": BADGE}) as answer:
        assert answer.status == 201
        found: dict[str, Any] = await answer.json()
        return found


async def typed(
    house: House, locator: str, *, key: Ed25519PrivateKey | None = None, origin: str = ORIGIN
) -> ClientWebSocketResponse:
    """A device whose customer typed the code."""
    device, own = await house.device(), key or fresh_key()
    challenge = decode_for_device(await device.receive_str())
    assert isinstance(challenge, Challenge)
    hello = device_hello(own).to_bytes()
    sig = own.sign(device_hello_message(origin, challenge.rc, hello))
    await device.send_str(encode(Redeem(locator=locator, hello=hello, sig=sig)))
    return device


async def test_a_console_shows_a_code_and_a_device_joins_it(house: House) -> None:
    """R answers T with rs and hello_D, and D with rs; from there on the run is the one of SPEC §5."""
    code = await shown(house)
    assert code.keys() == {"session", "locator", "ttl", "ticket", "node"}
    assert (len(code["locator"]), code["ttl"]) == (5, 600)
    console = await house.console(code["ticket"])
    device = await typed(house, code["locator"])
    to_device = decode_for_device(await device.receive_str())
    to_console = decode_for_console(await console.receive_str())
    assert isinstance(to_device, JoinedDevice)
    assert isinstance(to_console, JoinedConsole)
    assert (to_device.session, to_device.rs) == (code["session"], to_console.rs)
    await console.send_str(PAKE_A)
    assert await device.receive_str() == PAKE_A
    answer = encode(PakeB(y=bytes(32), tag=bytes(64)))
    await device.send_str(answer)
    assert await console.receive_str() == answer
    await console.close()
    texts, _ = await closed(device)
    assert reason_of(texts[-1]) is EndReason.TECHNICIAN_LOST
    await house.node.sessions.settled()
    [row] = await session_rows(house.node.storage)  # type: ignore[arg-type]
    assert (row.account, row.reason) == (TECHNICIAN, "technician_lost")


async def test_a_second_device_is_refused_and_the_first_goes_on(house: House) -> None:
    """INV-A7."""
    code = await shown(house)
    console = await house.console(code["ticket"])
    first = await typed(house, code["locator"])
    await first.receive_str()
    second = await typed(house, code["locator"])
    texts, close = await closed(second)
    assert (error_of(texts[-1]), close) == ("code_not_open", 4404)
    await console.receive_str()
    await console.send_str(PAKE_A)
    assert await first.receive_str() == PAKE_A


@pytest.mark.parametrize("why", ["key", "origin"])
async def test_a_device_that_does_not_prove_its_key_takes_nothing(house: House, why: str) -> None:
    code = await shown(house)
    console = await house.console(code["ticket"])
    if why == "origin":
        forged = await typed(house, code["locator"], origin="https://other.example")
    else:
        forged = await house.device()
        await forged.receive_str()
        hello = device_hello(fresh_key()).to_bytes()
        sig = fresh_key().sign(device_hello_message(ORIGIN, bytes(32), hello))
        await forged.send_str(encode(Redeem(locator=code["locator"], hello=hello, sig=sig)))
    texts, close = await closed(forged)
    assert (error_of(texts[-1]), close) == ("not_allowed", 4401)
    honest = await typed(house, code["locator"])
    assert isinstance(decode_for_device(await honest.receive_str()), JoinedDevice)
    await console.close()


async def test_a_code_is_over_when_its_console_goes(house: House) -> None:
    code = await shown(house)
    console = await house.console(code["ticket"])
    await console.send_str(encode(Abort()))
    await closed(console)
    await house.node.sessions.settled()
    texts, close = await closed(await typed(house, code["locator"]))
    assert (error_of(texts[-1]), close) == ("code_not_open", 4404)


async def test_a_code_without_its_console_opens_nothing_and_is_spent(house: House) -> None:
    """INV-A1: when in doubt the code is spent."""
    code = await shown(house)
    texts, _ = await closed(await typed(house, code["locator"]))
    assert error_of(texts[-1]) == "code_not_open"
    late = await house.console(code["ticket"])
    texts, close = await closed(late)
    assert (error_of(texts[-1]), close) == ("code_over", 4410)


async def test_a_console_that_does_not_come_in_time_has_no_code(house: House) -> None:
    code = await shown(house)
    house.tick(30)
    await house.node.sessions.settled()
    texts, _ = await closed(await typed(house, code["locator"]))
    assert error_of(texts[-1]) == "code_not_open"


async def test_a_shown_code_lives_ten_minutes_and_its_console_is_told(house: House) -> None:
    """INV-A3."""
    code = await shown(house)
    console = await house.console(code["ticket"])
    [seat] = list(house.node.sessions.shown)
    for _ in range(600):
        seat.heard()
        house.tick(1)
    texts, close = await closed(console)
    assert (error_of(texts[-1]), close) == ("code_over", 4410)


async def test_a_silent_console_loses_its_code(house: House) -> None:
    code = await shown(house)
    console = await house.console(code["ticket"], autoping=False)
    for _ in range(5):
        house.tick(1)
    texts, close = await closed(console)
    assert (error_of(texts[-1]), close) == ("timed_out", 4408)


async def test_the_second_code_of_a_technician_closes_the_first_console(house: House) -> None:
    first = await house.console((await shown(house))["ticket"])
    (texts, close), _ = await asyncio.gather(closed(first), shown(house))
    assert (error_of(texts[-1]), close) == ("code_over", 4410)


async def test_signing_out_throws_the_shown_code_away(house: House) -> None:
    """INV-G4."""
    code = await shown(house)
    console = await house.console(code["ticket"])
    assert TECHNICIAN in house.node.sessions.accounts()
    (_, close), _ = await asyncio.gather(closed(console), house.node.sessions.revoke(TECHNICIAN))
    assert close == 4410
    assert TECHNICIAN not in house.node.sessions.accounts()
    await house.node.sessions.settled()
    texts, _ = await closed(await typed(house, code["locator"]))
    assert error_of(texts[-1]) == "code_not_open"


async def test_a_drain_closes_the_shown_code_and_gives_no_new_one(house: House) -> None:
    """INV-H4."""
    console = await house.console((await shown(house))["ticket"])
    (_, close), _ = await asyncio.gather(closed(console), house.node.sessions.drain())
    assert close == 1013
    async with house.client.post(f"{house._url}/v1/codes", json={"badge": BADGE}) as answer:
        assert answer.status == 503


async def test_somebody_elses_badge_shows_no_code(house: House) -> None:
    house.node.badges[BADGE] = "b" * 32
    async with house.client.post(f"{house._url}/v1/codes", json={"badge": BADGE}) as answer:
        assert answer.status == 403


@pytest.mark.parametrize("data", [b"frame", PAKE_A, '{"t":"what"}', "{"])
async def test_a_console_says_nothing_before_a_device_has_come(house: House, data: str | bytes) -> None:
    code = await shown(house)
    console = await house.console(code["ticket"])
    if isinstance(data, bytes):
        await console.send_bytes(data)
    else:
        await console.send_str(data)
    texts, _ = await closed(console)
    assert error_of(texts[-1]) in {"wrong_state", "bad_message"}
    await house.node.sessions.settled()
    refused, _ = await closed(await typed(house, code["locator"]))
    assert error_of(refused[-1]) == "code_not_open"


async def test_a_console_that_showed_the_code_may_speak_beside_its_socket(house: House) -> None:
    """SPEC §5.3: its ticket opened a code first, and with the code the session."""
    code = await shown(house)
    console = await house.console(code["ticket"])
    device = await typed(house, code["locator"])
    await device.receive_str()
    broker = house.broker()
    broker.state = State.ACTIVE
    sign = Alive(k=1, n=7, pic=0, tag=bytes(64))
    asking = asyncio.create_task(house.node.sessions.alive.ask(key_of(code["ticket"]), sign))
    hearing = asyncio.create_task(device.receive_str())
    await asyncio.wait({asking, hearing}, return_when=asyncio.FIRST_COMPLETED)
    assert not asking.done(), "it was refused"
    assert decode_for_device(hearing.result()) == sign
    asking.cancel()
    await console.close()
