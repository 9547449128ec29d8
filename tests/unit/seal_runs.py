"""One honest run of the handshake for the tests of `seal`, and its two ends' keys."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seal.handshake import ConsoleHandshake, DeviceHandshake
from wire.encoding import key_id
from wire.hellos import ConsoleHello, DeviceHello

if TYPE_CHECKING:
    from seal.keys import SessionKeys

LOCATOR, SECRET, ORIGIN = "12345", "678901", "https://relay.example"
RS = bytes(range(16))
DPK = bytes(range(32))
HELLO_D = DeviceHello(
    nd=b"d" * 32, dpk=DPK, dev=key_id(DPK), fw="3.14.0", caps=("h264", "jpeg"), fails=0
).to_bytes()
HELLO_T = ConsoleHello(nt=b"t" * 32, kid=key_id(b"i" * 32)).to_bytes()


def scalar(label: str) -> bytes:
    return hashlib.sha256(label.encode()).digest()


def device(**believes: Any) -> DeviceHandshake:
    return DeviceHandshake(
        **{"hello_d": HELLO_D, "locator": LOCATOR, "secret": SECRET, "rs": RS, "origin": ORIGIN} | believes
    )


def console(**believes: Any) -> ConsoleHandshake:
    known = {"hello_d": HELLO_D, "hello_t": HELLO_T, "locator": LOCATOR, "secret": SECRET, "rs": RS}
    return ConsoleHandshake(**known | {"origin": ORIGIN} | believes)


@dataclass(frozen=True)
class Pair:
    """Both ends' keys of one run."""

    device: SessionKeys
    console: SessionKeys


def pair(label: str = "run") -> Pair:
    d, t = device(), console()
    ya = t.start(scalar(f"{label} a"))
    yb, tb = d.answer(HELLO_T, ya, scalar(f"{label} b"))
    ta, keys = t.finish(yb, tb)
    return Pair(device=d.confirm(ta), console=keys)
