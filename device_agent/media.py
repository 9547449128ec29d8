"""Pictures and sound of one session: sealed where they leave, and by which carrier they leave.

Each piece is judged by what the customer allows at that moment; what waits when they press Hide is dropped.
`close` is final and comes first in every ending: nothing is sealed or sent after it (INV-B1, INV-B3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from seal.errors import SealError
from seal.messages import Carrier, Hear, Signal, SignalKind
from seal.pictures import PictureHead, pack_picture
from seal.proofs import pack_proof
from seal.sound import SoundHead, pack_sound
from wire.commands import Grant
from wire.frames import FRAME_OVERHEAD, Stream
from wire.limits import PICTURE_QUEUE_BYTES, PROOFS, SOUND_QUEUE_FRAMES

if TYPE_CHECKING:
    from device_agent.carrier.carriers import Carriers
    from device_agent.devices.shutter import Shutter
    from device_agent.outbox import Outbox
    from seal.frames import Sealer
    from seal.keys import SessionKeys
    from seal.messages import CarrierName

_STREAMS: Final = (Stream.D2T_PICTURE_WS, Stream.D2T_PICTURE_DC, Stream.D2T_SOUND_WS, Stream.D2T_SOUND_DC)


class Owner(Protocol):
    """The session around it."""

    def allowed(self) -> frozenset[Grant]:
        """What the customer allows now; nothing before the consent and after the end."""
        ...

    def seal_or_end(self, sealer: Sealer, plaintext: bytes) -> bytes | None:
        """The frame, or None where the session had to end instead."""
        ...

    def say(self, message: Signal) -> None:
        """Say it sealed, in its turn."""
        ...

    def picture_left(self) -> None:
        """A picture is on its way."""
        ...

    def want_key(self) -> None:
        """The next picture must stand alone."""
        ...

    def held_up(self) -> None:
        """One more picture need not wait until those before it were drawn."""
        ...

    def sound_wanted(self, *, on: bool) -> None:
        """Start or stop the sound."""
        ...


class Media:
    """`carriers` is None where the device has no way but the relay."""

    def __init__(self, keys: SessionKeys, outbox: Outbox, owner: Owner, shutter: Shutter) -> None:
        self._outbox = outbox
        self._shutter = shutter
        self._owner = owner
        self._sealers = {stream: keys.sealer(stream) for stream in _STREAMS}
        self._waiting_bytes = 0
        self._waiting_sounds = 0
        self._sounds = 0
        self._hearing = False
        self._offered = False
        self._closed = False
        self.carriers: Carriers | None = None

    @property
    def hears(self) -> bool:
        """Whether the technician hears the sound."""
        return self._hearing and Grant.SOUND in self._owner.allowed()

    # What the console says

    def heard(self, message: Signal | Carrier | Hear) -> None:
        """One word of the console's about how media come to it."""
        match message:
            case Signal():
                self._signal(message)
            case Carrier(name=name):
                self._told(name)
            case Hear(on=on):
                self._hear(on=on)

    def acknowledged(self, pic: int) -> None:
        """The console drew every picture up to `pic`."""
        if self.carriers is not None:
            self.carriers.acknowledged(pic)

    def tick(self) -> None:
        """Several times a second."""
        if self.carriers is not None:
            self.carriers.tick()

    def console_heard(self) -> None:
        """A word of the console's came, on its socket or beside it."""
        if self.carriers is not None:
            self.carriers.console_heard()

    def hidden(self) -> None:
        """The customer pressed Hide: nothing that is on its way leaves any more."""
        if self.carriers is not None:
            self.carriers.drop()

    def replaced(self) -> None:
        """What was sent is not waited for: a key frame comes in its place."""
        if self.carriers is not None:
            self.carriers.forget()

    def permitted(self) -> None:
        """The customer has answered: what is not allowed any more stops."""
        grants = self._owner.allowed()
        if Grant.VIEW not in grants and self.carriers is not None:
            self.carriers.withdraw()
        if self._hearing and Grant.SOUND not in grants:
            self._hear(on=False)

    # What leaves

    def send_picture(self, head: PictureHead, data: bytes) -> None:
        """Seal and send one picture, while the customer lets this screen be seen."""
        if Grant.VIEW not in self._owner.allowed() or self._shutter.is_hidden:
            return
        carriers, presses = self.carriers, self._shutter.presses
        if carriers is not None and carriers.is_direct:
            plaintext = pack_picture(head, data)
            if len(plaintext) + FRAME_OVERHEAD <= carriers.largest:
                frame = self._owner.seal_or_end(self._sealers[Stream.D2T_PICTURE_DC], plaintext)
                if frame is not None:
                    self._owner.picture_left()
                    carriers.send_picture(head.pic, frame)
                return
            carriers.too_large()
        if self._waiting_bytes + len(data) <= PICTURE_QUEUE_BYTES:
            self._waiting_bytes += len(data)
            self._outbox.put_later(lambda: self._seal_picture(head, data, presses))

    def send_sound(self, head: SoundHead, data: bytes) -> None:
        """Seal and send 20 ms of sound, while the customer lets it be heard and somebody wants to."""
        if not self.hears or self._shutter.is_hidden:
            return
        carriers, presses = self.carriers, self._shutter.presses
        if carriers is not None and carriers.is_direct:
            frame = self._owner.seal_or_end(self._sealers[Stream.D2T_SOUND_DC], pack_sound(head, data))
            if frame is not None:
                carriers.send_sound(frame)
        elif self._waiting_sounds < SOUND_QUEUE_FRAMES:
            self._waiting_sounds += 1
            self._outbox.put_later(lambda: self._seal_sound(head, data, presses))

    def next_sound(self) -> int:
        """The number of the next piece of sound, counted over both carriers."""
        self._sounds += 1
        return self._sounds

    def close(self) -> None:
        """Shut the data channels now; what waits for the relay is the outbox's to drop."""
        self._closed = True
        self._hearing = False
        if self.carriers is not None:
            self.carriers.close()

    # What the carriers ask

    def say(self, signal: Signal) -> None:
        """Send a sealed word to the console."""
        if not self._closed:
            self._owner.say(signal)

    def proofs(self) -> list[bytes]:
        """Sealed proofs, for a data channel that has just opened."""
        sealer = self._sealers[Stream.D2T_PICTURE_DC]
        frames = [self._owner.seal_or_end(sealer, pack_proof(n)) for n in range(1, PROOFS + 1)]
        return [frame for frame in frames if frame is not None]

    def carrier_changed(self) -> None:
        """Begin with a key frame."""
        self._owner.want_key()

    def held_up(self) -> None:
        """Pictures arrive whose acknowledgements do not."""
        self._owner.held_up()

    # Inside

    def _signal(self, signal: Signal) -> None:
        if signal.kind is SignalKind.ANSWER:
            raise SealError("bad_message", "the device answers")
        self._offered = self._offered or signal.kind is SignalKind.OFFER
        if self.carriers is not None and Grant.VIEW in self._owner.allowed():
            self.carriers.heard(signal)
        elif signal.kind is SignalKind.OFFER:
            self.say(Signal(kind=SignalKind.BYE, data=""))

    def _told(self, name: CarrierName) -> None:
        if not self._offered:
            raise SealError("bad_message", "there is no other carrier yet")
        if self.carriers is not None:
            self.carriers.told(name)

    def _hear(self, *, on: bool) -> None:
        wanted = on and Grant.SOUND in self._owner.allowed()
        if wanted is not self._hearing:
            self._hearing = wanted
            self._owner.sound_wanted(on=wanted)

    def _seal_picture(self, head: PictureHead, data: bytes, presses: int) -> bytes | None:
        self._waiting_bytes -= len(data)
        if not self._shutter.let_through(presses):
            return None
        frame = self._owner.seal_or_end(self._sealers[Stream.D2T_PICTURE_WS], pack_picture(head, data))
        if frame is not None:
            self._owner.picture_left()
        return frame

    def _seal_sound(self, head: SoundHead, data: bytes, presses: int) -> bytes | None:
        self._waiting_sounds -= 1
        if not self.hears or not self._shutter.let_through(presses):
            return None
        return self._owner.seal_or_end(self._sealers[Stream.D2T_SOUND_WS], pack_sound(head, data))
