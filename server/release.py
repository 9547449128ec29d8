"""What the console consists of, read once and unchanged from then on: its release (docs/console-release.md).

The release is the SHA-256 of a manifest with one line for each file as it is served. `config.json` is not in
it, because it says where this console stands; everything else is. The modules and the styles that the page
names are served in one file each, so that a page is there after few round trips (decision 0051).
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
from server.joining import joined

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER: Final = Path(__file__).parent.parent / "technician_web"
DOMAINS: Final = ("console", "shared")
FIRST_LINE: Final = "alongside console release 1"
MANIFEST: Final = "/release.txt"
STYLES: Final = "/styles.css"

# What a page may be made of. Any other kind of file in the folder is not served.
TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_STYLE: Final = re.compile(r'<link rel="stylesheet" href="(/[^"]+)">\n')
_ENTRY: Final = re.compile(r'<script type="module" src="(/[^"]+)"></script>\n')
_HEAD_END: Final = "</head>"


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


class PageError(ValueError):
    """A folder without a page that names its styles and its one entry module."""


def read_release(folder: Path = FOLDER) -> Release:
    """The files as they lie there now, and the texts in every language."""
    files = listed(folder)
    page = files.pop("/").read_text(encoding="utf-8")
    styles, scripts = _STYLE.findall(page), _ENTRY.findall(page)
    if len(scripts) != 1 or not styles:
        raise PageError(folder.name)
    read = {path: file.read_bytes() for path, file in files.items()}
    texts = {path: data.decode() for path, data in read.items() if path.endswith(".js")}
    served = {path: data for path, data in read.items() if not path.endswith((".js", ".css"))}
    served[STYLES] = b"".join(read[path] for path in styles)
    served |= {path: text.encode() for path, text in joined(texts, scripts[0]).items()}
    parts = {path: Served(data, TYPES[Path(path).suffix]) for path, data in served.items()}
    parts["/"] = Served(_pinned(page, scripts[0], parts).encode(), TYPES[".html"])
    return Release(
        parts | {f"/locales/{language}.json": _texts(language) for language in locales.languages()}
    )


def listed(folder: Path) -> dict[str, Path]:
    """URL path to file: the whole of what goes into a release, so that no path is joined from a request."""
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


def _pinned(page: str, entry: str, parts: Mapping[str, Served]) -> str:
    """The page with the hash of its styles and of its scripts: a browser runs no other (decision 0012).

    The script comes first: it is the longest, and the connection that brought the page is a warm one. What
    is needed later has a word that browsers pass over, until the page asks for it (decision 0042).
    """

    def pin(path: str) -> str:
        return f'="{path}" integrity="{parts[path].integrity}">'

    later = [path for path in sorted(parts) if path.endswith(".js") and path != entry]
    tags = [
        f'<script type="module" src{pin(entry)}</script>\n',
        f'<link rel="stylesheet" href{pin(STYLES)}\n',
        *(f'<link rel="later" href{pin(path)}\n' for path in later),
    ]
    return _ENTRY.sub("", _STYLE.sub("", page)).replace(_HEAD_END, "".join((*tags, _HEAD_END)))
