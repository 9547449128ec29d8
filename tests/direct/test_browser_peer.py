"""The browser's own peer connection against the device's: Chromium, aiortc, and a real coturn between."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aioice import ice
from playwright.async_api import async_playwright

from device_agent.carrier.peer import PICTURE, SOUND, Peer
from device_agent.carrier.policy import Direct, DirectSettings
from tests.agent.test_peer import swapped, until, within
from tests.chromium import CHROMIUM, DRIVEN
from tests.direct.coturn import coturn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from tests.direct.coturn import Coturn

pytestmark = [pytest.mark.slow, pytest.mark.browser]

CONSOLE = Path(__file__).parents[2] / "technician_web"
ALL = DirectSettings(Direct.ALL)
PAGE = "<!doctype html><title>peer</title><canvas></canvas>"
MAKE = """async ([direct, servers]) => {
  const { BrowserPeer } = await import('/io/browser_peer.js');
  window.seen = { opened: 0, lost: 0, frames: [] };
  window.peer = new BrowserPeer({ direct, servers: async () => servers }, {
    opened: () => { window.seen.opened += 1; },
    lost: () => { window.seen.lost += 1; },
    frame: (frame, stream) => {
      window.seen.frames.push([stream, frame.length, frame.reduce((sum, byte) => sum + byte, 0)]);
    },
  });
  return window.peer.offer();
}"""


async def blank(_request: web.Request) -> web.Response:
    return web.Response(text=PAGE, content_type="text/html")


@asynccontextmanager
async def a_page() -> AsyncIterator[Page]:
    """An empty page of an origin that serves the console's modules."""
    vars(ice._mdns).clear()  # the library's resolver belongs to the loop of the test before
    app = web.Application()
    app.router.add_get("/", blank)
    app.router.add_static("/", CONSOLE)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=DRIVEN)
        page = await browser.new_page()
        await page.goto(f"http://localhost:{port}/")
        try:
            yield page
        finally:
            await browser.close()
            await runner.cleanup()


class Device:
    """The device's end, and what it reports."""

    def __init__(self, settings: DirectSettings) -> None:
        self.opened, self.lost = asyncio.Event(), asyncio.Event()
        self.peer = Peer(settings, opened=self.opened.set, lost=self.lost.set, arrived=lambda: None)

    async def close(self) -> None:
        self.peer.shut()
        await self.peer.closed()


async def seen(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await page.evaluate("JSON.stringify(window.seen)"))
    return found


async def test_frames_of_every_size_come_whole_and_on_their_channel() -> None:
    """SCTP takes 256 KiB in one message; the other end's certificate is the one that was sealed."""
    async with a_page() as page:
        device = Device(ALL)
        answer = await device.peer.answer(await page.evaluate(MAKE, ["all", []]))
        await page.evaluate("(answer) => window.peer.accept(answer)", answer)
        await within(device.opened.wait())
        assert device.peer.largest == 262_144
        await page.wait_for_function("window.seen.opened === 1")
        sizes = [28, 1_200, 60_000, 262_144, 20_000]
        for size in sizes:
            device.peer.send(PICTURE, b"\x01" * size)
        device.peer.send(SOUND, b"\x02" * 100)
        await page.wait_for_function("window.seen.frames.length === 6")
        frames = (await seen(page))["frames"]
        assert [frame for frame in frames if frame[0] == 5] == [[5, size, size] for size in sizes]
        assert [frame for frame in frames if frame[0] == 7] == [[7, 100, 200]]
        await page.evaluate("() => window.peer.close()")
        await within(device.lost.wait())
        await device.close()
        assert (await seen(page))["lost"] == 0, "what this end closes itself is not reported"


async def test_a_browser_goes_on_without_what_the_customer_hid() -> None:
    """Some of it has arrived in part, some has not left yet; what is sent after it comes whole."""
    async with a_page() as page:
        device = Device(ALL)
        answer = await device.peer.answer(await page.evaluate(MAKE, ["all", []]))
        await page.evaluate("(answer) => window.peer.accept(answer)", answer)
        await within(device.opened.wait())
        await page.wait_for_function("window.seen.opened === 1")
        device.peer.send(PICTURE, b"\x01" * 28)
        await page.wait_for_function("window.seen.frames.length === 1")
        sctp, ice_below = device.peer._sctp, device.peer._transport.transport
        own, left = ice_below._send, 0

        async def some(data: bytes) -> None:
            nonlocal left
            left += 1
            if left <= 5:
                await own(data)

        ice_below._send = some
        for _ in range(4):
            device.peer.send(PICTURE, b"\x01" * 20_000)
        device.peer.send(SOUND, b"\x02" * 100)
        await until(lambda: left > 5 and sctp._in_vain > 0)
        device.peer.drop()
        ice_below._send = own
        device.peer.send(PICTURE, b"\x03" * 2_000)
        device.peer.send(SOUND, b"\x04" * 50)
        await page.wait_for_function("window.seen.frames.length >= 3")
        frames = sorted((await seen(page))["frames"])
        assert frames == [[5, 28, 28], [5, 2_000, 6_000], [7, 50, 200]]
        await page.evaluate("() => window.peer.close()")
        await within(device.lost.wait())
        await device.close()


