"""One source of colours: nothing stale, no pair under its floor, no literal anywhere else."""

from __future__ import annotations

import ast
import colorsys
import math
import re

import pytest

from tools import make_tokens

ROOT = make_tokens.ROOT
TOKENS = make_tokens.read()
THEMES = ("light", "dark", "tv")
GENERATED = {
    make_tokens.CSS,
    make_tokens.PYTHON,
    make_tokens.MARK,
    make_tokens.PORTAL_CSS,
    make_tokens.PORTAL_MARK,
}
PAGES = ("technician_web", "customer_web", "device_agent")


def _luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    red, green, blue = (
        c / 255 / 12.92 if c / 255 <= 0.04045 else math.pow((c / 255 + 0.055) / 1.055, 2.4)
        for c in make_tokens.rgb(colour)[:3]
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _screen_luminance(colour: str) -> float:
    red, green, blue = (math.pow(c / 255, 2.4) for c in make_tokens.rgb(colour)[:3])
    y = 0.2126729 * red + 0.7151522 * green + 0.0721750 * blue
    return y if y > 0.022 else y + math.pow(0.022 - y, 1.414)


def lightness_contrast(text: str, ground: str) -> float:
    """APCA 0.0.98G, as an absolute Lc."""
    of, on = _screen_luminance(text), _screen_luminance(ground)
    raw = (
        (math.pow(on, 0.56) - math.pow(of, 0.57)) * 1.14
        if on > of
        else (math.pow(on, 0.65) - math.pow(of, 0.62)) * 1.14
    )
    return 0.0 if abs(raw) < 0.1 else (abs(raw) - 0.027) * 100


def _pairs() -> list[tuple[str, str, str, float, float]]:
    return [
        (theme, floor["of"], ground, floor["ratio"], floor.get("lc", 0.0))
        for floor in TOKENS["floors"]
        for ground in floor["on"]
        for theme in floor.get("themes", list(THEMES))
        if theme in TOKENS["colour"][floor["of"]] and theme in TOKENS["colour"][ground]
    ]


@pytest.mark.parametrize(("theme", "of", "on", "ratio", "lc"), _pairs())
def test_every_pair_reaches_its_floor(theme: str, of: str, on: str, ratio: float, lc: float) -> None:
    front, ground = TOKENS["colour"][of][theme], TOKENS["colour"][on][theme]
    assert contrast(front, ground) >= ratio
    assert lightness_contrast(front, ground) >= lc


# The figures a reader of the design can check by hand; they also prove the two formulas above.
@pytest.mark.parametrize(
    ("theme", "of", "on", "ratio"),
    [
        ("light", "text", "surface", 17.8),
        ("dark", "text", "surface", 15.3),
        ("tv", "text", "surface", 16.2),
        ("light", "edge", "surface", 4.0),
        ("light", "text3", "sunken", 5.0),
        ("dark", "live", "surface", 7.6),
        ("tv", "live", "banner", 7.9),
        ("tv", "bannerText", "banner", 17.9),
        ("light", "danger", "dangerWeak", 5.7),
        ("light", "warnEdge", "surface", 4.0),
        ("tv", "text", "warnWeak", 14.9),
        ("tv", "onFocus", "focus", 19.1),
    ],
)
def test_contrast_comes_out_as_the_design_states_it(theme: str, of: str, on: str, ratio: float) -> None:
    assert contrast(TOKENS["colour"][of][theme], TOKENS["colour"][on][theme]) == pytest.approx(
        ratio, abs=0.06
    )


def test_lightness_contrast_comes_out_as_the_design_states_it() -> None:
    assert round(lightness_contrast(TOKENS["colour"]["text2"]["light"], "#FFFFFF")) == 89
    dark = TOKENS["colour"]["surface"]["dark"]
    assert round(lightness_contrast(TOKENS["colour"]["text2"]["dark"], dark)) == 74


def test_every_role_has_a_floor_or_is_named_as_decoration() -> None:
    decoration = {"border", "shade"}
    judged = {floor["of"] for floor in TOKENS["floors"]} | {g for f in TOKENS["floors"] for g in f["on"]}
    assert set(TOKENS["colour"]) - judged == decoration


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_accent_is_never_mistaken_for_connected_or_danger(theme: str) -> None:
    def hue(role: str) -> float:
        red, green, blue = (c / 255 for c in make_tokens.rgb(TOKENS["colour"][role][theme])[:3])
        return colorsys.rgb_to_hls(red, green, blue)[0] * 360

    for other in ("live", "danger"):
        apart = abs(hue("accent") - hue(other)) % 360
        assert min(apart, 360 - apart) >= 40


def test_the_generated_files_are_fresh() -> None:
    assert make_tokens.CSS.read_text(encoding="utf-8") == make_tokens.make_css(TOKENS)
    assert make_tokens.PYTHON.read_text(encoding="utf-8") == make_tokens.make_python(TOKENS)
    assert make_tokens.MARK.read_text(encoding="utf-8") == make_tokens.make_mark(TOKENS)
    assert make_tokens.PORTAL_CSS.read_text(encoding="utf-8") == make_tokens.make_portal_css(TOKENS)
    assert make_tokens.PORTAL_MARK.read_text(encoding="utf-8") == make_tokens.make_mark(TOKENS)


HEX = re.compile(r"#(?:[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})\b", re.IGNORECASE)
FUNCTION = re.compile(r"\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\(", re.IGNORECASE)
# Selectors may name an id that looks like a colour, so only what stands after a colon is judged.
NAMED = re.compile(r":[^;{}]*\b(?:white|black|red|green|blue|gray|grey|silver|orange|yellow|purple|teal)\b")
TEXT_LITERAL = re.compile(r"""(['"`])#(?:[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})\1""", re.IGNORECASE)


def _colours_in_css(text: str) -> list[str]:
    bare = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return [m.group() for rule in (HEX, FUNCTION, NAMED) for m in rule.finditer(bare)]


def _colours_in_script(text: str) -> list[str]:
    return [m.group() for rule in (TEXT_LITERAL, FUNCTION) for m in rule.finditer(text)]


def _is_channel_tuple(node: ast.AST) -> bool:
    """Three small whole numbers; where none reaches 10 they are rows or columns rather than a colour."""
    if not isinstance(node, ast.Tuple) or len(node.elts) != 3:
        return False
    values = [e.value for e in node.elts if isinstance(e, ast.Constant) and type(e.value) is int]
    return len(values) == 3 and min(values) >= 0 and 10 <= max(values) <= 255


def _colours_in_python(text: str) -> list[str]:
    nodes = list(ast.walk(ast.parse(text)))
    literals = [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    found = [value for value in literals if HEX.fullmatch(value) or FUNCTION.match(value)]
    return found + [ast.unparse(node) for node in nodes if _is_channel_tuple(node)]


def _offenders(pattern: str, judge: object, folders: tuple[str, ...]) -> dict[str, list[str]]:
    assert callable(judge)
    found: dict[str, list[str]] = {}
    for folder in folders:
        for path in sorted((ROOT / folder).rglob(pattern)):
            # A poster is a painting inside the TV's own picture, not a part of the interface.
            if path in GENERATED or "vendor" in path.parts or "poster" in path.name:
                continue
            if colours := judge(path.read_text(encoding="utf-8")):
                found[str(path.relative_to(ROOT))] = colours
    return found


def test_no_style_sheet_names_a_colour_itself() -> None:
    assert _offenders("*.css", _colours_in_css, PAGES) == {}


def test_no_script_or_page_names_a_colour_itself() -> None:
    assert _offenders("*.js", _colours_in_script, PAGES) == {}
    assert _offenders("*.html", _colours_in_script, PAGES) == {}
    assert _offenders("*.svg", _colours_in_script, PAGES) == {}


def test_no_python_that_paints_names_a_colour_itself() -> None:
    assert (
        _offenders("*.py", _colours_in_python, ("device_agent/devices", "technician_web", "customer_web"))
        == {}
    )


@pytest.mark.parametrize(
    ("judge", "text"),
    [
        (_colours_in_css, "a { color: #fff; }"),
        (_colours_in_css, "a { background: rgb(0 0 0 / 50%); }"),
        (_colours_in_css, "a { border: 1px solid white; }"),
        (_colours_in_script, "node.style.color = '#12191C';"),
        (_colours_in_python, "INK = (18, 25, 28)"),
        (_colours_in_python, "INK = '#12191C'"),
    ],
)
def test_a_literal_would_be_found(judge: object, text: str) -> None:
    assert callable(judge)
    assert judge(text)
