"""A technician's console in Python, for tests: the same handshake, seals and checks as the browser's.

It moves no bytes. What it makes goes on any carrier: a list in these tests, a WebSocket in others. Wherever
the real console would stop, it raises (SealError, WireError).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from seal import messages as sealed
from seal.errors import SealError
from seal.handshake import ConsoleHandshake
from seal.pictures import Codec, PictureHead, unpack_picture
from seal.proofs import is_proof, unpack_proof
from seal.sound import SoundHead, unpack_sound
from wire import badge as badges
from wire import messages
from wire.badge import Badge
from wire.code import split
from wire.commands import Grant, RemoteKey
from wire.encoding import key_id, sha256_b64
from wire.frames import FROM_DEVICE, FROM_DEVICE_DIRECT, Stream, parse_header
from wire.hellos import ConsoleHello, parse_device_hello
from wire.records import PairedRecord, Record, RecordReader
from wire.transcript import ShownBy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seal.keys import SessionKeys

ALL = (Grant.KEYS, Grant.SETTINGS, Grant.VIEW)


@dataclass(slots=True)
class Issuer:
    """An organisation that issues badges; `trust` is what a device of its is provisioned with."""

    iss: str = "hallmere"
    org: str = "Hallmere Care"
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    @property
    def kid(self) -> str:
        return key_id(self.public)

    def badge(self, *, aud: str, now_s: int, cnf_x: bytes) -> Badge:
        """A badge as it should be."""
        return Badge(
            aud=aud,
            cnf_x=cnf_x,
            exp=now_s + 3600,
            iat=now_s,
            iss=self.iss,
            jti="jti-1",
            name="Demo Technician",
            org=self.org,
            scopes=tuple(grant.value for grant in Grant),
            sub="technician-1",
        )

    def sign(self, badge: Badge, kid: str | None = None) -> str:
        """The badge as JWS text."""
        signed = badges.signing_input(kid or self.kid, badge)
        return badges.assemble(signed, self.key.sign(signed))


@dataclass(slots=True)
class Technician:
    """A signed-in technician: a session key and the badge for it."""

    jws: str
    kid: str
    key: Ed25519PrivateKey

    @classmethod
    def of(
        cls, issuer: Issuer, *, aud: str, now_s: int, changes: Mapping[str, Any] | None = None
    ) -> Technician:
        """With a badge of `issuer`, some of whose claims may be `changes`."""
        key = Ed25519PrivateKey.generate()
        badge = issuer.badge(aud=aud, now_s=now_s, cnf_x=key.public_key().public_bytes_raw())
        return cls(issuer.sign(replace(badge, **(changes or {}))), issuer.kid, key)


class ConsoleTwin:
    """One session's console end."""

    def __init__(
        self,
        *,
        code: str,
        hello_d: bytes,
        rs: bytes,
        origin: str,
        technician: Technician,
        asks: tuple[Grant, ...] = ALL,
        request: str = "HM-7K42-93",
        shown_by: ShownBy = ShownBy.DEVICE,
    ) -> None:
        locator, secret = split(code)
        self.device = parse_device_hello(hello_d)
        self._technician = technician
        self._asks = tuple(sorted(asks))
        self._request = request
        self._hello_t = ConsoleHello(os.urandom(32), technician.kid).to_bytes()
        self._handshake = ConsoleHandshake(
            hello_d=hello_d,
            hello_t=self._hello_t,
            locator=locator,
            secret=secret,
            rs=rs,
            origin=origin,
            shown_by=shown_by,
        )
        self._keys: SessionKeys | None = None
        self.records: list[Record] = []
        self.heard: list[sealed.D2TControl] = []
        self.pictures: list[tuple[PictureHead, bytes]] = []
        self.sounds: list[tuple[SoundHead, bytes]] = []
        self.proofs: list[int] = []
        self.signs = 0
        self.answers: list[messages.AliveAnswer] = []
        self.newest_ping = 0
        self.auth_frame = b""

    # Key agreement

    def pake_a(self) -> str:
        """First message, for the relay."""
        return messages.encode(messages.PakeA(hello=self._hello_t, y=self._handshake.start(os.urandom(32))))

    def pake_confirm(self, answer: messages.PakeB) -> str:
        """Third message; the keys are there now."""
        ta, self._keys = self._handshake.finish(answer.y, answer.tag)
        self._control = self._keys.sealer(Stream.T2D_CONTROL)
        self._link = self._keys.sealer(Stream.T2D_LINK)
        self._openers = {stream: self._keys.opener(stream) for stream in FROM_DEVICE | FROM_DEVICE_DIRECT}
        self._reader = RecordReader(self._keys.th, self.device.dpk, check_signature)
        return messages.encode(messages.PakeConfirm(tag=ta))

    @property
    def th(self) -> bytes:
        """The transcript hash of this session."""
        assert self._keys is not None
        return self._keys.th

    def auth(self, *, sign_th: bytes | None = None) -> bytes:
        """The first control frame; `sign_th` signs for another session, as a thief would."""
        who, asks, request = self._technician, self._asks, self._request
        unsigned = sealed.auth_without_sig(cred=who.jws, asks=asks, request=request)
        sig = who.key.sign(badges.tech_auth_message(sign_th or self.th, unsigned))
        self.auth_frame = self.command(sealed.Auth(cred=who.jws, asks=asks, request=request, sig=sig))
        return self.auth_frame

    # What it sends

    def command(self, message: sealed.T2DControl) -> bytes:
        return self._control.seal(sealed.encode(message))

    def say(self, message: sealed.T2DLink) -> bytes:
        return self._link.seal(sealed.encode(message))

    def press(self, key: RemoteKey, *, hb: int | None = None) -> bytes:
        return self.command(sealed.Key(key=key, hb=self.newest_ping if hb is None else hb))

    def close(self) -> bytes:
        return self.command(sealed.Close())

    def alive(self, n: int | None = None, pic: int = 0) -> messages.Alive:
        """A sign of life for the relay to pass on, of the newest ping unless another is named."""
        assert self._keys is not None
        named = self.newest_ping if n is None else n
        self.signs += 1
        tag = self._keys.alive.of_console(self.signs, named, pic)
        return messages.Alive(k=self.signs, n=named, pic=pic, tag=tag)

    def hear_alive(self, answer: messages.AliveAnswer) -> None:
        """The device's answer to one."""
        assert self._keys is not None
        self._keys.alive.check_device(answer.k, answer.n, answer.heard, answer.tag)
        self.answers.append(answer)

    def pong(self, n: int | None = None) -> bytes:
        return self.say(sealed.Pong(n=self.newest_ping if n is None else n))

    def decode(self, *codecs: Codec) -> bytes:
        return self.say(sealed.Decode(codecs=codecs or (Codec.H264, Codec.JPEG)))

    def ack(self, pic: int) -> bytes:
        return self.say(sealed.Ack(pic=pic))

    def keyframe(self) -> bytes:
        return self.say(sealed.KeyFrame())

    def signal(self, kind: sealed.SignalKind, data: str = "") -> bytes:
        return self.say(sealed.Signal(kind=kind, data=data))

    def carried_by(self, name: sealed.CarrierName) -> bytes:
        return self.say(sealed.Carrier(name=name))

    def hear(self, *, on: bool = True) -> bytes:
        return self.say(sealed.Hear(on=on))

    # What it receives

    def receive(self, frame: bytes) -> sealed.D2TControl | PictureHead | SoundHead:
        """Open one frame of the device's, as the relay passed it on, and note what it says."""
        stream = parse_header(frame, FROM_DEVICE).stream
        plaintext = self._openers[stream].open(frame)
        if stream is Stream.D2T_PICTURE_WS:
            head, data = unpack_picture(plaintext)
            self.pictures.append((head, data))
            return head
        if stream is Stream.D2T_SOUND_WS:
            sound, data = unpack_sound(plaintext)
            self.sounds.append((sound, data))
            return sound
        message = sealed.decode_d2t_control(plaintext)
        self.heard.append(message)
        if isinstance(message, sealed.Ping):
            self.newest_ping = message.n
        return message

    def receive_directly(self, frame: bytes) -> None:
        """The same for what came on a data channel."""
        stream = parse_header(frame, FROM_DEVICE_DIRECT).stream
        plaintext = self._openers[stream].open(frame)
        if stream is Stream.D2T_SOUND_DC:
            self.sounds.append(unpack_sound(plaintext))
        elif is_proof(plaintext):
            self.proofs.append(unpack_proof(plaintext))
        else:
            self.pictures.append(unpack_picture(plaintext))

    def record(self, data: bytes) -> Record:
        """Check one device record, as the relay passed it on."""
        record = self._reader.read(data)
        if isinstance(record, PairedRecord):
            self._check_paired(record)
        self.records.append(record)
        return record

    def _check_paired(self, record: PairedRecord) -> None:
        mine = sha256_b64(self._technician.jws.encode()), sha256_b64(self.auth_frame)
        if (record.badge, record.frame) != mine:
            raise SealError("bad_record", "paired names another badge or frame")


def check_signature(public: bytes, signature: bytes, message: bytes) -> bool:
    """Ed25519."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True
