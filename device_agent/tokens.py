"""Colours, type and space of the TV at 1920x1080.

Made by tools/make_tokens.py from technician_web/tokens.json: change that, not this.
"""

from __future__ import annotations

from dataclasses import dataclass

Rgb = tuple[int, int, int]
Rgba = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Colours:
    """Roles, as red, green, blue."""

    bg: Rgb = (11, 16, 19)
    surface: Rgb = (20, 28, 32)
    raised: Rgb = (32, 43, 48)
    border: Rgb = (42, 54, 60)
    edge: Rgb = (127, 144, 152)
    text: Rgb = (245, 248, 248)
    text2: Rgb = (195, 206, 210)
    accent: Rgb = (98, 200, 209)
    on_accent: Rgb = (4, 37, 42)
    accent_weak: Rgb = (17, 52, 58)
    live: Rgb = (185, 156, 255)
    on_live: Rgb = (27, 15, 56)
    banner: Rgb = (27, 18, 48)
    banner_text: Rgb = (255, 255, 255)
    danger: Rgb = (255, 158, 149)
    danger_solid: Rgb = (196, 53, 43)
    on_danger: Rgb = (255, 255, 255)
    warn: Rgb = (244, 191, 98)
    warn_weak: Rgb = (43, 33, 9)
    warn_edge: Rgb = (107, 82, 23)
    ok: Rgb = (128, 214, 161)
    focus: Rgb = (255, 255, 255)
    on_focus: Rgb = (11, 16, 19)
    shade: Rgba = (0, 0, 0, 128)


@dataclass(frozen=True, slots=True)
class Steps:
    """Type: size and line height."""

    label: tuple[int, int] = (32, 44)
    tile: tuple[int, int] = (36, 50)
    body: tuple[int, int] = (40, 56)
    lead: tuple[int, int] = (44, 60)
    h2: tuple[int, int] = (48, 60)
    h1: tuple[int, int] = (64, 80)
    typed: tuple[int, int] = (128, 144)
    code: tuple[int, int] = (196, 216)
    code_big: tuple[int, int] = (560, 600)


@dataclass(frozen=True, slots=True)
class Radii:
    """Corners."""

    key_cap: int = 14
    control: int = 20
    panel: int = 24


TV = Colours()
TYPE = Steps()
RADIUS = Radii()
SPACE = (12, 16, 24, 32, 48, 64, 96)
FOCUS_MS = 120
