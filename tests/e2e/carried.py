"""What a page brings over the line, in its order, as the browser's own network stack counts it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playwright.sync_api import Page

_BINARY: Final = 2
_FRAME_HEAD: Final = 10  # of a WebSocket frame, at most


class Carried:
    """Everything received: answers with their headers, and frames of sockets."""

    def __init__(self) -> None:
        self._came: list[tuple[str, int]] = []

    def watch(self, page: Page) -> None:
        line = page.context.new_cdp_session(page)
        line.on("Network.loadingFinished", self._answer)
        line.on("Network.webSocketFrameReceived", self._frame)
        line.send("Network.enable")

    def until_first_picture(self, *, least: int) -> int:
        """Bytes up to and with the first frame that is too large for anything but a picture."""
        bytes_so_far = 0
        for kind, size in self._came:
            bytes_so_far += size
            if kind == "frame" and size >= least:
                return bytes_so_far
        raise AssertionError("no picture came")

    def _answer(self, event: dict[str, Any]) -> None:
        self._came.append(("answer", int(event["encodedDataLength"])))

    def _frame(self, event: dict[str, Any]) -> None:
        frame = event["response"]
        text = frame["payloadData"]
        size = len(base64.b64decode(text)) if frame["opcode"] == _BINARY else len(text.encode())
        self._came.append(("frame", size + _FRAME_HEAD))
