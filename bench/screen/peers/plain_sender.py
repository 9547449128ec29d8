"""`python plain_sender.py PORT CODEC`: this screen as an aiortc video track.

Nothing of it is clever: MediaPlayer captures with x11grab at 30 pictures a second, as aiortc's documents
do, the track goes out as it is, and presses come back on a data channel.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Final

import xcffib
import xcffib.xtest
from aiohttp import web
from aiortc import RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.contrib.media import MediaPlayer
from xcffib import xproto

_GRAB: Final = {"video_size": "1920x1080", "framerate": "30", "draw_mouse": "0"}
_KEYSYMS: Final = {"ArrowLeft": 0xFF51, "ArrowUp": 0xFF52, "ArrowRight": 0xFF53, "ArrowDown": 0xFF54}
_Kind = Any  # an event class of xcffib, which has no types
_PAGE: Final = """<!doctype html>
<meta charset="utf-8">
<title>plain sender</title>
<style>
  html, body { margin: 0; background: #000 }
  video { width: 100vw; height: 100vh; object-fit: contain }
</style>
<video autoplay muted playsinline></video>
<script type="module">
  const video = document.querySelector('video');
  const peer = new RTCPeerConnection();
  const input = peer.createDataChannel('input');
  peer.addTransceiver('video', { direction: 'recvonly' });
  peer.ontrack = ({ track, receiver }) => {
    receiver.jitterBufferTarget = 0;
    video.srcObject = new MediaStream([track]);
  };
  video.addEventListener('pointerdown', ({ clientX, clientY }) => {
    input.send(JSON.stringify({ at: [clientX / innerWidth, clientY / innerHeight] }));
  });
  addEventListener('keydown', ({ key }) => input.send(JSON.stringify({ key })));
  await peer.setLocalDescription();
  while (peer.iceGatheringState !== 'complete') {
    await new Promise((go) => { peer.onicegatheringstatechange = go; });
  }
  const answer = await fetch('/offer', { method: 'POST', body: JSON.stringify(peer.localDescription) });
  await peer.setRemoteDescription(await answer.json());
</script>
"""


class Hand:
    """Presses what the page says, through XTest."""

    def __init__(self, display: str) -> None:
        self._x = xcffib.connect(display=display)
        self._test = self._x(xcffib.xtest.key)
        setup = self._x.get_setup()
        self._screen = setup.roots[0]
        self._least, most = setup.min_keycode, setup.max_keycode
        mapping = self._x.core.GetKeyboardMapping(self._least, most - self._least + 1).reply()
        self._width = mapping.keysyms_per_keycode
        self._keysyms = list(mapping.keysyms)

    def take(self, message: str) -> None:
        told = json.loads(message)
        if "at" in told:
            self._click(*told["at"])
        elif told["key"] in _KEYSYMS:
            place = self._keysyms.index(_KEYSYMS[told["key"]])
            self._press(xproto.KeyPressEvent, xproto.KeyReleaseEvent, self._least + place // self._width)
        self._x.flush()

    def _click(self, across: float, down: float) -> None:
        x = round(across * self._screen.width_in_pixels)
        y = round(down * self._screen.height_in_pixels)
        self._test.FakeInput(_code(xproto.MotionNotifyEvent), 0, 0, self._screen.root, x, y, 0)
        self._press(xproto.ButtonPressEvent, xproto.ButtonReleaseEvent, 1)

    def _press(self, pressed: _Kind, released: _Kind, what: int) -> None:
        for kind in (pressed, released):
            self._test.FakeInput(_code(kind), what, 0, self._screen.root, 0, 0, 0)


def _code(kind: _Kind) -> int:
    return int(next(code for code, known in xcffib.core_events.items() if known is kind))


def application(display: str, codec: str) -> web.Application:
    hand, peers = Hand(display), set[RTCPeerConnection]()

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=_PAGE, content_type="text/html")

    async def offer(request: web.Request) -> web.Response:
        asked = json.loads(await request.text())
        peer = RTCPeerConnection()
        peers.add(peer)

        peer.on("datachannel", lambda channel: channel.on("message", hand.take))
        track = MediaPlayer(display, format="x11grab", options=dict(_GRAB)).video
        assert track is not None
        peer.addTrack(track)
        known = RTCRtpSender.getCapabilities("video").codecs
        wanted = [one for one in known if one.mimeType.casefold() == f"video/{codec}".casefold()]
        # Before the offer is taken: afterwards it would change nothing, and the first codec would be used.
        peer.getTransceivers()[0].setCodecPreferences(wanted)
        await peer.setRemoteDescription(RTCSessionDescription(asked["sdp"], asked["type"]))
        await peer.setLocalDescription(await peer.createAnswer())
        return web.json_response({"sdp": peer.localDescription.sdp, "type": peer.localDescription.type})

    app = web.Application()
    app.router.add_get("/", page)
    app.router.add_post("/offer", offer)
    return app


if __name__ == "__main__":
    web.run_app(
        application(os.environ["DISPLAY"], sys.argv[2]), host="127.0.0.1", port=int(sys.argv[1]), print=None
    )
