"""Every picture the set can show: nothing cut, nothing over another, the banner on top of all."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

import locales
from device_agent.devices.simulated_tv import stamp
from device_agent.devices.simulated_tv.paint import banner, frame, parts, tone
from device_agent.devices.simulated_tv.paint.canvas import HEIGHT, SAFE, WIDTH, Box, Canvas
from device_agent.devices.simulated_tv.paint.panel_ended import net_changes
from device_agent.devices.simulated_tv.paint.type import BODY, H1, LABEL, font
from device_agent.devices.simulated_tv.paint.wrap import balanced, line_width, lines
from device_agent.devices.simulated_tv.screens import Home, Screen, Settings, Sliding, Source, Watching
from device_agent.devices.simulated_tv.settings import BY_PATH, LANGUAGES, defaults
from device_agent.panel import grid
from device_agent.panel_view import Banner, Page, PanelView, Summary
from device_agent.tokens import TV, Rgb
from tests.tv.scenes import (
    ALL,
    BANNER,
    LONG_NAME,
    LONG_ORG,
    NAME,
    PANELS_BY_NAME,
    scene,
    tv_screens,
    with_banner,
    words,
)
from wire.commands import Grant
from wire.reasons import BadgeCause, EndReason

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import ImageFont

pytestmark = pytest.mark.slow

NOW = 1_760_000_000_000
WHOLE = (0, 0, WIDTH, HEIGHT)
INKED = Box(*SAFE).grown(3)  # a letter may reach a hair over its pen
RINGED = Box(*SAFE).grown(12)  # a focused button has a ring round it
LETTERS = {
    "cs": "ÁČĎÉĚÍŇÓŘŠŤÚŮÝŽáčďéěíňóřšťúůýž„“",
    "en": "ÉÏÔéïô“”…",
    "lv": "ĀČĒĢĪĶĻŅŌŖŠŪŽāčēģīķļņōŗšūž„”",
    "nb": "ÆØÅÉÒÔæøåéòô«»ČĐŊŠŦŽáčđŋšŧž",
    "vi": "ĂÂĐÊÔƠƯăâđêôơưÀẢÃÁẠẰẲẴẮẶẦẨẪẤẬỀỂỄẾỆỒỔỖỐỘỜỞỠỚỢỪỬỮỨỰàảãáạằẳẵắặầẩẫấậềểễếệồổỗốộờởỡớợừửữứựỳỷỹýỵ",
}
SCREENS, PANELS = tv_screens(), PANELS_BY_NAME
BY_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)
BY_SCREEN = pytest.mark.parametrize("screens", SCREENS.values(), ids=SCREENS.keys())
# Not those where posters carry their names, or a slider lies over the rows.
MENUS = {name: it for name, it in SCREENS.items() if not isinstance(it[-1], Home | Sliding)}
BY_MENU = pytest.mark.parametrize("screens", MENUS.values(), ids=MENUS.keys())
BY_PANEL = pytest.mark.parametrize("view", PANELS.values(), ids=PANELS.keys())


def painted(it: frame.Scene, language: str = "en") -> Canvas:
    return frame.paint(it, words(language), NOW)


@pytest.fixture
def without_ink(monkeypatch: pytest.MonkeyPatch) -> None:
    """Panels are laid out and not coloured: where things stand is noted all the same, many times faster."""
    monkeypatch.setattr(Image.Image, "paste", lambda *_, **__: None)


def overlap(one: Box, other: Box) -> bool:
    return (
        one.left < other.right
        and other.left < one.right
        and one.top < other.bottom
        and other.top < one.bottom
    )


def container(canvas: Canvas, text: Box) -> Box | None:
    """The smallest box drawn round the middle of a text."""
    x, y = (text.left + text.right) // 2, (text.top + text.bottom) // 2
    around = [box for box in canvas.boxes if box.left <= x < box.right and box.top <= y < box.bottom]
    return min(around, key=lambda box: box.width * box.height, default=None)


def assert_whole(canvas: Canvas, bounds: tuple[int, int, int, int]) -> None:
    for written in canvas.written:
        assert written.box.inside(bounds), f"{written.text!r} leaves the screen"
        box = container(canvas, written.box)
        assert box is None or written.box.inside(box), f"{written.text!r} leaves its box"


def assert_apart(canvas: Canvas) -> None:
    for one, other in combinations(canvas.written, 2):
        assert not overlap(one.box, other.box), f"{one.text!r} lies over {other.text!r}"


def colour_at(pixels: NDArray[np.uint8], x: int, y: int) -> Rgb:
    blue, green, red = (int(value) for value in pixels[y, x, :3])
    return red, green, blue


@BY_LANGUAGE
@BY_SCREEN
def test_no_text_on_the_set_is_cut_or_lies_over_another(screens: tuple[Screen, ...], language: str) -> None:
    canvas = painted(scene(screens, language=language), language)
    assert canvas.pixels.shape == (HEIGHT, WIDTH, 4)
    assert canvas.written or isinstance(screens[-1], Watching)
    if not isinstance(screens[-1], Home | Sliding):  # posters slide off the edge; a slider lies over the rows
        assert_whole(canvas, INKED)
        assert_apart(canvas)


@pytest.mark.usefixtures("without_ink")
@BY_LANGUAGE
@BY_PANEL
def test_no_text_on_the_panel_is_cut_or_lies_over_another(view: PanelView, language: str) -> None:
    canvas = painted(scene(panel=view, language=language), language)
    assert_whole(canvas, INKED)
    assert_apart(canvas)
    assert [box for box in canvas.boxes if not box.inside(RINGED)] == []


def card(view: PanelView, language: str = "en") -> str:
    canvas = painted(scene(panel=view, language=language), language)
    return " ".join(written.text for written in canvas.written)


CLAIMED_FALSELY = {
    BadgeCause.FORM,
    BadgeCause.ISSUER_NOT_ANNOUNCED,
    BadgeCause.ISSUER_UNKNOWN,
    BadgeCause.SIGNATURE,
    BadgeCause.OTHER_ORG,
    BadgeCause.OTHER_SERVICE,
    BadgeCause.LIFETIME,
    BadgeCause.SCOPES,
    BadgeCause.OTHER_SESSION,
}
LAPSED = {BadgeCause.EXPIRED, BadgeCause.REVOKED, BadgeCause.ISSUER_REVOKED}


@pytest.mark.usefixtures("without_ink")
@BY_LANGUAGE
@pytest.mark.parametrize("cause", BadgeCause)
def test_the_end_card_says_of_a_refused_badge_what_to_do(cause: BadgeCause, language: str) -> None:
    """Decision 0020: three wordings, and no cause without one."""
    view = PanelView(page=Page.ENDED, reason=EndReason.BADGE_REFUSED, cause=cause)
    stem = "end.customer.badge_refused"
    wordings = {part: f"{stem}{part}" for part in ("", ".lapsed", ".unchecked")}
    mine = "" if cause in CLAIMED_FALSELY else ".lapsed" if cause in LAPSED else ".unchecked"
    told = card(view, language)
    for part, key in wordings.items():
        assert (words(language).text(f"{key}.title") in told) == (part == mine)
        assert (words(language).text(f"{key}.next") in told) == (part == mine)


def test_the_end_card_says_that_nobody_looked_when_nobody_could() -> None:
    """The customer let keys be pressed and nothing be seen."""
    told = card(PANELS["ended, only keys"])
    assert words("en").text("panel.ended.not_seen") in told
    assert words("en").text("panel.ended.looked") not in told
    assert words("en").count("panel.ended.keys", 3) in told
    assert f"{NAME} no longer sees" in told


def test_the_end_card_says_whose_power_key_it_was_where_the_tv_was_switched_off() -> None:
    view = PANELS["ended, technician pressed power"]
    theirs = words("en").text("end.customer.device_powered_off.by_technician.title")
    assert theirs in card(view)
    assert theirs not in card(replace(view, by_technician=False))
    assert theirs not in card(replace(view, reason=EndReason.TECHNICIAN_LEFT))


def test_the_end_card_lists_no_keys_when_none_were_pressed() -> None:
    view = PANELS["ended customer_stopped"]
    told = card(replace(view, summary=Summary(36, helped=True)))
    assert words("en").text("panel.ended.looked") in told
    assert "Pressed" not in told


@pytest.mark.parametrize("reason", ["consent_refused", "consent_timeout"])
def test_after_a_no_the_end_card_does_not_say_that_somebody_stopped_seeing(reason: str) -> None:
    told = card(PANELS[f"ended {reason}"])
    assert f"{NAME} neither saw nor controlled" in told
    assert "no longer" not in told


def test_after_a_loss_of_power_the_end_card_claims_nothing_it_does_not_know() -> None:
    told = card(PANELS["ended, power was lost"])
    assert words("en").text("panel.ended.not_kept") in told
    assert words("en").text("panel.ended.not_seen") not in told


_rounded = Canvas.rounded


def _watched(canvas: Canvas, box: tuple[int, int, int, int], radius: int, colour: Rgb) -> None:
    covered = [it.text for it in canvas.written if overlap(it.box, Box(*box))]
    assert not covered, f"a box at {box} covers {covered}"
    _rounded(canvas, box, radius, colour)


@pytest.mark.usefixtures("without_ink")
@BY_LANGUAGE
@BY_PANEL
def test_nothing_is_painted_over_a_text(
    monkeypatch: pytest.MonkeyPatch, view: PanelView, language: str
) -> None:
    """A focus ring is wider than what it is round."""
    monkeypatch.setattr(Canvas, "rounded", _watched)
    for item in (item for row in grid(view) for item in row):
        painted(scene(panel=replace(view, focus=item), language=language), language)


@BY_LANGUAGE
@BY_MENU
def test_no_row_of_a_menu_is_painted_over_a_text(
    monkeypatch: pytest.MonkeyPatch, screens: tuple[Screen, ...], language: str
) -> None:
    """A heading of two lines ends above the list, focus ring and all."""
    monkeypatch.setattr(Canvas, "rounded", _watched)
    painted(scene(screens, language=language), language)


@BY_LANGUAGE
def test_tiles_and_header_of_the_home_screen_hold_their_words(language: str) -> None:
    canvas = painted(scene(language=language), language)
    assert_apart(canvas)
    for written in canvas.written:
        box = container(canvas, written.box)
        assert box is None or written.box.inside(box), f"{written.text!r} leaves its box"


@BY_LANGUAGE
@pytest.mark.parametrize("grants", [ALL, frozenset({Grant.VIEW, Grant.KEYS}), frozenset({Grant.VIEW})])
def test_the_banner_leaves_the_header_of_the_home_screen_free(
    language: str, grants: frozenset[Grant]
) -> None:
    canvas = painted(scene(language=language), language)
    box = banner.box_of(replace(BANNER, grants=grants), words(language))
    assert not [written.text for written in canvas.written if overlap(written.box, box)]


@BY_LANGUAGE
@pytest.mark.parametrize("many", range(16))
def test_the_banner_has_words_for_every_set_of_grants(language: str, many: int) -> None:
    grants = frozenset(grant for bit, grant in enumerate(Grant) if many >> bit & 1)
    canvas = Canvas()
    box = banner.draw(canvas, Banner(LONG_NAME, LONG_ORG, grants), words(language))
    assert box.inside(SAFE) or box.top == banner.TOP
    assert_whole(canvas, WHOLE)
    assert_apart(canvas)


def assert_banner(pixels: NDArray[np.uint8], reference: NDArray[np.uint8], box: Box) -> None:
    inner = box.grown(-12)  # its round corners show what lies beneath
    cut = np.s_[inner.top : inner.bottom, inner.left : inner.right, :3]
    assert np.array_equal(pixels[cut], reference[cut])
    assert colour_at(pixels, (box.left + box.right) // 2, box.top + 1) == TV.live
    assert colour_at(pixels, box.left + 60, box.bottom - 10) == TV.banner


@pytest.fixture(scope="module")
def reference() -> tuple[NDArray[np.uint8], Box]:
    canvas = Canvas()
    box = banner.draw(canvas, BANNER, words("en"))
    inside = canvas.pixels[box.top : box.bottom, box.left : box.right, :3]
    assert (inside == np.array(TV.danger_solid[::-1])).all(2).any()
    return canvas.pixels, box


@BY_SCREEN
def test_the_banner_is_on_top_of_every_screen(
    screens: tuple[Screen, ...], reference: tuple[NDArray[np.uint8], Box]
) -> None:
    """INV-B7, also while volume and source are shown, and an arrow points right at it."""
    shown = scene(screens, with_banner(PanelView()))
    it = replace(shown, volume=40, source_named=True, arrow=(reference[1].left + 40, reference[1].top + 20))
    assert_banner(painted(it).pixels, *reference)


@BY_PANEL
def test_the_banner_is_on_top_of_every_panel_page(
    view: PanelView, reference: tuple[NDArray[np.uint8], Box]
) -> None:
    """INV-B7."""
    assert_banner(painted(scene(panel=with_banner(view))).pixels, *reference)


@pytest.mark.parametrize("on", [True, False])
def test_no_setting_and_no_standby_dims_the_banner(
    reference: tuple[NDArray[np.uint8], Box], *, on: bool
) -> None:
    """INV-B7: a technician who may change settings cannot make the banner unreadable."""
    dark = defaults("en") | {"picture.backlight": 0, "picture.brightness": 0, "picture.contrast": 0}
    it = replace(scene(panel=with_banner(PanelView())), values=dark, on=on)
    assert_banner(painted(it).pixels, *reference)


def test_no_setting_dims_the_panel() -> None:
    dark = defaults("en") | {"picture.backlight": 0, "picture.temperature": "warm"}
    plain = scene(panel=PANELS["consent"])
    assert np.array_equal(painted(replace(plain, values=dark)).pixels, painted(plain).pixels)


def test_a_panel_page_covers_the_whole_screen() -> None:
    """INV-B9: what a technician can draw on the set's own screens shows through nowhere."""
    below = [SCREENS[name] for name in ("home", "title", "watching hdmi_1", "watching hdmi_2", "keyboard")]
    pages = [
        painted(replace(scene(screens, PANELS["consent"]), arrow=(900, 500 + place))).pixels
        for place, screens in enumerate(below)
    ]
    assert all(np.array_equal(page, pages[0]) for page in pages)


