"""A program that reads one picture and writes the texts of its barcodes; it imports nothing of ours.

Run by itself, so that what a picture does to a decoder it does to nobody else (INV-F4). It gives itself its
limits before it reads the first byte: memory, processor time, no files.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import warnings
from typing import Final

import zxingcpp
from PIL import Image, UnidentifiedImageError

MEMORY_BYTES: Final = 1024 * 1024 * 1024
PROCESSOR_S: Final = 10
PIXELS_MOST: Final = 40_000_000
BYTES_MOST: Final = 8 * 1024 * 1024
CODES_MOST: Final = 32
CODE_MOST: Final = 2_048
# A format that nobody photographs in is only another decoder to attack.
_FORMATS: Final = ("JPEG", "PNG")


def main() -> None:
    """The answer as one line of JSON: `{"texts": [...]}` or `{"problem": "..."}`."""
    _bind()
    data = sys.stdin.buffer.read(BYTES_MOST + 1)
    json.dump(read(data), sys.stdout)


def _bind() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_S, PROCESSOR_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("error")
    Image.MAX_IMAGE_PIXELS = PIXELS_MOST


def read(data: bytes) -> dict[str, object]:
    """What stands in the picture, or why nothing was read."""
    if len(data) > BYTES_MOST:
        return {"problem": "image-too-large"}
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            if image.width * image.height > PIXELS_MOST:
                return {"problem": "image-too-large"}
            # The whole of it, also where the header is right and the rest is not there.
            image.load()
            grey = image.convert("L")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return {"problem": "image-too-large"}
    except UnidentifiedImageError:
        return {"problem": "image-type"}
    except (OSError, ValueError, SyntaxError, MemoryError, Warning, EOFError):
        return {"problem": "image-damaged"}
    codes = zxingcpp.read_barcodes(grey, text_mode=zxingcpp.TextMode.Plain)
    return {"texts": [code.text[: CODE_MOST + 1] for code in codes[:CODES_MOST]]}


if __name__ == "__main__":
    main()
