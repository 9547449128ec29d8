"""Drives the machine of carriers: one try at a data channel at a time, and the way back at any moment."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, Protocol

from device_agent.carrier import machine
from device_agent.carrier.machine import PATIENCE_S, Effect, Event, State
from seal.errors import SealError
from seal.messages import CarrierName, Signal, SignalKind
from wire.limits import (
    DIRECT_SILENT_MS,
    DIRECT_STALL_MS,
    LEASE_END_MS,
    LEASE_PING_MS,
    PICTURE_QUEUE_BYTES,
    SIGNAL_OFFER_S,
    SIGNAL_OFFERS,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from device_agent.clock import Clock

log = logging.getLogger(__name__)

PICTURE: Final = 0
SOUND: Final = 1
STALL_S: Final = DIRECT_STALL_MS / 1000
SILENT_S: Final = DIRECT_SILENT_MS / 1000
STALL_AT_MOST_S: Final = 2.0
SOUND_SILENT_S: Final = SILENT_S + LEASE_PING_MS / 1000  # a still screen is asked once a second
LONGEST_SILENCE_S: Final = LEASE_END_MS / 1000  # a longer one ends the session
_SLOW: Final = 3  # acknowledgements that always took long are given so many times as long
_BYTES_PER_S: Final = 250_000  # what a way must carry that is better than the relay


class PeerLike(Protocol):
    """What a peer connection must do; `device_agent/carrier/peer.py` is one."""

    async def answer(self, offer: str) -> str: ...
    def send(self, channel: int, frame: bytes) -> None: ...
    @property
    def queued(self) -> int: ...
    @property
    def largest(self) -> int: ...
    def drop(self) -> None: ...
    def shut(self) -> None: ...


class Frames(Protocol):
    """Whoever seals pictures and sound, and sends them where this says."""

    def say(self, signal: Signal) -> None:
        """Send a sealed word to the console."""
        ...

    def proofs(self) -> list[bytes]:
        """Sealed proofs."""
        ...

    def carrier_changed(self) -> None:
        """Begin with a key frame."""
        ...

    def held_up(self) -> None:
        """Pictures arrive whose acknowledgements do not."""
        ...


class Carriers:
    """One session's. `close` is final and returns with the data channels shut (INV-B3)."""

    def __init__(
        self,
        *,
        frames: Frames,
        clock: Clock,
        spawn: Callable[[Coroutine[None, None, None]], asyncio.Task[None]],
        make_peer: Callable[[Callable[[], None], Callable[[], None], Callable[[], None]], PeerLike],
        failures: tuple[type[Exception], ...],
    ) -> None:
        """`make_peer` takes opened, lost and arrived; `failures` are what a peer's `answer` may raise."""
        self._frames = frames
        self._clock = clock
        self._spawn = spawn
        self._make_peer = make_peer
        self._failures = failures
        self._state = State.RELAY
        self._peer: PeerLike | None = None
        self._offer = self._answer = ""
        self._offers = 0
        self._offer_at = float("-inf")
        self._task: asyncio.Task[None] | None = None
        self._patience: asyncio.Task[None] | None = None
        self._unseen: dict[int, tuple[float, int]] = {}
        self._took = 0.0
        self._heard_at = self._anew_at = clock.boot()
        self._has_arrived = False  # something, since it was last told

    @property
    def state(self) -> State:
        """How far the try at a data channel has come."""
        return self._state

    @property
    def is_direct(self) -> bool:
        """Whether pictures and sound go on the data channels now."""
        return self._state is State.DIRECT

    @property
    def largest(self) -> int:
        """The largest frame that may go on a data channel."""
        return self._peer.largest if self._peer is not None else 0

    # What the console says

    def heard(self, signal: Signal) -> None:
        """One step of the console's; an answer is not the console's to give."""
        match signal.kind:
            case SignalKind.OFFER:
                self._offered(signal.data)
            case SignalKind.BYE:
                self._fire(Event.BYE)
            case SignalKind.ANSWER:
                raise SealError("bad_message", "the device answers")

    def told(self, name: CarrierName) -> None:
        """What the console has proven. It may cross this end's own way back."""
        self._fire(Event.PROVEN if name is CarrierName.DC else Event.BACK)

    def console_heard(self) -> None:
        """A word of the console's came through the relay, on its socket or beside it, and was acted upon.

        Only then is the channel judged: where nothing comes the line is gone, not this way over it, and this
        way is the sooner back (decision 0070).
        """
        now = self._clock.boot()
        if self._is_silent(now):
            self._anew_at = now  # what it has drawn meanwhile it is about to say
        self._heard_at = now
        if self._unseen and now >= self._time_is_up_at():
            self._fire(Event.STALLED)

    def tick(self) -> None:
        """Several times a second: what has arrived stands for words of the console's that do not come."""
        if self._has_arrived and self.is_direct and self._is_silent(self._clock.boot()):
            self._has_arrived = False
            self._frames.held_up()

    def acknowledged(self, pic: int) -> None:
        """The console drew every picture up to `pic`."""
        left = self._unseen.get(pic)
        if left is not None:
            self._took = self._clock.boot() - left[0]
        self._unseen = {number: sent for number, sent in self._unseen.items() if number > pic}

    def forget(self) -> None:
        """Pictures that are on their way are not waited for any more."""
        self._unseen.clear()

    def drop(self) -> None:
        """What has not arrived on the channels never will: the customer hides it."""
        self._unseen.clear()
        if self._peer is not None and self.is_direct:
            self._peer.drop()

    def withdraw(self) -> None:
        """The customer does not let the screen be seen any more: there is nothing to carry."""
        self._fire(Event.LOST)

    # What leaves

    def send_picture(self, pic: int, frame: bytes) -> None:
        """Send a sealed picture on its data channel; one that queues up too long ends the channel."""
        if self._peer is None:
            return
        if self._peer.queued > PICTURE_QUEUE_BYTES:
            self._fire(Event.STALLED)
            return
        self._peer.send(PICTURE, frame)
        self._unseen.setdefault(pic, (self._clock.boot(), len(frame)))

    def send_sound(self, frame: bytes) -> None:
        """Send a piece of sound on its data channel; into a silence none, for it would come late."""
        if self._peer is not None and self._clock.boot() - self._heard_at < SOUND_SILENT_S:
            self._peer.send(SOUND, frame)

    def too_large(self) -> None:
        """A picture that a data channel does not take: the relay carries it."""
        self._fire(Event.TOO_LARGE)

    def close(self) -> None:
        """The session is over."""
        self._fire(Event.END)

    # Inside

    def _offered(self, offer: str) -> None:
        now = self._clock.boot()
        if self._state is State.OVER:
            return
        if self._offers >= SIGNAL_OFFERS or now - self._offer_at < SIGNAL_OFFER_S:
            self._frames.say(Signal(kind=SignalKind.BYE, data=""))
            return
        self._offers, self._offer_at, self._offer = self._offers + 1, now, offer
        self._fire(Event.OFFER)

    def _fire(self, event: Event) -> None:
        step = machine.step(self._state, event)
        if step is None:
            return
        log.info("carrier: %s, %s -> %s", event.value, self._state.value, step.state.value)
        self._state = step.state
        for effect in step.effects:
            self._carry_out(effect)
        self._set_patience()

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Effect.CLOSE:
                self._shut()
            case Effect.ANSWER:
                self._task = self._spawn(self._answer_it(self._offer))
            case Effect.SAY_ANSWER:
                self._frames.say(Signal(kind=SignalKind.ANSWER, data=self._answer))
            case Effect.SAY_BYE:
                self._frames.say(Signal(kind=SignalKind.BYE, data=""))
            case Effect.SEND_PROOFS:
                for proof in self._frames.proofs():
                    if self._peer is not None:
                        self._peer.send(PICTURE, proof)
            case Effect.TO_DIRECT | Effect.TO_RELAY:
                self._has_arrived = False
                self._unseen.clear()
                self._took = 0.0
                self._frames.carrier_changed()

    def _shut(self) -> None:
        peer, self._peer = self._peer, None
        if peer is not None:
            peer.shut()
        self._unseen.clear()
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()
        self._task = None

    async def _answer_it(self, offer: str) -> None:
        peer: PeerLike | None = None

        def if_still(event: Event) -> Callable[[], None]:
            def report() -> None:
                if peer is not None and peer is self._peer:
                    self._fire(event)

            return report

        try:
            peer = self._peer = self._make_peer(
                if_still(Event.OPENED), if_still(Event.LOST), lambda: self._arrived(peer)
            )
            self._answer = await peer.answer(offer)
        except self._failures as failure:
            log.info("no data channel: %s", failure)
            if peer is self._peer:
                self._fire(Event.LOST)
            return
        if peer is self._peer:
            self._fire(Event.ANSWERED)

    def _set_patience(self) -> None:
        if self._patience is not None:
            if self._patience is not asyncio.current_task():
                self._patience.cancel()
            self._patience = None
        seconds = PATIENCE_S.get(self._state)
        if seconds is not None:
            self._patience = self._spawn(self._lose_patience(seconds))

    async def _lose_patience(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._fire(Event.TIME_UP)

    def _patience_s(self) -> float:
        """How long the oldest picture may take: large ones longer, and where acknowledgements are slow."""
        on_the_way = sum(size for _, size in self._unseen.values())
        return min(max(STALL_S + on_the_way / _BYTES_PER_S, self._took * _SLOW), STALL_AT_MOST_S)

    def _time_is_up_at(self) -> float:
        """When the oldest picture should have been drawn; a silence since it left does not count."""
        left = min(at for at, _ in self._unseen.values())
        return max(left, min(self._anew_at, left + LONGEST_SILENCE_S)) + self._patience_s()

    def _is_silent(self, now: float) -> bool:
        """Whether nothing of the console's comes through the relay.

        Something would by now where a picture is not drawn: then it is asked four times a second.
        """
        return now - self._heard_at >= SILENT_S

    def _arrived(self, peer: PeerLike | None) -> None:
        """The other end has received more of what was sent, though it cannot say what it has drawn."""
        if peer is self._peer and self.is_direct:
            self._has_arrived = True
            self.tick()