@BY_PANEL
def test_each_item_of_a_page_shows_its_focus(view: PanelView) -> None:
    items = [item for row in grid(view) for item in row]
    pictures = [painted(scene(panel=replace(view, focus=item))).pixels for item in items]
    for one, other in combinations(pictures, 2):
        assert not np.array_equal(one, other)
    if view.page is Page.CODE_BIG:
        return
    bare = painted(scene(panel=replace(view, focus=None))).pixels
    for picture in pictures:
        changed = (picture != bare).any(2) & (picture[:, :, :3] == 255).all(2)
        assert changed.sum() > 4000


def test_a_switched_consent_row_looks_different() -> None:
    view = PANELS["consent"]
    off = replace(view, asks=tuple(replace(ask, on=False) for ask in view.asks))
    assert not np.array_equal(painted(scene(panel=view)).pixels, painted(scene(panel=off)).pixels)


def test_backlight_dims_the_set_and_warmth_takes_blue_away() -> None:
    plain = painted(scene()).pixels[:, :, :3].mean(axis=(0, 1))
    dim = painted(replace(scene(), values=defaults("en") | {"picture.backlight": 5})).pixels
    warm = painted(replace(scene(), values=defaults("en") | {"picture.temperature": "warm"})).pixels
    assert dim[:, :, :3].mean() < plain.mean() * 0.7
    assert warm[:, :, 0].mean() < plain[0] * 0.95


