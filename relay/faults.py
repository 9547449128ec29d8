"""Says where an unforeseen error came from, without saying what it held (INV-C4)."""

from __future__ import annotations

import traceback
from pathlib import Path


def where(error: BaseException) -> str:
    """File and line of the innermost frame; error texts and values stay out of the log."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"
