"""After the session: why it ended, what was done, what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from device_agent.devices.simulated_tv.end_words import ending_texts
from device_agent.devices.simulated_tv.paint import parts
from device_agent.devices.simulated_tv.paint.canvas import Box
from device_agent.devices.simulated_tv.paint.parts import LEFT, RIGHT
from device_agent.devices.simulated_tv.paint.settings_words import name_of, value_of
from device_agent.devices.simulated_tv.paint.type import BODY, LABEL, width
from device_agent.devices.simulated_tv.paint.wrap import lines
from device_agent.tokens import TV
from wire.limits import IDLE_S
from wire.reasons import EndReason

if TYPE_CHECKING:
    from device_agent.devices.simulated_tv.paint.canvas import Canvas
    from device_agent.panel_view import PanelView, Summary
    from device_agent.tokens import Rgb
    from locales import Catalogue

CHANGES_SHOWN: Final = 4
_CHOSEN: Final = frozenset({EndReason.CUSTOMER_STOPPED, EndReason.TECHNICIAN_LEFT, EndReason.CONSENT_REFUSED})
_MARKS: Final[dict[EndReason, tuple[str, Rgb]]] = {
    EndReason.CUSTOMER_REPORTED: ("shield", TV.text),
    EndReason.DEVICE_POWERED_OFF: ("power", TV.text),
    EndReason.INTEGRITY_FAILED: ("warning", TV.danger),
    EndReason.BADGE_REFUSED: ("shield", TV.warn),
    EndReason.PAIRING_FAILED: ("warning", TV.warn),
    EndReason.REVOKED: ("shield", TV.warn),
    EndReason.IDLE: ("clock", TV.text2),
    EndReason.TIME_LIMIT: ("clock", TV.text2),
    EndReason.CONSENT_TIMEOUT: ("clock", TV.text2),
}
_MINUTES: Final = {EndReason.IDLE: IDLE_S // 60}


def ended(canvas: Canvas, view: PanelView, words: Catalogue, buttons: list[parts.Button]) -> None:
    """The end card. A tick stands only before endings somebody chose."""
    parts.blank(canvas)
    reason = view.reason or EndReason.DEVICE_LOST
    icon, colour = ("check", TV.ok) if reason in _CHOSEN else _MARKS.get(reason, ("unplugged", TV.text2))
    stem = ending_texts(view)
    title = words.text(f"{stem}.title", minutes=_MINUTES.get(reason, 0))
    y = parts.heading(canvas, title, icon=icon, colour=colour)
    y = canvas.paragraph(LEFT + 128, y + 4, RIGHT - LEFT - 128, _after(view, words), BODY, TV.text2) + 36
    bottom = 812
    split = 1216
    parts.card(canvas, Box(LEFT, y, split, bottom))
    _done(canvas, Box(LEFT + 48, y + 36, split - 48, bottom - 24), view.summary, words)
    parts.card(canvas, Box(split + 48, y, RIGHT, bottom))
    canvas.text(split + 96, y + 36, words.text("panel.ended.next"), BODY.strong, TV.text)
    canvas.paragraph(split + 96, y + 108, RIGHT - split - 144, words.text(f"{stem}.next"), BODY, TV.text)
    parts.button_row(canvas, bottom + 36, buttons)
    canvas.paragraph(LEFT, 976, RIGHT - LEFT, words.text("panel.ended.footer"), LABEL, TV.text2)


def _after(view: PanelView, words: Catalogue) -> str:
    if not view.name:
        return words.text("panel.ended.nobody")
    key = "panel.ended.nobody_named" if view.summary.helped else "panel.ended.never_named"
    return words.text(key, name=view.name)


def _done(canvas: Canvas, box: Box, summary: Summary, words: Catalogue) -> None:
    canvas.text(box.left, box.top, words.text("panel.ended.done"), BODY.strong, TV.text)
    y = box.top + 72
    if not summary.kept:
        y = _entry(canvas, box, y, "power", words.text("panel.ended.not_kept"))
    elif not summary.seconds:
        y = _entry(canvas, box, y, "eye", words.text("panel.ended.not_seen"))
    else:
        time = parts.duration(words, summary.seconds)
        canvas.text_right(box.right, y, time, BODY, TV.text2)
        narrow = box._replace(right=box.right - width(time, BODY) - 32)
        stills = summary.stills
        looked = words.count("panel.ended.stills", stills) if stills else words.text("panel.ended.looked")
        y = _entry(canvas, narrow, y, "eye", looked)
    if summary.clicks or summary.texts:
        y = _hands(canvas, box, y, summary, words)
    elif summary.keys:
        y = _entry(canvas, box, y, "remote", words.count("panel.ended.keys", summary.keys))
    y = _changes(canvas, box, y, summary, words)
    _entry(canvas, box, y, "camera_off", words.text("panel.ended.camera"))


def _hands(canvas: Canvas, box: Box, y: int, summary: Summary, words: Catalogue) -> int:
    """Whoever also clicked and typed has it all on one line."""
    counts = f"{summary.keys}, {summary.clicks}, {summary.texts}"
    canvas.text_right(box.right, y, counts, BODY, TV.text2)
    narrow = box._replace(right=box.right - width(counts, BODY) - 32)
    return _entry(canvas, narrow, y, "remote", words.text("panel.ended.hands"))


def _changes(canvas: Canvas, box: Box, y: int, summary: Summary, words: Catalogue) -> int:
    """One line per setting, first value to last; what does not fit is counted, never left out silently."""
    net = net_changes(summary.changes)
    fit = max(1, (box.bottom - y) // 68 - 1)
    shown = net if len(net) <= fit else net[: fit - 1]
    for path, old, new in shown:
        was, became = value_of(words, path, old), value_of(words, path, new)
        text = words.text("panel.ended.change", setting=name_of(words, path), old=was, new=became)
        y = _entry(canvas, box, y, "sliders", text)
    if len(net) > len(shown):
        y = _entry(canvas, box, y, "sliders", words.count("panel.ended.more", len(net) - len(shown)))
    return y


def net_changes(changes: tuple[tuple[str, str, str], ...]) -> list[tuple[str, str, str]]:
    """Each setting once, from what it was before the session to what it is now."""
    first: dict[str, str] = {}
    last: dict[str, str] = {}
    for path, old, new in changes:
        first.setdefault(path, old)
        last[path] = new
    return [(path, first[path], new) for path, new in last.items() if first[path] != new]


def _entry(canvas: Canvas, box: Box, y: int, icon: str, text: str) -> int:
    canvas.icon(icon, box.left, y + 6, 44, TV.text2)
    broken = lines(text, BODY, box.width - 72)
    canvas.paragraph(box.left + 72, y, box.width - 72, text, BODY, TV.text)
    return y + len(broken) * BODY.line + 12