def test_factory_settings_leave_the_picture_alone() -> None:
    assert tone.of(defaults("en")) == tone.NEUTRAL


def test_the_moving_picture_carries_its_own_time_in_any_tone() -> None:
    dark = defaults("en") | {"picture.backlight": 0, "picture.brightness": 0}
    it = replace(scene((Home(), Watching(Source.HDMI_1)), with_banner(PanelView())), values=dark, volume=30)
    assert it.moves
    assert stamp.read(painted(it).pixels) == NOW % stamp.MODULUS


def test_the_moving_picture_moves_everywhere_and_closes_to_a_ring() -> None:
    it = scene((Home(), Watching(Source.HDMI_1)))
    first, later = (frame.paint(it, words("en"), NOW + ms).pixels for ms in (0, 33))
    assert (first != later).any(2)[:, ::40].mean() > 0.2
    seams = [
        frame.paint(it, words("en"), 1000 * ms).pixels[:600, :, :3].astype(int) for ms in range(0, 26, 5)
    ]
    steps = [np.abs(np.diff(picture, axis=1)).mean(axis=(0, 2)).max() for picture in seams]
    assert max(steps) < 12


@pytest.mark.parametrize("screens", [s for n, s in SCREENS.items() if "settings" not in n], ids=str)
def test_only_a_playing_source_moves(screens: tuple[Screen, ...]) -> None:
    it = scene(screens)
    last = screens[-1]
    assert it.moves == (isinstance(last, Watching) and last.source in {Source.HDMI_1, Source.FILM})
    assert not replace(it, panel=PANELS["support"]).moves
    assert not replace(it, on=False).moves


