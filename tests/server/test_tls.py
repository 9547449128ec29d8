"""TLS in our own process: which files are refused, and that what is served by it works like all else."""

from __future__ import annotations

import asyncio
import ssl
import warnings
from typing import TYPE_CHECKING

import aiohttp
import pytest
from typer.testing import CliRunner

from server.cli import app
from server.run import CannotRun, listen, port_of, running, tls_of
from server.settings import Door, UnsafeSettings
from server.tls import CertificateFiles, context_of
from tests.server.certificates import HOUR, believing, make_certificate, now
from tests.server.programs import running_program
from tests.server_keys import give_keys

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONSOLE = "https://console.example"


def _fault(files: CertificateFiles, host: str | None = "localhost") -> str:
    with pytest.raises(UnsafeSettings) as caught:
        context_of(files, host=host, now=now())
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_good_certificate_gives_modern_tls_and_nothing_older(tmp_path: Path) -> None:
    context = context_of(make_certificate(tmp_path), host="localhost", now=now())
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    older = [suite["name"] for suite in context.get_ciphers() if suite["protocol"] == "TLSv1.2"]
    assert older
    assert all(name.startswith("ECDHE-") and ("GCM" in name or "POLY1305" in name) for name in older)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda files: files.certificate.unlink(), "service.pem cannot be read: No such file"),
        (lambda files: files.key.unlink(), "service.key cannot be read: No such file"),
        (lambda files: files.certificate.write_text("x"), "does not hold a certificate in PEM"),
        (lambda files: files.certificate.write_bytes(b"\0\xff" * 99), "does not hold a certificate in PEM"),
        (lambda files: files.certificate.write_text(""), "does not hold a certificate in PEM"),
        (lambda files: files.key.write_text("x"), "does not hold a private key in PEM"),
        (lambda files: files.key.chmod(0o644), "can be read by everybody"),
        (lambda files: files.key.write_bytes(files.certificate.read_bytes()), "a private key in PEM"),
        (lambda files: files.certificate.write_bytes(files.key.read_bytes()), "a certificate in PEM"),
        (lambda files: make_certificate(files.key.parent, passphrase="secret"), "needs a passphrase"),
    ],
)
def test_files_that_are_no_certificate_and_key_are_refused_in_a_sentence(
    tmp_path: Path, spoil: Callable[[CertificateFiles], object], said: str
) -> None:
    files = make_certificate(tmp_path)
    spoil(files)
    assert said in _fault(files)


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    files, other = make_certificate(tmp_path), make_certificate(tmp_path, name="other")
    assert "other.key is not the key of" in _fault(CertificateFiles(files.certificate, other.key))


def test_an_expired_certificate_is_refused_from_its_last_second_on(tmp_path: Path) -> None:
    end = (now() + HOUR).replace(microsecond=0)
    files = make_certificate(tmp_path, until=end)
    context_of(files, host="localhost", now=end - HOUR / 3600)
    with pytest.raises(UnsafeSettings, match="expired on"):
        context_of(files, host="localhost", now=end)


def test_a_certificate_of_tomorrow_is_refused(tmp_path: Path) -> None:
    assert "is valid only from" in _fault(make_certificate(tmp_path, since=now() + HOUR / 2))


@pytest.mark.parametrize(
    ("hosts", "host", "good"),
    [
        (["service.example"], "service.example", True),
        (["SERVICE.example"], "service.example", True),
        (["*.example"], "service.example", True),
        (["a.example", "service.example"], "service.example", True),
        (["127.0.0.1"], "127.0.0.1", True),
        (["::1"], "::1", True),
        (["other.example"], "service.example", False),
        (["*.example"], "a.service.example", False),
        (["*.service.example"], "service.example", False),
        (["service.example.evil.example"], "service.example", False),
        (["service.example"], "127.0.0.1", False),
        (["127.0.0.2"], "127.0.0.1", False),
    ],
)
def test_a_certificate_is_for_the_name_that_the_origin_has(
    tmp_path: Path,
    hosts: list[str],
    host: str,
    good: bool,  # noqa: FBT001 - a table's column
) -> None:
    files = make_certificate(tmp_path, hosts=hosts)
    if good:
        context_of(files, host=host, now=now())
    else:
        assert f"does not name {host}" in _fault(files, host)


