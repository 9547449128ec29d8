"""The two ends of the key agreement (seal/SPEC §1). Each object is one run; whatever goes wrong ends it.

Scalars and nonces are arguments: the caller draws 32 bytes from the system's generator for each run.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from enum import Enum, auto

from seal import cpace
from seal.errors import SealError
from seal.keys import SessionKeys
from wire import transcript
from wire.errors import WireError
from wire.frames import FROM_CONSOLE, FROM_DEVICE, FROM_DEVICE_DIRECT
from wire.hellos import ConsoleHello, DeviceHello, parse_console_hello, parse_device_hello
from wire.transcript import ShownBy

__all__ = ["ConsoleHandshake", "DeviceHandshake", "SealError"]


class _Step(Enum):
    READY = auto()
    SENT = auto()
    OVER = auto()


@dataclass(frozen=True, slots=True)
class _Run:
    """What both ends compute alike from the two hellos."""

    hello_d: bytes
    hello_t: bytes
    sid: bytes
    ci: bytes

    @property
    def ada(self) -> bytes:
        return hashlib.sha512(self.hello_t).digest()

    @property
    def adb(self) -> bytes:
        return hashlib.sha512(self.hello_d).digest()

    def tags(self, isk: bytes, ya: bytes, yb: bytes) -> tuple[bytes, bytes]:
        """Ta and Tb."""
        key = cpace.mac_key(self.sid, isk)
        return cpace.tag(key, ya, self.ada), cpace.tag(key, yb, self.adb)

    def isk(self, k: bytes, ya: bytes, yb: bytes) -> bytes:
        return cpace.isk(self.sid, k, ya, self.ada, yb, self.adb)

    def th(self, ya: bytes, yb: bytes, tb: bytes, ta: bytes) -> bytes:
        return transcript.transcript_hash(self.hello_d, self.hello_t, self.ci, self.sid, ya, yb, tb, ta)


class DeviceHandshake:
    """Party B. Count the code as used before `yb` and `tb` leave: they answer one guess."""

    def __init__(
        self,
        *,
        hello_d: bytes,
        locator: str,
        secret: str,
        rs: bytes,
        origin: str,
        shown_by: ShownBy = ShownBy.DEVICE,
    ) -> None:
        self._hello_d = hello_d
        self._own = _device_hello(hello_d)
        self._locator = locator
        self._secret = secret
        self._rs = rs
        self._origin = origin
        self._shown_by = shown_by
        self._step = _Step.READY
        self._hello_t: ConsoleHello | None = None
        self._ta = b""
        self._keys: SessionKeys | None = None

    @property
    def hello_t(self) -> ConsoleHello:
        """What the console said of itself; it is proven only once `confirm` returned."""
        if self._hello_t is None:
            raise SealError("wrong_state")
        return self._hello_t

    def answer(self, hello_t: bytes, ya: bytes, scalar: bytes) -> tuple[bytes, bytes]:
        """Yb and Tb; the secret is forgotten."""
        _require_step(self._step, _Step.READY)
        self._step = _Step.OVER
        secret, self._secret = self._secret, ""
        self._hello_t = _console_hello(hello_t)
        run = _run(
            self._own,
            self._hello_d,
            self._hello_t,
            hello_t,
            self._rs,
            self._origin,
            self._locator,
            self._shown_by,
        )
        yb = cpace.public_share(scalar, cpace.generator(secret.encode("ascii"), run.ci, run.sid))
        isk = run.isk(cpace.shared_key(scalar, ya), ya, yb)
        self._ta, tb = run.tags(isk, ya, yb)
        th = run.th(ya, yb, tb, self._ta)
        self._keys = SessionKeys(isk=isk, sid=run.sid, th=th, sends=FROM_DEVICE | FROM_DEVICE_DIRECT)
        self._step = _Step.SENT
        return yb, tb

    def confirm(self, ta: bytes) -> SessionKeys:
        """The keys, once the console has shown that it knew the secret; else somebody tried a wrong code."""
        _require_step(self._step, _Step.SENT)
        self._step = _Step.OVER
        keys, self._keys = self._keys, None
        if keys is None or not hmac.compare_digest(self._ta, ta):
            raise SealError("bad_tag")
        return keys


class ConsoleHandshake:
    """Party A. Count the code as used before `ya` leaves."""

    def __init__(
        self,
        *,
        hello_d: bytes,
        hello_t: bytes,
        locator: str,
        secret: str,
        rs: bytes,
        origin: str,
        shown_by: ShownBy = ShownBy.DEVICE,
    ) -> None:
        self._run = _run(
            _device_hello(hello_d), hello_d, _console_hello(hello_t), hello_t, rs, origin, locator, shown_by
        )
        self._secret = secret
        self._step = _Step.READY
        self._scalar = b""
        self._ya = b""

    def start(self, scalar: bytes) -> bytes:
        """Ya; the secret is forgotten."""
        _require_step(self._step, _Step.READY)
        self._step = _Step.OVER
        secret, self._secret = self._secret, ""
        self._ya = cpace.public_share(
            scalar, cpace.generator(secret.encode("ascii"), self._run.ci, self._run.sid)
        )
        self._scalar = scalar
        self._step = _Step.SENT
        return self._ya

    def finish(self, yb: bytes, tb: bytes) -> tuple[bytes, SessionKeys]:
        """Ta and the keys, once the device has shown that it knew the secret."""
        _require_step(self._step, _Step.SENT)
        self._step = _Step.OVER
        scalar, self._scalar = self._scalar, b""
        isk = self._run.isk(cpace.shared_key(scalar, yb), self._ya, yb)
        ta, expected = self._run.tags(isk, self._ya, yb)
        if not hmac.compare_digest(expected, tb):
            raise SealError("bad_tag")
        th = self._run.th(self._ya, yb, tb, ta)
        return ta, SessionKeys(isk=isk, sid=self._run.sid, th=th, sends=FROM_CONSOLE)


def _run(  # noqa: PLR0917 - one line per thing that is bound
    device: DeviceHello,
    hello_d: bytes,
    console: ConsoleHello,
    hello_t: bytes,
    rs: bytes,
    origin: str,
    locator: str,
    shown_by: ShownBy,
) -> _Run:
    return _Run(
        hello_d=hello_d,
        hello_t=hello_t,
        sid=transcript.sid(device.nd, console.nt, rs),
        ci=transcript.channel_identifier(origin=origin, locator=locator, shown_by=shown_by, dev=device.dev),
    )


def _device_hello(data: bytes) -> DeviceHello:
    try:
        return parse_device_hello(data)
    except WireError as error:
        raise SealError("bad_hello", error.detail) from None


def _console_hello(data: bytes) -> ConsoleHello:
    try:
        return parse_console_hello(data)
    except WireError as error:
        raise SealError("bad_hello", error.detail) from None


def _require_step(step: _Step, expected: _Step) -> None:
    if step is not expected:
        raise SealError("wrong_state")
