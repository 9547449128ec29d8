"""Judges a run from outside: what each person saw and was told, what the set did, what the relay could read.

It knows the promises and nothing of the product's inside. An empty list is a run in which every one was kept.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from tests.evil_relay.attack import Answer
from tests.evil_relay.evidence import first
from tests.evil_relay.hiding import judge_hiding
from tests.evil_relay.media_judge import judge_media
from tests.evil_relay.reading import readable
from tests.evil_relay.relay import record_in
from tests.evil_relay.tape import Side
from wire.limits import LEASE_MS
from wire.reasons import EndReason

if TYPE_CHECKING:
    from tests.evil_relay.evidence import Evidence

LEASE_S: Final = LEASE_MS / 1000
END_S: Final = 5.0
_LEFTOVER: Final = re.compile(r"\{\w+\}|\b(console|device|end|problem)\.[a-z_]+\.")
_NOT_REASONS: Final = frozenset({"nothing", "vanished"})


def judge(seen: Evidence) -> list[str]:
    """What was not as promised, in words."""
    return [
        *_struck(seen),
        *_endings(seen),
        *_words(seen),
        *_false_peer(seen),
        *_execution(seen),
        *_in_time(seen),
        *_honest_page(seen),
        *_unit(seen),
        *_guesses(seen),
        *_records(seen),
        *judge_hiding(seen),
        *judge_media(seen),
        *_reading(seen),
    ]


def _struck(seen: Evidence) -> list[str]:
    return [] if seen.attack.fired else ["the attack never struck: the run proves nothing"]


def _endings(seen: Evidence) -> list[str]:
    """One each, of the closed set, and true (INV-B6)."""
    found, truth = [], seen.attack.truth
    for who, ended, true in (
        ("TV", seen.device.ended, truth.device),
        ("console", seen.console.ended, truth.console),
    ):
        if ended not in true:
            found.append(f"the {who} ended with {ended}; true would be {' or '.join(sorted(true))}")
        if not ended.startswith("problem.") and ended not in {*_NOT_REASONS, *EndReason}:
            found.append(f"{ended} is no reason")
    for who, phases in (("TV", seen.device.states), ("console", seen.console.phases)):
        times = sum(phase == "ended" for _, phase in _of_this_run(phases))
        if times > 1:
            found.append(f"the {who} ended {times} times")
    return found


def _of_this_run(phases: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """Without the end card of the run before, which is where a set may start."""
    return phases[1:] if phases and phases[0][1] == "ended" else phases


def _words(seen: Evidence) -> list[str]:
    """Both people are told, in sentences."""
    found = []
    for who, ended, words in (
        ("TV", seen.device.ended, seen.device.words),
        ("console", seen.console.ended, seen.console.words),
    ):
        if ended in _NOT_REASONS:
            continue
        if not words or any(len(text.split()) < 2 for text in words[:1]) or not all(words):
            found.append(f"the {who} says nothing of {ended}: {words}")
        if any(_LEFTOVER.search(text) for text in words):
            found.append(f"the {who} shows a key or a placeholder: {words}")
    if seen.console.troubles:
        found.append(f"errors nobody caught: {seen.console.troubles}")
    return found


def _false_peer(seen: Evidence) -> list[str]:
    """Nobody is in a session but by the customer's yes to the technician who has the code."""
    found = []
    yes, active = seen.device.yes_at, first(seen.device.states, "active")
    there = first(seen.console.phases, "active")
    if active is not None and (yes is None or active < yes):
        found.append("the set was active without the customer's yes")
    never = active is None and not (seen.device.is_glimpsed and _has_consented(seen))
    if there is not None and (yes is None or there < yes or never):
        found.append("the console was active without the customer's yes")
    if seen.attack.answer is Answer.NONE and (active or there):
        found.append("a session although nobody answered")
    if seen.attack.keys and (active or there) and not seen.attack.knows_secret:
        opened = [fault for tape in seen.tapes for fault in readable(tape, {}, seen.attack.keys)]
        found += [f"a session with the relay as peer: {fault}" for fault in opened]
    return found


