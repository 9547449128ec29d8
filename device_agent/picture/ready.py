"""What can be done for a first picture before anybody has said yes: nothing of the screen is looked at."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import numpy as np

from device_agent.picture.choice import BROKEN, make_encoder
from device_agent.picture.flow import START_BIT_RATE
from seal.pictures import Codec

WIDTH: Final = 1920
HEIGHT: Final = 1080


def make_ready() -> None:
    """Encode one empty picture and forget it: the first in a process takes twice as long as the next.

    Blocks for some 0.05 s, so not on a loop's thread. Where there is no such encoder, nothing is gained.
    """
    whole = (0, HEIGHT)
    with suppress(*BROKEN):
        encoder = make_encoder(Codec.H264, WIDTH, HEIGHT, START_BIT_RATE)
        encoder.encode(np.zeros((HEIGHT, WIDTH, 4), np.uint8), (whole,), drawn=whole, key=True)
