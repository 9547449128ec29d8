"""Signs of life of consoles whose socket is held up, over requests of their own (SPEC §5.3).

A request finds its session by a key that its console made from the spent ticket; nobody else has that one.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter, deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from relay.ports import Refusal
from relay.session.bucket import TokenBucket
from wire.encoding import b64
from wire.limits import (
    ALIVE_ANSWER_S,
    ALIVE_BURST,
    ALIVE_NODE_BURST,
    ALIVE_NODE_PER_S,
    ALIVE_PER_S,
    CODE_LIFE_S,
    PICTURES_NODE_BURST,
    PICTURES_NODE_PER_S,
    PICTURES_UNREAD,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from relay.ports import Clock
    from relay.session.broker import Broker
    from wire.messages import Alive, AliveAnswer

    Answered = Callable[[AliveAnswer], None]

T = TypeVar("T")

_LABEL: Final = b"ra1/alive\0"
_KEPT_S: Final = float(CODE_LIFE_S)


def key_of(ticket: str) -> str:
    """By which a console names the session that its ticket opened."""
    return b64(hashlib.sha256(_LABEL + ticket.encode("utf-8", "replace")).digest())


class Asked:
    """Who waits for the device's answer, in one session; no more than may ask at once."""

    def __init__(self, now: float) -> None:
        self._bucket = TokenBucket(per_s=ALIVE_PER_S, burst=ALIVE_BURST, now=now)
        self._waiting: deque[Answered] = deque(maxlen=ALIVE_BURST)

    def take(self, now: float, answered: Answered) -> bool:
        """Whether one more may ask now."""
        if not self._bucket.take(now):
            return False
        self._waiting.append(answered)
        return True

    def answer(self, answer: AliveAnswer) -> None:
        """One answer is everybody's: it is to the newest sign. One that nobody waits for is dropped."""
        while self._waiting:
            self._waiting.popleft()(answer)


@dataclass(frozen=True, slots=True)
class _Held:
    session: str
    until: float


class AliveDesk:
    """Sessions by the key of their console. Found by hash, as tickets are."""

    def __init__(self, brokers: Mapping[str, Broker], clock: Clock) -> None:
        self._brokers = brokers
        self._clock = clock
        self._held: dict[bytes, _Held] = {}
        self._answering: Counter[bytes] = Counter()
        now = clock.monotonic()
        self._all = TokenBucket(per_s=ALIVE_NODE_PER_S, burst=ALIVE_NODE_BURST, now=now)
        self._all_pictures = TokenBucket(per_s=PICTURES_NODE_PER_S, burst=PICTURES_NODE_BURST, now=now)

    def admit(self, ticket: str, session: str) -> None:
        """The console with this ticket is there."""
        self._held[_hash(key_of(ticket))] = _Held(session, self._clock.monotonic() + _KEPT_S)

    def tick(self, now: float) -> None:
        """Who is gone is forgotten: a session that is over, or a code that can lead to none any more."""
        self._held = {
            key: held for key, held in self._held.items() if held.session in self._brokers or now < held.until
        }

    async def ask(self, key: str, sign: Alive) -> AliveAnswer | None:
        """Passes the sign on to the device; its answer, or None where none came in time."""
        broker = self._asked_by(key)
        return await self._in_time(self._all, lambda answered: broker.alive(sign, answered))

    async def pictures(self, key: str, seq: int) -> tuple[bytes, ...]:
        """The sealed pictures from frame `seq` on, none where none came in time."""
        broker = self._asked_by(key)
        frames: tuple[bytes, ...] | None = await self._in_time(
            self._all_pictures, lambda answered: broker.pictures(seq, answered)
        )
        return frames or ()

    @contextmanager
    def answering(self, key: str) -> Iterator[None]:
        """While one request of this key is answered; only so many of its answers may be unread (INV-F3)."""
        name = _hash(key)
        if self._answering[name] >= PICTURES_UNREAD:
            raise Refusal("too-many", retry_after_s=1)
        self._answering[name] += 1
        try:
            yield
        finally:
            self._answering[name] -= 1
            if not self._answering[name]:
                del self._answering[name]

    def _asked_by(self, key: str) -> Broker:
        """The session of this key. Raises Refusal where there is none."""
        held = self._held.get(_hash(key))
        broker = self._brokers.get(held.session) if held else None
        if broker is None or not broker.may_be_asked:
            raise Refusal("not-allowed")
        return broker

    async def _in_time(
        self, all_of_them: TokenBucket, ask: Callable[[Callable[[T], None]], bool]
    ) -> T | None:
        """What the callback that `ask` is given hears, or None where it hears nothing in time.

        Raises Refusal where too many ask, in this session or at this node; what the session does not let pass
        takes nothing from the others (INV-H1).
        """
        answered: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def on_answer(answer: T) -> None:
            if not answered.done():  # nobody may be waiting any more
                answered.set_result(answer)

        if not all_of_them.take(self._clock.monotonic()):
            raise Refusal("try-later", retry_after_s=1)
        if not ask(on_answer):
            all_of_them.give_back()
            raise Refusal("too-many", retry_after_s=1)
        try:
            async with asyncio.timeout(ALIVE_ANSWER_S):
                return await answered
        except TimeoutError:
            return None


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()