def test_behind_a_proxy_the_certificate_may_have_any_name(tmp_path: Path) -> None:
    files = make_certificate(tmp_path, hosts=["inside.example"])
    door = Door("https://service.example", "0.0.0.0", 8400, True, files.certificate, files.key)
    assert tls_of(door) is not None
    with pytest.raises(UnsafeSettings):
        tls_of(Door("https://service.example", "0.0.0.0", 8400, False, files.certificate, files.key))


async def test_tls_is_refused_on_a_loop_that_is_not_uvloop(tmp_path: Path) -> None:
    context = context_of(make_certificate(tmp_path), host="localhost", now=now())
    sockets = listen("127.0.0.1", 0)
    try:
        with pytest.raises(CannotRun, match="uvloop"):
            async with running(aiohttp.web.Application(), sockets, context):
                pass
    finally:
        for opened in sockets:
            opened.close()


def _free_port() -> int:
    [opened] = listen("127.0.0.1", 0)
    port = port_of([opened])
    opened.close()
    return port


@pytest.mark.proves("R98", "P5")
@pytest.mark.slow
async def test_the_server_speaks_tls_to_pages_and_sockets_and_nothing_else(tmp_path: Path) -> None:
    files, port = make_certificate(tmp_path), _free_port()
    origin = f"https://localhost:{port}"
    give_keys(tmp_path / "data", iss=origin)
    given = ("--host", "127.0.0.1", "--port", port, "--origin", origin, "--console-origin", CONSOLE)
    with_tls = ("--certificate", files.certificate, "--key", files.key, "--data", tmp_path / "data")
    async with (
        running_program("serve", *given, *with_tls) as server,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=believing(files))) as http,
    ):
        assert server.facts["service"] == origin
        async with http.get(f"{origin}/healthz") as answer:
            assert answer.status == 200
            assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        async with http.ws_connect(f"{origin}/v1/device", protocols=["alongside.device.1"]) as socket:
            challenge = await socket.receive_json(timeout=10)
            assert (challenge["t"], challenge["origin"]) == ("challenge", origin)
        assert await _said(port, None, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") == b""
        asks = f"GET /healthz HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n".encode()
        assert b" 200 OK" in await _said(port, _client_of(ssl.TLSVersion.TLSv1_2), asks)
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            await _said(port, _client_of(ssl.TLSVersion.TLSv1_1), asks)
        # None of this has taken the server's time from others.
        async with http.get(f"{origin}/healthz") as answer:
            assert answer.status == 200
        assert await server.stop() == 0
    assert not [line for line in server.log if '"error"' in line]


@pytest.mark.slow
async def test_the_console_speaks_tls_with_files_out_of_the_environment(tmp_path: Path) -> None:
    files, port = make_certificate(tmp_path), _free_port()
    origin = f"https://localhost:{port}"
    environment = {"ALONGSIDE_CERTIFICATE": str(files.certificate), "ALONGSIDE_KEY": str(files.key)}
    given = ("--host", "127.0.0.1", "--port", port, "--origin", origin, "--service", CONSOLE)
    async with (
        running_program("console", *given, environment=environment) as console,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=believing(files))) as http,
    ):
        async with http.get(f"{origin}/config.json") as answer:
            assert (await answer.json())["service"] == CONSOLE
            assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        assert await console.stop() == 0


@pytest.mark.slow
def test_a_command_with_bad_files_says_so_in_one_sentence_and_makes_nothing(tmp_path: Path) -> None:
    expired = make_certificate(tmp_path, until=now() - HOUR / 2)
    data = tmp_path / "data"
    given = ("--origin", "https://localhost:8400", "--certificate", expired.certificate)
    for command, more, said in (
        ("serve", ("--key", expired.key, "--console-origin", CONSOLE, "--data", data), "expired on"),
        ("serve", ("--console-origin", CONSOLE, "--data", data), "belong together"),
        ("console", ("--key", expired.key, "--service", CONSOLE), "expired on"),
        ("console", ("--service", CONSOLE), "belong together"),
    ):
        refused = CliRunner().invoke(app, [command, *map(str, (*given, *more))])
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert refused.stderr.startswith("alongside: ")
        assert said in refused.stderr
        assert refused.stderr.count("\n") == 1
        assert not data.exists()


def _client_of(version: ssl.TLSVersion) -> ssl.SSLContext:
    """A client that speaks this version alone, with whatever ciphers."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


async def _said(port: int, tls: ssl.SSLContext | None, words: bytes) -> bytes:
    """Everything the server answers before it closes."""
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
        writer.write(words)
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""
        finally:
            writer.close()
