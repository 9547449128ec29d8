"""Photographs of labels, real and hostile, in the shipped process (R34-R36, INV-F2, INV-F4)."""

from __future__ import annotations

import asyncio
import io
import random
import struct
import sys
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from care.desk import decode_picture, decoding
from care.desk.decoding import AT_ONCE, PICTURE_BYTES, WAITING_MOST, Decoder
from tests.care.desks import SERIAL, WASHER, at_once, house_of, link, refusal, slug
from tests.care.served import served

if TYPE_CHECKING:
    from server.storage.engine import Database

pytestmark = pytest.mark.slow

MATTER = "MT:Y.K9042C00KA0648G00"


def code(text: str, scale: int = 6) -> Image.Image:
    drawn = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=scale)
    return Image.fromarray(np.asarray(drawn)).convert("L")


def label(*texts: str, turned: float = 0.0) -> Image.Image:
    """A white label with these codes side by side."""
    codes = [code(text) for text in texts]
    width = sum(one.width + 60 for one in codes) + 60
    sheet = Image.new("L", (width, max(one.height for one in codes) + 120), 255)
    left = 60
    for one in codes:
        sheet.paste(one, (left, 60))
        left += one.width + 60
    return sheet.rotate(turned, expand=True, fillcolor=255)


def written(image: Image.Image, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
async def test_both_codes_of_a_label_are_read_however_it_is_turned(kind: str) -> None:
    texts = await Decoder().texts(written(label(MATTER, link(WASHER), turned=17), kind))
    assert sorted(texts) == sorted([MATTER, link(WASHER)])


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(side: int) -> bytes:
    """A PNG that says it is so large, in a few hundred bytes."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(1000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


async def test_a_picture_that_would_unfold_to_gigabytes_is_refused_by_its_header() -> None:
    for side in (6_400, 12_000, 30_000, 2**31 - 1):
        assert await slug(Decoder().texts(bomb(side))) in {"image-too-large", "image-damaged"}
    assert await slug(Decoder().texts(bomb(30_000))) == "image-too-large"
    assert await slug(Decoder().texts(bomb(6_400))) == "image-too-large", "41 megapixels"


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
async def test_half_a_picture_is_damaged_though_its_header_is_right(kind: str) -> None:
    whole = written(label(link(WASHER)), kind)
    assert await slug(Decoder().texts(whole[: len(whole) // 2])) == "image-damaged"


def test_the_program_reads_all_of_a_picture_before_it_says_what_is_in_it() -> None:
    whole = written(label(link(WASHER)))
    assert decode_picture.read(whole) == {"texts": [link(WASHER)]}
    assert decode_picture.read(whole[: len(whole) // 2]) == {"problem": "image-damaged"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8\xff",
        b"%PDF-1.7\n",
        b"GIF89a" + bytes(100),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"II*\x00" + bytes(100),
    ],
)
async def test_what_is_neither_jpeg_nor_png_is_no_picture(data: bytes) -> None:
    assert await slug(Decoder().texts(data)) in {"image-type", "image-damaged"}


async def test_a_gif_is_not_read_by_another_decoder() -> None:
    assert await slug(Decoder().texts(written(label(link(WASHER)), "GIF"))) == "image-type"


async def test_a_picture_over_the_limit_reaches_no_process() -> None:
    decoder = Decoder(program=("/nowhere",))
    assert await slug(decoder.texts(bytes(PICTURE_BYTES + 1))) == "image-too-large"


async def test_noise_and_broken_bytes_take_no_process_along() -> None:
    """The next picture is read as if nothing had been."""
    decoder = Decoder()
    whole = bytearray(written(label(link(WASHER)), "JPEG"))
    drawn = random.Random(7)
    for _ in range(6):
        broken = bytearray(whole)
        for _ in range(20):
            broken[drawn.randrange(len(broken))] = drawn.randrange(256)
        [came] = await at_once(decoder.texts(bytes(broken)))
        assert isinstance(came, list) or came in {"image-damaged", "image-type", "image-too-large"}
    assert await decoder.texts(bytes(whole)) == [link(WASHER)]


def program(text: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-c", text)


@pytest.mark.parametrize(
    "text",
    [
        "import os; os.kill(os.getpid(), 9)",
        "import os; os.abort()",
        "print('{')",
        "print('{\"texts\": [1]}')",
        'print(\'{"problem": "our-fault"}\')',
        "print('[]')",
        "import sys; sys.stdout.write('x' * 2_000_000)",
        "raise SystemExit(3)",
    ],
)
async def test_a_process_that_a_picture_took_over_is_believed_nothing(text: str) -> None:
    assert await slug(Decoder(program=program(text)).texts(b"picture")) == "image-damaged"


async def test_a_process_that_does_not_come_to_its_end_is_ended() -> None:
    hanging = Decoder(program=program("import threading; threading.Event().wait()"), wait_s=0.5)
    assert await slug(hanging.texts(b"picture")) == "image-damaged"
    endless = program("import sys\nwhile True: sys.stdout.write('x' * 65536)")
    assert await slug(Decoder(program=endless, wait_s=0.5).texts(b"picture")) == "image-damaged"


async def test_the_process_has_its_limits_before_it_reads_a_byte() -> None:
    """Memory, processor time, files: as the program sets them for itself."""
    folder = decoding.__file__.rsplit("/", 1)[0]
    probe = (
        f"import sys; sys.path.insert(0, {folder!r})\n"
        "import decode_picture as d, json, resource\n"
        "d._bind()\n"
        "names = ('RLIMIT_AS', 'RLIMIT_CPU', 'RLIMIT_FSIZE', 'RLIMIT_CORE')\n"
        "limits = [resource.getrlimit(getattr(resource, name))[1] for name in names]\n"
        "try: bytearray(2 * limits[0]); grew = True\n"
        "except MemoryError: grew = False\n"
        "print(json.dumps({'texts': [str(limits), str(grew)]}))"
    )
    said = await Decoder(program=program(probe)).texts(b"picture")
    assert said == [f"[{decode_picture.MEMORY_BYTES}, {decode_picture.PROCESSOR_S}, 0, 0]", "False"]


async def test_who_would_wait_behind_too_many_is_refused_at_once() -> None:
    hanging = Decoder(program=program("import threading; threading.Event().wait()"), wait_s=60)
    waiting = [asyncio.ensure_future(hanging.texts(b"picture")) for _ in range(AT_ONCE + WAITING_MOST)]
    await asyncio.sleep(0)
    refused = await refusal(hanging.texts(b"picture"))
    assert (refused.slug, refused.retry_after_s) == ("try-later", 5)
    for one in waiting:
        one.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


@pytest.mark.proves("R36")
async def test_a_photograph_names_the_one_product_or_says_why_not(database: Database) -> None:
    """R36, R20: over HTTP, by the shipped process."""
    house = await house_of(database, supplied=False)
    async with served(house.desk) as call:
        good = await call("POST", "/decode", written(label(MATTER, link(WASHER))))
        assert good.body == {
            "number": WASHER,
            "gtin": "02000000000299",
            "model": {"code": "WF9T6", "name": "Tide 9 T6"},
        }
        for codes, expected in (
            ((MATTER,), "pairing-code-only"),
            (("2000000000299",), "packaging-code"),
            ((link(WASHER), link(SERIAL)), "several-products"),
            (("https://somebody.example/",), "not-a-product-code"),
        ):
            assert (await call("POST", "/decode", written(label(*codes)))).problem == (422, expected)
        blank = written(Image.new("L", (200, 200), 255))
        assert (await call("POST", "/decode", blank)).problem == (422, "no-code")
        assert (await call("POST", "/decode", b"no picture")).problem == (415, "image-type")
