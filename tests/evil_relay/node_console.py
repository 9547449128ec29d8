"""The shipped console's core in Node, for the many runs: a technician without a browser, whose time is the
test's.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode, b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from locales import load
from tests.evil_relay.evidence import ConsoleSeen, Drawn, Piece
from tests.evil_relay.story import REQUEST
from tests.evil_relay.tape import Side, fields_of, said_as, type_of
from wire.encoding import b64
from wire.limits import IDLE_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from tests.evil_relay.channels import Channels
    from tests.evil_relay.office import Office
    from tests.evil_relay.relay import EvilRelay
    from tests.evil_relay.tape import Fields, Item

ROOT: Final = Path(__file__).resolve().parents[2]
HOST: Final = Path(__file__).with_name("console_host.js")
LONGEST_LINE: Final = 2**23
PATIENCE_S: Final = 20.0


class NodeConsole:
    """One console; a relay is its other end from the moment its socket opens. Is that relay's leg to it,
    too."""

    def __init__(self, process: asyncio.subprocess.Process, now: Callable[[], float]) -> None:
        self._process = process
        self._now = now
        self._state: Fields = {}
        self._idle: dict[int, asyncio.Future[None]] = {}
        self._signed_in = asyncio.Event()
        self._reading = asyncio.create_task(self._read())
        self._relay: EvilRelay | None = None
        self._has_left = self._is_done = False
        self._stills = 0
        self._signs: list[int] = []
        self._wish: Fields = {}
        self.find_relay: Callable[[str], EvilRelay | None] = lambda _ticket: None
        self.find_channels: Callable[[], Channels | None] = lambda: None
        self.office: Office | None = None
        self.seen = ConsoleSeen()
        self.traffic = 0

    @classmethod
    async def start(cls, now: Callable[[], float], product: Path = ROOT) -> Self:
        process = await asyncio.create_subprocess_exec(
            "node",
            str(HOST),
            str(product),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LONGEST_LINE,
        )
        return cls(process, now)

    async def stop(self) -> None:
        self._reading.cancel()
        self._process.kill()
        await self._process.communicate()

    async def sign_in(self, office: Office) -> None:
        self.office = office
        self._signed_in.clear()
        root, at = b64(office.org.root_key), office.now_s() * 1000
        self._do("service", origin=office.origin, root=root, at=at)
        self._do("signIn")
        async with asyncio.timeout(PATIENCE_S):
            await self._signed_in.wait()

    def begin(self, *, hears: bool = False, direct: bool = False) -> None:
        """Another run: whether sound is asked for, and whether a data channel may be tried."""
        self.seen = ConsoleSeen()
        self._state = {}
        self._has_left = self._is_done = False
        asks = ["keys", "settings", *(["sound"] if hears else []), "view"]
        self._wish = {"request": REQUEST, "asks": asks, "direct": direct}
        self._stills = 0

    def finish(self) -> None:
        """What happens from here on is the tidying up."""
        self._is_done = True
        self.close()

    # The technician

    async def connect(self, code: str) -> None:
        self._do("connect", code=code, **self._wish)

    async def show_code(self) -> None:
        self._do("show", **self._wish)

    @property
    def code(self) -> str:
        return str(self._state.get("code", ""))

    async def press(self, key: str) -> None:
        self._do("press", key=key, n=len(self.seen.pressed) - 1)

    async def still(self) -> None:
        self._stills += 1
        self._do("still")

    async def hear(self) -> None:
        self._do("hear")

    async def end(self) -> None:
        self.seen.left_at = self._now()
        self._do("end")

    async def vanish(self) -> None:
        self._has_left = True
        self.seen.ended, self.seen.left_at = "vanished", self._now()
        self._do("vanish")
        if self._relay is not None:
            self._relay.gone(Side.CONSOLE)

    @property
    def is_active(self) -> bool:
        return self._state.get("phase") == "active" and not self._has_left

    @property
    def shows(self) -> Fields:
        """Everything the page is told of the session."""
        return self._state

    @property
    def may_press(self) -> bool:
        return self.is_active

    @property
    def takes_keys(self) -> bool:
        return self.is_active

    @property
    def is_answered(self) -> bool:
        done = len(self.seen.outcomes) >= len(self.seen.pressed)
        return done and len(self.seen.stills) >= self._stills

    @property
    def is_over(self) -> bool:
        return self.seen.ended != "nothing"

    # The relay's leg

    def send(self, item: Item) -> None:
        if type_of(item) == "alive":
            self._answer_signs(fields_of(item) or {})
        elif isinstance(item, str):
            self._do("text", text=item)
        else:
            self._do("frame", frame=b64encode(item).decode())

    def _answer_signs(self, fields: Fields) -> None:
        """The relay's answer to every request that waits for one."""
        while self._signs:
            said = {name: fields.get(name) for name in ("k", "n", "heard", "tag")}
            self._do("alived", id=self._signs.pop(), **said)

    def send_directly(self, channel: int, frame: bytes) -> None:
        """What came out of a data channel."""
        self._do("channel", channel=channel, frame=b64encode(frame).decode())

    def close(self, code: int = 1000) -> None:
        relay, self._relay = self._relay, None
        if relay is not None:
            self._do("closed", code=code)
            relay.gone(Side.CONSOLE)

    # Time

    def pass_time(self, seconds: float) -> None:
        self._do("pass", ms=round(seconds * 1000))

    async def settle(self) -> None:
        """Until everything that was sent is done with."""
        number = len(self._idle)
        self._idle[number] = asyncio.get_running_loop().create_future()
        self._do("idle", k=number)
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.wait({self._idle[number], self._reading}, return_when=asyncio.FIRST_COMPLETED)
        if self._reading.done():
            self._reading.result()  # what was raised while it was heard

    # What it says

    def _do(self, command: str, **rest: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"c": command, **rest}).encode() + b"\n")

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            self._hear(json.loads(line))

    def _hear(self, event: Fields) -> None:  # noqa: C901, PLR0912 - one case per event
        if event["e"] == "idle":
            self._idle[event["k"]].set_result(None)
            return
        self.traffic += 1
        match event["e"]:
            case "ready":
                self._signed_in.set()
            case "state" if not self._has_left and not self._is_done:
                self._changed(event)
            case "result":
                _, key = self.seen.pressed[event["n"]]
                self.seen.outcomes.append((key, event["outcome"]))
            case "http":
                self._call(event)
            case "open":
                self._opened(event["ticket"])
            case "send" if self._relay is not None:
                self._relay.said(Side.CONSOLE, event.get("text") or b64decode(event.get("frame", "")))
            case "alive" if self._relay is not None:
                self._signs.append(event["id"])
                sign = {name: event[name] for name in ("k", "n", "pic", "tag")}
                self._relay.said(Side.CONSOLE, said_as({"t": "alive"} | sign))
            case "pictures" if self._relay is not None:
                frames = [b64encode(frame).decode() for frame in self._relay.pictures(event["seq"])]
                self._do("pictured", id=event["id"], frames=frames)
            case "close":
                self.close(1005)
            case "channels" if (channels := self.find_channels()) is not None:
                (channels.connected if event["open"] else channels.left)()
            case "trouble":
                self.seen.troubles += (event["what"],)
            case _:
                self._media(event)

    def _media(self, event: Fields) -> None:
        match event["e"]:
            case "drawn" if not self._is_done:
                self.seen.drawn.append(Drawn(event["pic"], _piece(event), self._state.get("picture", "")))
            case "passed":
                self.seen.passed.append(event["pic"])
            case "played":
                self.seen.played.append((event["n"], _piece(event)))
            case "still":
                self.seen.stills.append((event["outcome"], event["sha"]))

    def _changed(self, state: Fields) -> None:
        before = self._state.get("phase")
        self._state = state
        phase = str(state["phase"])
        if phase != before:
            self.seen.phases.append((self._now(), phase))
        self.seen.units.add(state["enrolment"]["state"])
        self.seen.carriers.add(state["carrier"])
        self.seen.counts.append((self._now(), state["keysPressed"]))
        if phase == "ended":
            self.seen.ended = str(state["reason"])
            self.seen.words = ending_words(self.seen.ended)
        elif state["problem"] is not None:
            slug = state["problem"]["slug"]
            self.seen.ended = f"problem.{slug}"
            words = load("en", "console", "shared")
            self.seen.words = tuple(
                words.text(f"console.problem.{slug}.{part}") for part in ("title", "next")
            )

    def _call(self, event: Fields) -> None:
        assert self.office is not None
        status, fields = self.office.answer(event["method"], event["path"], event["body"])
        self._do("reply", id=event["id"], status=status, fields=fields)

    def _opened(self, ticket: str) -> None:
        relay = self.find_relay(ticket)
        if relay is None:
            self._do("closed", code=1006)
            return
        self._relay = relay
        self._do("opened", protocol="alongside.console.1")
        relay.came(Side.CONSOLE, self)


def _piece(event: Fields) -> Piece:
    return Piece(event["at"], event["sha"], still=event.get("still", False))


def ending_words(reason: str) -> tuple[str, ...]:
    """What the page says of an ending."""
    words, minutes = load("en", "console", "shared"), IDLE_S // 60
    title = words.text(f"end.technician.{reason}.title", minutes=minutes)
    return title, words.text(f"end.technician.{reason}.next")
