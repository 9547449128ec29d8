"""What the way to the server is worth: measurements in, the word for the customer out. Pure.

The check is the connection itself: what `link.py` notes while it opens the line. Only where the opening was
slow, or something had to be sent again, a closer look follows: small questions to the server, answers timed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from device_agent.panel_view import Check, Finding, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# The lease lives on an answer a second and dies after three without one (seal/SPEC §5).
LATE_S: Final = 1.0
DOUBT_S: Final = 0.6
QUESTIONS: Final = 8
ENOUGH: Final = 4  # answers in time, all of them: nothing more to ask


class Stage(StrEnum):
    """How far the opening of a line came."""

    LOOKUP = "lookup"  # name to address
    CONNECT = "connect"  # TCP
    SECURE = "secure"  # TLS
    GREET = "greet"  # WebSocket


class Failure(StrEnum):
    """What ended the opening, as the system or the other end told it."""

    NO_ROUTE = "no_route"
    NO_NAME = "no_name"
    NO_RESOLVER = "no_resolver"
    REFUSED = "refused"
    CUT = "cut"
    TIMED_OUT = "timed_out"
    NOT_YET_VALID = "not_yet_valid"  # the certificate, by the clock of this device
    EXPIRED = "expired"
    NOT_TRUSTED = "not_trusted"
    NOT_OURS = "not_ours"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Measured:
    """One try at the server. Times in seconds."""

    stage: Stage = Stage.GREET
    failure: Failure | None = None
    has_route: bool = True  # looked up only after a failure
    took: Mapping[Stage, float] = field(default_factory=dict)
    resent: int = 0  # packets that TCP had to send again
    answers: tuple[float | None, ...] = ()  # of the closer look; None: no answer in time


_ALWAYS: Final[Mapping[Failure, Problem]] = {
    Failure.NO_ROUTE: Problem.NO_NETWORK,
    Failure.REFUSED: Problem.SERVER_UNREACHABLE,
    Failure.CUT: Problem.SERVER_UNREACHABLE,
    Failure.NOT_YET_VALID: Problem.CLOCK_WRONG,
    Failure.EXPIRED: Problem.CLOCK_WRONG,
    Failure.NOT_TRUSTED: Problem.NOT_SECURE,
    Failure.NOT_OURS: Problem.WRONG_SERVER,
    Failure.BUSY: Problem.BUSY,
}


def is_doubtful(opened: Measured) -> bool:
    """Whether the opening gives reason to look closer before a code is offered."""
    return opened.resent > 0 or any(
        seconds > DOUBT_S for stage, seconds in opened.took.items() if stage is not Stage.LOOKUP
    )


def is_settled(answers: Sequence[float | None]) -> bool:
    """Whether the answers so far, in time all of them, are enough."""
    return len(answers) >= ENOUGH and not any(is_late(seconds) for seconds in answers)


def is_late(answer: float | None) -> bool:
    """Whether an answer came too late for a session, or not at all."""
    return answer is None or answer > LATE_S


def verdict(measured: Measured) -> Problem | None:
    """What is wrong, or None where a session can be held."""
    match measured.failure:
        case None:
            return _of_answers(measured.answers)
        case Failure.NO_NAME | Failure.NO_RESOLVER:
            return Problem.SERVER_NOT_FOUND if measured.has_route else Problem.NO_NETWORK
        case Failure.TIMED_OUT:
            return _of_silence(measured)
        case Failure.CUT if measured.stage is Stage.CONNECT and not measured.has_route:
            return Problem.NO_NETWORK
        case failure:
            return _ALWAYS[failure]


def _of_answers(answers: Sequence[float | None]) -> Problem | None:
    in_time = [seconds for seconds in answers if not is_late(seconds)]
    if not answers or 2 * len(in_time) > len(answers):
        return None
    some = any(seconds is not None for seconds in answers)
    return Problem.TOO_SLOW if some and not in_time else Problem.UNSTEADY


def _of_silence(measured: Measured) -> Problem:
    if not measured.has_route:
        return Problem.NO_NETWORK
    match measured.stage:
        case Stage.LOOKUP:
            return Problem.SERVER_NOT_FOUND
        case Stage.CONNECT:
            return Problem.SERVER_UNREACHABLE
        case _ if measured.resent > 1:
            return Problem.UNSTEADY
        case _ if measured.took.get(Stage.CONNECT, 0.0) > LATE_S:
            return Problem.TOO_SLOW
        case _:
            return Problem.SERVER_UNREACHABLE  # it is there, quickly, and says nothing


_FAILS: Final[Mapping[Problem, Check]] = {
    Problem.NO_NETWORK: Check.NETWORK,
    Problem.SERVER_NOT_FOUND: Check.SERVER,
    Problem.SERVER_UNREACHABLE: Check.SERVER,
    Problem.CLOCK_WRONG: Check.PRIVATE,
    Problem.NOT_SECURE: Check.PRIVATE,
    Problem.WRONG_SERVER: Check.SERVER,
    Problem.TOO_SLOW: Check.SPEED,
    Problem.UNSTEADY: Check.STEADY,
}

# The network's settings may hold the cause.
AT_HOME: Final = frozenset({Problem.NO_NETWORK, Problem.SERVER_NOT_FOUND, Problem.TOO_SLOW, Problem.UNSTEADY})
# The same try may go well a moment later: the device offers to make it once more, as it was.
REPEATABLE: Final = frozenset({*_FAILS, Problem.BUSY, Problem.SERVER_REFUSED, Problem.NOT_KEPT})


def findings(problem: Problem, measured: Measured | None = None) -> tuple[Finding, ...]:
    """What was checked, up to the check that fails; nothing where it is not about the way to the server."""
    failing = _FAILS.get(problem)
    if failing is None:
        return ()
    order = tuple(Check)
    good = (Finding(check, is_good=True) for check in order[: order.index(failing)])
    answers = measured.answers if measured and failing is Check.STEADY else ()
    return *good, Finding(failing, is_good=False, late=_late(answers), asked=len(answers))


def _late(answers: Sequence[float | None]) -> int:
    return sum(is_late(seconds) for seconds in answers)


def figures(measured: Measured) -> str:
    """For the log: stages, times and counts, and neither a name nor an address."""
    parts = [f"{stage} {seconds:.2f} s" for stage, seconds in measured.took.items()]
    if measured.failure is not None:
        parts.append(f"{measured.stage} {measured.failure}")
    if measured.resent:
        parts.append(f"resent {measured.resent}")
    if measured.answers:
        parts.append(
            f"late {sum(is_late(seconds) for seconds in measured.answers)} of {len(measured.answers)}"
        )
    return ", ".join(parts) or "nothing measured"
