"""Messages that choose the carrier of picture and sound, and ask for sound (seal/SPEC §4, §11)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from wire.limits import SIGNAL_CHARACTERS
from wire.structs import Message


class SignalKind(StrEnum):
    """What a step towards a data channel is; an offer comes from the console, an answer from the device."""

    OFFER = "offer"
    ANSWER = "answer"
    BYE = "bye"


class Signal(Message, frozen=True, tag="signal"):
    """A session description with its candidates inside, or the end of a try at a data channel."""

    kind: SignalKind
    data: Annotated[str, msgspec.Meta(max_length=SIGNAL_CHARACTERS, pattern=r"^[\r\n -~]*$")]

    def __post_init__(self) -> None:
        if (self.kind is SignalKind.BYE) is not (self.data == ""):
            raise ValueError("a description is missing, or one too many")


class CarrierName(StrEnum):
    """What carries picture and sound: the relay's WebSocket, or a data channel."""

    WS = "ws"
    DC = "dc"


class Carrier(Message, frozen=True, tag="carrier"):
    """What the console has proven to carry; picture and sound come that way from now on."""

    name: CarrierName


class Hear(Message, frozen=True, tag="hear"):
    """Whether the technician wants to hear the sound."""

    on: bool
