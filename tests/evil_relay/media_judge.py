"""Judges pictures, stills and sound: what is drawn, played or called exact is what the set sent, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.evil_relay.relay import record_in
from tests.evil_relay.tape import Side

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.evil_relay.evidence import Evidence, Left, Piece


def judge_media(seen: Evidence) -> list[str]:
    """What was not as promised, in words; nothing where it is not known what the set sent."""
    left = seen.device.left
    return [] if left is None else [*_pictures(seen, left), *_sounds(seen, left), *_stills(seen)]


def _pictures(seen: Evidence, left: Left) -> list[str]:
    drawn = [(one.pic, one.piece) for one in seen.console.drawn]
    found = [*_as_sent("picture", drawn, left.pictures), *_ways(seen)]
    parts = {pic for pic, piece in left.pictures.items() if piece.still}
    if wrong := [pic for pic, _ in drawn if pic in parts]:
        found.append(f"parts of a still were drawn: {wrong}")
    if wrong := [pic for pic in seen.console.passed if pic not in parts]:
        found.append(f"passed over although no part of a still: {wrong}")
    return found


def _sounds(seen: Evidence, left: Left) -> list[str]:
    found = _as_sent("sound", seen.console.played, left.sounds)
    if seen.console.played and not seen.attack.hears:
        found.append("sound was played that nobody asked for")
    return found


def _as_sent(what: str, came: list[tuple[int, Piece]], left: dict[int, Piece]) -> list[str]:
    found = []
    numbers = [number for number, _ in came]
    if numbers != sorted(set(numbers)):
        found.append(f"{what} out of order, or twice: {numbers}")
    if strange := [number for number, piece in came if left.get(number) != piece]:
        found.append(f"{what} that the set did not send: {strange}")
    return found


def _ways(seen: Evidence) -> list[str]:
    direct = seen.console.carriers - {"ws"}
    return [] if seen.attack.direct or not direct else [f"a way nobody switched on: {direct}"]


def _stills(seen: Evidence) -> list[str]:
    """Exact is only a file whose hash the device signed."""
    found = []
    signed = set(_signed(seen))
    for outcome, sha in seen.console.stills:
        if outcome not in seen.attack.stills:
            found.append(f"a still is called {outcome}")
        if bool(sha) is not (outcome == "exact") or (sha and sha not in signed):
            found.append(f"a still is called {outcome} whose hash nobody signed")
    return found


def _signed(seen: Evidence) -> Iterable[str]:
    for tape in seen.tapes:
        for record in map(record_in, tape.texts(Side.DEVICE, "record")):
            if (record.get("class"), record.get("outcome")) == ("still", "done"):
                yield str(record["pc"])
