"""The panel's short pages: the way in, the wait, the pairing, somebody is helping, why there is no code."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from babel.dates import format_date

from device_agent.devices.simulated_tv.paint import languages, parts
from device_agent.devices.simulated_tv.paint.banner import box_of, can_do
from device_agent.devices.simulated_tv.paint.canvas import Box
from device_agent.devices.simulated_tv.paint.parts import LEFT, RIGHT
from device_agent.devices.simulated_tv.paint.type import BODY, H1, LABEL, LEAD
from device_agent.devices.simulated_tv.paint.wrap import lines
from device_agent.panel_view import Problem
from device_agent.tokens import TV

if TYPE_CHECKING:
    from device_agent.devices.simulated_tv.paint.canvas import Canvas
    from device_agent.panel_view import Finding, PanelView
    from locales import Catalogue

_PROBLEM_ICONS: Final = {
    Problem.NO_NETWORK: "wifi",
    Problem.SERVER_NOT_FOUND: "unplugged",
    Problem.SERVER_UNREACHABLE: "unplugged",
    Problem.SERVER_REFUSED: "unplugged",
    Problem.NOT_KEPT: "warning",
    Problem.CLOCK_WRONG: "clock",
    Problem.NOT_SECURE: "shield",
    Problem.WRONG_SERVER: "shield",
    Problem.TOO_SLOW: "wifi",
    Problem.UNSTEADY: "wifi",
    Problem.BUSY: "clock",
    Problem.WAIT: "clock",
    Problem.CODE_OVER: "clock",
    Problem.RESTARTED: "clock",
    Problem.CODE_NOT_OPEN: "shield",
    Problem.CODE_USED: "shield",
    Problem.TOLD_ME: "shield",
}
_STEPS: Final = 3
_CHECKED: Final = 640  # how wide the card of what was checked is
_ROW: Final = 64
_DATES: Final = {"en": "en_GB"}  # the day first: 1 January 2015


def support(
    canvas: Canvas, view: PanelView, words: Catalogue, buttons: list[parts.Button], *, top: int
) -> None:
    """How remote support works, before anything is sent."""
    parts.blank(canvas)
    left = languages.row(canvas, view, words, middle=top + H1.line // 2) if view.languages else RIGHT
    canvas.paragraph(LEFT, top, left - LEFT, words.text("panel.support.title"), H1, TV.text)
    canvas.paragraph(LEFT, top + 84, RIGHT - LEFT, words.text("panel.terms"), BODY, TV.text2)
    steps = [words.text(f"panel.support.step_{place}") for place in range(1, _STEPS + 1)]
    y = top + 172
    room = RIGHT - LEFT - 96
    box = Box(LEFT, y, RIGHT, y + 72 + parts.numbered_height(room, steps))
    parts.card(canvas, box)
    parts.numbered(canvas, LEFT + 48, y + 42, room, steps)
    bottom = parts.warning(canvas, LEFT, box.bottom + 28, RIGHT - LEFT, words.text("panel.support.warning"))
    parts.button_row(canvas, bottom + 36, buttons)


def checking(canvas: Canvas, words: Catalogue, buttons: list[parts.Button], *, top: int) -> None:
    """Between the customer's wish and the code."""
    parts.blank(canvas)
    canvas.icon("wifi", LEFT, top, 88, TV.accent)
    canvas.paragraph(LEFT + 128, top, RIGHT - LEFT - 128, words.text("panel.checking.title"), H1, TV.text)
    canvas.paragraph(
        LEFT + 128, top + 84, RIGHT - LEFT - 128, words.text("panel.checking.text"), BODY, TV.text2
    )
    _things(
        canvas, top + 190, [("cable", "panel.checking.network"), ("shield", "panel.checking.server")], words
    )
    parts.button_row(canvas, top + 500, buttons)


def pairing(canvas: Canvas, view: PanelView, words: Catalogue, buttons: list[parts.Button]) -> None:
    """Somebody entered the code; who it is, is being checked."""
    parts.blank(canvas)
    canvas.icon("shield", LEFT, 60, 88, TV.accent)
    canvas.paragraph(LEFT + 128, 60, RIGHT - LEFT - 128, words.text("panel.pairing.title"), H1, TV.text)
    canvas.paragraph(LEFT + 128, 144, RIGHT - LEFT - 128, words.text("panel.pairing.text"), BODY, TV.text2)
    _things(
        canvas, 250, [("eye", "panel.pairing.nobody_sees"), ("help", "panel.pairing.you_are_asked")], words
    )
    if view.seconds_left:
        canvas.text_right(RIGHT, 586, parts.time_left(words, view.seconds_left), LABEL, TV.text2)
    parts.button_row(canvas, 560, buttons)


def helping(canvas: Canvas, view: PanelView, words: Catalogue, buttons: list[parts.Button]) -> None:
    """What the Help key shows while somebody is connected; the banner stays above it."""
    parts.blank(canvas)
    name = view.name or (view.banner.name if view.banner else "")
    org = view.org or (view.banner.org if view.banner else "")
    top = box_of(view.banner, words).bottom + 28 if view.banner else 60
    y = canvas.paragraph(LEFT, top, RIGHT - LEFT, words.text("panel.helping.title", name=name), H1, TV.text)
    y = canvas.paragraph(LEFT, y + 4, RIGHT - LEFT, org, BODY, TV.text2) + 24
    now = can_do(words, view.banner.grants) if view.banner else words.text("banner.nothing")
    now, stop, room = (
        words.text("panel.helping.now", what=now),
        words.text("panel.helping.stop"),
        RIGHT - LEFT - 96,
    )
    height = 88 + LEAD.line * len(lines(now, LEAD, room)) + BODY.line * len(lines(stop, BODY, room))
    box = Box(LEFT, y, RIGHT, y + height)
    parts.card(canvas, box)
    y = canvas.paragraph(LEFT + 48, y + 36, room, now, LEAD, TV.text)
    canvas.paragraph(LEFT + 48, y + 16, room, stop, BODY, TV.text2)
    parts.button_row(canvas, box.bottom + 32, buttons)
    if view.seconds_left:
        canvas.text_right(RIGHT, box.bottom + 58, parts.time_left(words, view.seconds_left), LABEL, TV.text2)


