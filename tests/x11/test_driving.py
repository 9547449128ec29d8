"""Keys, text and the pointer reach a bare program exactly, whatever the layout; and nothing of it stays."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import TYPE_CHECKING

import pytest

from device_agent.devices.protocol import Pressed
from device_agent.devices.x11 import hands, keyboard
from device_agent.devices.x11.hands import ACROSS
from tests.x11.display import HEIGHT, WIDTH, eventually, set_layout, xvfb
from tests.x11.kiosk import ALL, PATIENCE_S, Move, kiosk, point, written
from wire.commands import ActionCause, Outcome, RemoteKey

if TYPE_CHECKING:
    from pathlib import Path

    from tests.x11.display import Server

pytestmark = pytest.mark.slow

VIETNAMESE = "Tiếng Việt có dấu: Ồ, đường Nguyễn Huệ số 7! Ưu tiên Ạ ạ Ỹ ỹ?"
MORE_THAN_SPARE = "ăâđêôơưằắẳẵặầấẩẫậềếểễệồốổỗộờớởỡợừứửữựỳýỷỹỵ€ßŠĶøœ漢字日本語Ωжяابג"
TYPED_KEYS = {
    RemoteKey.UP: "<ff52>",
    RemoteKey.DOWN: "<ff54>",
    RemoteKey.LEFT: "<ff51>",
    RemoteKey.RIGHT: "<ff53>",
    RemoteKey.OK: "\n",
    RemoteKey.BACK: "<ff1b>",
    RemoteKey.HOME: "<ff50>",
    RemoteKey.MENU: "<ff67>",
    RemoteKey.SOURCE: "<ffc6>",
    RemoteKey.VOLUME_UP: "<1008ff13>",
    RemoteKey.VOLUME_DOWN: "<1008ff11>",
    **{RemoteKey(f"digit_{digit}"): str(digit) for digit in range(10)},
}


@pytest.mark.proves("P14")
@pytest.mark.parametrize("layout", ["us", "cz", "us,cz"])
async def test_every_key_of_the_remote_arrives_as_itself(tmp_path: Path, server: Server, layout: str) -> None:
    set_layout(server, layout)
    async with kiosk(server, tmp_path) as it:
        for key in TYPED_KEYS:
            assert it.device.press(key, ALL).outcome is Outcome.DONE
        assert (await it.driven()).text == "".join(TYPED_KEYS.values())


@pytest.mark.parametrize("layout", ["us", "cz", "fr", "vn"])
async def test_a_text_arrives_letter_by_letter(tmp_path: Path, server: Server, layout: str) -> None:
    """Under layouts that type Vietnamese with none, other or changed keys."""
    set_layout(server, layout)
    async with kiosk(server, tmp_path) as it:
        assert await written(it, VIETNAMESE) is Outcome.DONE
        assert it.program.text == VIETNAMESE


async def test_a_text_with_more_foreign_letters_than_spare_keys_arrives_too(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that takes its time to learn what a key means now is waited for between two batches."""
    set_layout(server, "us")
    async with kiosk(server, tmp_path) as it:
        caught_up = it.display.hands._keyboard

        def go_on(seconds: float) -> bool:
            it.program.listen()  # the program comes to what was typed exactly when time is given to it
            return True

        monkeypatch.setattr(caught_up, "_go_on", lambda seconds: go_on(seconds) if seconds else True)
        assert await written(it, MORE_THAN_SPARE) is Outcome.DONE
        assert it.program.text == MORE_THAN_SPARE


async def test_letters_that_came_apart_arrive_composed(tmp_path: Path, server: Server) -> None:
    import unicodedata

    async with kiosk(server, tmp_path) as it:
        assert await written(it, unicodedata.normalize("NFD", "Việt")) is Outcome.DONE
        assert it.program.text == "Việt"


async def test_caps_lock_changes_no_letter(tmp_path: Path, server: Server) -> None:
    set_layout(server, "us")
    async with kiosk(server, tmp_path) as it:
        it.customer.key(0xFFE5)
        await it.rests()
        try:
            assert await written(it, "Abc ếĐ 7") is Outcome.DONE
            assert it.program.text == "Abc ếĐ 7"
        finally:
            it.customer.key(0xFFE5)


async def test_the_layout_is_as_before_a_while_after_the_last_letter(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hands, "REST_S", 0.05)
    set_layout(server, "cz")
    async with kiosk(server, tmp_path) as it:
        before = it.program.layout()
        assert await written(it, VIETNAMESE) is Outcome.DONE
        eventually(lambda: it.program.layout() == before)


async def test_the_layout_is_as_before_when_the_agent_ends(tmp_path: Path, server: Server) -> None:
    set_layout(server, "us")
    async with kiosk(server, tmp_path) as it:
        before = it.program.layout()
        assert await written(it, VIETNAMESE) is Outcome.DONE
        assert it.program.layout() != before
        await it.device.close()
        assert it.program.layout() == before


@pytest.mark.parametrize("text", ["\x1b", "rm\x00", "\N{RIGHT-TO-LEFT OVERRIDE}"])
async def test_a_text_that_holds_what_is_no_letter_fails_whole(
    tmp_path: Path, server: Server, text: str
) -> None:
    async with kiosk(server, tmp_path) as it:
        assert await written(it, "before" + text) is Outcome.FAILED
        assert it.program.text == ""


