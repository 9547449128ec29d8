"""The X server goes, hangs and comes back: the session ends, the agent lives on (INV-B1, INV-B2)."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from device_agent.agent import Agent
from device_agent.devices.x11 import device as module
from device_agent.devices.x11 import hands
from device_agent.devices.x11.connection import DisplayError, ScreenLostError
from device_agent.kit import Kit
from device_agent.panel_view import Page, PanelView, TvState
from tests.agent.house import House
from tests.tv.scenes import BANNER
from tests.x11.display import Server, eventually, xvfb
from tests.x11.kiosk import PATIENCE_S, Move, device, kiosk, point
from wire.commands import Grant, Outcome, RemoteKey
from wire.reasons import EndReason
from wire.records import EndRecord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from device_agent.devices.x11.device import X11Device

pytestmark = pytest.mark.slow

ALL = frozenset(Grant)


class ScreenHouse(House):
    """The house of the agent's tests, with a real screen in it."""

    def __init__(self, folder: Path, screen: X11Device) -> None:
        super().__init__(folder)
        kit = self.kit
        self.kit = Kit(
            key=kit.key,
            trust=kit.trust,
            memory=kit.memory,
            device=screen,
            clock=kit.clock,
            dial=kit.dial,
            polyglot=screen,
            credential=kit.credential,
        )
        self.agent = Agent(self.kit)


@asynccontextmanager
async def at_home(folder: Path, server: Server) -> AsyncIterator[tuple[ScreenHouse, X11Device]]:
    screen = device(server, folder)
    await screen.start()
    house = ScreenHouse(folder, screen)
    task = asyncio.create_task(house.agent.run())
    await house.settle()
    try:
        yield house, screen
    finally:
        await house.agent.close()
        async with asyncio.timeout(PATIENCE_S):
            await task
        await screen.close()


async def test_stop_is_heard_at_once_while_the_server_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-B1: decided on the device, whatever the screen does. No picture and no key comes after it."""
    monkeypatch.setattr(hands, "PATIENCE_S", 0.05)
    with xvfb() as server:
        async with at_home(tmp_path, server) as (house, _):
            twin = await house.session()
            house.relay.line.give(twin.decode())
            await house.relay.carry(twin, lambda: bool(twin.pictures))
            server.hang()
            for key in (RemoteKey.OK, RemoteKey.UP, RemoteKey.DOWN):
                house.relay.line.give(twin.press(key))
            await house.settle()
            pictures = len(twin.pictures)
            house.press("stop")
            assert house.is_in(TvState.ENDED)
            await house.relay.carry_record(twin, EndRecord)
            assert len(twin.pictures) == pictures
            assert house.relay.line.sent.empty()
            server.go_on()


async def test_no_key_of_a_server_that_hung_is_pressed_when_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-B1, INV-B4: what it did not take in time FAILED, and stays undone."""
    with xvfb() as server:
        async with kiosk(server, tmp_path) as it:
            assert it.device.press("ok", ALL).outcome is Outcome.DONE
            assert (await it.driven()).text == "\n"
            monkeypatch.setattr(hands, "PATIENCE_S", 0.05)
            # It owes nothing more: the next key is the first that it does not answer.
            await asyncio.to_thread(eventually, lambda: not it.display.hands._is_working)
            server.hang()
            assert it.device.press(RemoteKey.UP, ALL).outcome is Outcome.FAILED
            # Nobody waits for it twice: a burst of keys would keep Stop waiting.
            # Its thread began on the first one a little after the wait for it had.
            await asyncio.to_thread(eventually, lambda: it.display.hands.pulse() >= hands.PATIENCE_S)
            later = it.display.hands._later
            monkeypatch.setattr(it.display.hands, "_later", None)
            outcomes = [it.device.press(RemoteKey.OK, ALL).outcome for _ in range(100)]
            assert set(outcomes) == {Outcome.FAILED}
            monkeypatch.setattr(it.display.hands, "_later", later)
            server.go_on()
            assert (await it.driven()).text == "\n"


@pytest.mark.parametrize("lets_go", [True, False])
async def test_a_button_is_let_go_though_the_server_was_not_there_for_it_and_a_drag_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, lets_go: bool
) -> None:
    """With a button that stays down the next click would be none."""
    with xvfb() as server:
        async with kiosk(server, tmp_path) as it:
            assert point(it, [Move(1, d=True, x=100, y=100)]).outcome is Outcome.DONE
            await it.driven()
            await asyncio.to_thread(eventually, lambda: not it.display.hands._is_working)
            monkeypatch.setattr(hands, "PATIENCE_S", 0.05)
            server.hang()
            late = point(it, [Move(1 if lets_go else 0, d=False, x=200, y=200)])
            server.go_on()
            assert late.outcome is Outcome.FAILED
            await it.driven()
            monkeypatch.setattr(hands, "PATIENCE_S", PATIENCE_S)
            for down in (True, False):
                assert point(it, [Move(1, d=down, x=300, y=300)]).outcome is Outcome.DONE
            went = [down for _, down, _, _ in (await it.driven()).clicks]
            assert went == ([True, False, True, False] if lets_go else [True, False])


