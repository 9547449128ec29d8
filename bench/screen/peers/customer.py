"""The customer in front of the device: asks for a code, reads it out, says yes, on the device's own page."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final

from websockets.sync.client import connect
from websockets.typing import Origin

from bench.screen.children import CannotRun

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

_LINE_BYTES: Final = 8_388_608
_PATIENCE_S: Final = 60.0


class Customer:
    """The remote in hand, for as long as a session is being opened: afterwards nobody watches the page."""

    def __init__(self, page: str) -> None:
        self._line = connect(
            f"ws{page.removeprefix('http')}/line", origin=Origin(page), max_size=_LINE_BYTES, proxy=None
        )
        self._told: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.close()

    def code(self) -> str:
        """Asks for one, from wherever the last session left the device, and reads it out."""
        state = self._until("idle", "ended", "pin")
        if state == "ended":
            self._press("ok")
            state = self._until("idle")
        if state == "idle":
            self._press("help", "ok")
            self._until("pin")
        return self._told["code"].replace(" ", "")

    def agree(self) -> None:
        """Says yes as soon as the question listens, `DEAF_MS` after it appeared (device_agent.panel)."""
        self._until("consent")
        self._press("ok")
        self._until("active")

    def _press(self, *keys: str) -> None:
        for key in keys:
            self._line.send(json.dumps({"press": key}))

    def _until(self, *states: str) -> str:
        """What the page was told lately; pictures are acknowledged, so that it goes on."""
        end = time.monotonic() + _PATIENCE_S
        while self._told.get("state") not in states:
            left = end - time.monotonic()
            if left <= 0:
                raise CannotRun(f"the device did not come to {' or '.join(states)}")
            message = self._line.recv(timeout=left)
            if isinstance(message, str):
                self._told = json.loads(message)
            else:
                self._line.send(json.dumps({"drawn": True}))
        return self._told["state"]
