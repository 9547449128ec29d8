"""The shipped server on a data folder, as a process of its own on loopback."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.endings.children import READY_S, over, start
from bench.endings.relay import CannotStart, free_port
from server.keys import set_up
from server.settings import private_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.settings import Settings

ALONGSIDE: Final = Path(sys.executable).with_name("alongside")


def with_keys(settings: Settings, folder: Path) -> Settings:
    """The same on a free port, with a data folder that a server can sign from. Once for each folder."""
    named = replace(settings, origin=f"http://localhost:{free_port('127.0.0.1')}", issuer="hallmere-care")
    private_folder(named.data)
    set_up(named, folder / "root.key", now_s=int(time.time()))
    return named


@asynccontextmanager
async def served(settings: Settings, folder: Path) -> AsyncIterator[str]:
    """Its origin, while it runs. It believes who calls it to be the proxy that names the callers."""
    assert settings.maker is not None, "without a maker there is no desk"
    log = folder / "serve.log"
    process = await start(
        [
            str(ALONGSIDE),
            "serve",
            "--host=127.0.0.1",
            f"--port={settings.origin.rpartition(':')[2]}",
            f"--origin={settings.origin}",
            f"--issuer={settings.issuer}",
            "--behind-proxy",
            "--json",
        ],
        log=log,
        ALONGSIDE_DATA=str(settings.data),
        ALONGSIDE_MAKER=str(settings.maker),
        DATABASE_URL=settings.database,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(READY_S):
            said = await process.stdout.readline()
        if not said:
            raise CannotStart(f"`alongside serve` did not start: {log.read_text(encoding='utf-8')[-500:]}")
        yield settings.origin
    finally:
        await over(process)
