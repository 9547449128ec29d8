"""A device and a console that say to a real server whatever a test wants said."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
import sqlalchemy as sa
from aiohttp import WSMsgType
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from wire.badge import badge_challenge_message
from wire.encoding import b64, key_id, sha256_b64, unb64
from wire.hellos import (
    ConsoleHello,
    DeviceHello,
    device_hello_message,
    parse_console_hello,
    parse_device_hello,
)
from wire.transcript import ShownBy, channel_identifier, sid, transcript_hash

if TYPE_CHECKING:
    from tests.server.conftest import Running

PATIENCE_S = 10.0
LARGEST = 4 * 1_048_576


@dataclass(frozen=True)
class Farewell:
    """How a socket was closed, and the last thing it said before."""

    code: int | None
    last: dict[str, Any]

    @property
    def error(self) -> str:
        return str(self.last.get("code", "")) if self.last.get("t") == "error" else ""

    @property
    def reason(self) -> str:
        return str(self.last.get("reason", "")) if self.last.get("t") == "ended" else ""


class End:
    """One WebSocket of a test."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def say(self, t: str, **fields: object) -> None:
        await self.send(json.dumps({"t": t, **fields}))

    async def send(self, data: str | bytes) -> None:
        """What was closed meanwhile takes nothing more: the test reads why."""
        try:
            await (self.socket.send_str(data) if isinstance(data, str) else self.socket.send_bytes(data))
        except (ConnectionError, aiohttp.ClientError):
            return

    async def hear(self, t: str) -> dict[str, Any]:
        """The next message of this type."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message = await self.socket.receive()
                assert message.type is WSMsgType.TEXT, (
                    f"{message.type.name} {message.data!r} while waiting for {t}"
                )
                said: dict[str, Any] = json.loads(message.data)
                if said["t"] == t:
                    return said

    async def hear_frame(self) -> bytes:
        """The next binary message."""
        async with asyncio.timeout(PATIENCE_S):
            while (message := await self.socket.receive()).type is WSMsgType.TEXT:
                pass
        assert message.type is WSMsgType.BINARY, message
        return bytes(message.data)

    async def farewell(self, within_s: float = PATIENCE_S) -> Farewell:
        """Reads until the server has closed. An end nobody reads answers no ping, and is lost after 5 s."""
        last: dict[str, Any] = {}
        async with asyncio.timeout(within_s):
            while (message := await self.socket.receive()).type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                if message.type is WSMsgType.TEXT:
                    last = json.loads(message.data)
        return Farewell(self.socket.close_code, last)


@dataclass
class Device:
    """A device's socket and everything its hello was made of."""

    end: End
    key: Ed25519PrivateKey
    hello: bytes
    challenge: dict[str, Any]
    code: dict[str, Any] | None = None

    def signature(self, hello: bytes | None = None) -> bytes:
        said = device_hello_message(
            self.challenge["origin"], unb64(self.challenge["rc"]), self.hello if hello is None else hello
        )
        return self.key.sign(said)

    async def greet(self) -> str:
        """Says hello rightly; the locator."""
        await self.end.say("hello", hello=b64(self.hello), sig=b64(self.signature()))
        self.code = await self.end.hear("code")
        return str(self.code["locator"])


@dataclass(frozen=True)
class Technician:
    token: str
    badge: str
    kid: str


async def new_device(server: Running, **headers: str) -> Device:
    """A device nobody has seen before, which has heard its challenge."""
    socket = await server.http.ws_connect(
        f"{server.origin}/v1/device", protocols=("alongside.device.1",), headers=headers, max_msg_size=LARGEST
    )
    end = End(socket)
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    hello = DeviceHello(secrets.token_bytes(32), key_id(public), public, "Vista 55 Q7 4.2.0", (), 0)
    return Device(end, key, hello.to_bytes(), await end.hear("challenge"))


async def technician(server: Running) -> Technician:
    """Signed in and with a badge."""
    token = await server.sign_in()
    _, asked, _ = await server.call("POST", "/v1/badge-challenges", token=token)
    key = Ed25519PrivateKey.generate()
    sig = key.sign(badge_challenge_message(str(asked["issuer"]), unb64(str(asked["challenge"]))))
    body = {
        "key": b64(key.public_key().public_bytes_raw()),
        "challenge": asked["challenge"],
        "sig": b64(sig),
    }
    status, issued, _ = await server.call("POST", "/v1/badges", token=token, json=body)
    assert status == 201, issued
    jws = str(issued["badge"])
    kid = json.loads(unb64(jws.split(".", maxsplit=1)[0]))["kid"]
    return Technician(token, sha256_b64(jws.encode("ascii")), kid)


async def redeem(server: Running, who: Technician, locator: str) -> dict[str, Any]:
    status, opened, _ = await server.call(
        "POST", "/v1/sessions", token=who.token, json={"locator": locator, "badge": who.badge}
    )
    assert status == 201, opened
    return opened


async def join(server: Running, ticket: str, origin: str) -> End:
    socket = await server.http.ws_connect(
        f"{server.origin}/v1/console",
        protocols=("alongside.console.1", f"ticket.{ticket}"),
        headers={"Origin": origin},
        max_msg_size=LARGEST,
    )
    return End(socket)


@dataclass
class Pair:
    """Both ends of one session before any key agreement."""

    device: Device
    console: End
    who: Technician
    session: str

    def pake_a(self) -> dict[str, str]:
        hello = ConsoleHello(secrets.token_bytes(32), self.who.kid).to_bytes()
        return {"hello": b64(hello), "y": b64(secrets.token_bytes(32))}

    async def agree(self) -> bytes:
        """Passes three messages of the right form, whose keys the relay cannot judge; returns TH."""
        first = self.pake_a()
        await self.console.say("pake_a", **first)
        await self.device.end.hear("pake_a")
        y, tag_b, tag_a = secrets.token_bytes(32), secrets.token_bytes(64), secrets.token_bytes(64)
        await self.device.end.say("pake_b", y=b64(y), tag=b64(tag_b))
        await self.console.hear("pake_b")
        await self.console.say("pake_confirm", tag=b64(tag_a))
        await self.device.end.hear("pake_confirm")
        return self._transcript(unb64(first["hello"]), unb64(first["y"]), y, tag_b, tag_a)

    def _transcript(self, hello_t: bytes, ya: bytes, yb: bytes, tag_b: bytes, tag_a: bytes) -> bytes:
        device, code = self.device, self.device.code
        assert code is not None
        hello = parse_device_hello(device.hello)
        ci = channel_identifier(
            origin=device.challenge["origin"], locator=code["locator"], shown_by=ShownBy.DEVICE, dev=hello.dev
        )
        run = sid(hello.nd, parse_console_hello(hello_t).nt, unb64(code["rs"]))
        return transcript_hash(device.hello, hello_t, ci, run, ya, yb, tag_b, tag_a)


async def forget_failures(server: Running) -> None:
    """Lets one technician fail more often in a minute than the limiter would in a day."""
    async with server.office.database.write("test") as conn:
        await conn.execute(sa.text("DELETE FROM throttle"))


async def new_pair(server: Running, who: Technician, origin: str) -> Pair:
    await forget_failures(server)
    device = await new_device(server)
    opened = await redeem(server, who, await device.greet())
    await device.end.hear("redeemed")
    return Pair(device, await join(server, opened["ticket"], origin), who, opened["session"])
