"""The console's release: one hash over all it serves. The same files make it again, any change another."""

from __future__ import annotations

import hashlib
import re
import shutil
from typing import TYPE_CHECKING

import pytest

import locales
from server.release import FOLDER, PageError, Release, Served, listed, read_release

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def shipped() -> Release:
    return read_release()


def copied(folder: Path) -> Path:
    return shutil.copytree(FOLDER, folder / "pages", ignore=shutil.ignore_patterns("__pycache__"))


def test_the_same_files_make_the_same_release_wherever_they_lie(shipped: Release, tmp_path: Path) -> None:
    again = read_release(copied(tmp_path))
    assert again.name == shipped.name
    assert again.manifest == shipped.manifest


def test_the_release_is_the_hash_of_its_manifest(shipped: Release) -> None:
    """With `sha256sum` and `sort` anybody can do the same."""
    lines = [
        f"{hashlib.sha256(file.data).hexdigest()}  {file.kind}  {path}"
        for path, file in shipped.files.items()
    ]
    text = "\n".join(["alongside console release 1", *sorted(lines, key=lambda line: line.split("  ")[2])])
    assert hashlib.sha256(f"{text}\n".encode()).hexdigest() == shipped.name


def test_a_changed_byte_a_changed_type_and_a_changed_name_are_other_releases(shipped: Release) -> None:
    """In every single file, the texts of every language included."""
    assert {f"/locales/{language}.json" for language in locales.languages()} <= shipped.files.keys()
    names = {shipped.name}
    for path, file in shipped.files.items():
        flipped = bytes([file.data[0] ^ 1]) + file.data[1:]
        without = {other: kept for other, kept in shipped.files.items() if other != path}
        for changed in (
            {**without, path: Served(flipped, file.kind)},
            {**without, path: Served(file.data, "text/plain")},
            {**without, f"{path}x": file},
            without,
        ):
            names.add(Release(changed).name)
    assert len(names) == 1 + 4 * len(shipped.files)


def test_a_part_that_is_changed_on_the_disk_is_another_release(shipped: Release, tmp_path: Path) -> None:
    """Module, style, page and mark: nothing that the page is made of is left out."""
    pages = copied(tmp_path)
    names = {shipped.name}
    for part, more in (
        ("core/keys.js", "f();\n"),
        ("ui/zoom.js", "f();\n"),
        ("styles/pad.css", "a { color: inherit; }\n"),
        ("index.html", "<!-- -->\n"),
        ("mark.svg", "<!-- -->\n"),
    ):
        with (pages / part).open("a", encoding="utf-8") as file:
            file.write(more)
        names.add(read_release(pages).name)
    assert len(names) == 6


def test_the_page_is_one_script_one_style_and_what_comes_later_each_under_its_hash(shipped: Release) -> None:
    """So a cache or a proxy between can change none of them without changing the page itself."""
    page = shipped.files["/"].data.decode()
    runs = {path: file for path, file in shipped.files.items() if path.endswith((".js", ".css"))}
    tags = {
        "/app.js": '<script type="module" src="/app.js" integrity="{}"></script>\n',
        "/styles.css": '<link rel="stylesheet" href="/styles.css" integrity="{}">\n',
        "/work.js": '<link rel="later" href="/work.js" integrity="{}">\n',
        "/ui/plots.js": '<link rel="later" href="/ui/plots.js" integrity="{}">\n',
        "/ui/still_view.js": '<link rel="later" href="/ui/still_view.js" integrity="{}">\n',
    }
    assert runs.keys() == tags.keys()
    for path, tag in tags.items():
        assert page.count(tag.format(runs[path].integrity)) == 1, path
    assert page.count("integrity=") == page.count("/app.js") + 4 == 5
    assert page.count("rel=") == 5, "the mark, and nothing else"


def test_every_style_is_in_the_page_in_its_order(shipped: Release) -> None:
    styles = {path: file.read_bytes() for path, file in listed(FOLDER).items() if path.endswith(".css")}
    whole = shipped.files["/styles.css"].data
    assert len(whole) == sum(map(len, styles.values()))
    named = re.findall(r'stylesheet" href="([^"]+)"', (FOLDER / "index.html").read_text(encoding="utf-8"))
    assert sorted(named) == sorted(styles)
    places = [whole.index(styles[path]) for path in named]
    assert places == sorted(places)
    assert b"@import" not in whole
    assert b"url(" not in whole, "a path beside the file it stood in would lead elsewhere"


@pytest.mark.parametrize("tag", ['<script type="module" src="/app.js"></script>\n', '<link rel="stylesheet"'])
def test_a_page_without_script_or_style_is_no_console(tmp_path: Path, tag: str) -> None:
    pages = copied(tmp_path)
    text = (pages / "index.html").read_text(encoding="utf-8")
    assert tag in text
    (pages / "index.html").write_text(text.replace(tag, "<!--"), encoding="utf-8")
    with pytest.raises(PageError):
        read_release(pages)
