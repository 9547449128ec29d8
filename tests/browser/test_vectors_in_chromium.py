"""The console's core and its ports in a real browser: shared vectors, memory of codes, badge key, decoder."""

from __future__ import annotations

import base64
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
import simplejpeg

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]

ROOT = Path(__file__).parents[2]
WIDTH, HEIGHT = 320, 240
CODE = "481703652296"
NOW = {"code": CODE, "now": 1_000}

Colour = tuple[int, int, int]
RED, GREEN, BLUE = (200, 0, 0), (0, 200, 0), (0, 0, 200)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing: the test's output is pytest's."""


@pytest.fixture(scope="module")
def repository() -> Iterator[str]:
    with ThreadingHTTPServer(("localhost", 0), partial(_Quiet, directory=ROOT)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context()
    yield context
    context.close()


def opened(context: BrowserContext, repository: str, path: str = "package.json") -> Page:
    """A page of the repository's origin; which one does not matter to most tests."""
    page = context.new_page()
    page.goto(f"{repository}/{path}", wait_until="domcontentloaded")
    return page


def call(page: Page, name: str, argument: object = None) -> Any:  # Any: what the JavaScript function gives
    """One function of io_cases.js."""
    script = f"async (argument) => (await import('/tests/browser/io_cases.js')).{name}(argument)"
    return page.evaluate(script, argument)


def test_every_shared_vector_comes_out_as_it_says(context: BrowserContext, repository: str) -> None:
    """INV-C1, INV-C2: this browser's X25519, Ed25519 and AES-GCM follow the same specification."""
    page = opened(context, repository, "tests/browser/vectors.html")
    page.wait_for_selector("html[data-reports]", state="attached")
    reports = page.evaluate("JSON.parse(document.documentElement.dataset.reports)")
    assert [failure for report in reports for failure in report["failures"]] == []
    found = {str(path.relative_to(ROOT)) for path in ROOT.glob("*/vectors/*.json")}
    assert {report["path"] for report in reports} == found
    assert all(report["ran"] for report in reports)


def test_a_code_is_taken_once_over_all_tabs_and_reloads(context: BrowserContext, repository: str) -> None:
    """INV-A1."""
    one, other = opened(context, repository), opened(context, repository)
    for page in (one, other):
        call(page, "beginToTake", NOW)
    assert sorted(call(page, "answer") for page in (one, other)) == [False, True]
    one.reload()
    assert call(one, "hasCode", NOW) is True
    assert call(one, "takeCode", NOW) is False
    assert call(one, "hasCode", NOW | {"code": "123456789018"}) is False


def test_a_code_is_forgotten_after_a_day(context: BrowserContext, repository: str) -> None:
    page = opened(context, repository)
    assert call(page, "takeCode", {"code": CODE, "now": 0}) is True
    assert call(page, "takeCode", {"code": CODE, "now": 86_399_999}) is False
    assert call(page, "hasCode", {"code": CODE, "now": 86_400_000}) is False
    assert call(page, "takeCode", {"code": CODE, "now": 86_400_000}) is True


def test_the_memory_holds_no_code_in_clear(context: BrowserContext, repository: str) -> None:
    """INV-C4."""
    page = opened(context, repository)
    call(page, "takeCode", NOW)
    kept = call(page, "keptCodes")
    assert [sorted(entry) for entry in kept] == [["hash", "until"]]
    assert not any(part in str(kept) for part in (CODE, CODE[:11], CODE[5:11]))


def test_the_badge_key_signs_and_cannot_be_taken_out(context: BrowserContext, repository: str) -> None:
    assert call(opened(context, repository), "badgeKey") == {"exported": [], "signs": True}


def piece(pic: int, data: bytes, *, key: bool, codec: int = 1, strip: tuple[int, int] = (0, HEIGHT)) -> Any:
    y, rows = strip
    size = {"width": WIDTH, "height": HEIGHT, "y": y, "rows": rows}
    head = {"pic": pic, "codec": codec, "key": key, "at": pic} | size
    return {"head": head, "data": base64.b64encode(data).decode()}


def decode(page: Page, *pieces: Any, without_video: bool = False) -> Any:
    size = {"width": WIDTH, "height": HEIGHT}
    return call(page, "decode", {"pieces": pieces, "withoutVideo": without_video} | size)


def h264(*colours: Colour) -> list[bytes]:
    """One access unit for each full-screen colour, the first a key frame, as the device codes them."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "g": "999"}
    units = []
    for colour in colours:
        pixels = np.full((HEIGHT, WIDTH, 3), colour, dtype=np.uint8)
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
        units += [bytes(packet) for packet in encoder.encode(frame)]
    return units


def jpeg(rows: int, colour: Colour) -> bytes:
    return bytes(simplejpeg.encode_jpeg(np.full((rows, WIDTH, 3), colour, dtype=np.uint8)))


def test_h264_is_drawn_picture_by_picture(context: BrowserContext, repository: str) -> None:
    key, delta = h264(RED, BLUE)
    result = decode(opened(context, repository), piece(1, key, key=True), piece(2, delta, key=False))
    assert result["codecs"] == ["h264", "jpeg"]
    assert result["said"] == ["drawn 1 h264", "drawn 2 h264"]
    assert result["red"] < 60
    assert result["blue"] > 140


def test_a_broken_picture_asks_for_a_key_frame_and_goes_on_with_it(
    context: BrowserContext, repository: str
) -> None:
    key, delta = h264(RED, BLUE)
    again, _ = h264(GREEN, BLUE)
    broken = b"\0\0\0\1\x65" + bytes(60)
    result = decode(
        opened(context, repository),
        piece(1, delta, key=False),
        piece(2, key, key=True),
        piece(3, broken, key=True),
        piece(4, delta, key=False),
        piece(5, again, key=True),
    )
    assert result["said"] == ["key frame", "drawn 2 h264", "key frame", "key frame", "drawn 5 h264"]
    assert result["green"] > 140


def test_without_webcodecs_strips_are_drawn_where_they_belong(
    context: BrowserContext, repository: str
) -> None:
    result = decode(
        opened(context, repository),
        piece(1, jpeg(HEIGHT, RED), key=True, codec=2),
        piece(2, jpeg(40, BLUE), key=False, codec=2, strip=(HEIGHT // 2 - 20, 40)),
        without_video=True,
    )
    assert result["codecs"] == ["jpeg"]
    assert result["said"] == ["drawn 1 jpeg", "drawn 2 jpeg"]
    assert result["blue"] > 140


@pytest.mark.parametrize("rows", [16, HEIGHT + 16, 8192])
def test_a_strip_of_another_size_than_it_was_announced_is_not_decoded(
    context: BrowserContext, repository: str, rows: int
) -> None:
    """INV-F2: a frame of a megabyte can hold a picture of a gigabyte."""
    page = opened(context, repository)
    page.evaluate("""() => {
        const decode = globalThis.createImageBitmap;
        globalThis.decoded = 0;
        globalThis.createImageBitmap = (source) => { globalThis.decoded += 1; return decode(source); };
    }""")
    bomb = piece(1, jpeg(rows, RED), key=True, codec=2)
    assert decode(page, bomb)["said"] == ["key frame"]
    assert page.evaluate("globalThis.decoded") == 0
    assert decode(page, piece(1, jpeg(HEIGHT, RED), key=True, codec=2))["said"] == ["drawn 1 jpeg"]
    assert page.evaluate("globalThis.decoded") == 1
