"""Sealed frames: AES-256-GCM per stream, in order, padded so that size hides the command (seal/SPEC §3)."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from seal.errors import SealError
from wire.errors import WireError
from wire.frames import HEADER_BYTES, Header, Stream, pack_header, parse_header
from wire.limits import SEQ_LIMIT, TEXT_MESSAGE_BYTES

TAG_BYTES = 16
IV_BYTES = 12
PAD_BYTES = 64
_LENGTH_BYTES = 2


class _StreamKey:
    """Key, iv and next number of one stream. It is used once per number and forgotten at the end."""

    def __init__(self, stream: Stream, key: bytes, iv: bytes) -> None:
        self._stream = stream
        self._allowed = frozenset({stream})
        self._cipher: AESGCM | None = AESGCM(key)
        self._iv = int.from_bytes(iv, "big")
        self._next = 0

    def wipe(self) -> None:
        """Forget the key; from now on everything is refused."""
        self._cipher = None

    def _nonce(self, seq: int) -> bytes:
        # The four zero bytes in front of seq are what a shorter integer has anyway.
        return (self._iv ^ seq).to_bytes(IV_BYTES, "big")

    def _live(self) -> AESGCM:
        if self._cipher is None:
            raise SealError("closed", "the key of this stream is gone")
        return self._cipher


class Sealer(_StreamKey):
    """Makes the frames of one stream."""

    def seal(self, plaintext: bytes) -> bytes:
        """The next whole frame."""
        cipher = self._live()
        if self._next >= SEQ_LIMIT:
            raise SealError("exhausted", "a stream has 2^20 frames")
        if HEADER_BYTES + len(plaintext) + TAG_BYTES > self._stream.max_bytes:
            raise SealError("too_big")
        header = pack_header(Header(self._stream, self._next))
        nonce = self._nonce(self._next)
        self._next += 1
        return header + cipher.encrypt(nonce, plaintext, header)


class Opener(_StreamKey):
    """Opens the frames of one stream; after the first refusal it opens nothing more (INV-C1)."""

    def open(self, frame: bytes) -> bytes:
        """The plaintext of the next frame."""
        cipher = self._live()
        try:
            return self._open(cipher, frame)
        except SealError:
            self.wipe()
            raise

    def _open(self, cipher: AESGCM, frame: bytes) -> bytes:
        try:
            header = parse_header(frame, self._allowed)
        except WireError as error:
            raise SealError("bad_frame", error.detail) from None
        if not self._stream.follows(header.seq, self._next):
            raise SealError("bad_frame", "replayed, late or missing")
        try:
            plaintext = cipher.decrypt(self._nonce(header.seq), frame[HEADER_BYTES:], frame[:HEADER_BYTES])
        except InvalidTag:
            raise SealError("bad_frame", "does not open") from None
        self._next = header.seq + 1
        return plaintext


def pad(json: bytes) -> bytes:
    """The plaintext that carries `json`: its length, itself, zero bytes up to a multiple of 64."""
    if not 0 < len(json) <= TEXT_MESSAGE_BYTES:
        raise SealError("too_big")
    body = len(json).to_bytes(_LENGTH_BYTES, "big") + json
    return body + bytes(-len(body) % PAD_BYTES)


def unpad(plaintext: bytes) -> bytes:
    """The JSON in a plaintext; any other padding than the one is refused."""
    length = int.from_bytes(plaintext[:_LENGTH_BYTES], "big")
    json = plaintext[_LENGTH_BYTES : _LENGTH_BYTES + length]
    if not 0 < length <= TEXT_MESSAGE_BYTES or len(json) != length or pad(json) != plaintext:
        raise SealError("bad_padding")
    return json
