"""Photographs of product labels, drawn."""

from __future__ import annotations

import io

import segno
from PIL import Image


def label(*texts: str) -> bytes:
    """A photograph of a label with these codes beside each other, turned a little."""
    codes = []
    for text in texts:
        drawn = io.BytesIO()
        segno.make(text, error="m").save(drawn, kind="png", scale=6, border=4)
        codes.append(Image.open(drawn).convert("L"))
    width = sum(code.width for code in codes) + 60 * (len(codes) + 1)
    photo = Image.new("L", (width, max(code.height for code in codes) + 120), 235)
    left = 60
    for code in codes:
        photo.paste(code, (left, 60))
        left += code.width + 60
    kept = io.BytesIO()
    photo.rotate(4, expand=True, fillcolor=235).save(kept, "JPEG", quality=85)
    return kept.getvalue()
