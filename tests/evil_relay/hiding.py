"""Judges what was hidden: nothing seen, heard or driven meanwhile, and on record as it was pressed."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from tests.evil_relay.relay import record_in
from tests.evil_relay.tape import Side

if TYPE_CHECKING:
    from tests.evil_relay.evidence import Evidence, Hid


def judge_hiding(seen: Evidence) -> list[str]:
    """What was not as promised, in words."""
    return [*_meanwhile(seen), *_on_record(seen), *_on_the_page(seen)]


def _meanwhile(seen: Evidence) -> list[str]:
    found = []
    for hid, after in pairwise([*seen.device.hides, None]):
        if hid is None or not hid.hidden:
            continue
        executed, left = _until(seen, after)
        if executed > hid.executed:
            found.append(f"{executed - hid.executed} keys were executed while the screen was hidden")
        if left > hid.left:
            found.append(f"{left - hid.left} pieces of picture or sound left while the screen was hidden")
    return found


def _until(seen: Evidence, after: Hid | None) -> tuple[int, int]:
    """What had been done and had left when the screen was shown again, or the run was over."""
    if after is not None:
        return after.executed, after.left
    device = seen.device
    return len(device.executed or ()), device.left.count if device.left is not None else 0


def _on_record(seen: Evidence) -> list[str]:
    """What the device signed is what was pressed, from the first press on, as far as it got."""
    pressed = [hid.hidden for hid in seen.device.hides]
    said = [said for tape in seen.tapes for said in tape.texts(Side.DEVICE, "record")]
    records = [record_in(one) for one in said]
    signed = [record["hidden"] for record in records if record.get("typ") == "hide"]
    is_whole = any(record.get("typ") == "end" for record in records)
    if signed != (pressed if is_whole else pressed[: len(signed)]):
        return [f"hidden was pressed as {pressed}, and signed as {signed}"]
    return []


def _on_the_page(seen: Evidence) -> list[str]:
    """What the set sent before the press is not drawn any more once the page has been told of it."""
    before = max((hid.pic for hid in seen.device.hides if hid.hidden), default=0)
    told = [drawn.pic for drawn in seen.console.drawn if drawn.page_says == "hidden"]
    late = [pic for pic in told if pic <= before]
    return [f"drawn while the screen was hidden: {late}"] if late else []
