"""Whether the screen gives light: DPMS standby, suspend and off are dark to whoever sits before it.

The server sends no word of it, so it is asked whenever it is asked whether it is there, and costs no wake-up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import xcffib
import xcffib.dpms

from device_agent.devices.x11.connection import lost_is_lost

if TYPE_CHECKING:
    from device_agent.devices.x11.bell import Bell
    from device_agent.devices.x11.connection import XClient


class Light:
    """One server's; where it has no DPMS its screens are always lit."""

    def __init__(self, client: XClient, bell: Bell) -> None:
        self._bell = bell
        self._dpms: Any = None
        self.is_on = True
        if client.opcode("DPMS") is not None:
            self._dpms = client.extension(xcffib.dpms)

    def look(self) -> None:
        """Ask the server; rings where it changed."""
        if self._dpms is None:
            return
        with lost_is_lost():
            info = self._dpms.Info().reply()
        is_on = not info.state or info.power_level == xcffib.dpms.DPMSMode.On
        if is_on is not self.is_on:
            self.is_on = is_on
            self._bell.ring()
