"""Which unit this device is, in its maker's own words: asked for once by a code, kept, shown to technicians.

SPEC §5.5, seal/SPEC §9. The device shows nothing that a technician's console would call false.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from device_agent.briefing import Briefing
from device_agent.files import read_or_none, write_durably
from device_agent.link import LineLost, LineProblem
from device_agent.outbox import Outbox
from device_agent.pairing import read
from device_agent.trust import check
from wire import enrolment as enrolments
from wire import messages
from wire.enrol_code import read_enrol_code
from wire.errors import WireError
from wire.limits import BADGE_CHARACTERS
from wire.reasons import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from device_agent.clock import Clock
    from device_agent.link import Line
    from device_agent.trust import DeviceKey, Trust
    from wire.enrolment import Enrolment

log = logging.getLogger(__name__)

FILE: Final = "enrolment.jws"
_ANSWER_S: Final = 15

_WORDS: Final[Mapping[ErrorCode, str]] = {
    ErrorCode.CODE_NOT_OPEN: "this code opens nothing: it was never given out, is over, or another "
    "device has used it; ask for a new one",
    ErrorCode.TRY_LATER: "the server cannot enrol devices now; try again in a minute, the code stays good",
    ErrorCode.TIMED_OUT: "the server did not hear from this device in time; try again, the code stays good",
}


class NotEnrolled(Exception):  # noqa: N818 - an answer, with its words
    """The device is not enrolled, or as it was before; the text says why and what to do."""


class Unit:
    """What this device has of its maker's word."""

    def __init__(self, folder: Path, key: DeviceKey, trust: Trust) -> None:
        self._path = folder / FILE
        self._key = key
        self._trust = trust

    def credential(self) -> str:
        """What to show a technician now; "" where there is nothing, or nothing they could believe."""
        data = read_or_none(self._path, at_most=BADGE_CHARACTERS)
        if data is None:
            return ""
        try:
            credential = data.decode("ascii")
            self.judged(credential)
        except (UnicodeDecodeError, WireError) as error:
            log.warning("%s is not shown: %s", FILE, getattr(error, "detail", "") or type(error).__name__)
            return ""
        return credential

    def kept(self) -> str:
        """What lies here, for the service, which judges it itself; "" where there is nothing."""
        data = read_or_none(self._path, at_most=BADGE_CHARACTERS)
        return (data or b"").decode("ascii", "replace")

    def judged(self, credential: str) -> Enrolment:
        """What it says, judged as a console judges it; raises WireError."""
        keyset, status = self._trust.keyset, self._trust.status
        if keyset is None or status is None or not self.can_judge():
            raise WireError(enrolments.CODE, "no newest keys to judge it by")
        return enrolments.verified(
            credential, keyset=keyset, status=status, dpk=self._key.public, check=check
        )

    def can_judge(self) -> bool:
        """Whether there are keys and a list to judge by, kept, valid and fresh (seal/SPEC §7, §8)."""
        if not self._trust.is_kept:
            return False
        keyset, status, now_s = self._trust.keyset, self._trust.status, self._trust.now_ms() // 1_000
        return keyset is not None and keyset.is_valid(now_s) and status is not None and status.is_fresh(now_s)

    async def enrol(
        self, typed: str, *, clock: Clock, dial: Callable[[str, Clock], Awaitable[Line]]
    ) -> Enrolment:
        """The unit this device is from now on, durably; the same code gives the same answer for a day."""
        code = read_enrol_code(typed)
        if code is None:
            raise NotEnrolled("an enrolment code has sixteen letters and digits, such as GHJK-MNPQ-RSTV-WXYZ")
        try:
            async with asyncio.timeout(_ANSWER_S):
                credential = await self._ask(code, clock, dial)
        except TimeoutError:
            raise NotEnrolled(_WORDS[ErrorCode.TIMED_OUT]) from None
        except LineProblem as problem:
            words = problem.problem.value.replace("_", " ")
            raise NotEnrolled(f"no line to {self._trust.pin.origin}: {words}; the code stays good") from None
        except LineLost:
            raise NotEnrolled("the server closed the line; try again, the code stays good") from None
        except OSError as error:
            raise NotEnrolled(_unkept(error)) from None
        return await self._keep(credential)

    async def _keep(self, credential: str) -> Enrolment:
        try:
            enrolment = self.judged(credential)
            await asyncio.to_thread(write_durably, self._path, credential.encode("ascii"))
        except WireError as error:
            raise NotEnrolled(f"what the server answered is not the maker's word: {error.detail}") from None
        except OSError as error:
            raise NotEnrolled(_unkept(error)) from None
        return enrolment

    async def _ask(self, code: str, clock: Clock, dial: Callable[[str, Clock], Awaitable[Line]]) -> str:
        line, outbox = await dial(self._trust.pin.origin, clock), Outbox()
        writing = asyncio.create_task(line.write(outbox))
        try:
            return await self._heard(code, line, outbox, Briefing(self._trust, clock))
        finally:
            writing.cancel()
            line.abort()

    async def _heard(self, code: str, line: Line, outbox: Outbox, briefing: Briefing) -> str:
        """The credential. The code leaves once its answer could be judged, and not before (SPEC §5.5)."""
        rc = b""
        while True:
            match read(await line.receive()):
                case messages.Challenge() as challenge if not rc:
                    self._require_own(challenge.origin)
                    rc = challenge.rc
                case messages.KeysetMsg() as news:
                    await briefing.hear(news)
                case messages.StatusMsg() as news:
                    await briefing.hear(news)
                    if rc and news.part == news.parts and code:
                        self._say(code, rc, outbox)
                        code = ""
                case messages.Enrolled(cred=credential) if not code:
                    return credential
                case messages.ErrorMsg(code=error, wait_s=wait_s):
                    raise NotEnrolled(_refusal(error, wait_s))
                case None:
                    continue
                case _:
                    raise NotEnrolled("the server said something out of turn")

    def _require_own(self, origin: str) -> None:
        if origin != self._trust.pin.origin:
            raise NotEnrolled(f"the server calls itself {origin!a}, not {self._trust.pin.origin}")

    def _say(self, code: str, rc: bytes, outbox: Outbox) -> None:
        if not self.can_judge():
            raise NotEnrolled(
                "the server showed no keys that the maker's root has signed and that are valid by this "
                "device's clock; no code was used"
            )
        key = self._key
        sig = key.sign(enrolments.enrol_message(self._trust.pin.origin, rc, key.public, code))
        outbox.put(messages.encode(messages.Enrol(code=code, key=key.public, sig=sig)))


def _unkept(error: OSError) -> str:
    return f"nothing can be written here ({error.strerror}); put that right and type the same code again"


def _refusal(error: ErrorCode, wait_s: int) -> str:
    if error is ErrorCode.TOO_MANY:
        return f"too many codes from this address opened nothing; try again in {max(wait_s, 1)} s"
    return _WORDS.get(error, f"the server refused: {error.value}")