def test_the_end_card_counts_what_it_cannot_list() -> None:
    written = painted(scene(panel=PANELS["ended, much done"])).written
    texts = " ".join(it.text for it in written)
    listed = texts.count("1 to 2")
    assert listed >= 1
    assert f"and {len(BY_PATH) - listed} more settings" in texts


def test_a_setting_changed_twice_is_listed_once_and_one_changed_back_not_at_all() -> None:
    changes = (("a", "1", "2"), ("b", "x", "y"), ("a", "2", "3"), ("b", "y", "x"))
    assert net_changes(changes) == [("a", "1", "3")]


@pytest.mark.parametrize("room", [90, 200, 700])
def test_wrapping_keeps_every_character_and_stays_within_the_room(room: int) -> None:
    text = f"{LONG_NAME} Nghiêng {'W' * 40} ờ"
    broken = lines(text, BODY, room)
    joined = "".join(piece.text for line in broken for word in line for piece in word)
    assert joined == text.replace(" ", "")
    assert all(line_width(line) <= room for line in broken)


def test_a_time_is_never_broken_over_two_lines() -> None:
    time = parts.duration(words("vi"), 95)
    assert time.split() == ["1", "phút", "35", "giây"]
    for room in range(400, 900, 10):
        broken = lines(f"Bạn lấy được mã tiếp theo sau {time}", BODY, room)
        assert any(time in piece.text for line in broken for word in line for piece in word)


