"""`alongside agent --device x11` as a process: what it says, what it refuses, and that it ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from typing import TYPE_CHECKING, cast

import pytest

from device_agent.clock import SystemClock
from device_agent.devices.opening import OpenX11
from device_agent.main import main
from tests.agent.organisation import Organisation
from tests.x11.display import Program, eventually

if TYPE_CHECKING:
    from pathlib import Path

    from device_agent.agent import Agent
    from device_agent.panel_view import Item
    from tests.x11.display import Server

pytestmark = pytest.mark.slow


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "trust.json").write_text(json.dumps(Organisation().trust_file()))
    return tmp_path


def started(data: Path, *options: str) -> int:
    return main(["--device", "x11", "--data", str(data), *options])


def test_a_display_that_is_not_there_stops_the_start(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert started(data, "--display", ":4711") == 2
    assert "there is no X server on display :4711" in capsys.readouterr().err


def test_no_display_at_all_says_how_to_name_one(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    assert started(data) == 2
    assert "--display :0" in capsys.readouterr().err


def test_an_output_that_is_not_there_stops_the_start(
    data: Path, capsys: pytest.CaptureFixture[str], server: Server
) -> None:
    assert started(data, "--display", server.name, "--output", "HDMI-9") == 2
    assert "no output named HDMI-9" in capsys.readouterr().err


def test_a_wrong_file_of_the_makers_stops_the_start(
    data: Path, capsys: pytest.CaptureFixture[str], server: Server
) -> None:
    (data / "x11.toml").write_text('[keys]\nok = "Retrun"')
    assert started(data, "--display", server.name) == 2
    assert "there is no key named Retrun" in capsys.readouterr().err


def test_a_check_says_what_works(data: Path, capsys: pytest.CaptureFixture[str], server: Server) -> None:
    assert started(data, "--display", server.name, "--check") == 0
    told = capsys.readouterr().out
    for what in ("display", "MIT-SHM", "XTEST", "outputs: screen 1280x720", "picture: taken", "text: "):
        assert f"ok  {what}" in told


def test_a_check_says_what_does_not_work(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert started(data, "--display", ":4711", "--check") == 1
    assert "no  display: there is no X server on display :4711" in capsys.readouterr().out


async def test_whatever_the_customer_does_on_the_screen_is_the_agents_to_know(data: Path) -> None:
    class Hearing:
        """As much of an agent as a screen knows."""

        def press(self, key: str) -> None: ...
        def choose(self, item: Item, language: str = "") -> None: ...
        def customer_acted(self) -> None: ...

    agent = Hearing()
    opened = OpenX11(clock=SystemClock(), data=data, language=None, display=":0", output=None)
    await opened.join(cast("Agent", agent))
    heard = opened.device.on_key, opened.device.on_choice, opened.device.on_act
    assert heard == (agent.press, agent.choose, agent.customer_acted)


async def test_the_agent_says_where_it_is_and_leaves_the_screen_as_it_was(data: Path, server: Server) -> None:
    program = Program(server)
    command = [sys.executable, "-m", "device_agent", "--device", "x11", "--data", str(data), "--json"]
    agent = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, "DISPLAY": server.name}, stdout=asyncio.subprocess.PIPE
    )
    assert agent.stdout is not None
    async with asyncio.timeout(30):
        told = json.loads(await agent.stdout.readline())
        assert told == {"display": server.name, "output": "screen"}
        eventually(lambda: program.top_window() != program.window)
        agent.send_signal(signal.SIGTERM)
        assert await agent.wait() == 0
    program.settle()
    assert program.top_window() == program.window
    program.close()
