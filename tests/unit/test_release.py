"""The console's release: one hash over all it serves. The same files make it again, any change another."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

import pytest

import locales
from server.release import FOLDER, LATER, Release, Served, read_release

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


def test_a_file_that_is_added_or_changed_on_the_disk_is_another_release(
    shipped: Release, tmp_path: Path
) -> None:
    pages = copied(tmp_path)
    (pages / "core" / "more.js").write_text("export {};")
    added = read_release(pages).name
    (pages / "core" / "more.js").write_text("export { };")
    assert len({shipped.name, added, read_release(pages).name}) == 3


def test_the_page_names_the_hash_of_every_style_and_module_it_runs(shipped: Release) -> None:
    """So a cache or a proxy between can change none of them without changing the page itself."""
    page = shipped.files["/"].data.decode()
    runs = {path: file for path, file in shipped.files.items() if path.endswith((".js", ".css"))}
    assert len(runs) > 70
    for path, file in runs.items():
        assert f'"{path}" integrity="{file.integrity}">' in page, path
    assert page.count("integrity=") == len(runs)


def test_what_is_fetched_later_is_pinned_and_not_preloaded() -> None:
    release = read_release()
    page = release.files["/"].data.decode()
    for path in LATER:
        assert f'<link rel="later" href="{path}" integrity="{release.files[path].integrity}">' in page
        assert f'<link rel="modulepreload" href="{path}"' not in page
