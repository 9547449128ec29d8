"""What is fixed about a session when it begins."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from wire.limits import CONSENT_S, GRANTS_S, IDLE_S, PAIRING_S, SESSION_S
from wire.reasons import EndReason
from wire.transcript import ShownBy

if TYPE_CHECKING:
    from wire.hellos import DeviceHello


class Side(StrEnum):
    DEVICE = "device"
    CONSOLE = "console"

    @property
    def lost(self) -> EndReason:
        """Why the session ends when this side is gone."""
        return EndReason.DEVICE_LOST if self is Side.DEVICE else EndReason.TECHNICIAN_LOST


@dataclass(frozen=True, slots=True)
class ConsolePage:
    """What the technician's page says it is, and who serves its origin. The relay cannot check the first."""

    release: str
    served_by: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the redemption fixed: who may come, and the public values that go into TH."""

    session: str
    account: str
    badge: str
    origin: str
    locator: str
    rs: bytes
    hello: DeviceHello
    hello_bytes: bytes
    shown_by: ShownBy = ShownBy.DEVICE
    page: ConsolePage | None = None


# The device counts the same limits and signs the end it decides: its word is better evidence than what the
# relay saw, so the relay's own clock only stands behind it (SPEC §7).
DEVICE_FIRST_S = 2.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session may take: the values of SPEC §7 unless an operator shortens them."""

    pairing_s: float = PAIRING_S
    consent_s: float = CONSENT_S + DEVICE_FIRST_S
    idle_s: float = IDLE_S + DEVICE_FIRST_S
    grants_s: float = GRANTS_S + DEVICE_FIRST_S
    session_s: float = SESSION_S + DEVICE_FIRST_S
