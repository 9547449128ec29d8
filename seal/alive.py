"""Signs of life beside the sealed streams (seal/SPEC §5.1).

What they say is no secret; that an end said it is proven. They need no order and no numbers of their own:
a sign counts from when the ping left that it names, an answer from when the sign left that it answers, and
neither says more when it is said again.
"""

from __future__ import annotations

import hmac
from typing import Final

from seal.errors import SealError

KEY_BYTES: Final = 64
CONSOLE: Final = "t2d alive"
DEVICE: Final = "d2t alive"


class AliveTags:
    """Makes and judges the tags of one session, at either end; HMAC-SHA512 under a key for each direction."""

    def __init__(self, console: bytes, device: bytes) -> None:
        self._console: bytes | None = console
        self._device: bytes | None = device

    def of_console(self, k: int, n: int, pic: int) -> bytes:
        """64 bytes: the console's `k`th sign. It has heard ping `n` and drawn every picture up to `pic`."""
        return _tag(self._console, k, n, pic)

    def of_device(self, k: int, n: int, heard: int) -> bytes:
        """64 bytes: the device has the console's `k`th sign.

        Ping `n` is the newest it has sent, and `heard` the newest that was answered on the socket.
        """
        return _tag(self._device, k, n, heard)

    def check_console(self, k: int, n: int, pic: int, tag: bytes) -> None:
        """Raises SealError where the console did not say so."""
        _check(self.of_console(k, n, pic), tag)

    def check_device(self, k: int, n: int, heard: int, tag: bytes) -> None:
        """Raises SealError where the device did not say so."""
        _check(self.of_device(k, n, heard), tag)

    def wipe(self) -> None:
        self._console = self._device = None


def _tag(key: bytes | None, *numbers: int) -> bytes:
    if key is None:
        raise SealError("closed")
    return hmac.digest(key, b"".join(number.to_bytes(4, "big") for number in numbers), "sha512")


def _check(right: bytes, tag: bytes) -> None:
    if not hmac.compare_digest(right, tag):
        raise SealError("bad_tag")
