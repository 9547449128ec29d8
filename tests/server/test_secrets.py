"""No secret and no person in any line of the log (INV-C4)."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server import logs
from server.run import listen, port_of
from server.web.application import application
from server.web.doors import Doors
from server.web.routes import Access, Route
from tests.server.conftest import CONSOLE, PASSWORD
from wire.badge import badge_challenge_message
from wire.encoding import b64, sha256_b64, unb64

if TYPE_CHECKING:
    from tests.server.conftest import Running


async def test_a_whole_visit_leaves_no_secret_in_the_log(server: Running) -> None:
    key = Ed25519PrivateKey.generate()
    token = await server.sign_in()
    _, asked, _ = await server.call("POST", "/v1/badge-challenges", token=token, json={})
    challenge = str(asked["challenge"])
    sig = key.sign(badge_challenge_message(str(asked["issuer"]), unb64(challenge)))
    body = {"key": b64(key.public_key().public_bytes_raw()), "challenge": challenge, "sig": b64(sig)}
    status, issued, _ = await server.call("POST", "/v1/badges", token=token, json=body)
    assert status == 201
    jws = str(issued["badge"])
    redeem = {"locator": "48151", "badge": sha256_b64(jws.encode())}
    status, _, _ = await server.call("POST", "/v1/sessions", token=token, json=redeem)
    assert status == 404
    await server.call("POST", "/v1/sign-in", json={"login": "somebody.private", "password": "wrong-word"})
    await server.call(
        "GET",
        "/v1/console",
        headers={"Origin": CONSOLE, "Sec-WebSocket-Protocol": f"alongside.console.1, ticket.{'T' * 43}"},
    )
    await server.call("POST", "/v1/sign-out", token=token, json={})
    log = server.log.getvalue()
    secrets = (token, PASSWORD, "wrong-word", challenge, *jws.split("."), redeem["badge"], "48151", "T" * 43)
    persons = ("technician@", "somebody.private", "Demo", "Hallmere", "127.0.0.1", "aiohttp/")
    for secret in (*secrets, *persons):
        assert secret not in log
    assert log.count('"event": "answered"') == 7


async def test_a_librarys_warning_loses_its_words(server: Running) -> None:
    logging.getLogger("some.library").warning("request line was %s", "GET /?token=mislaid")
    try:
        int("token=mislaid")
    except ValueError:
        logging.getLogger("some.library").exception("future: <Task exception=ValueError('token=mislaid')>")
    log = server.log.getvalue()
    assert "mislaid" not in log
    assert log.count("some.library") == 2
    assert "ValueError" in log


async def test_the_record_of_a_sign_in_names_an_account_only_by_a_pseudonym(server: Running) -> None:
    """INV-D3, INV-H5: the acting account, and nobody's name."""
    from sqlalchemy import select

    from relay.audit.record import parse_leaf
    from relay.audit.store import audit_leaf

    await server.sign_in()
    async with server.office.database.read() as conn:
        leaves = [parse_leaf(bytes(row.leaf)) for row in await conn.execute(select(audit_leaf))]
    signed = [leaf for leaf in leaves if leaf.typ == "account.signed_in"]
    assert [(leaf.role.value, dict(leaf.d)) for leaf in signed] == [("technician", {"by": "password"})]
    [account] = [one for one in await server.office.identity.accounts() if one.role == "technician"]
    assert account.id not in repr(leaves)
    assert "Demo" not in repr(leaves)


async def test_a_token_in_a_path_is_not_in_the_log() -> None:
    """INV-C4: a link of a mail is opened by its path, and the log says the route alone, or none."""

    async def page(_request: web.Request) -> web.Response:
        return web.Response()

    route = Route("GET", "/account/verify/{token}", frozenset({Access.ANYONE}), page)
    log = io.StringIO()
    logs.configure(log)
    sockets = listen("127.0.0.1", 0)
    origin = f"http://localhost:{port_of(sockets)}"
    app = application([route], Doors(origin, (), behind_proxy=False, account_for_token=nobody))
    runner = web.AppRunner(app, access_log_class=logs.AccessLog)
    await runner.setup()
    site = web.SockSite(runner, sockets[0])
    await site.start()
    async with aiohttp.ClientSession() as http:
        for path in ("/account/verify/mislaid-token", "/account/nowhere/mislaid-token"):
            async with http.get(origin + path):
                pass
    await runner.cleanup()
    for opened in sockets:
        opened.close()
    assert "mislaid-token" not in log.getvalue()
    assert '"route": "/account/verify/{token}"' in log.getvalue()
    assert log.getvalue().count('"event": "answered"') == 2


async def nobody(_token: str) -> None:
    return None
