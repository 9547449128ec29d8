"""Writes what is made from `technician_web/tokens.json`: custom properties, the marks, the TV's constants.

Run it after every change of the JSON: `python tools/make_tokens.py`. A test fails while the files are stale.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TypedDict

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "technician_web" / "tokens.json"
CSS = ROOT / "technician_web" / "tokens.css"
PYTHON = ROOT / "device_agent" / "tokens.py"
MARK = ROOT / "technician_web" / "mark.svg"
PORTAL_CSS = ROOT / "customer_web" / "static" / "tokens.css"
PORTAL_MARK = ROOT / "customer_web" / "static" / "mark.svg"
NOTE = "Made by tools/make_tokens.py from technician_web/tokens.json: change that, not this."
REM = 16

Rgb = tuple[int, ...]


class _Type(TypedDict):
    web: dict[str, tuple[int, int]]
    portal: dict[str, tuple[int, int]]
    tv: dict[str, tuple[int, int]]
    families: dict[str, str]


class _Space(TypedDict):
    web: list[int]
    tv: list[int]


class _Radius(TypedDict):
    web: dict[str, int]
    tv: dict[str, int]


class Floor(TypedDict, total=False):
    """A pair and what it must reach; `lc` is APCA, `themes` narrows the pair to those named."""

    of: str
    on: list[str]
    ratio: float
    lc: float
    themes: list[str]


class Tokens(TypedDict):
    """The JSON as it is written."""

    colour: dict[str, dict[str, str]]
    floors: list[Floor]
    type: _Type
    space: _Space
    radius: _Radius
    motion: dict[str, int]


def read() -> Tokens:
    tokens: Tokens = json.loads(SOURCE.read_text(encoding="utf-8"))
    return tokens


def rgb(colour: str) -> Rgb:
    """Three channels, or four where the colour carries its opacity."""
    return tuple(bytes.fromhex(colour.removeprefix("#")))


def kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def snake(name: str) -> str:
    return kebab(name).replace("-", "_")


def _rem(pixels: int) -> str:
    return f"{pixels / REM:g}rem"


def _colours(tokens: Tokens, theme: str, prefix: str = "") -> list[str]:
    return [
        f"--{prefix}{kebab(role)}: {values[theme]};"
        for role, values in tokens["colour"].items()
        if theme in values
    ]


def _block(selector: str, lines: list[str], indent: str = "") -> str:
    body = "\n".join(f"{indent}  {line}" for line in lines)
    return f"{indent}{selector} {{\n{body}\n{indent}}}"


def make_css(tokens: Tokens) -> str:
    """Light, or dark where the system or `data-theme` says so; `--tv-*` draw the TV inside the console."""
    dark = _block(':root[data-theme="dark"]', ["color-scheme: dark;", *_colours(tokens, "dark")])
    sizes = _block(":root", [*_colours(tokens, "tv", "tv-"), *_sizes(tokens, tokens["type"]["web"])])
    themes = _themes(tokens, ':root:not([data-theme="light"])')
    return "\n\n".join([*themes, dark, sizes]) + "\n"


def make_portal_css(tokens: Tokens) -> str:
    """The same for the customer's portal, whose type is larger and whose theme is the system's alone."""
    return (
        "\n\n".join([*_themes(tokens, ":root"), _block(":root", _sizes(tokens, tokens["type"]["portal"]))])
        + "\n"
    )


def _themes(tokens: Tokens, dark: str) -> list[str]:
    return [
        f"/* {NOTE} */",
        _block(":root", ["color-scheme: light;", *_colours(tokens, "light")]),
        "@media (prefers-color-scheme: dark) {\n"
        + _block(dark, ["color-scheme: dark;", *_colours(tokens, "dark")], "  ")
        + "\n}",
    ]


def _sizes(tokens: Tokens, steps: dict[str, tuple[int, int]]) -> list[str]:
    sizes = [f"--font-{name}: {value};" for name, value in tokens["type"]["families"].items()]
    for name, (size, line) in steps.items():
        sizes += [f"--size-{kebab(name)}: {_rem(size)};", f"--line-{kebab(name)}: {_rem(line)};"]
    sizes += [f"--space-{n}: {_rem(value)};" for n, value in enumerate(tokens["space"]["web"], 1)]
    sizes += [f"--radius-{kebab(name)}: {_rem(value)};" for name, value in tokens["radius"]["web"].items()]
    sizes += [f"--motion-{name}: {value}ms;" for name, value in tokens["motion"].items()]
    return sizes


def _dataclass(name: str, doc: str, fields: list[tuple[str, str, str]]) -> str:
    lines = [f"    {field}: {kind} = {value}" for field, kind, value in fields]
    return "\n".join(
        ["@dataclass(frozen=True, slots=True)", f"class {name}:", f'    """{doc}"""', "", *lines]
    )


def make_python(tokens: Tokens) -> str:
    """The TV's part: colours as channel tuples, type as (size, line height), all in pixels at 1920x1080."""
    colours = [
        (snake(role), "Rgb" if len(rgb(values["tv"])) == 3 else "Rgba", str(rgb(values["tv"])))
        for role, values in tokens["colour"].items()
        if "tv" in values
    ]
    steps = [(snake(n), "tuple[int, int]", str(tuple(v))) for n, v in tokens["type"]["tv"].items()]
    radii = [(snake(n), "int", str(v)) for n, v in tokens["radius"]["tv"].items()]
    parts = [
        f'"""Colours, type and space of the TV at 1920x1080.\n\n{NOTE}\n"""',
        "from __future__ import annotations\n\nfrom dataclasses import dataclass",
        "Rgb = tuple[int, int, int]\nRgba = tuple[int, int, int, int]\n",
        _dataclass("Colours", "Roles, as red, green, blue.", colours) + "\n",
        _dataclass("Steps", "Type: size and line height.", steps) + "\n",
        _dataclass("Radii", "Corners.", radii) + "\n",
        "TV = Colours()\nTYPE = Steps()\nRADIUS = Radii()",
    ]
    tail = f"SPACE = {tuple(tokens['space']['tv'])}\nFOCUS_MS = {tokens['motion']['state']}\n"
    return "\n\n".join(parts) + "\n" + tail


def make_mark(tokens: Tokens) -> str:
    """The product's mark for a browser tab: a file of its own cannot read custom properties."""
    bars = (("1", "accent"), ("12", "live"))
    rects = "".join(
        f'<rect x="{x}" y="1" width="9" height="20" rx="4.5" fill="{tokens["colour"][role]["light"]}"/>'
        for x, role in bars
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 22 22"><!-- {NOTE} -->{rects}</svg>\n'


def main() -> None:
    tokens = read()
    for mark in (MARK, PORTAL_MARK):
        mark.write_text(make_mark(tokens), encoding="utf-8")
    PORTAL_CSS.write_text(make_portal_css(tokens), encoding="utf-8")
    CSS.write_text(make_css(tokens), encoding="utf-8")
    PYTHON.write_text(make_python(tokens), encoding="utf-8")


if __name__ == "__main__":
    main()
