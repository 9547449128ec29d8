"""What the maker says of data channels on the agent's command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from device_agent.carrier.policy import Direct, DirectSettings
from device_agent.carrier.settings import DirectError, direct_settings
from device_agent.carrier.ways import ways
from tests.agent.fakes import FakeClock

if TYPE_CHECKING:
    from pathlib import Path


def login(folder: Path, text: str = "device-7:let me in\n", mode: int = 0o600) -> Path:
    path = folder / "turn.login"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_nothing_said_means_no_data_channel() -> None:
    settings = direct_settings(direct="off", stun=None, turn=None, login=None)
    assert settings == DirectSettings(Direct.OFF)
    assert ways(settings, FakeClock()) is None
    assert ways(DirectSettings(Direct.ALL), FakeClock()) is not None


def test_servers_and_login_are_taken_as_they_are(tmp_path: Path) -> None:
    settings = direct_settings(
        direct="public", stun="stun:stun.example", turn="turn:turn.example", login=login(tmp_path)
    )
    expected = DirectSettings(
        Direct.PUBLIC, "stun:stun.example", "turn:turn.example", "device-7", "let me in"
    )
    assert settings == expected
    assert "let me in" not in repr(settings), "INV-C4"


@pytest.mark.parametrize(
    ("direct", "stun", "turn", "text", "why"),
    [
        ("off", "stun:stun.example", None, None, "--direct public"),
        ("turn", None, None, None, "name yours with --turn"),
        ("turn", "stun:stun.example", "turn:turn.example", "a:b", "leave --stun out"),
        ("all", "stun.example", None, None, "stun:HOST"),
        ("all", None, "stun:turn.example", "a:b", "turn:HOST"),
        ("all", None, "turn:turn.example", None, "belong together"),
        ("all", None, None, "a:b", "belong together"),
        ("all", None, "turn:turn.example", "only a name", "NAME:PASSWORD"),
        ("all", None, "turn:turn.example", "a:b\nc:d", "NAME:PASSWORD"),
    ],
)
def test_what_does_not_go_together_is_refused_in_words(
    tmp_path: Path, *, direct: str, stun: str | None, turn: str | None, text: str | None, why: str
) -> None:
    with pytest.raises(DirectError, match=why):
        direct_settings(
            direct=direct, stun=stun, turn=turn, login=None if text is None else login(tmp_path, text)
        )


def test_a_login_that_others_can_read_or_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for path, why in ((login(tmp_path, mode=0o640), "mode to 600"), (tmp_path / "none", "cannot be read")):
        with pytest.raises(DirectError, match=why):
            direct_settings(direct="all", stun=None, turn="turn:turn.example", login=path)
