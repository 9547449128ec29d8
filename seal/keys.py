"""The keys of one session: one per stream, each handed out once, all forgotten together (seal/SPEC §2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from seal import alive
from seal.errors import SealError
from seal.frames import IV_BYTES, Opener, Sealer
from wire.encoding import lv
from wire.frames import Stream

if TYPE_CHECKING:
    from collections.abc import Iterable

_KEY_BYTES = 32
_ALIVE: Final = (alive.CONSOLE, alive.DEVICE)


class SessionKeys:
    """What a confirmed handshake gives. `sends` are the streams of this end; it opens the others."""

    def __init__(self, *, isk: bytes, sid: bytes, th: bytes, sends: Iterable[Stream]) -> None:
        self.th: Final = th
        prk = HKDF.extract(SHA512(), sid, isk)
        self._sends = frozenset(sends)
        self._unused = {stream: expand(prk, stream, th) for stream in Stream}
        self._made: list[Sealer | Opener] = []
        self.alive: Final = alive.AliveTags(*(expand_alive(prk, name, th) for name in _ALIVE))

    def sealer(self, stream: Stream) -> Sealer:
        """The one sealer of a stream this end sends: a second one would repeat nonces (INV-C3)."""
        if stream not in self._sends:
            raise SealError("wrong_direction")
        sealer = Sealer(stream, *self._take(stream))
        self._made.append(sealer)
        return sealer

    def opener(self, stream: Stream) -> Opener:
        """The one opener of a stream this end receives: a second one would open frames again."""
        if stream in self._sends:
            raise SealError("wrong_direction")
        opener = Opener(stream, *self._take(stream))
        self._made.append(opener)
        return opener

    def wipe(self) -> None:
        """Forget every key, also those in the sealers and openers handed out."""
        self._unused.clear()
        for made in self._made:
            made.wipe()
        self.alive.wipe()

    def _take(self, stream: Stream) -> tuple[bytes, bytes]:
        try:
            return self._unused.pop(stream)
        except KeyError:
            raise SealError("closed", "handed out before, or wiped") from None


def expand(prk: bytes, stream: Stream, th: bytes) -> tuple[bytes, bytes]:
    """Key and iv of a stream."""
    info = lv("ra1", stream.name_on_wire, th)
    okm = HKDFExpand(SHA512(), _KEY_BYTES + IV_BYTES, info).derive(prk)
    return okm[:_KEY_BYTES], okm[_KEY_BYTES:]


def expand_alive(prk: bytes, name: str, th: bytes) -> bytes:
    """The key of one direction's signs of life."""
    return HKDFExpand(SHA512(), alive.KEY_BYTES, lv("ra1", name, th)).derive(prk)