async def test_a_swapped_fingerprint_opens_at_neither_end() -> None:
    """Whichever description is changed on its way: the end that got it refuses the other's certificate, and
    the other never opens. When that one gives up is a matter of its patience, not of the network's.
    """
    async with a_page() as page:
        for change_offer in (True, False):
            device = Device(ALL)
            offer = await page.evaluate(MAKE, ["all", []])
            answer = await device.peer.answer(swapped(offer) if change_offer else offer)
            sent = answer if change_offer else swapped(answer)
            await page.evaluate("(answer) => window.peer.accept(answer)", sent)
            if change_offer:
                await within(device.lost.wait())
            else:
                await page.wait_for_function("window.seen.lost > 0", timeout=20_000)
            assert not device.opened.is_set()
            assert (await seen(page))["opened"] == 0
            await page.evaluate("() => window.peer.close()")
            await device.close()


async def test_the_console_looks_at_the_certificate_itself() -> None:
    """With a browser that would take any certificate the swap still leads nowhere."""
    async with a_page() as page:
        device = Device(ALL)
        answer = await device.peer.answer(await page.evaluate(MAKE, ["all", []]))
        # The page's own check is given another fingerprint than the browser's.
        await page.evaluate(
            """([answer, swapped]) => {
              const own = RTCPeerConnection.prototype.setRemoteDescription;
              RTCPeerConnection.prototype.setRemoteDescription = function (it) {
                return own.call(this, { ...it, sdp: answer });
              };
              return window.peer.accept(swapped);
            }""",
            [answer, swapped(answer)],
        )
        await page.wait_for_function("window.seen.lost > 0", timeout=20_000)
        assert (await seen(page))["opened"] == 0
        await device.close()


async def test_what_a_page_sends_is_ignored_until_it_is_too_much() -> None:
    async with a_page() as page:
        device = Device(ALL)
        await page.evaluate(
            """() => {
              window.channels = [];
              const own = RTCPeerConnection.prototype.createDataChannel;
              RTCPeerConnection.prototype.createDataChannel = function (...given) {
                const channel = own.apply(this, given);
                window.channels.push(channel);
                return channel;
              };
            }"""
        )
        answer = await device.peer.answer(await page.evaluate(MAKE, ["all", []]))
        await page.evaluate("(answer) => window.peer.accept(answer)", answer)
        await within(device.opened.wait())
        await page.wait_for_function("window.seen.opened === 1")
        await page.evaluate(
            "() => window.channels.forEach((it) => { it.send('a key'); it.send(new Uint8Array(40)); })"
        )
        device.peer.send(PICTURE, b"still there")
        await page.wait_for_function("window.seen.frames.length === 1")
        assert not device.lost.is_set()
        await page.evaluate("() => window.channels[0].send(new Uint8Array(200_000))")
        await within(device.lost.wait())
        await device.close()


async def test_through_turn_alone_neither_end_names_an_address_of_its_own(tmp_path: Path) -> None:
    with coturn(tmp_path) as server:
        async with a_page() as page:
            device = Device(await turned(server))
            login = await server.login(time.time_ns() // 1_000_000)
            servers = [{"urls": server.url, "username": login.username, "credential": login.password}]
            offer = await page.evaluate(MAKE, ["turn", servers])
            answer = await device.peer.answer(offer)
            for description in (offer, answer):
                assert " typ relay" in description
                assert " typ host" not in description
                assert " typ srflx" not in description
            await page.evaluate("(answer) => window.peer.accept(answer)", answer)
            await within(device.opened.wait())
            device.peer.send(PICTURE, b"\x01" * 100_000)
            await page.wait_for_function("window.seen.frames.length === 1")
            await device.close()


async def turned(server: Coturn) -> DirectSettings:
    login = await server.login(time.time_ns() // 1_000_000)
    return DirectSettings(Direct.TURN, "", server.url, login.username, login.password)


async def test_the_sound_is_decoded_and_played_in_time() -> None:
    """Opus of ours through WebCodecs: what comes out is the set's chime, not long after it came."""
    from device_agent.devices.simulated_tv.sound import SAMPLES, chime
    from device_agent.sound.encoder import OpusEncoder

    encoder = OpusEncoder(2)
    packets = [list(encoder.encode(chime(n * SAMPLES, 100))) for n in range(25)]
    async with a_page() as page:
        played = await page.evaluate(
            """async (packets) => {
              const { SoundPlayer, canHear } = await import('/io/sound_player.js');
              const starts = [];
              const own = AudioBufferSourceNode.prototype.start;
              AudioBufferSourceNode.prototype.start = function (when) {
                const samples = this.buffer.getChannelData(0);
                let peak = 0;
                for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
                starts.push({ ahead: when - this.context.currentTime, peak, frames: samples.length });
                return own.call(this, when);
              };
              const able = await canHear();
              const player = new SoundPlayer();
              for (const [at, packet] of packets.entries()) {
                player.feed({ n: at + 1, channels: 2, at: 0 }, Uint8Array.from(packet));
                await new Promise((resolve) => { setTimeout(resolve, 20); });  // a piece lasts so
              }
              await new Promise((resolve) => { setTimeout(resolve, 100); });  // the last plays
              player.close();
              return { able, starts };
            }""",
            packets,
        )
    assert played["able"]
    assert len(played["starts"]) >= 6
    assert max(start["ahead"] for start in played["starts"]) <= 0.2
    assert max(start["peak"] for start in played["starts"]) > 0.2
