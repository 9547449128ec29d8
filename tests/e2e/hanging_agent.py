"""The shipped agent on the simulated set, of which one part hangs between two signals: `python -m` this.

SIGUSR1 stops reading the screen and lets it go on at the next one; SIGUSR2 does so with the encoder.
All else is the agent as it is: only who is waited for, and how long, is the test's.
"""

from __future__ import annotations

import signal
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from device_agent.devices import opening
from device_agent.devices.simulated_tv import SimulatedTv
from device_agent.main import main
from device_agent.picture import encoders
from device_agent.picture.choice import make_encoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from device_agent.devices.protocol import Picture
    from device_agent.picture.changes import Rows
    from device_agent.picture.encoder import Encoded, Encoder
    from seal.pictures import Codec

WORKER = "encoder"  # how the pipeline calls its thread


class Gate:
    """Open until a signal, and again after the next."""

    def __init__(self, number: signal.Signals) -> None:
        self._open = threading.Event()
        self._open.set()
        signal.signal(number, lambda *_: self._turn())

    def pass_through(self) -> None:
        self._open.wait()

    def _turn(self) -> None:
        if self._open.is_set():
            self._open.clear()
        else:
            self._open.set()


SCREEN, ENCODER = Gate(signal.SIGUSR1), Gate(signal.SIGUSR2)


class HangingTv(SimulatedTv):
    """Its picture can be had at once by everybody but the pipeline's worker, as on a real screen."""

    def picture(self) -> Picture:
        if threading.current_thread().name.startswith(WORKER):
            SCREEN.pass_through()
        return super().picture()


class HangingEncoder:
    """A shipped encoder behind the gate."""

    def __init__(self, inner: Encoder) -> None:
        self._inner = inner

    @property
    def codec(self) -> Codec:
        return self._inner.codec

    @property
    def is_sharp(self) -> bool:
        ENCODER.pass_through()  # asked before anything is sent, be it the encoder's or not
        return self._inner.is_sharp

    def encode(
        self, pixels: NDArray[np.uint8], bands: Sequence[Rows], *, drawn: Rows, key: bool
    ) -> tuple[Encoded, ...]:
        ENCODER.pass_through()
        return self._inner.encode(pixels, bands, drawn=drawn, key=key)

    def refine(self, drawn: Rows) -> tuple[Encoded, ...]:
        ENCODER.pass_through()
        return self._inner.refine(drawn)

    def steer(self, bit_rate: int) -> None:
        self._inner.steer(bit_rate)


def make(codec: Codec, width: int, height: int, bit_rate: int) -> Encoder:
    return HangingEncoder(make_encoder(codec, width, height, bit_rate))


if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(opening, "SimulatedTv", HangingTv)
        patched.setattr(encoders, "make_encoder", make)
        sys.exit(main())