@pytest.mark.parametrize("text", ["Our server went away. Nothing on your TV is wrong", "W" * 200, "one", ""])
def test_a_balanced_heading_has_as_many_lines_and_no_lonely_word(text: str) -> None:
    room = 1600
    plain, even = lines(text, H1, room), lines(text, H1, balanced(text, H1, room))
    assert len(plain) == len(even)
    if " " in text:
        assert line_width(plain[-1]) < room / 5
        assert line_width(even[-1]) > room / 4


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("language", locales.languages())
def test_the_font_has_a_glyph_for_every_character_of_every_catalogue(language: str, *, bold: bool) -> None:
    """And for every letter that a name may have where this language is spoken."""
    face = font(LABEL.size, bold=bold)
    missing = _shape(face, "\ufffe")
    for domain in ("device", "shared"):
        texts = str(sorted(locales.as_json(language, domain).items(), key=str))
        lacking = {
            c
            for c in {*texts, *LETTERS[language]}
            if c.isprintable() and not c.isspace() and _shape(face, c) == missing
        }
        assert lacking == set()


def _shape(face: ImageFont.FreeTypeFont, character: str) -> tuple[tuple[int, int], bytes]:
    mask = face.getmask(character)
    return mask.size, bytes(mask)


def test_the_settings_list_keeps_the_focused_row_in_sight() -> None:
    for row in range(12):
        texts = [w.text for w in painted(scene((Home(), Settings(0, row, inside=True)))).written]
        name = words("en").text(f"setting.{list(defaults('en'))[row]}")
        assert name in texts
