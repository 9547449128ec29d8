"""Between the relay, whose sockets devices ask on, and identity, which knows the codes and signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from identity.enrolment import CannotEnrol, EnrolLater, Enrolled, EnrolRefused
from relay.ports import Named, NotOpen, TooMany

if TYPE_CHECKING:
    from identity.enrolment import Enrolments
    from relay.ports import Enrolling


def enrolling(enrolments: Enrolments) -> Enrolling:
    """What the relay asks when a device says `enrol`."""

    async def enrol(*, code: str, key: bytes, source: str) -> Named | NotOpen | TooMany | None:
        match await enrolments.enrol(code=code, key=key, source=source):
            case Enrolled(credential=credential):
                return Named(credential)
            case EnrolRefused():
                return NotOpen()
            case EnrolLater(wait_ms=wait_ms):
                return TooMany(-(-wait_ms // 1_000))
            case CannotEnrol():
                return None

    return enrol
