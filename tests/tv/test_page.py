"""The page's server: who may press keys, what it serves, how it paces pictures."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import aiohttp
import numpy as np
import pytest
import simplejpeg

import locales
from device_agent.account.machine import State
from device_agent.account.view import AccountView
from device_agent.devices.protocol import Picture, Shows
from device_agent.devices.simulated_tv.feed import MOVING_AFTER, Feed
from device_agent.devices.simulated_tv.page import TvPage
from device_agent.devices.simulated_tv.page_words import told
from device_agent.panel_view import Banner, Item, Page, PanelView, TvState
from tests.tv.fake_customer import FakeAgent
from tests.tv.scenes import BANNER, CODE, NAME, ORG, PANELS_BY_NAME, words
from wire.commands import Grant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class FakeTv:
    """A set whose pictures the test makes."""

    name = "Vista 55 Q7"
    language = "en"

    def __init__(self) -> None:
        self._picture = Picture(1, 0, np.zeros((90, 160, 4), dtype=np.uint8))
        self._changed = asyncio.Event()
        self.stood_for: asyncio.Queue[Shows] = asyncio.Queue()

    def hide(self) -> None:
        """Of no interest here."""

    def stand_for(self, shows: Shows) -> None:
        self.stood_for.put_nowait(shows)

    def picture(self) -> Picture:
        return self._picture

    async def changed(self, after: int) -> None:
        while self._picture.serial <= after:
            await self._changed.wait()

    def redraw(self) -> None:
        self._picture = replace(self._picture, serial=self._picture.serial + 1)
        self._changed.set()
        self._changed = asyncio.Event()


@dataclass
class Served:
    url: str
    agent: FakeAgent
    tv: FakeTv
    http: aiohttp.ClientSession

    @property
    def origin(self) -> dict[str, str]:
        return {"Origin": self.url}

    def line(self, **headers: str) -> aiohttp.client._WSRequestContextManager:
        return self.http.ws_connect(f"{self.url}/line", headers=headers)


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    agent, tv = FakeAgent(), FakeTv()
    page = TvPage(agent, tv, port=0, console_url="http://localhost:8401")
    url = await page.start()
    async with aiohttp.ClientSession() as http:
        yield Served(url, agent, tv, http)
    await page.close()


async def first_telling(line: aiohttp.ClientWebSocketResponse[bool]) -> dict[str, str]:
    while True:
        message = await line.receive(10)
        assert message.type in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}
        if message.type is aiohttp.WSMsgType.TEXT:
            found: dict[str, str] = json.loads(message.data)
            return found
        await line.send_json({"drawn": True})


@pytest.mark.parametrize(
    "path", ["/", "/tv.js", "/line.js", "/remote.js", "/tv.css", "/remote.css", "/tokens.css", "/mark.svg"]
)
async def test_every_file_of_the_page_is_served_under_a_strict_policy(served: Served, path: str) -> None:
    """INV-G5."""
    async with served.http.get(served.url + path) as answer:
        assert answer.status == 200
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "trusted-types 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_nothing_else_is_served(served: Served) -> None:
    for path in ("/page.py", "/../page.py", "/texts/xx.json", "/texts/..%2F..%2Fvi.json", "/web/tv.js"):
        async with served.http.get(served.url + path) as answer:
            assert answer.status == 404


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:80", "localhost", "[::1]:80"])
async def test_a_foreign_name_for_loopback_gets_nothing(served: Served, host: str) -> None:
    """INV-G3: a name that an attacker points at 127.0.0.1 must not become a remote control."""
    for path in ("/", "/line", "/texts/en.json"):
        async with served.http.get(served.url + path, headers={"Host": host}) as answer:
            assert answer.status == 421


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1", "HTTP://LOCALHOST"])
async def test_another_site_cannot_press_keys(served: Served, origin: str) -> None:
    """INV-G3."""
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        await served.line(Origin=origin)
    assert refusal.value.status == 403
    assert served.agent.keys == []


async def test_without_an_origin_there_is_no_line(served: Served) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        await served.line()
    assert refusal.value.status == 403


async def test_keys_of_the_page_reach_the_agent_in_their_order(served: Served) -> None:
    async with served.line(**served.origin) as line:
        for key in ("help", "stop", "digit_0", "volume_up"):
            await line.send_json({"press": key})
        assert await served.agent.pressed(4) == ["help", "stop", "digit_0", "volume_up"]


async def test_what_the_screen_is_to_stand_for_reaches_the_set(served: Served) -> None:
    async with served.line(**served.origin) as line:
        for shows in (Shows.PROTECTED, Shows.NO_SIGNAL, Shows.OFF, Shows.PICTURE):
            await line.send_json({"shows": shows})
            assert await asyncio.wait_for(served.tv.stood_for.get(), 10) is shows


NOT_OF_THE_LINE = (
    *('{"shows": "hidden"}', '{"shows": ["protected"]}', '{"press": "erase"}', '{"press": 1}'),
    *("[]", "{", '{"press": "OK"}', "null", "x" * 300),
)


@pytest.mark.parametrize("message", NOT_OF_THE_LINE)
async def test_anything_but_a_key_closes_the_line_and_presses_nothing(served: Served, message: str) -> None:
    async with served.line(**served.origin) as line:
        await line.send_str(message)
        async with asyncio.timeout(10):
            while not line.closed:
                await line.receive()
    assert served.agent.keys == []
    assert served.tv.stood_for.empty()


async def test_the_page_is_told_the_state_when_it_changes_and_not_again(served: Served) -> None:
    async with served.line(**served.origin) as line:
        assert (await first_telling(line))["state"] == "idle"
        served.agent.become(TvState.PIN, PANELS_BY_NAME["code"])
        assert (await first_telling(line))["code"] == "4817 0365 2296"
        served.agent.become(TvState.PIN, replace(PANELS_BY_NAME["code"], seconds_left=1))
        served.agent.become(TvState.IDLE, PanelView())
        assert (await first_telling(line))["code"] == ""


async def test_the_page_follows_the_language_of_the_set(served: Served) -> None:
    async with served.line(**served.origin) as line:
        await first_telling(line)
        served.tv.language = "vi"
        served.tv.redraw()
        told_now = await first_telling(line)
        assert told_now["language"] == "vi"
        assert told_now["state_text"] == words("vi").text("page.state.idle")


async def test_closing_the_page_ends_open_lines() -> None:
    page = TvPage(FakeAgent(), FakeTv(), port=0, console_url=None)
    url = await page.start()
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{url}/line", headers={"Origin": url}) as line,
    ):
        await page.close()
        async with asyncio.timeout(10):
            while not line.closed:
                await line.receive()


@pytest.mark.slow
async def test_a_page_that_has_not_drawn_gets_no_second_picture() -> None:
    tv, sent = FakeTv(), asyncio.Queue[bytes]()
    feed = Feed(tv, sent.put)
    running = asyncio.create_task(feed.run())
    await sent.get()
    for _ in range(5):
        tv.redraw()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await sent.get()
    feed.acknowledged()
    await sent.get()
    assert sent.empty()
    running.cancel()


@pytest.mark.slow
async def test_motion_goes_out_at_half_size_and_ends_sharp() -> None:
    tv, sent = FakeTv(), asyncio.Queue[bytes]()
    feed = Feed(tv, sent.put)
    running = asyncio.create_task(feed.run())
    heights = []
    async with asyncio.timeout(20):
        for count in range(MOVING_AFTER + 4):
            heights.append(simplejpeg.decode_jpeg(await sent.get()).shape[0])
            if count < MOVING_AFTER + 2:
                tv.redraw()
            feed.acknowledged()
    assert heights[0] == 90
    assert 45 in heights
    assert heights[-1] == 90
    running.cancel()


def test_the_code_is_told_digit_by_digit() -> None:
    texts = told(TvState.PIN, PANELS_BY_NAME["code"], words("en"))
    assert texts["code"] == "4817 0365 2296"
    assert "4 8 1 7, 0 3 6 5, 2 2 9 6" in texts["code_aloud"]


@pytest.mark.parametrize("page", [page for page in Page if page not in {Page.CODE, Page.CODE_BIG}])
def test_the_code_is_told_only_while_it_is_shown(page: Page) -> None:
    """INV-C4: not a moment longer than the screen shows it."""
    view = PanelView(page=page, code=CODE, name=NAME, org=ORG, account=AccountView(state=State.STARTING))
    texts = told(TvState.PIN, view, words("en"))
    assert not any("4817" in text or "4 8 1 7" in text for text in texts.values())


@pytest.mark.parametrize("language", locales.languages())
def test_the_question_names_who_asks_and_for_what(language: str) -> None:
    """INV-A6, for those who hear it."""
    texts = words(language)
    view = PANELS_BY_NAME["consent"]
    question = told(TvState.CONSENT, view, texts)["consent"]
    parts = [NAME, ORG, "HM-7K42-93", *(texts.text(f"grant.{ask.grant}") for ask in view.asks)]
    assert all(part in question for part in parts)
    more = PANELS_BY_NAME["more, 3 asked"]
    question = told(TvState.ACTIVE, more, texts)["consent"]
    assert all(part in question for part in [NAME, *(texts.text(f"grant.{ask.grant}") for ask in more.asks)])
    assert told(TvState.IDLE, PanelView(), texts)["consent"] == ""


def test_the_question_is_not_told_before_it_can_be_answered() -> None:
    assert told(TvState.PIN, PANELS_BY_NAME["consent"], words("en"))["consent"] == ""


def test_a_question_that_hears_nothing_yet_is_told_as_a_check_of_who_asks() -> None:
    text = told(TvState.CHECKING, PANELS_BY_NAME["consent"], words("en"))["state_text"]
    assert text == words("en").text("page.state.pairing")


def test_who_is_connected_is_told_with_what_they_can_do() -> None:
    told_now = told(TvState.ACTIVE, PanelView(banner=Banner(NAME, ORG, frozenset({Grant.VIEW}))), words("en"))
    assert NAME in told_now["connected"]
    assert words("en").text("banner.view") in told_now["connected"]


@pytest.mark.parametrize("language", locales.languages())
def test_every_state_and_page_has_words(language: str) -> None:
    for (name, view), state, focus in product(PANELS_BY_NAME.items(), TvState, (None, *Item)):
        texts = told(state, replace(view, focus=focus, banner=BANNER), words(language))
        assert texts["state_text"], (name, state)
        assert texts["focus"] or focus is None, (name, state, focus)
