"""XInput 2, as far as it tells real devices from those that programs drive (decision 0025).

Every event names the device it came from. The two devices that XTEST drives carry a property saying so; what
comes from them, or from a device the server does not know, is nobody's hand.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

import xcffib
import xcffib.xinput

from device_agent.devices.x11.connection import GENERIC_EVENT, DisplayError, kind_of, lost_is_lost

if TYPE_CHECKING:
    from collections.abc import Iterable

    from device_agent.devices.x11.connection import XClient

_ALL_DEVICES: Final = 0
_ALL_MASTERS: Final = 1
_SLAVES: Final = frozenset({3, 4})  # of a pointer, of a keyboard
_SELECT_EVENTS: Final = 46
_LEAST: Final = (2, 2)  # raw events reach everybody, also while another program holds a grab
_XTEST: Final = "XTEST Device"


class Kind(IntEnum):
    """The events asked for."""

    BUTTON_PRESS = 4
    HIERARCHY = 11
    RAW_KEY_PRESS = 13
    RAW_KEY_RELEASE = 14
    RAW_BUTTON_PRESS = 15
    RAW_MOTION = 17


_NUMBERS: Final = frozenset(kind.value for kind in Kind)


@dataclass(frozen=True, slots=True)
class Act:
    """Something a device did: `detail` is its key or button, `at` the server's time in ms.

    Where it happened is known of presses on a window, `x` and `y`, and not of raw ones.
    """

    kind: Kind
    source: int
    detail: int
    at: int = 0
    x: int = 0
    y: int = 0


class XInput:
    """The input devices of one display, as one client of it sees them."""

    def __init__(self, client: XClient) -> None:
        self._client = client
        self._requests: Any = client.extension(xcffib.xinput)
        found = client.opcode("XInputExtension")
        assert found is not None
        self._major = found[0]
        with lost_is_lost():
            version = self._requests.XIQueryVersion(*_LEAST).reply()
            if (version.major_version, version.minor_version) < _LEAST:
                raise DisplayError("the X server's input extension is older than 2.2 and cannot be used")
            self._mark = client.atom(_XTEST)
            self._real = self._real_devices()

    @property
    def real(self) -> frozenset[int]:
        """The devices that are no program's."""
        return self._real

    def is_real(self, source: int) -> bool:
        """Whether somebody's hand is on this device."""
        return source in self._real

    def devices_changed(self) -> None:
        """Look again at which there are."""
        with lost_is_lost():
            self._real = self._real_devices()

    def hear(self, window: int, kinds: Iterable[Kind], *, devices: int = _ALL_MASTERS) -> None:
        """Ask for events; they come whoever has the focus or holds a grab, where they are raw."""
        mask = sum(1 << kind for kind in kinds)
        body = struct.pack("=xxxxIHxxHHI", window, 1, devices, 1, mask)
        self._requests.send_request(_SELECT_EVENTS, io.BytesIO(body))

    def hear_of_devices(self, window: int) -> None:
        """Ask to be told when devices come and go."""
        self.hear(window, (Kind.HIERARCHY,), devices=_ALL_DEVICES)

    def act(self, event: bytes) -> Act | None:
        """What an event says, where it is one of those asked for."""
        if kind_of(event) != GENERIC_EVENT or event[1] != self._major:
            return None
        (number,) = struct.unpack_from("=H", event, 8)
        if number not in _NUMBERS:
            return None
        kind = Kind(number)
        if kind is Kind.HIERARCHY:
            return Act(kind, 0, 0)
        at, detail = struct.unpack_from("=II", event, 12)
        if kind is not Kind.BUTTON_PRESS:
            (source,) = struct.unpack_from("=H", event, 20)
            return Act(kind, source, detail, at)
        x, y = struct.unpack_from("=ii", event, 32)
        (source,) = struct.unpack_from("=H", event, 52)
        return Act(kind, source, detail, at, x >> 16, y >> 16)

    def _real_devices(self) -> frozenset[int]:
        infos = self._requests.XIQueryDevice(_ALL_DEVICES).reply().infos
        slaves = [it.deviceid for it in infos if it.type in _SLAVES]
        return frozenset(device for device in slaves if not self._is_driven(device))

    def _is_driven(self, device: int) -> bool:
        try:
            reply = self._requests.XIGetProperty(device, False, self._mark, 0, 0, 1).reply()
        except xcffib.ProtocolException:
            return True  # gone meanwhile
        return bool(reply.num_items)
