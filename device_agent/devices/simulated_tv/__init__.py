"""A television drawn by us: the device that demos and tests help."""

from __future__ import annotations

from device_agent.devices.simulated_tv.tv import SimulatedTv

__all__ = ["SimulatedTv"]
