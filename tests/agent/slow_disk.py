"""A disk that writes when it is let, and notes how many write at once."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

from device_agent.files import write_durably

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class SlowDisk:
    """Writes when it is let, as a worn flash does."""

    def __init__(self) -> None:
        self.may_write = threading.Event()
        self.begun = threading.Event()
        self.writing = self.most = 0

    def write(self, path: Path, data: bytes, **options: Any) -> None:
        self.writing += 1
        self.most = max(self.most, self.writing)
        self.begun.set()
        assert self.may_write.wait(5)
        write_durably(path, data, **options)
        self.writing -= 1

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not holds():
                await asyncio.to_thread(lambda: None)
