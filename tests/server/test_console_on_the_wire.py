"""What a cold console costs: every byte and every round trip until it can be used, and how it is packed."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
from typing import TYPE_CHECKING

import pytest

import locales
from server.console import ConsoleSettings, console_application
from server.release import MANIFEST, Release, Served, read_release
from server.run import listen, port_of, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SERVICE = "http://localhost:8400"
COLD_BYTES = 130 * 1024  # of the 200 KiB until the first picture (tests/e2e/test_first_light.py)
SIGN_IN_BYTES = 60 * 1024  # of which nothing waits for the rest
# As Chromium asks; what it says of itself is longer than what anybody reads of it.
ASKED = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: keep-alive\r\n"
    'sec-ch-ua-platform: "Linux"\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 '
    "(KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36\r\n"
    'sec-ch-ua: "Chromium";v="156", "Not)A;Brand";v="8"\r\nsec-ch-ua-mobile: ?0\r\nAccept: */*\r\n'
    "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: script\r\n"
    "Referer: {origin}/\r\nAccept-Encoding: {coding}\r\nAccept-Language: {language}\r\n\r\n"
)
SOON = re.compile(r"<([^>]+)>; rel=\w*preload\b")
LATER = re.compile(rb'<link rel="later" href="([^"]+)"')
NAMED = re.compile(rb'<(?:script type="module" src|link rel="(?:stylesheet|icon)" href)="([^"]+)"')


class Wire:
    """A raw connection for each request, and the count of what passed in both directions."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.host = origin.removeprefix("http://")
        self.bytes = 0
        self.asked: list[str] = []

    async def get(
        self, path: str, *, coding: str = "gzip, deflate, br, zstd", language: str = "en", more: str = ""
    ) -> tuple[int, dict[str, str], bytes]:
        reader, writer = await asyncio.open_connection("localhost", int(self.host.partition(":")[2]))
        request = ASKED.format(
            path=path, host=self.host, origin=self.origin, coding=coding, language=language
        )
        request = request.replace("\r\n\r\n", f"\r\n{more}\r\n")
        writer.write(request.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")[:-2]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        assert "transfer-encoding" not in headers
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        writer.close()
        self.bytes += len(request) + len(head) + len(body)
        self.asked.append(path)
        return int(first.split(" ")[1]), headers, body


@pytest.fixture(scope="module")
def release() -> Release:
    return read_release()


@pytest.fixture
async def wire(release: Release) -> AsyncIterator[Wire]:
    sockets = listen("127.0.0.1", 0)
    origin = f"http://localhost:{port_of(sockets)}"
    async with running(console_application(ConsoleSettings(origin, SERVICE), release), sockets):
        yield Wire(origin)


@pytest.mark.parametrize("language", locales.languages())
async def test_a_cold_console_is_light_and_there_after_two_rounds(wire: Wire, language: str) -> None:
    """The page names all it needs: nothing is found out only by what came before it."""
    _, headers, packed = await wire.get("/", language=f"{language},en;q=0.5")
    soon = SOON.findall(headers["link"])
    named = [path.decode() for path in NAMED.findall(gzip.decompress(packed))]
    assert soon == ["/app.js", "/config.json", f"/locales/{language}.json"], (
        "the script has the warm connection"
    )
    assert named == ["/mark.svg", "/app.js", "/styles.css"]
    for path in dict.fromkeys((*soon, *named)):
        status, _, _ = await wire.get(path)
        assert status == 200
    assert len(wire.asked) == 6
    assert 30 * 1024 < wire.bytes <= SIGN_IN_BYTES
    later = LATER.findall(gzip.decompress(packed))
    assert later[-1] == b"/work.js"
    await wire.get("/work.js")
    assert 60 * 1024 < wire.bytes <= COLD_BYTES


async def test_what_arrives_packed_is_what_was_pinned(wire: Wire, release: Release) -> None:
    for path, file in {**release.files, MANIFEST: None}.items():
        status, headers, body = await wire.get(path)
        assert (status, headers["content-encoding"]) == (200, "gzip"), path
        assert len(body) == int(headers["content-length"])
        plain = gzip.decompress(body)
        assert len(body) < len(plain)
        digest = release.name if file is None else file.sha256
        assert hashlib.sha256(plain).hexdigest() == digest
        assert headers["etag"] == f'"{digest}.gz"'
        assert "Accept-Encoding" in headers["vary"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "content-security-policy" in headers


PACKED = ("gzip", "GZIP;q=1.000", "br, gzip ; q=0.001")
PLAIN = (
    "",
    "identity",
    "br, zstd",
    "x-gzip, gzipped",
    "gzip;q=0",
    "gzip;q=0.000, *",
    "gzip;q=",
    "gzip;q=2",
    "gzip;q=0.0001",
    "gzip;level=9",
    "gzip;q=NaN",
    ";;;,,,===",
    "*",
)


async def test_it_is_packed_only_for_whoever_asks_for_it(wire: Wire) -> None:
    _, plain, text = await wire.get("/styles.css", coding="identity")
    for coding in (*PACKED, *PLAIN):
        packed = coding in PACKED
        status, headers, body = await wire.get("/styles.css", coding=coding)
        assert status == 200
        assert headers.get("content-encoding") == ("gzip" if packed else None), coding
        assert (gzip.decompress(body) if packed else body) == text
        assert (headers["etag"] == plain["etag"]) is not packed
        assert headers["vary"] == plain["vary"] == "Accept-Encoding"


async def test_each_form_is_known_again_by_its_own_tag(wire: Wire) -> None:
    """A store that keeps both never serves one for the other."""
    for path in ("/", "/app.js", "/config.json"):
        tags = {}
        for coding in ("gzip", "identity"):
            _, headers, _ = await wire.get(path, coding=coding)
            tags[coding] = headers["etag"]
        for coding, own in tags.items():
            for tag in tags.values():
                status, headers, body = await wire.get(path, coding=coding, more=f"If-None-Match: {tag}\r\n")
                assert status == (304 if tag == own else 200)
                assert headers["etag"] == own
                assert "Accept-Encoding" in headers["vary"]
                assert (body == b"") is (status == 304)
        assert (tags["gzip"] == tags["identity"]) is (path == "/config.json")


async def test_only_what_is_the_same_for_everybody_is_packed(wire: Wire) -> None:
    """Of what holds a setting or echoes a request, no length tells anything (BREACH)."""
    for path in ("/config.json", "/nothing", "/nothing?secret=1"):
        _, headers, _ = await wire.get(path)
        assert "content-encoding" not in headers, path


async def test_the_script_is_named_early_under_the_hash_that_the_page_pins(
    wire: Wire, release: Release
) -> None:
    """Whatever became of the script meanwhile: the page says what runs."""
    _, headers, packed = await wire.get("/")
    pinned = release.files["/app.js"].integrity
    assert f'</app.js>; rel=modulepreload; integrity="{pinned}"' in headers["link"]
    assert f'src="/app.js" integrity="{pinned}">'.encode() in gzip.decompress(packed)
    altered = Release({**release.files, "/app.js": Served(b"altered()", release.files["/app.js"].kind)})
    sockets = listen("127.0.0.1", 0)
    origin = f"http://localhost:{port_of(sockets)}"
    async with running(console_application(ConsoleSettings(origin, SERVICE), altered), sockets):
        _, headers, _ = await Wire(origin).get("/")
    assert f'</app.js>; rel=modulepreload; integrity="{pinned}"' in headers["link"]


async def test_the_texts_that_come_along_are_the_reader_s(wire: Wire) -> None:
    for asked, given in (
        ("nn-NO,nn;q=0.9", "nb"),
        ("fr", "en"),
        ("", "en"),
        ("de, vi;q=0.4, cs;q=0.8", "cs"),
    ):
        _, headers, _ = await wire.get("/", language=asked)
        assert f"</locales/{given}.json>; rel=preload" in headers["link"]
        assert headers["vary"] == "Accept-Encoding, Accept-Language"
    _, headers, _ = await wire.get("/app.js")
    assert "link" not in headers