def renew(
    canvas: Canvas,
    view: PanelView,
    words: Catalogue,
    answers: list[parts.Button],
    report: list[parts.Button],
) -> None:
    """Whether the session goes on when the time agreed to is over; who is connected stands in the banner."""
    parts.blank(canvas)
    top = box_of(view.banner, words).bottom + 28 if view.banner else 60
    room = RIGHT - LEFT - 96
    y = canvas.paragraph(LEFT, top, RIGHT - LEFT, words.text("panel.renew.title"), H1, TV.text) + 24
    text = words.text("panel.renew.text")
    silence = words.text("panel.renew.silence")
    height = 88 + LEAD.line * len(lines(text, LEAD, room)) + BODY.line * len(lines(silence, BODY, room))
    box = Box(LEFT, y, RIGHT, y + height)
    parts.card(canvas, box)
    y = canvas.paragraph(LEFT + 48, y + 36, room, text, LEAD, TV.text)
    canvas.paragraph(LEFT + 48, y + 16, room, silence, BODY, TV.text2)
    parts.button_row(canvas, box.bottom + 32, answers)
    parts.button_row(canvas, box.bottom + 32 + 96 + 24, report)
    canvas.text_right(RIGHT, box.bottom + 58, parts.time_left(words, view.seconds_left), LABEL, TV.text2)


def problem(canvas: Canvas, view: PanelView, words: Catalogue, buttons: list[parts.Button]) -> None:
    """Why there is no code, what was checked, and what to try."""
    parts.blank(canvas)
    kind = view.problem or Problem.SERVER_UNREACHABLE
    y = parts.heading(canvas, words.text(f"problem.{kind}.title"), icon=_PROBLEM_ICONS[kind], colour=TV.warn)
    text = words.text(f"problem.{kind}.text", **problem_values(view, words))
    y = canvas.paragraph(LEFT + 128, y + 4, RIGHT - LEFT - 128, text, BODY, TV.text2) + 32
    left = LEFT + _CHECKED + 32 if view.findings else LEFT
    room = RIGHT - left - 96
    steps = words.text(f"problem.{kind}.try").split("\n")
    height = max(138 + parts.numbered_height(room, steps), 146 + _ROW * len(view.findings))
    if view.findings:
        _checked(canvas, Box(LEFT, y, LEFT + _CHECKED, y + height), view, words)
    box = Box(left, y, RIGHT, y + height)
    parts.card(canvas, box)
    canvas.text(box.left + 48, y + 36, words.text("problem.what_to_do"), BODY.strong, TV.text)
    parts.numbered(canvas, box.left + 48, y + 112, room, steps)
    parts.button_row(canvas, box.bottom + 36, buttons)
    canvas.paragraph(LEFT, 976, RIGHT - LEFT, words.text("problem.footer"), LABEL, TV.text2)


def _checked(canvas: Canvas, box: Box, view: PanelView, words: Catalogue) -> None:
    """One line per check, up to the one that fails."""
    parts.card(canvas, box)
    canvas.text(box.left + 40, box.top + 36, words.text("check.heading"), BODY.strong, TV.text)
    y = box.top + 112
    for finding in view.findings:
        icon, colour = ("check", TV.ok) if finding.is_good else ("cross", TV.danger)
        canvas.icon(icon, box.left + 38, y + 2, 40, colour)
        canvas.text(box.left + 96, y, words.text(f"check.{finding.check}"), LABEL.strong, TV.text)
        told = finding_text(finding, view, words)
        canvas.text_right(box.right - 40, y, told, LABEL, TV.text2)
        y += _ROW


def finding_text(finding: Finding, view: PanelView, words: Catalogue) -> str:
    """What one check came to."""
    if finding.is_good:
        return words.text(f"check.{finding.check}.good")
    if finding.asked:
        return words.text("check.late", late=finding.late, asked=finding.asked)
    return words.text(f"check.bad.{view.problem}")


def problem_values(view: PanelView, words: Catalogue) -> dict[str, str]:
    """What the sentence of a problem may name."""
    today = datetime.fromtimestamp(view.clock_ms / 1000, UTC).astimezone()
    date = format_date(today, "long", _DATES.get(words.language, words.language))
    return {
        "time": parts.duration(words, view.wait_seconds),
        "date": date.replace(" ", "\N{NO-BREAK SPACE}"),
    }


def _things(canvas: Canvas, y: int, rows: list[tuple[str, str]], words: Catalogue) -> None:
    box = Box(LEFT, y, RIGHT, y + 60 + 92 * len(rows))
    parts.card(canvas, box)
    for place, (icon, key) in enumerate(rows):
        parts.fact(canvas, (LEFT + 48, y + 48 + place * 92), icon, words.text(key), TV.accent)