async def test_a_server_owes_an_answer_to_a_key_and_one_only_to_being_asked_whether_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hang right after a key is known from the key on; at rest each question more wakes two programs."""
    with xvfb() as server:
        async with kiosk(server, tmp_path) as it:
            its = it.display.hands
            asked: list[None] = []
            held, free = threading.Event(), threading.Event()
            answer = its._client.answer

            def answered() -> None:
                asked.append(None)
                if len(asked) == 2:
                    held.set()
                    assert free.wait(PATIENCE_S)
                answer()

            monkeypatch.setattr(its._client, "answer", answered)
            # Nor is it waited for: meanwhile the server draws what the key brings about.
            monkeypatch.setattr(hands, "PATIENCE_S", PATIENCE_S)
            async with asyncio.timeout(PATIENCE_S / 2):
                done = await asyncio.to_thread(it.device.press, RemoteKey.UP, ALL)
            assert done.outcome is Outcome.DONE
            assert await asyncio.to_thread(held.wait, PATIENCE_S)
            assert its.pulse() > 0
            free.set()
            await it.driven()
            await asyncio.to_thread(eventually, lambda: not its._is_working)
            asked.clear()
            monkeypatch.setattr(hands, "PULSE_S", 0.0)
            assert its.pulse() == 0.0
            async with asyncio.timeout(PATIENCE_S):  # this comes after the question
                await asyncio.wrap_future(its._later(lambda: Outcome.DONE, waits=False))
            assert len(asked) == 2, "one for each of the two"


async def test_a_server_that_hangs_is_given_up_and_whoever_waits_for_a_picture_is_freed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-B2."""
    with xvfb() as server:
        async with kiosk(server, tmp_path) as it:
            first = await it.looks()
            server.hang()
            waiting = asyncio.create_task(asyncio.to_thread(it.device.picture))
            it.display.eyes._bell.ring()
            looking = asyncio.create_task(asyncio.to_thread(it.device.picture))
            it.display.hands._later(lambda: Outcome.DONE)  # somebody asks the server
            monkeypatch.setattr(module, "SILENT_S", 0.0)
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    try:
                        _ = it.device.serial
                    except ScreenLostError:
                        break
                    await asyncio.sleep(0)  # every other task runs until it waits
                await it.device.changed(2**60)
            results = await asyncio.gather(waiting, looking, return_exceptions=True)
            assert all(result is first or isinstance(result, ScreenLostError) for result in results)
            assert any(isinstance(result, ScreenLostError) for result in results)
            server.go_on()


async def test_a_session_ends_with_the_server_and_the_agent_lives_on(tmp_path: Path) -> None:
    with xvfb() as server:
        async with at_home(tmp_path, server) as (house, screen):
            twin = await house.session()
            house.relay.line.give(twin.decode())
            await house.relay.carry(twin, lambda: bool(twin.pictures))
            server.kill()
            async with asyncio.timeout(PATIENCE_S):
                await screen.changed(2**60)
            house.agent.tick()
            assert house.is_in(TvState.ENDED)
            assert house.agent.view.reason is EndReason.DEVICE_LOST
            house.press("ok")
            assert house.agent.view.page is not Page.ENDED


async def test_a_server_that_comes_back_is_shown_again_with_the_panel_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AGAIN_S", (0.02,))
    with xvfb() as server:
        screen = device(server, tmp_path)
        await screen.start()
        screen.show(PanelView(banner=BANNER))
        server.kill()
        async with asyncio.timeout(PATIENCE_S):
            await screen.changed(2**60)
        with pytest.raises(ScreenLostError):
            _ = screen.serial
        with xvfb(name=server.name):
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    try:
                        picture = await asyncio.to_thread(screen.picture)
                    except ScreenLostError:
                        await asyncio.sleep(0)  # every other task runs until it waits
                        continue
                    if picture.pixels[..., :3].any():  # the banner: the rest of this server is black
                        break
                    await screen.changed(picture.serial)
            assert screen.serial >= picture.serial
            await screen.close()


async def test_a_server_that_hangs_at_the_start_is_told_of_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OPEN_S", 0.1)
    with xvfb() as server:
        server.hang()
        with pytest.raises(DisplayError, match="does not answer"):
            await device(server, tmp_path).start()
