"""One client of an X server: opened with clear words, read byte by byte, cut off where the server hangs.

Requests may wait for the server, so they are made in this device's own threads and never in the event loop.
Events are read here and not by xcffib, which takes the mask of an XInput event for a length.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
from typing import TYPE_CHECKING, Any, Final

import xcffib
import xcffib.damage
import xcffib.dpms
import xcffib.randr
import xcffib.screensaver
import xcffib.shape
import xcffib.shm
import xcffib.xfixes
import xcffib.xinput
import xcffib.xproto
import xcffib.xtest

if TYPE_CHECKING:
    from collections.abc import Iterator

GENERIC_EVENT: Final = 35
ERROR: Final = 0
_EVENT_BYTES: Final = 32
_KIND: Final = 0x7F

NEEDED: Final = {
    "MIT-SHM": "pictures cannot be taken quickly enough without it",
    "DAMAGE": "nothing else tells when the screen changes",
    "XFIXES": "what changed cannot be told without it",
    "SHAPE": "a technician's arrow would hide what it points at without it",
    "RANDR": "outputs cannot be found without it",
    "XTEST": "keys and the pointer cannot be driven without it",
    "XInputExtension": "the customer's own keys cannot be told from the technician's without it",
}


class DisplayError(Exception):
    """The display cannot be used; the text says why and what to do."""


class ScreenLostError(Exception):
    """The X server is gone, or has not answered for too long."""


class XClient:
    """One connection. Threads may share it; `cut` frees every thread that waits for the server."""

    def __init__(self, display: str | None) -> None:
        try:
            self._connection = xcffib.Connection(display)
        except xcffib.ConnectionException:
            raise DisplayError(no_server(display)) from None
        self._cutting = threading.Lock()
        self._socket: socket.socket | None = socket.socket(
            fileno=os.dup(self._connection.get_file_descriptor())
        )
        self.screen: Any = self._connection.setup.roots[self._connection.pref_screen]
        self.root: int = self.screen.root
        self.core: Any = self._connection.core

    @property
    def setup(self) -> Any:
        """What the server said of itself."""
        return self._connection.setup

    def extension(self, module: Any) -> Any:
        """The requests of an extension of xcffib's."""
        return self._connection(module.key)

    def opcode(self, name: str) -> tuple[int, int] | None:
        """An extension's major opcode and first event; None where the server lacks it."""
        reply = self.core.QueryExtension(len(name), name).reply()
        return (reply.major_opcode, reply.first_event) if reply.present else None

    def new_id(self) -> int:
        """A name for something on the server."""
        return int(self._connection.generate_id())

    def atom(self, name: str) -> int:
        """The number of a name."""
        return int(self.core.InternAtom(False, len(name), name).reply().atom)

    def flush(self) -> None:
        """Send what was asked for."""
        with lost_is_lost():
            self._connection.flush()

    def answer(self) -> None:
        """Return when the server has done everything asked for so far."""
        with lost_is_lost():
            self.core.GetInputFocus().reply()

    def next_event(self) -> bytes:
        """Wait for an event or an error of a request nobody waits for; XInput's come whole."""
        event = xcffib.lib.xcb_wait_for_event(self._connection._conn)  # noqa: SLF001 - see the module's docstring
        return self._read(event)

    def waiting_events(self) -> Iterator[bytes]:
        """Those that are there already."""
        while True:
            event = xcffib.lib.xcb_poll_for_event(self._connection._conn)  # noqa: SLF001 - see the module's docstring
            if event == xcffib.ffi.NULL:
                return
            yield self._read(event)

    def _read(self, event: Any) -> bytes:
        if event == xcffib.ffi.NULL:
            raise ScreenLostError("the X server is gone")
        try:
            head = bytes(xcffib.ffi.buffer(event, _EVENT_BYTES))
            if head[0] & _KIND != GENERIC_EVENT:
                return head
            more = struct.unpack_from("=I", head, 4)[0] * 4
            # Between the two parts xcb keeps a number of its own.
            whole = bytes(xcffib.ffi.buffer(event, _EVENT_BYTES + 4 + more))
            return head + whole[_EVENT_BYTES + 4 :]
        finally:
            xcffib.c_free(event)

    def cut(self) -> None:
        """End the connection under whoever waits on it; may be called from anywhere, more than once."""
        with self._cutting:
            if self._socket is None:
                return
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
            self._socket = None

    def close(self) -> None:
        """Give its memory back, once no thread uses it any more."""
        self.cut()
        self._connection.disconnect()


@contextlib.contextmanager
def lost_is_lost() -> Iterator[None]:
    """Let a broken connection be told as a lost screen."""
    try:
        yield
    except xcffib.ConnectionException:
        raise ScreenLostError("the X server is gone") from None


def kind_of(event: bytes) -> int:
    """An event's number, whoever sent it."""
    return event[0] & _KIND


def no_server(display: str | None) -> str:
    """Why a display could not be opened, in words."""
    name = display or os.environ.get("DISPLAY", "")
    if not name:
        return "no display is named: give one with --display, such as --display :0"
    return (
        f"there is no X server on display {name} that lets this user in: "
        "is it running, and does XAUTHORITY name a file with its key?"
    )


def require_extensions(client: XClient) -> None:
    """Raise in words where the server lacks what this device needs."""
    for name, why in NEEDED.items():
        if client.opcode(name) is None:
            raise DisplayError(f"the X server has no {name} extension, and {why}")
    _require_pixels(client)


def _require_pixels(client: XClient) -> None:
    """One layout of pixels is supported, the one that every server with true colour has: BGRX, 32 bits."""
    depth = client.screen.root_depth
    bits = next((it.bits_per_pixel for it in client.setup.pixmap_formats if it.depth == depth), 0)
    visuals = [visual for it in client.screen.allowed_depths for visual in it.visuals]
    blue = next((it.blue_mask for it in visuals if it.visual_id == client.screen.root_visual), 0)
    little = client.setup.image_byte_order == xcffib.xproto.ImageOrder.LSBFirst
    if (bits, blue, little) != (32, 0xFF, True):
        raise DisplayError(
            f"the display has {depth} bits of colour in an order this agent does not take: set it to 24 bits"
        )
