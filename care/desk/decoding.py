"""The barcodes of a photograph, read by a process of its own for each picture (INV-F2, INV-F4).

The process has limits of memory and time. One that dies of a picture takes nothing along, and the next
picture gets a fresh one.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from care.ports import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

PICTURE_BYTES: Final = 8 * 1024 * 1024
WAIT_S: Final = 15.0
"""For the process; its processor time is limited to less."""
_END_S: Final = 5.0
AT_ONCE: Final = 2
WAITING_MOST: Final = 16
_PROGRAM: Final = (sys.executable, "-I", str(Path(__file__).with_name("decode_picture.py")))
_ANSWER_MOST: Final = 1024 * 1024
_PROBLEMS: Final = frozenset({"image-type", "image-damaged", "image-too-large"})


class Decoder:
    """`AT_ONCE` pictures are read at once; who would wait behind `WAITING_MOST` others is refused.

    `program` and `wait_s` are for tests.
    """

    def __init__(self, program: Sequence[str] = _PROGRAM, wait_s: float = WAIT_S) -> None:
        self._program = program
        self._wait_s = wait_s
        self._places = asyncio.Semaphore(AT_ONCE)
        self._inside = 0

    async def texts(self, picture: bytes) -> list[str]:
        """What each code says, in the order in which they were found.

        Raises Refusal `image-type` for what is neither JPEG nor PNG, `image-damaged` for what cannot be read
        to its end, `image-too-large` over 8 MiB or 40 megapixels, `try-later` where too many wait.
        """
        if len(picture) > PICTURE_BYTES:
            raise Refusal("image-too-large")
        if self._inside >= AT_ONCE + WAITING_MOST:
            raise Refusal("try-later", retry_after_s=5)
        self._inside += 1
        try:
            async with self._places:
                return _understood(await self._run(picture))
        finally:
            self._inside -= 1

    async def _run(self, picture: bytes) -> bytes:
        """What the program wrote; nothing where it did not come to its end, or wrote too much."""
        process = await asyncio.create_subprocess_exec(
            *self._program,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={},
            start_new_session=True,
        )
        assert process.stdin is not None, "piped"
        assert process.stdout is not None, "piped"
        process.stdin.write(picture)
        process.stdin.close()
        try:
            async with asyncio.timeout(self._wait_s):
                written = await _at_most(process.stdout, _ANSWER_MOST)
                await process.wait()
        except TimeoutError:
            return b""
        finally:
            if process.returncode is None:
                await _end(process)
        return written if process.returncode == 0 else b""


async def _at_most(stream: asyncio.StreamReader, most: int) -> bytes:
    """All of it; raises TimeoutError for more, which is a program that does not come to its end either."""
    data = bytearray()
    while part := await stream.read(65_536):
        data += part
        if len(data) > most:
            raise TimeoutError
    return bytes(data)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ends it, with whatever it started, and reads what it left: its end is told only behind that."""
    assert process.stdout is not None, "piped"
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(TimeoutError):
        async with asyncio.timeout(_END_S):
            while await process.stdout.read(65_536):
                pass
            await process.wait()


def _understood(written: bytes) -> list[str]:
    """What a process says that somebody's picture may have taken over is looked at like what anybody says."""
    try:
        answer = json.loads(written)
    except ValueError:
        answer = None
    match answer:
        case {"texts": list(texts)} if all(isinstance(text, str) for text in texts):
            return texts
        case {"problem": str(problem)} if problem in _PROBLEMS:
            raise Refusal(problem)
    raise Refusal("image-damaged")
