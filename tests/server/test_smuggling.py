"""A second request hidden in the first one is never carried out, alone or behind a proxy (INV-F1, INV-G1).

Each shape is what a proxy passes on that reads the end of a request otherwise than we do: to it the hidden
request is a body, or of another protocol, and nothing it has to judge. Hidden is a sign-out with a good
token, which would be seen to have been done. `test_raw_http.py` has the shapes of a single bad request.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.server.conftest import running_server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.conftest import Running

HOST = b"Host: HERE\r\n"
JSON = b"Content-Type: application/json\r\n"
POST = b"POST /v1/sign-in HTTP/1.1\r\n" + HOST + JSON
GET = b"GET /healthz HTTP/1.1\r\n" + HOST
HIDDEN = (
    b"POST /v1/sign-out HTTP/1.1\r\nHost: HERE\r\nAuthorization: Bearer TOKEN\r\nContent-Length: 0\r\n\r\n"
)
SOCKET = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)
H2C = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
END = b"0\r\n\r\n"
# The next caller's, on a proxy's connection to us.
NEXT = GET + b"Connection: close\r\n\r\n"


def length(of: bytes) -> bytes:
    # Longer than it stands here by what TOKEN and HERE become.
    return b"Content-Length: LENGTH\r\n\r\n" + of


def chunk(size: bytes) -> bytes:
    """A body that ends at once for whoever takes this for a size, and holds the hidden request for others."""
    return POST + CHUNKED + b"\r\n" + size + b"\r\n" + END + HIDDEN


# To the server there is one request at most; HIDDEN is its body, or follows what is no HTTP.
SHAPES = {
    # Where the body ends: by its length or by its chunks
    "length, then chunks": POST + CHUNKED + length(END + HIDDEN),
    "chunks, then length": POST + b"Content-Length: 5\r\n" + CHUNKED + b"\r\n" + END + HIDDEN,
    "length and a coding nobody knows": POST + b"Transfer-Encoding: cow\r\n" + length(END + HIDDEN),
    "length of nothing, and a coding": POST + b"Content-Length: 0\r\nTransfer-Encoding: cow\r\n\r\n" + HIDDEN,
    "two codings in one line": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n" + END + HIDDEN,
    "a coding in quotes": POST + b'Transfer-Encoding: "chunked"\r\n\r\n' + END + HIDDEN,
    "a coding with a parameter": POST + b"Transfer-Encoding: chunked;q=1\r\n\r\n" + END + HIDDEN,
    "a coding with a comma before": POST + b"Transfer-Encoding: ,chunked\r\n" + length(END + HIDDEN),
    "a coding after a tab": POST + b"Transfer-Encoding:\tchunked\r\n" + length(END + HIDDEN),
    "a coding after a form feed": POST + b"Transfer-Encoding:\x0cchunked\r\n" + length(END + HIDDEN),
    "a coding with a letter too many": POST + b"Transfer-Encoding: chunkedx\r\n" + length(END + HIDDEN),
    "a coding with a nul": POST + b"Transfer-Encoding: chunked\0\r\n" + length(END + HIDDEN),
    "a coding on a folded line": POST + b"Transfer-Encoding:\r\n chunked\r\n" + length(END + HIDDEN),
    "a coding folded into another header": POST
    + b"X: y\r\n Transfer-Encoding: chunked\r\n"
    + length(END + HIDDEN),
    "a coding after a bare lf": POST + b"X: y\nTransfer-Encoding: chunked\r\n" + length(END + HIDDEN),
    "a coding after a bare cr": POST + b"X: y\rTransfer-Encoding: chunked\r\n" + length(END + HIDDEN),
    "a coding with a space before the colon": POST
    + b"Transfer-Encoding : chunked\r\n"
    + length(END + HIDDEN),
    "a coding indented as the first header": b"POST /v1/sign-in HTTP/1.1\r\n Transfer-Encoding: chunked\r\n"
    + HOST
    + length(END + HIDDEN),
    "chunks in HTTP/1.0": POST.replace(b"1.1", b"1.0") + CHUNKED + length(END + HIDDEN),
    "a length with a space before the colon": POST + b"Content-Length : 0\r\n" + length(HIDDEN),
    "a length and a shorter one": POST + b"Content-Length: 0\r\n" + length(HIDDEN),
    "a length folded": POST + b"Content-Length:\r\n 0\r\n\r\n" + HIDDEN,
    "a length in two words": POST + b"Content-Length: 0 0\r\n\r\n" + HIDDEN,
    "a length with an underscore": POST + b"Content-Length: 1_0\r\n\r\n" + HIDDEN,
    "a length with a point": POST + b"Content-Length: 0.0\r\n\r\n" + HIDDEN,
    "a length in other digits": POST + "Content-Length: \u0660\r\n\r\n".encode() + HIDDEN,
    # How long a chunk is
    "a size with a sign": chunk(b"+0"),
    "a size in hex notation": chunk(b"0x0"),
    "a size with an underscore": chunk(b"0_0"),
    "a size after a space": chunk(b" 0"),
    "a size beyond numbers": chunk(b"F" * 17),
    "a size that wraps to nothing": chunk(b"10000000000000000"),
    "a size of sixteen digits": chunk(b"7FFFFFFFFFFFFFFF"),
    "an extension with a bare lf": chunk(b"0;x\n"),
    "an extension with a bare cr": chunk(b"0;x\ry"),
    "a size ended by a bare lf": POST + CHUNKED + b"\r\n0\n\n" + HIDDEN,
    "a size ended by a bare cr": POST + CHUNKED + b"\r\n0\r\r" + HIDDEN,
    "a chunk without its end": POST + CHUNKED + b"\r\n2\r\n{}0\r\n\r\n" + HIDDEN,
    "a chunk ended by two other bytes": POST + CHUNKED + b"\r\n2\r\n{}xx0\r\n\r\n" + HIDDEN,
    "a trailer that is a request": POST + CHUNKED + b"\r\n0\r\n" + HIDDEN,
    "a trailer with a length": POST + CHUNKED + b"\r\n0\r\nContent-Length: 9999\r\n\r\n" + HIDDEN,
    # A body where none is meant
    "a get with a body": GET + length(HIDDEN),
    "a get with chunks": GET + CHUNKED + b"\r\nLENGTH16\r\n" + HIDDEN + b"\r\n" + END,
    "a body that waits for a yes": POST + b"Expect: 100-continue\r\n" + length(HIDDEN),
    "a body that is refused before it is read": b"POST /nowhere HTTP/1.1\r\n" + HOST + length(HIDDEN),
    "a body of too many bytes": POST + b"Content-Length: 99999999\r\n\r\n" + HIDDEN,
    # Another protocol
    "a socket with a body": b"GET /v1/device HTTP/1.1\r\n"
    + HOST
    + SOCKET
    + b"Sec-WebSocket-Protocol: alongside.device.1\r\n"
    + length(HIDDEN),
    "a socket, and no frames": b"GET /v1/device HTTP/1.1\r\n"
    + HOST
    + SOCKET
    + b"Sec-WebSocket-Protocol: alongside.device.1\r\n\r\n"
    + HIDDEN,
    "a socket of the wrong version": GET + SOCKET.replace(b"13", b"7") + b"\r\n" + HIDDEN,
    "a socket that is refused for its origin": b"GET /v1/console HTTP/1.1\r\nOrigin: https://evil.example\r\n"
    + HOST
    + SOCKET
    + b"\r\n"
    + HIDDEN,
    "http/2 in the clear": GET + H2C + b"\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + HIDDEN,
    "http/2 in the clear, with a body": POST + H2C + length(HIDDEN),
    "two protocols": GET + b"Connection: Upgrade\r\nUpgrade: h2c, websocket\r\n\r\n" + HIDDEN,
    "a protocol without a connection header": GET + b"Upgrade: h2c\r\n\r\n" + HIDDEN,
    "a tunnel": b"CONNECT HERE HTTP/1.1\r\n" + HOST + b"\r\n" + HIDDEN,
    "a tunnel by its path": b"CONNECT /healthz HTTP/1.1\r\n" + HOST + b"\r\n" + HIDDEN,
    # The request line
    "a version too many": b"POST /v1/sign-in HTTP/1.1 HTTP/1.1\r\n" + HOST + b"\r\n" + HIDDEN,
    "a line feed in the path": b"POST /v1/sign-in\n" + HIDDEN,
    "no version": b"POST /v1/sign-in\r\n" + HIDDEN,
    "http/1.0 that wants to stay": b"GET /nowhere HTTP/1.0\r\n" + HOST + b"\r\n" + HIDDEN,
}


@dataclass(frozen=True)
class Attack:
    server: Running
    token: str

    async def said(self, shape: bytes) -> bytes:
        """All that is answered, with an honest request behind it, until the connection is closed."""
        here = self.server.origin.removeprefix("http://").encode()
        words = shape.replace(b"HERE", here).replace(b"TOKEN", self.token.encode())
        _, _, body = words.partition(b"\r\n\r\n")
        hidden = HIDDEN.replace(b"HERE", here).replace(b"TOKEN", self.token.encode())
        words = words.replace(b"LENGTH16", f"{len(hidden):x}".encode())
        words = words.replace(b"LENGTH", str(len(body)).encode())
        words += NEXT.replace(b"HERE", here)
        reader, writer = await asyncio.open_connection("127.0.0.1", int(here.rpartition(b":")[2]))
        try:
            async with asyncio.timeout(10):
                writer.write(words)
                return await reader.read()
        finally:
            writer.close()

    async def is_still_signed_in(self) -> bool:
        return await self.server.office.identity.account_for_token(self.token) is not None


@pytest.mark.parametrize("behind_proxy", [False, True], ids=["alone", "behind a proxy"])
async def test_a_hidden_request_is_not_carried_out_and_not_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, behind_proxy: bool
) -> None:
    monkeypatch.setattr("server.web.body.BODY_WAIT_S", 0.05)
    monkeypatch.setattr("server.run.LINGER_S", 0.05)
    async with running_server(tmp_path / "data", behind_proxy=behind_proxy) as server:
        attack = Attack(server, await server.sign_in())
        for name, shape in SHAPES.items():
            said = await attack.said(shape)
            finals = [int(code) for code in re.findall(rb"HTTP/1\.[01] ([0-9]{3}) ", said)]
            finals = [code for code in finals if code != 100]
            # Either all agree where the first request ended, or it was the last.
            assert len(finals) == 1 or (len(finals) == 2 and finals[1] == 200), (name, said)
            assert await attack.is_still_signed_in(), name
        # The hidden request itself is a good one: were it read as a request, it would be carried out.
        assert b" 204 " in await attack.said(HIDDEN)
        assert not await attack.is_still_signed_in()
        assert (await server.call("GET", "/healthz"))[0] == 200
        log = server.log.getvalue()
        assert attack.token not in log
        assert "our fault" not in log
        assert "Traceback" not in log