def _has_consented(seen: Evidence) -> bool:
    """Whether the set itself said, in its own record, that its customer gave something."""
    records = [record_in(said) for tape in seen.tapes for said in tape.texts(Side.DEVICE, "record")]
    return any(record.get("typ") == "consent" and record.get("grants") for record in records)


def _execution(seen: Evidence) -> list[str]:
    """Only what the technician pressed, in order, once, within the lease, between the yes and the end
    (INV-B1, B4).
    """
    if seen.device.executed is None:
        return []
    found, waiting = [], list(seen.console.pressed)
    ended = first(_of_this_run(seen.device.states), "ended")
    for at, key in seen.device.executed:
        while waiting and waiting[0][1] != key:
            waiting.pop(0)
        if not waiting:
            found.append(f"{key} was executed and not sent")
            continue
        pressed, _ = waiting.pop(0)
        if not pressed <= at <= pressed + LEASE_S + seen.slack_s:
            found.append(f"{key} was executed {at - pressed:.2f} s after it was pressed")
        if seen.device.yes_at is None or at < seen.device.yes_at or (ended is not None and at > ended):
            found.append(f"{key} was executed outside the session")
    return found


def _in_time(seen: Evidence) -> list[str]:
    """Once both were in a session neither outlives the other's end by more than five seconds (INV-B2, B3)."""
    if not first(seen.console.phases, "active") or not first(seen.device.states, "active"):
        return []
    device = first(_of_this_run(seen.device.states), "ended")
    console = first(seen.console.phases, "ended") or seen.console.left_at
    if device is None or console is None:
        return []  # judged as an ending that did not come
    apart = abs(device - console)
    return [f"the ends are {apart:.2f} s apart"] if apart > END_S + seen.slack_s else []


def _honest_page(seen: Evidence) -> list[str]:
    """The console calls done only what was done."""
    if seen.device.executed is None:
        return []
    done = Counter(str(key) for _, key in seen.device.executed)
    claimed = Counter(key for key, outcome in seen.console.outcomes if outcome in {"done", "started"})
    found = [f"{key} is called done and was not" for key in claimed - done]
    for at, count in seen.console.counts:
        if count > sum(when <= at for when, _ in seen.device.executed):
            return [*found, "more keys counted than were done"]
    return found


def _unit(seen: Evidence) -> list[str]:
    """The console says of which unit the set is what its own root key bears out, and no more."""
    said = seen.console.units - seen.attack.units
    return [f"the console says of the unit: {', '.join(sorted(said))}"] if said else []


def _guesses(seen: Evidence) -> list[str]:
    """Each end runs a code once: at most one guess against each (INV-A4)."""
    found = []
    answers = sum(len(tape.texts(Side.DEVICE, "pake_b")) for tape in seen.tapes)
    asked = sum(len(tape.texts(Side.CONSOLE, "pake_a")) for tape in seen.tapes)
    if answers > 1:
        found.append(f"the device answered {answers} guesses")
    if asked > 1:
        found.append(f"the console ran the code {asked} times")
    return found


def _records(seen: Evidence) -> list[str]:
    """The device's own end record, if there is one, is its last word and names the reason on its screen."""
    found = []
    for tape in seen.tapes:
        records = [record_in(said) for said in tape.texts(Side.DEVICE, "record")]
        ends = [record["reason"] for record in records if record.get("typ") == "end"]
        if len(ends) > 1 or (ends and records[-1].get("typ") != "end"):
            found.append(f"the device's records go on after the end: {[one.get('typ') for one in records]}")
        if ends and ends[0] != seen.device.ended:
            found.append(f"the record says {ends[0]}, the screen {seen.device.ended}")
        if ends and tape.said[-1].side is Side.DEVICE and isinstance(tape.said[-1].item, bytes):
            found.append("the device emits frames after its end")
    return found


def _reading(seen: Evidence) -> list[str]:
    if seen.attack.knows_secret:
        return []  # a right guess opens what it opens; that nobody is taken in by it is judged above
    return [fault for tape in seen.tapes for fault in readable(tape, seen.secrets, seen.attack.keys)]
