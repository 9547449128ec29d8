"""The oracle: stands beside every port, sees what happens, knows why, and compares with the promises.

It asks the product nothing that decides anything: it knows what was pressed, shown, sent and committed.
"""

from __future__ import annotations

from tests.sim.console_witness import ConsoleWitness
from tests.sim.device_witness import DeviceWitness
from tests.sim.endings import Endings


class Oracle(Endings, DeviceWitness, ConsoleWitness):
    """All witnesses of one simulation."""
