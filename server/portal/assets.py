"""The portal's styles, scripts and drawings: files that are the same for everybody."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aiohttp import hdrs, web

import customer_web
from server.web.routes import Access, Route

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDER: Final = Path(customer_web.__file__).parent / "static"
_KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def asset_routes() -> list[Route]:
    """One for each file, and none for what is no file of ours: nobody walks through folders."""
    return [_route(f"/static/{path.relative_to(FOLDER).as_posix()}", path) for path in _files()]


def _files() -> Iterable[Path]:
    return sorted(path for path in FOLDER.rglob("*") if path.suffix in _KINDS)


def _route(address: str, path: Path) -> Route:
    body = path.read_bytes()
    tag = hashlib.sha256(body).hexdigest()[:32]
    headers = {
        hdrs.CONTENT_TYPE: _KINDS[path.suffix],
        hdrs.ETAG: f'"{tag}"',
        hdrs.CACHE_CONTROL: "no-cache",
    }

    async def serve(request: web.Request) -> web.Response:
        if tag in {known.value for known in request.if_none_match or ()}:
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, headers=headers)

    return Route("GET", address, frozenset({Access.ANYONE}), serve, portal=True)
