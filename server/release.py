"""What the console consists of, read once and unchanged from then on: its release (docs/console-release.md).

The release is the SHA-256 of a manifest with one line for each file as it is served. `config.json` is not in
it, because it says where this console stands; everything else is.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

import locales

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER: Final = Path(__file__).parent.parent / "technician_web"
DOMAINS: Final = ("console", "shared")
FIRST_LINE: Final = "alongside console release 1"
MANIFEST: Final = "/release.txt"
# Modules that are fetched when they are first needed, under their hash all the same (decision 0042).
LATER: Final = frozenset({"/ui/plots.js", "/ui/still_view.js", "/ui/zoom.js"})

# What a page may be made of. Any other kind of file in the folder is not served.
TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_TAG: Final = re.compile(
    r'(?P<tag><(?:link rel="stylesheet" href|script type="module" src)="(?P<path>/[^"]+)")>'
)
_ENTRY: Final = re.compile(r'<script type="module" src="([^"]+)">')


@dataclass(frozen=True, slots=True)
class Served:
    data: bytes
    kind: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def integrity(self) -> str:
        """As browsers check it."""
        return f"sha256-{base64.b64encode(hashlib.sha256(self.data).digest()).decode()}"


@dataclass(frozen=True)
class Release:
    """Every file by its URL path, as it is served for as long as the process runs."""

    files: Mapping[str, Served]

    @cached_property
    def manifest(self) -> bytes:
        lines = [f"{file.sha256}  {file.kind}  {path}" for path, file in sorted(self.files.items())]
        return "".join(f"{line}\n" for line in (FIRST_LINE, *lines)).encode("ascii")

    @cached_property
    def name(self) -> str:
        """64 hexadecimal digits, which `sha256sum` of the manifest prints as well."""
        return hashlib.sha256(self.manifest).hexdigest()


def read_release(folder: Path = FOLDER) -> Release:
    """The files as they lie there now, and the texts in every language."""
    files = {path: Served(file.read_bytes(), TYPES[file.suffix]) for path, file in listed(folder).items()}
    if "/" in files:
        files["/"] = Served(_pinned(files["/"].data.decode(), files).encode(), files["/"].kind)
    texts = {f"/locales/{language}.json": _texts(language) for language in locales.languages()}
    return Release(files | texts)


def listed(folder: Path) -> dict[str, Path]:
    """URL path to file: the whole of what is served, so that no path is ever joined from a request."""
    files = {
        f"/{path.relative_to(folder).as_posix()}": path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in TYPES and not _is_hidden(path.relative_to(folder))
    }
    if "/index.html" in files:
        files["/"] = files.pop("/index.html")
    return files


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "_")) for part in path.parts)


def _texts(language: str) -> Served:
    data = msgspec.json.encode(locales.as_json(language, *DOMAINS), order="sorted")
    return Served(data, "application/json")


def _pinned(html: str, files: Mapping[str, Served]) -> str:
    """The page with the hash of each style and module in it: a browser then runs no other (decision 0012).

    A module that others import has no tag of its own: it is preloaded under its hash, where imports find it.
    One that is needed later stands there under a word that browsers pass over, until the page asks for it.
    """

    def hashed(tag: re.Match[str]) -> str:
        return f'{tag["tag"]} integrity="{files[tag["path"]].integrity}">'

    entries = set(_ENTRY.findall(html))
    preloads = [
        f'<link rel="{"later" if path in LATER else "modulepreload"}" href="{path}"'
        f' integrity="{file.integrity}">\n'
        for path, file in sorted(files.items())
        if path.endswith(".js") and path not in entries
    ]
    return _TAG.sub(hashed, html).replace("</head>", "".join((*preloads, "</head>")))
