"""What an operator says of data channels, and the logins that coturn believes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from server.console import ConsoleSettings, _Pages
from server.direct import Direct, DirectWays, TurnLogins, read_turn_secret
from server.release import read_release
from server.settings import Settings, UnsafeSettings

if TYPE_CHECKING:
    from pathlib import Path

SECRET = b"shared with our own coturn"
NOW_MS = 1_790_000_000_000


def kept(folder: Path, data: bytes, mode: int = 0o600) -> Path:
    path = folder / "turn.secret"
    path.write_bytes(data)
    path.chmod(mode)
    return path


async def test_a_login_is_one_that_coturn_believes_until_a_session_is_over() -> None:
    logins = TurnLogins(SECRET, now_ms=lambda: NOW_MS, random_bytes=bytes)
    answer = await logins.create(None)  # type: ignore[arg-type]
    assert answer.status == 201
    assert isinstance(answer.body, bytes)
    login = json.loads(answer.body)
    assert login["username"] == f"{NOW_MS // 1000 + 7_200}:{'00' * 8}"
    mac = hmac.new(SECRET, login["username"].encode(), hashlib.sha1).digest()
    assert (login["password"], login["ttl"]) == (base64.b64encode(mac).decode(), 7_200)


def test_a_secret_that_others_can_read_or_that_is_none_refuses_to_start(tmp_path: Path) -> None:
    good = kept(tmp_path, SECRET + b"\n")
    assert read_turn_secret(good) == (SECRET, [])
    assert Settings(turn_secret=good).turn_login_secret() == SECRET
    for path in (tmp_path / "nothing", kept(tmp_path, b"short"), kept(tmp_path, b"x" * 300)):
        assert read_turn_secret(path)[0] == b""
        with pytest.raises(UnsafeSettings):
            Settings(turn_secret=path).check()
    with pytest.raises(UnsafeSettings, match="600"):
        Settings(turn_secret=kept(tmp_path, SECRET, 0o644)).check()


@pytest.mark.parametrize(
    "ways",
    [
        DirectWays(stun="stun:stun.example"),
        DirectWays(turn="turn:turn.example"),
        DirectWays(Direct.TURN),
        DirectWays(Direct.TURN, stun="stun:stun.example", turn="turn:turn.example"),
        DirectWays(Direct.ALL, stun="https://stun.example"),
        DirectWays(Direct.ALL, stun="stun:stun.example?transport=tcp"),
        DirectWays(Direct.ALL, turn="stun:turn.example"),
        DirectWays(Direct.ALL, turn="turn:name@turn.example"),
    ],
)
def test_ways_that_do_not_go_together_are_named(ways: DirectWays) -> None:
    assert ways.faults()


@pytest.mark.parametrize(
    "ways",
    [
        DirectWays(),
        DirectWays(Direct.PUBLIC, stun="stun:stun.example:3478"),
        DirectWays(Direct.TURN, turn="turns:turn.example:5349?transport=tcp"),
        DirectWays(Direct.ALL, stun="stun:stun.example", turn="turn:turn.example"),
    ],
)
def test_a_console_is_told_its_ways_and_nothing_secret(ways: DirectWays) -> None:
    assert ways.faults() == []
    settings = ConsoleSettings("http://localhost:8401", "http://localhost:8400", ways=ways)
    told = msgspec.json.decode(_Pages(settings, read_release())._config.plain.data)
    assert (told["direct"], told["stun"], told["turn"]) == (ways.direct.value, ways.stun, ways.turn)
    assert told.keys() == {"service", "demo", "tv", "root", "release", "direct", "stun", "turn"}
