"""The console's decoder in a real browser, with pictures as the device makes them."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import simplejpeg

from device_agent.picture import exact
from device_agent.picture.choice import make_encoder
from device_agent.picture.encoder import Encoded
from device_agent.picture.exact import Piece
from device_agent.picture.flow import START_BIT_RATE
from device_agent.picture.jpeg import cut
from seal.pictures import Codec, PictureHead, pack_picture
from tests.browser.repository_page import call, opened, serving_repository

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from playwright.sync_api import Browser, BrowserContext, Page

    from device_agent.picture.encoder import Encoder

pytestmark = [pytest.mark.slow, pytest.mark.browser]

WIDTH, HEIGHT = 320, 240
WHOLE = (0, HEIGHT)
VIDEO_CODECS = [Codec.H264, Codec.H264_444, Codec.AV1]
NUMBER = {Codec.H264: 1, Codec.JPEG: 2, Codec.H264_444: 3, Codec.AV1: 4, Codec.WEBP: 5}

Colour = tuple[int, int, int]
RED, GREEN, BLUE = (200, 0, 0), (0, 200, 0), (0, 0, 200)


@pytest.fixture(scope="module")
def repository() -> Iterator[str]:
    with serving_repository() as address:
        yield address


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context()
    yield context
    context.close()


def screen(*colours: Colour) -> NDArray[np.uint8]:
    """Stripes of equal height, from the top."""
    pixels = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    for at, colour in enumerate(colours):
        pixels[HEIGHT * at // len(colours) :, :, :3] = colour[::-1]
    return pixels


def made(
    encoder: Encoder, pixels: NDArray[np.uint8], drawn: tuple[int, int] = WHOLE, *, key: bool = False
) -> Encoded:
    (part,) = encoder.encode(pixels, (WHOLE,), drawn=drawn, key=key)
    return part


def encoder(codec: Codec) -> Encoder:
    return make_encoder(codec, WIDTH, HEIGHT, START_BIT_RATE)


def lossless(pixels: NDArray[np.uint8], top: int, bottom: int) -> Encoded:
    (strip,) = exact.encode(pixels, Piece((top, bottom), lossless=True))
    return strip


@dataclass(frozen=True)
class Result:
    said: list[str]
    colours: list[Colour]


def pieces(parts: tuple[Encoded, ...]) -> list[dict[str, Any]]:
    return [
        {
            "head": {
                "pic": pic,
                "codec": NUMBER[part.codec],
                "key": part.key,
                "width": WIDTH,
                "height": HEIGHT,
                "x": part.x,
                "y": part.y,
                "columns": part.columns or WIDTH,
                "rows": part.rows,
                "at": pic,
            },
            "data": base64.b64encode(part.data).decode(),
        }
        for pic, part in zip(count(1), parts, strict=False)
    ]


def decoded(
    page: Page, *parts: Encoded, rows: tuple[int, ...] = (120,), at_once: bool = False, held: bool = False
) -> Result:
    size = {"width": WIDTH, "height": HEIGHT, "rows": rows, "atOnce": at_once, "held": held}
    result = call(page, "decode", {"pieces": pieces(parts)} | size)
    return Result(result["said"], [tuple(colour) for colour in result["colours"]])


def is_about(seen: Colour, colour: Colour) -> bool:
    """The same of the three, as well as video tells it under a rate."""
    return max(abs(one - other) for one, other in zip(seen, colour, strict=True)) <= 60


def test_this_browser_decodes_every_video_best_first(context: BrowserContext, repository: str) -> None:
    page = opened(context, repository)
    assert call(page, "codecs") == ["h264", "h264_444", "av1", "jpeg"]
    page.evaluate("delete globalThis.VideoDecoder")
    assert call(page, "codecs") == ["jpeg"]


@pytest.mark.parametrize("codec", VIDEO_CODECS)
def test_video_is_drawn_picture_by_picture_in_the_screens_colours(
    context: BrowserContext, repository: str, codec: Codec
) -> None:
    """One picture out for each one in: a decoder that waits for the next would show the past."""
    video = encoder(codec)
    parts = [made(video, screen(RED), key=True), made(video, screen(GREEN)), made(video, screen(BLUE))]
    result = decoded(opened(context, repository), *parts)
    assert result.said == [f"drawn {pic} {codec}" for pic in (1, 2, 3)]
    assert is_about(result.colours[0], BLUE)


@pytest.mark.parametrize("codec", VIDEO_CODECS)
def test_of_a_delta_picture_only_its_rows_are_drawn_where_they_belong(
    context: BrowserContext, repository: str, codec: Codec
) -> None:
    video = encoder(codec)
    first = made(video, screen(RED), key=True)
    second = made(video, screen(GREEN, BLUE, GREEN), (80, 160))
    result = decoded(opened(context, repository), first, second, rows=(40, 76, 88, 152, 164, 200))
    assert result.said == [f"drawn 1 {codec}", f"drawn 2 {codec}"]
    for seen, colour in zip(result.colours, (RED, RED, BLUE, BLUE, RED, RED), strict=True):
        assert is_about(seen, colour)


def test_strips_finish_a_picture_to_the_pixel_and_video_goes_on(
    context: BrowserContext, repository: str
) -> None:
    video = encoder(Codec.H264)
    odd = (13, 77, 201)
    first = made(video, screen(RED), key=True)
    strips = lossless(screen(odd), 0, 96), lossless(screen(odd), 96, 240)
    moved = made(video, screen(GREEN), (0, 16))
    page = opened(context, repository)
    result = decoded(page, first, *strips, moved, rows=(8, 50, 239))
    assert result.said == ["drawn 1 h264", "drawn 2 h264", "drawn 3 h264", "drawn 4 h264"]
    assert is_about(result.colours[0], GREEN)
    assert result.colours[1:] == [odd, odd]


def test_pictures_are_drawn_in_their_order_whatever_is_decoded_first(
    context: BrowserContext, repository: str
) -> None:
    """A strip is decoded elsewhere than video: an old one must never lie over a newer picture."""
    video = encoder(Codec.H264)
    first = made(video, screen(RED), key=True)
    strip = lossless(screen(BLUE), 0, 240)
    below = made(video, screen(GREEN), (160, 240))
    result = decoded(opened(context, repository), first, strip, below, rows=(40, 200), at_once=True)
    assert result.said[-1] == "drawn 3 h264"
    assert is_about(result.colours[0], BLUE)
    assert is_about(result.colours[1], GREEN)


def test_in_a_page_that_hardly_runs_words_are_painted_before_each_picture(
    context: BrowserContext, repository: str
) -> None:
    """To draw takes such a page long: what it has to say of that must stand first."""
    video = encoder(Codec.H264)
    parts = [made(video, screen(RED), key=True), made(video, screen(GREEN)), made(video, screen(BLUE))]
    result = decoded(opened(context, repository), *parts, at_once=True, held=True)
    assert result.said[-1] == "drawn 3 h264"
    assert is_about(result.colours[0], BLUE)
    turns = "".join(f"{said.partition(' ')[0]} " for said in result.said)
    assert re.fullmatch("(waits frame (drawn )+)+", turns), result.said


def test_a_strip_that_a_newer_picture_covers_keeps_nobody_waiting(
    context: BrowserContext, repository: str
) -> None:
    page = opened(context, repository)
    page.evaluate("() => { globalThis.createImageBitmap = () => new Promise(() => undefined); }")
    video = encoder(Codec.H264)
    first = made(video, screen(RED), key=True)
    over = made(video, screen(GREEN), (0, 120))
    result = decoded(page, first, lossless(screen(BLUE), 0, 96), over, rows=(40,), at_once=True)
    assert result.said[-1] == "drawn 3 h264"
    assert is_about(result.colours[0], GREEN)


@pytest.mark.parametrize(("one", "other"), [(Codec.H264, Codec.AV1), (Codec.AV1, Codec.H264_444)], ids=str)
def test_a_key_picture_of_another_codec_goes_on_where_the_first_ended(
    context: BrowserContext, repository: str, one: Codec, other: Codec
) -> None:
    before, after = encoder(one), encoder(other)
    parts = [
        made(before, screen(RED), key=True),
        made(before, screen(GREEN)),
        made(after, screen(BLUE), key=True),
        made(after, screen(RED)),
    ]
    result = decoded(opened(context, repository), *parts, at_once=True)
    assert result.said[-1] == f"drawn 4 {other}"
    assert "key frame" not in result.said
    assert is_about(result.colours[0], RED)


def test_a_picture_of_another_codec_without_a_key_is_refused(
    context: BrowserContext, repository: str
) -> None:
    before, after = encoder(Codec.H264), encoder(Codec.H264_444)
    made(after, screen(RED), key=True)
    parts = [made(before, screen(RED), key=True), made(after, screen(BLUE))]
    assert decoded(opened(context, repository), *parts).said == ["drawn 1 h264", "key frame"]


def test_a_video_picture_of_another_size_than_it_was_announced_is_not_drawn(
    context: BrowserContext, repository: str
) -> None:
    """INV-F2."""
    small = make_encoder(Codec.H264, 160, 120, START_BIT_RATE)
    (part,) = small.encode(np.zeros((120, 160, 4), np.uint8), ((0, 120),), drawn=(0, 120), key=True)
    claimed = Encoded(Codec.H264, key=True, y=0, rows=HEIGHT, data=part.data)
    assert decoded(opened(context, repository), claimed).said == ["key frame"]


def test_a_broken_picture_asks_for_a_key_frame_and_goes_on_with_it(
    context: BrowserContext, repository: str
) -> None:
    video, again = encoder(Codec.H264), encoder(Codec.H264)
    key, delta = made(video, screen(RED), key=True), made(video, screen(BLUE))
    broken = Encoded(Codec.H264, key=True, y=0, rows=HEIGHT, data=b"\0\0\0\1\x65" + bytes(60))
    result = decoded(
        opened(context, repository), delta, key, broken, delta, made(again, screen(GREEN), key=True)
    )
    assert result.said == ["key frame", "drawn 2 h264", "key frame", "key frame", "drawn 5 h264"]
    assert is_about(result.colours[0], GREEN)


def test_without_webcodecs_strips_are_drawn_where_they_belong(
    context: BrowserContext, repository: str
) -> None:
    page = opened(context, repository)
    page.evaluate("delete globalThis.VideoDecoder")
    jpeg = make_encoder(Codec.JPEG, WIDTH, HEIGHT, START_BIT_RATE)
    (whole,) = jpeg.encode(screen(RED), (WHOLE,), drawn=WHOLE, key=True)
    (strip,) = jpeg.encode(screen(BLUE), ((96, 144),), drawn=WHOLE, key=False)
    result = decoded(page, whole, strip, lossless(screen(GREEN), 144, 240), rows=(40, 120, 200))
    assert result.said == ["drawn 1 jpeg", "drawn 2 jpeg", "drawn 3 jpeg"]
    for seen, colour in zip(result.colours, (RED, BLUE, GREEN), strict=True):
        assert is_about(seen, colour)


def test_what_does_not_reach_across_the_screen_is_drawn_where_it_belongs(
    context: BrowserContext, repository: str
) -> None:
    """Left of the middle, where the colours are read, and over it: as JPEG, and of a video."""
    left, over = (16, 96, WIDTH // 2 - 16, 144), (WIDTH // 2 - 16, 144, WIDTH // 2 + 32, 240)
    video = encoder(Codec.H264)
    parts = [
        made(video, screen(RED), key=True),
        *(one for box in (left, over) for one in cut(screen(BLUE), box, quality=90)),
    ]
    page = opened(context, repository)
    result = decoded(page, *parts, rows=(40, 120, 200))
    assert result.said == ["drawn 1 h264", "drawn 2 h264", "drawn 3 h264"]
    for seen, colour in zip(result.colours, (RED, RED, BLUE), strict=True):
        assert is_about(seen, colour)
    halves = screen(BLUE)
    halves[:, WIDTH // 2 :] = screen(GREEN)[:, WIDTH // 2 :]
    parts += [
        replace(made(video, halves), x=x, y=y, columns=right - x, rows=bottom - y)
        for x, y, right, bottom in (left, over)
    ]
    for seen, colour in zip(
        decoded(page, *parts, rows=(40, 120, 200)).colours, (RED, RED, GREEN), strict=True
    ):
        assert is_about(seen, colour)


@pytest.mark.parametrize("columns", [(0, WIDTH // 2 - 16), (WIDTH // 2 + 16, WIDTH)])
def test_a_wide_picture_is_not_left_out_for_a_narrow_one_over_it(
    context: BrowserContext, repository: str, columns: tuple[int, int]
) -> None:
    """Only what is covered whole need not be drawn."""
    narrow = cut(screen(BLUE), (columns[0], 0, columns[1], HEIGHT), quality=90)
    wide = cut(screen(GREEN), (0, 0, WIDTH, HEIGHT), quality=90)
    parts = [made(encoder(Codec.H264), screen(RED), key=True), *wide, *narrow]
    page = opened(context, repository)
    page.evaluate("""() => {  // the wide one takes longer
        const whole = globalThis.createImageBitmap;
        const part = ImageDecoder.prototype.decode;
        let narrow;
        const isThere = new Promise((resolve) => { narrow = resolve; });
        ImageDecoder.prototype.decode = function () {
            return part.call(this).finally(() => setTimeout(narrow, 20));
        };
        globalThis.createImageBitmap = async (source) => {
            await isThere;
            return whole(source);
        };
    }""")
    result = decoded(page, *parts, at_once=True)
    assert is_about(result.colours[0], GREEN)


COUNT_DECODED = """() => {
    globalThis.decoded = [];
    const whole = globalThis.createImageBitmap;
    globalThis.createImageBitmap = (source) => { globalThis.decoded.push('blob'); return whole(source); };
    const part = ImageDecoder.prototype.decode;
    const close = ImageDecoder.prototype.close;
    Object.assign(ImageDecoder.prototype, {
        decode() { globalThis.decoded.push('here'); return part.call(this); },
        close() { globalThis.decoded.push('closed'); return close.call(this); },
    });
}"""


def then_moved(left: int, right: int) -> tuple[Encoded, ...]:
    """A red picture, and something small in it that has become blue."""
    first = made(encoder(Codec.H264), screen(RED), key=True)
    return first, *cut(screen(BLUE), (left, 96, right, 144), quality=90)


def test_what_moves_is_decoded_in_the_page_and_what_rests_as_exactly_as_can_be(
    context: BrowserContext, repository: str
) -> None:
    """A blob goes to the browser's own process and back, which a click on a busy machine waits for."""
    page = opened(context, repository)
    page.evaluate(COUNT_DECODED)
    parts = then_moved(WIDTH // 2 - 16, WIDTH // 2 + 16)
    result = decoded(page, *parts, lossless(screen(GREEN), 144, 240), rows=(40, 120, 200))
    for seen, colour in zip(result.colours, (RED, BLUE, GREEN), strict=True):
        assert is_about(seen, colour)
    assert page.evaluate("globalThis.decoded") == ["here", "closed", "blob"]


def test_a_browser_that_cannot_decode_it_in_the_page_shows_what_moves_all_the_same(
    context: BrowserContext, repository: str
) -> None:
    page = opened(context, repository)
    page.evaluate("() => { delete globalThis.ImageDecoder; }")
    result = decoded(page, *then_moved(WIDTH // 2 - 16, WIDTH // 2 + 16), rows=(40, 120))
    for seen, colour in zip(result.colours, (RED, BLUE), strict=True):
        assert is_about(seen, colour)


def test_what_moves_and_cannot_be_decoded_is_asked_for_anew(context: BrowserContext, repository: str) -> None:
    page = opened(context, repository)
    page.evaluate(COUNT_DECODED)
    page.evaluate("""() => {
        ImageDecoder.prototype.decode = () => Promise.reject(new DOMException('', 'EncodingError'));
    }""")
    assert decoded(page, *then_moved(16, 48)).said == ["drawn 1 h264", "key frame"]
    assert page.evaluate("globalThis.decoded") == ["closed"]


@pytest.mark.parametrize("codec", [Codec.JPEG, Codec.WEBP])
@pytest.mark.parametrize("rows", [16, HEIGHT + 16, 8192])
@pytest.mark.parametrize("columns", [WIDTH, WIDTH - 16])
def test_a_strip_of_another_size_than_it_was_announced_is_not_decoded(
    context: BrowserContext, repository: str, rows: int, columns: int, codec: Codec
) -> None:
    """INV-F2: a frame of a megabyte can hold a picture of a gigabyte."""
    page = opened(context, repository)
    page.evaluate(COUNT_DECODED)

    def strip(high: int) -> Encoded:
        pixels = np.full((high, columns, 4), 90, np.uint8)
        if codec is Codec.WEBP:
            data = lossless(pixels, 0, high).data
        else:
            data = bytes(simplejpeg.encode_jpeg(pixels, colorspace="BGRX"))
        return Encoded(codec, key=True, y=0, rows=HEIGHT, columns=columns, data=data)

    assert decoded(page, strip(rows)).said == ["key frame"]
    assert page.evaluate("globalThis.decoded") == []
    assert decoded(page, strip(HEIGHT)).said == ["drawn 1 jpeg"]
    assert page.evaluate("globalThis.decoded") == (["blob"] if columns == WIDTH else ["here", "closed"])


def test_a_decoder_that_keeps_pictures_is_replaced_and_then_the_codec(
    context: BrowserContext, repository: str
) -> None:
    """It shows the past: first another decoder is tried, then other pictures are asked for."""
    page = opened(context, repository)
    page.clock.install(time=0)
    page.clock.pause_at(10_000)
    key = made(encoder(Codec.H264), screen(RED), key=True)
    call(page, "decodeWithSilentDecoder", {"pieces": pieces((key, key, key)), "width": 1, "height": 1})
    said = ["key frame"]
    assert page.evaluate("globalThis.said") == said
    page.clock.run_for(699)
    assert page.evaluate("globalThis.said") == said
    page.clock.run_for(2)
    assert page.evaluate("globalThis.said") == ["key frame", "key frame"]
    page.clock.run_for(701)
    assert page.evaluate("globalThis.said") == ["key frame", "key frame", "cannot follow h264", "key frame"]
    assert page.evaluate("globalThis.configured") == ["", "prefer-software", "prefer-software"]


def test_a_picture_that_waits_for_words_is_not_blamed_on_the_decoder(
    context: BrowserContext, repository: str
) -> None:
    """However long a frame is in coming: a new stream would only give the page more to do."""
    page = opened(context, repository)
    page.clock.install(time=0)
    page.clock.pause_at(10_000)
    video = encoder(Codec.H264)
    two = made(video, screen(RED), key=True), made(video, screen(GREEN))
    call(page, "decodeWithoutFrames", {"pieces": pieces(two)})
    page.clock.run_for(5_000)
    assert page.evaluate("globalThis.said") == ["waits"]
    page.evaluate("globalThis.paint()")
    assert page.evaluate("globalThis.said") == ["waits", "drawn 2"]


def test_heads_are_those_of_the_device() -> None:
    """What these tests feed is what the device would send."""
    part = made(encoder(Codec.AV1), screen(RED), key=True)
    head = PictureHead(1, part.codec, part.key, WIDTH, HEIGHT, 0, part.y, WIDTH, part.rows, 1)
    assert pack_picture(head, part.data)[4] == NUMBER[Codec.AV1]


H264, H264_LARGE, AV1 = "avc1.42E028", "avc1.42E033", "av01.0.08M.08"


@pytest.mark.parametrize(
    ("expected", "larger", "breaks", "said"),
    [
        ([], False, False, [f"made {H264}", "drawn 1 h264"]),
        (["h264"], False, False, [f"made {H264}", "drawn 1 h264"]),
        (["h264", "h264", "av1"], False, False, [f"made {H264}", "drawn 1 h264"]),
        (["jpeg"], False, False, [f"made {H264}", "drawn 1 h264"]),
        (["av1"], False, False, [f"made {AV1}", "closed", f"made {H264}", "drawn 1 h264"]),
        (["h264"], True, False, [f"made {H264}", "closed", f"made {H264_LARGE}", "drawn 1 h264"]),
        (["h264"], False, True, [f"made {H264}", "closed", f"made {H264}", "drawn 1 h264"]),
    ],
    ids=["nothing", "it", "it, and more", "strips", "another", "a smaller one", "it, and it breaks"],
)
def test_the_first_picture_finds_its_decoder_made_whatever_was_expected(
    context: BrowserContext,
    repository: str,
    *,
    expected: list[str],
    larger: bool,
    breaks: bool,
    said: list[str],
) -> None:
    """Nobody is asked for a key frame: the first picture is one."""
    (piece,) = pieces((made(encoder(Codec.H264), screen(RED), key=True),))
    if larger:
        piece["head"] |= {"width": 3840, "height": 2160, "columns": 3840, "rows": 2160}
    given = {"expected": expected, "pieces": [piece], "breaks": breaks}
    assert call(opened(context, repository), "decodeExpected", given) == said
