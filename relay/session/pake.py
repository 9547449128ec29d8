"""The key agreement as the relay sees it: three messages, once each, in one order, and their TH (SPEC §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wire import transcript
from wire.hellos import parse_console_hello

if TYPE_CHECKING:
    from relay.session.facts import Facts
    from wire.messages import PakeA, PakeB, PakeConfirm


class WrongState(Exception):  # noqa: N818 - named as SPEC §8 names it
    """A right message at the wrong moment."""


class Pake:
    """Notes what passed. Holds public values only: nothing here opens a session."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._ci = transcript.channel_identifier(
            origin=facts.origin, locator=facts.locator, shown_by=facts.shown_by, dev=facts.hello.dev
        )
        self._a: PakeA | None = None
        self._sid = b""
        self._b: PakeB | None = None
        self._th = b""

    @property
    def th(self) -> bytes:
        """TH once all three messages have passed, else nothing."""
        return self._th

    @property
    def answered(self) -> bool:
        """Whether the device has said its part, which lets one guess be checked."""
        return self._b is not None

    def first(self, message: PakeA) -> None:
        """Raises WireError where hello_T is not of this version and suite."""
        if self._a is not None:
            raise WrongState
        nt = parse_console_hello(message.hello).nt
        self._sid = transcript.sid(self._facts.hello.nd, nt, self._facts.rs)
        self._a = message

    def second(self, message: PakeB) -> None:
        if self._a is None or self._b is not None:
            raise WrongState
        self._b = message

    def third(self, message: PakeConfirm) -> None:
        if self._a is None or self._b is None or self._th:
            raise WrongState
        self._th = transcript.transcript_hash(
            self._facts.hello_bytes,
            self._a.hello,
            self._ci,
            self._sid,
            self._a.y,
            self._b.y,
            self._b.tag,
            message.tag,
        )
