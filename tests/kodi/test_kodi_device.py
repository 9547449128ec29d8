"""Kodi as the device: keys are its actions, settings its own, and its end is the device's power-off."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from device_agent.clock import SystemClock
from device_agent.devices.kodi import device as module
from device_agent.devices.kodi.actions import CALLS, KEYBOARD
from device_agent.devices.kodi.device import KodiDevice
from device_agent.devices.kodi.line import KodiLostError
from device_agent.devices.x11.settings import ScreenSettings
from device_agent.panel_view import PanelView
from seal.settings import Choice, Number, Switch, TextEntry
from tests.kodi.kodi import HOME, SETTINGS_WINDOW, FakeKodi
from tests.tv.scenes import PANELS_BY_NAME
from tests.x11.display import xvfb
from wire.commands import ActionCause, Grant, Outcome, RemoteKey
from wire.limits import TEXT_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.x11.display import Server

pytestmark = pytest.mark.slow

ALL = frozenset(Grant)
VIETNAMESE = "Phòng khách của ông Đào Văn Ấn, đường Lê Lợi"
WITHOUT_SETTINGS = ALL - {Grant.SETTINGS}
PATIENCE_S = 10


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with xvfb() as it:
        yield it


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 5.0)


@dataclass
class Room:
    kodi: FakeKodi
    device: KodiDevice
    heard: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, key: str) -> None:
        """As the agent: power switches the screen."""
        self.heard.append(key)
        self.device.power(on=not self.device._is_on)
        self.news.set()

    async def hears(self, count: int) -> list[str]:
        async with asyncio.timeout(PATIENCE_S):
            while len(self.heard) < count:
                self.news.clear()
                await self.news.wait()
        return self.heard


@asynccontextmanager
async def living_room(server: Server, folder: Path, *, window: int = HOME) -> AsyncIterator[Room]:
    kodi, clock = FakeKodi(), SystemClock()
    kodi.window = window
    device = KodiDevice(
        address=kodi.address,
        display=server.name,
        output=None,
        settings=ScreenSettings(),
        data=folder,
        now_ms=clock.now_ms,
        boot=clock.boot,
    )
    room = Room(kodi, device)
    device.on_key = room.hear
    await device.start()
    try:
        yield room
    finally:
        await device.close()
        kodi.close()


async def test_every_key_is_an_action_of_kodis_own(tmp_path: Path, server: Server) -> None:
    async with living_room(server, tmp_path) as it:
        for key in CALLS:
            assert it.device.press(key, ALL).outcome is Outcome.DONE
        assert it.kodi.did == [(method, dict(params)) for method, params in CALLS.values()]
        assert set(CALLS) == {key.value for key in RemoteKey} - {RemoteKey.POWER.value}


@pytest.mark.proves("G6", by="keys change Kodi's settings without the permission for it")
async def test_keys_change_no_setting_without_the_grant_for_it(tmp_path: Path, server: Server) -> None:
    async with living_room(server, tmp_path) as it:
        it.kodi.window = SETTINGS_WINDOW
        for key in (RemoteKey.OK, RemoteKey.LEFT, RemoteKey.RIGHT, RemoteKey.VOLUME_UP):
            refused = it.device.press(key, WITHOUT_SETTINGS)
            assert (refused.outcome, refused.cause) == (Outcome.REFUSED, ActionCause.NOT_GRANTED)
        assert it.kodi.did == []
        assert it.device.press(RemoteKey.BACK, WITHOUT_SETTINGS).outcome is Outcome.DONE
        assert it.device.press(RemoteKey.OK, ALL).outcome is Outcome.DONE
        assert [params["action"] for _, params in it.kodi.did] == ["back", "select"]


async def test_a_page_of_the_panel_keeps_keys_from_kodi(tmp_path: Path, server: Server) -> None:
    """INV-B9."""
    async with living_room(server, tmp_path) as it:
        it.device.show(PANELS_BY_NAME["consent"])
        assert it.device.press(RemoteKey.OK, ALL).cause is ActionCause.COVERED
        it.device.show(PanelView())
        assert it.device.press(RemoteKey.OK, ALL).outcome is Outcome.DONE
        assert len(it.kodi.did) == 1


async def test_the_customers_own_input_comes_before_keys_and_settings(tmp_path: Path, server: Server) -> None:
    async with living_room(server, tmp_path) as it:
        display = it.device.display
        assert display is not None
        display.guard.customer_acted()
        refused = it.device.press(RemoteKey.OK, ALL), it.device.change("audiooutput.volumesteps", "70")
        assert [done.cause for done in refused] == [ActionCause.CUSTOMER] * 2
        assert refused[1].path == "audiooutput.volumesteps"
        assert it.kodi.did == []


async def test_a_text_goes_whole_into_kodis_keyboard_and_nowhere_else(tmp_path: Path, server: Server) -> None:
    async with living_room(server, tmp_path) as it:
        elsewhere = it.device.type_text(VIETNAMESE, ALL)
        assert (elsewhere.outcome, elsewhere.cause) == (Outcome.REFUSED, ActionCause.CANNOT)
        it.kodi.window = KEYBOARD
        it.device.show(PANELS_BY_NAME["consent"])
        assert it.device.type_text(VIETNAMESE, ALL).cause is ActionCause.COVERED
        it.device.show(PanelView())
        assert it.kodi.did == []
        assert it.device.type_text(VIETNAMESE, ALL).outcome is Outcome.DONE
        assert it.kodi.did == [("Input.SendText", {"text": VIETNAMESE, "done": False})]


async def test_whether_a_text_can_go_is_known_while_kodis_keyboard_is_open(
    tmp_path: Path, server: Server
) -> None:
    async with living_room(server, tmp_path) as it:
        for says, takes in (("Input.OnInputRequested", TEXT_CHARACTERS), ("Input.OnInputFinished", 0)):
            it.kodi.says(says, {"title": "Device name", "type": "keyboard", "value": "Kodi"})
            it.device.press(RemoteKey.UP, ALL)  # whose answer comes after it
            assert it.device.field() == takes
    async with living_room(server, tmp_path, window=KEYBOARD) as it:
        assert it.device.field() == TEXT_CHARACTERS


async def test_settings_are_told_but_secrets_are_not(tmp_path: Path, server: Server) -> None:
    async with living_room(server, tmp_path) as it:
        assert it.device.settings() == (
            Choice("videoscreen.noofbuffers", "3", ("2", "3")),
            Switch("lookandfeel.enablerssfeeds", "off"),
            Number("audiooutput.volumesteps", "90", 10, 100, 10),
            TextEntry("services.devicename", "Kodi", 256),
        )


async def test_what_changes_in_kodi_itself_is_told_within_seconds(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with living_room(server, tmp_path) as it:
        told = it.device.settings()
        it.kodi.values["services.devicename"] = "Phòng khách"
        assert it.device.settings() is told
        monkeypatch.setattr(module, "LISTED_S", 0)
        it.device.settings()
        it.device.press(RemoteKey.UP, ALL)  # whose answer comes after it
        assert TextEntry("services.devicename", "Phòng khách", 256) in it.device.settings()


@pytest.mark.parametrize(
    ("path", "value", "meant"),
    [
        ("videoscreen.noofbuffers", "2", 2),
        ("lookandfeel.enablerssfeeds", "on", True),
        ("audiooutput.volumesteps", "70", 70),
        ("services.devicename", "Phòng khách", "Phòng khách"),
    ],
)
async def test_a_setting_is_changed_and_told_as_it_is_now(
    tmp_path: Path, server: Server, path: str, value: str, meant: object
) -> None:
    async with living_room(server, tmp_path) as it:
        old = next(item.value for item in it.device.settings() if item.path == path)
        done = it.device.change(path, value)
        assert (done.outcome, done.path, done.old, done.new) == (Outcome.DONE, path, old, value)
        assert it.kodi.did == [("Settings.SetSettingValue", {"setting": path, "value": meant})]
        assert next(item.value for item in it.device.settings() if item.path == path) == value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("videoscreen.noofbuffers", "4"),
        ("lookandfeel.enablerssfeeds", "maybe"),
        ("audiooutput.volumesteps", "75"),
        ("audiooutput.volumesteps", "110"),
        ("audiooutput.volumesteps", "9e1"),
        ("services.devicename", ""),
        ("services.devicename", "x" * 257),
        ("services.webserverpassword", "mine"),
        ("no.such.setting", "on"),
    ],
)
async def test_what_a_setting_cannot_hold_is_refused(
    tmp_path: Path, server: Server, path: str, value: str
) -> None:
    async with living_room(server, tmp_path) as it:
        before = it.device.settings()
        refused = it.device.change(path, value)
        assert (refused.outcome, refused.cause) == (Outcome.REFUSED, ActionCause.CANNOT)
        assert it.kodi.did == []
        assert it.device.settings() == before


async def test_no_key_of_a_kodi_that_hung_is_carried_out_later(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-B1, INV-B4."""
    async with living_room(server, tmp_path) as it:
        monkeypatch.setattr(module, "PATIENCE_S", 0.05)
        it.kodi.answers.clear()
        outcomes = [it.device.press(RemoteKey.OK, ALL).outcome for _ in range(20)]
        assert set(outcomes) == {Outcome.FAILED}
        monkeypatch.setattr(module, "PATIENCE_S", 5.0)
        it.kodi.answers.set()
        asked = it.device._asked
        assert asked is not None
        asked.result(PATIENCE_S)
        assert it.device.press(RemoteKey.BACK, ALL).outcome is Outcome.DONE
        assert [params for _, params in it.kodi.did] == [{"action": "back"}]


