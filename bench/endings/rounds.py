"""What one round showed, and whether it is what may be shown. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.endings.cases import Act, Party

if TYPE_CHECKING:
    from bench.endings.cases import Case
    from bench.endings.consoles import Pictures, Told
    from bench.endings.relay import Ending
    from bench.endings.witness import Seen

_NS_PER_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was noted of one session; times in nanoseconds of CLOCK_MONOTONIC."""

    fault_at: int
    before: Seen
    seen: Seen
    device: list[Told]
    off_at: int | None
    console: list[Told]
    pictures: Pictures
    record: Ending
    in_browser: bool


@dataclass(frozen=True, slots=True)
class Round:
    """Times from the fault, in ms; none where that party is gone or was asleep."""

    case: str
    last_action_ms: float
    last_frame_ms: float
    last_frame_seen_ms: float | None
    device_shown_ms: float | None
    console_shown_ms: float | None
    device_reason: str
    console_reason: str
    record_reason: str
    in_browser: bool
    faults: tuple[str, ...]

    @property
    def shown_ms(self) -> float | None:
        """When the later of both sides knew."""
        shown = [ms for ms in (self.device_shown_ms, self.console_shown_ms) if ms is not None]
        return max(shown, default=None)


def judged(case: Case, evidence: Evidence) -> Round:
    """The round, with everything about it that must not be."""
    return Round(
        case=case.name,
        last_action_ms=_after(evidence.fault_at, evidence.seen.last_action),
        last_frame_ms=_after(evidence.fault_at, evidence.seen.last_frame),
        last_frame_seen_ms=None
        if case.console_dies
        else _after(evidence.fault_at, evidence.pictures.last_frame),
        device_shown_ms=_device_shown(case, evidence),
        console_shown_ms=_console_shown(case, evidence),
        device_reason=_joined(evidence.device),
        console_reason=_joined(evidence.console),
        record_reason="+".join(evidence.record.reasons),
        in_browser=evidence.in_browser,
        faults=tuple(_faults(case, evidence)),
    )


def _after(fault_at: int, at: int) -> float:
    return max(0.0, (at - fault_at) / _NS_PER_MS)


def _device_shown(case: Case, evidence: Evidence) -> float | None:
    if case.device_dies or case.wakes(Party.DEVICE):
        return None
    if case.act is Act.POWER:  # a dark screen is what is shown; the words wait for the next start
        return None if evidence.off_at is None else _after(evidence.fault_at, evidence.off_at)
    return _after(evidence.fault_at, evidence.device[0].at) if evidence.device else None


def _console_shown(case: Case, evidence: Evidence) -> float | None:
    if case.console_dies or case.wakes(Party.CONSOLE) or not evidence.console:
        return None
    return _after(evidence.fault_at, evidence.console[0].at)


def _joined(told: list[Told]) -> str:
    return "+".join(one.reason for one in told)


def _faults(case: Case, evidence: Evidence) -> list[str]:
    early = [one.reason for one in (*evidence.device, *evidence.console) if one.at < evidence.fault_at]
    if early:
        return [f"it had ended before the fault: {', '.join(sorted(set(early)))}"]
    sides = {
        "device": (case.device, [one.reason for one in evidence.device]),
        "console": (case.console, [one.reason for one in evidence.console]),
        "record": (case.record, list(evidence.record.reasons)),
    }
    found = []
    for side, (true, said) in sides.items():
        if true and len(said) != 1:
            found.append(f"{side} gives {len(said)} reasons: {', '.join(said) or 'none'}")
        elif true and said[0] not in true:
            found.append(f"{side} says {said[0]}, which is not {' or '.join(sorted(true))}")
        elif not true and said:
            found.append(f"{side} is gone and yet says {', '.join(said)}")
    if evidence.record.ends != 1:
        found.append(f"the record holds {evidence.record.ends} ends")
    return found + _misdeeds(evidence)


def _misdeeds(evidence: Evidence) -> list[str]:
    """What the device did, against what it had said and what is on record (INV-B1, INV-D1)."""
    found = []
    ended_at = min((one.at for one in evidence.device), default=None)
    if evidence.off_at is not None:
        ended_at = evidence.off_at
    if ended_at is not None and evidence.seen.last_action > ended_at:
        found.append("the device executed after its own end")
    if evidence.seen.actions > evidence.record.commands:
        found.append(f"{evidence.seen.actions} actions, {evidence.record.commands} commands on record")
    if evidence.before.actions < 1 or evidence.before.frames < 1:
        found.append("nothing was going on before the fault")
    return found
