"""Starting and stopping: what may be asked for, and the process itself."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from device_agent.main import StartError, main, own_origin
from tests.agent.organisation import Organisation

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("server", "origin"),
    [
        ("https://Relay.Example", "https://relay.example"),
        ("https://relay.example:443/", "https://relay.example"),
        ("https://relay.example:8443", "https://relay.example:8443"),
        ("http://localhost:8400", "http://localhost:8400"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://[::1]:8400", "http://[::1]:8400"),
    ],
)
def test_an_origin_has_one_spelling(server: str, origin: str) -> None:
    """SPEC §1."""
    assert own_origin(server) == origin


@pytest.mark.parametrize(
    "server",
    [
        "relay.example",
        "ws://relay.example",
        "https://",
        "https://relay.example/path",
        "https://relay.example?x=1",
        "http://relay.example",
        "http://localhost.relay.example",
        "https://user@relay.example",
        "https://relay.example#part",
        "https://relay.example:port",
    ],
)
def test_what_is_no_origin_or_not_encrypted_is_refused(server: str) -> None:
    """INV-C2: no plain HTTP to another machine."""
    with pytest.raises(StartError):
        own_origin(server)


def test_a_device_that_was_not_provisioned_says_so_and_stops(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--server", "https://relay.example", "--data", str(tmp_path), "--page-port", "0"]) == 2
    assert "not provisioned" in capsys.readouterr().err


def test_a_device_calls_no_other_server_than_its_maker_wrote_into_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """SPEC §1: the origin is in every key and every badge."""
    (tmp_path / "trust.json").write_text(json.dumps(Organisation().trust_file()))
    options = ["--server", "https://evil.example", "--data", str(tmp_path), "--page-port", "0"]
    assert main(options) == 2
    assert "provisioned for https://relay.example" in capsys.readouterr().err


def test_a_device_is_not_provisioned_for_a_server_without_encryption(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """INV-C2."""
    (tmp_path / "trust.json").write_text(json.dumps(Organisation().trust_file("http://relay.example")))
    assert main(["--data", str(tmp_path), "--page-port", "0"]) == 2
    assert "would not be encrypted" in capsys.readouterr().err


def test_a_language_without_texts_is_refused_before_anything_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--server", "https://relay.example", "--data", str(tmp_path / "set"), "--language", "xx"]
    assert main(options) == 2
    assert "no texts in this language; choose one of" in capsys.readouterr().err
    assert not (tmp_path / "set").exists()


@pytest.mark.slow
async def test_the_process_says_where_its_page_is_and_leaves_on_sigterm(tmp_path: Path) -> None:
    trust = Organisation().trust_file("http://localhost:9")
    (tmp_path / "trust.json").write_text(json.dumps(trust))
    options = ["--server=http://localhost:9", f"--data={tmp_path}", "--page-port=0", "--json"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "device_agent", *options, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        said = json.loads(await process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    assert said["tv"].startswith("http://localhost:")
    assert (tmp_path / "device.key").stat().st_mode & 0o777 == 0o600