@pytest.mark.parametrize("end", ["quit", "crash", "sleep"])
async def test_kodi_ending_is_the_device_switched_off_and_its_start_switches_it_on(
    tmp_path: Path, server: Server, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-B2: told by Kodi or by the end of its line, once."""
    monkeypatch.setattr(module, "AGAIN_S", (0.02,))
    async with living_room(server, tmp_path) as it:
        match end:
            case "quit":
                it.kodi.quit()
            case "crash":
                it.kodi.crash()
            case _:
                it.kodi.says("System.OnSleep")
                await it.hears(1)
                assert it.device._is_on is False
                it.kodi.says("System.OnWake")
        assert await it.hears(2) == ["power", "power"]
        assert it.device._is_on is True
        async with asyncio.timeout(PATIENCE_S):
            while it.device.press(RemoteKey.OK, ALL).outcome is not Outcome.DONE:  # noqa: ASYNC110
                await asyncio.sleep(0)  # every other task runs until it waits


async def test_no_kodi_is_told_of_in_words(tmp_path: Path, server: Server) -> None:
    clock, gone = SystemClock(), FakeKodi()
    gone.close()
    device = KodiDevice(
        address=gone.address,
        display=server.name,
        output=None,
        settings=ScreenSettings(),
        data=tmp_path,
        now_ms=clock.now_ms,
        boot=clock.boot,
    )
    with pytest.raises(KodiLostError, match="there is no Kodi on"):
        await device.start()