async def test_a_text_that_is_being_typed_stops_with_the_session(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-B1: what is not typed by then never is, nor is what was asked for and not begun."""
    monkeypatch.setattr(keyboard, "CATCH_UP_S", 30.0)
    async with kiosk(server, tmp_path) as it:
        monkeypatch.setattr(hands, "PATIENCE_S", 0.05)
        typing = it.device.type_text(MORE_THAN_SPARE, ALL)
        assert isinstance(typing, Future)
        eventually(lambda: len(it.program.text) > 5)
        never = asyncio.create_task(asyncio.to_thread(it.device.type_text, "never", ALL))
        await asyncio.sleep(0)  # every other task runs until it waits
        it.display.hands.drop()
        async with asyncio.timeout(PATIENCE_S):
            assert await asyncio.wrap_future(typing) is Outcome.FAILED
            assert (await never) == Pressed(Outcome.FAILED)
        monkeypatch.setattr(hands, "PATIENCE_S", 5.0)
        begun = it.program.text
        assert MORE_THAN_SPARE.startswith(begun)
        assert len(begun) < len(MORE_THAN_SPARE)
        assert it.device.press("ok", ALL).outcome is Outcome.DONE
        assert (await it.driven()).text == begun + "\n"


async def test_the_pointer_goes_where_it_was_sent_with_every_button(tmp_path: Path, server: Server) -> None:
    async with kiosk(server, tmp_path) as it:
        for x, y, place in ((0, 0, (0, 0)), (ACROSS, ACROSS, (WIDTH - 1, HEIGHT - 1))):
            assert point(it, [Move(0, d=False, x=x, y=y)]).outcome is Outcome.DONE
            assert (await it.driven()).pointer() == place
        middle = round(ACROSS / 2)
        for button in (1, 2, 3):
            steps = [Move(button, d=True, x=middle, y=middle), Move(button, d=False, x=middle, y=0)]
            assert point(it, steps).outcome is Outcome.DONE
        expected = [event for n in (1, 2, 3) for event in ((n, True, 640, 360), (n, False, 640, 0))]
        assert (await it.driven()).clicks == expected


async def test_the_wheel_turns_a_notch_at_a_time_and_leaves_nothing_down(
    tmp_path: Path, server: Server
) -> None:
    async with kiosk(server, tmp_path) as it:
        steps = [Move(button, d=True, x=100, y=100) for button in (4, 5, 6, 7)]
        assert point(it, steps).outcome is Outcome.DONE
        assert [(n, down) for n, down, _, _ in (await it.driven()).clicks] == [
            (n, down) for n in (4, 5, 6, 7) for down in (True, False)
        ]


async def test_a_button_that_is_down_is_let_go_with_the_session(tmp_path: Path, server: Server) -> None:
    """seal/SPEC §4.1."""
    async with kiosk(server, tmp_path) as it:
        point(it, [Move(1, d=True, x=100, y=100)])
        await it.driven()
        it.display.hands.drop()
        assert [down for _, down, _, _ in (await it.driven()).clicks] == [True, False]


async def test_the_pointer_keeps_to_its_output(tmp_path: Path) -> None:
    from tests.x11.display import add_monitor

    with xvfb() as server:
        add_monitor(server, "RIGHT-1", (640, 100, 600, 500))
        async with kiosk(server, tmp_path, output="RIGHT-1") as it:
            for at, place in ((0, (640, 100)), (ACROSS, (1239, 599))):
                point(it, [Move(0, d=False, x=at, y=at)])
                assert (await it.driven()).pointer() == place


async def test_the_customers_own_input_comes_first(tmp_path: Path, server: Server) -> None:
    async with kiosk(server, tmp_path) as it:
        it.customer.click(300, 300)
        await it.hears()
        for refused in (it.device.press("ok", ALL), point(it, [Move(0, d=False, x=0, y=0)])):
            assert (refused.outcome, refused.cause) == (Outcome.REFUSED, ActionCause.CUSTOMER)
        assert (await it.driven()).pointer() == (300, 300)
        await it.rests()
        assert it.device.press("ok", ALL).outcome is Outcome.DONE


async def test_the_session_is_told_of_the_customers_own_devices_and_of_no_others(
    tmp_path: Path, server: Server
) -> None:
    async with kiosk(server, tmp_path) as it:
        acts: list[int] = []
        it.device.on_act = lambda: acts.append(len(acts))
        it.device.press("ok", ALL)
        point(it, [Move(1, d=True, x=0, y=0), Move(1, d=False, x=0, y=0)])
        assert await written(it, "so") is Outcome.DONE
        await it.driven()
        await asyncio.to_thread(it.display.panel._client.answer)
        await asyncio.sleep(0)  # every other task runs until it waits
        assert acts == []
        it.customer.click(300, 300)
        await it.hears()
        assert acts


async def test_a_text_is_not_typed_on_between_the_customers_own_keys(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyboard, "CATCH_UP_S", 0.05)
    async with kiosk(server, tmp_path) as it:
        monkeypatch.setattr(hands, "PATIENCE_S", 0.05)
        typing = it.device.type_text(MORE_THAN_SPARE * 4, ALL)
        assert isinstance(typing, Future)
        it.customer.click(300, 300)
        async with asyncio.timeout(PATIENCE_S):
            assert await asyncio.wrap_future(typing) is Outcome.FAILED
        assert len((await it.driven()).text) < len(MORE_THAN_SPARE * 4)


async def test_keys_that_mean_nothing_here_fail(tmp_path: Path, server: Server) -> None:
    async with kiosk(server, tmp_path) as it:
        assert it.device.press("power", ALL).outcome is Outcome.FAILED
        assert it.device.press("stop", ALL).outcome is Outcome.FAILED
