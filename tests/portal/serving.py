"""All pages of the portal from samples, under the policy they will be served with, on loopback."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from aiohttp import web

from customer_web.render import render
from customer_web.views.accounts import HomePage
from tests.portal import samples

if TYPE_CHECKING:
    from collections.abc import Iterator


HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        "form-action 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
}


def page_of(language: str, name: str, *, signed_in: bool) -> str:
    """The HTML of a sample, a page or a frame. Raises KeyError for a name there is none of."""
    frames = dict(samples.shells(language))
    if name in frames:
        return render(HomePage(), frames[name])
    page = dict(samples.pages(language))[name]
    return render(page, samples.shell(language, signed_in=signed_in, nav=samples.nav_of(page)))


def application() -> web.Application:
    app = web.Application()
    app.router.add_get("/{language:[a-z]{2}}/{signed:in|out}/{name}", _page)
    app.router.add_get("/", _contents)
    app.router.add_static("/static", samples.STATIC)
    app.on_response_prepare.append(_with_policy)
    return app


async def _with_policy(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)


async def _page(request: web.Request) -> web.Response:
    asked = request.match_info
    try:
        text = page_of(asked["language"], asked["name"], signed_in=asked["signed"] == "in")
    except (KeyError, AttributeError):
        raise web.HTTPNotFound from None
    return web.Response(text=text, content_type="text/html")


async def _contents(_: web.Request) -> web.Response:
    names = [name for name, _ in (*samples.pages("en"), *samples.shells("en"))]
    links = "".join(
        f"<tr><th>{name}</th>"
        + "".join(
            f'<td><a href="/{language}/in/{name}">{language}</a></td>' for language in samples.LANGUAGES
        )
        + "</tr>"
        for name in names
    )
    return web.Response(text=f"<!doctype html><table>{links}</table>", content_type="text/html")


@contextmanager
def serving() -> Iterator[str]:
    """The origin of the samples, from a thread, until the block ends."""
    listener = socket.create_server(("localhost", 0))
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(application())

    async def start() -> None:
        await runner.setup()
        await web.SockSite(runner, listener).start()

    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(start(), loop).result()
    try:
        yield f"http://localhost:{listener.getsockname()[1]}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
