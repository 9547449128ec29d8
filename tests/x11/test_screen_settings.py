"""The maker's small file: what it may say, and that what it may not is told in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from device_agent.devices.x11.face import Corner
from device_agent.devices.x11.settings import FILE, ScreenSettings, SettingsError, load
from wire.commands import RemoteKey

DOCS = Path(__file__).resolve().parents[2] / "docs" / "devices-x11.md"


def written(folder: Path, text: str) -> Path:
    (folder / FILE).write_text(text)
    return folder


def test_without_a_file_every_key_but_power_has_its_usual_meaning(tmp_path: Path) -> None:
    assert load(tmp_path) == ScreenSettings()
    assert set(ScreenSettings().keys) == {key.value for key in RemoteKey} - {"power"}


def test_what_a_file_names_is_taken_and_the_rest_stays(tmp_path: Path) -> None:
    it = load(
        written(tmp_path, 'hint = "top-left"\n[keys]\nback = "BackSpace"\n[customer]\nstop = ["Pause"]')
    )
    assert it.corner is Corner.TOP_LEFT
    assert it.keys["back"] == (0xFF08,)
    assert it.keys["ok"] == (0xFF0D,)
    assert it.customer["stop"] == ((0xFF13,),)
    assert it.customer["help"] == ScreenSettings().customer["help"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("hint = ", "is not TOML"),
        ('hint = "middle"', "hint is one of top-left"),
        ('colour = "red"', "nothing called colour"),
        ('[keys]\npower = "F1"', "[keys] has nothing called power"),
        ('[keys]\nok = "Retrun"', "keys.ok: there is no key named Retrun"),
        ("[keys]\nok = 7", "keys.ok is the name of a key"),
        ("keys = 7", "keys is a table"),
        ('[customer]\nstop = ["F1", "F2", ""]', "customer.stop is the name of a key"),
        (f"[customer]\nstop = {['F1'] * 17}", "customer.stop has at most 16 keys"),
        ('help_key = "' + "F" * 33 + '"', "help_key is a text"),
        ('name = ""', "name is a text of 1 to 64"),
        ('name = "a\\nb"', "name is a text"),
        ("#" * 70_000, "longer than"),
        ("private = 7", "private is a table"),
        ('[private]\nwindows = ["x"]', "[private] has nothing called windows"),
        ('[private]\nclasses = "KeePassXC"', "private.classes is a list of at most 64"),
        (f"[private]\ntitles = {['t'] * 65}", "private.titles is a list of at most 64"),
        ('[private]\ntitles = [""]', "private.titles is a text of 1 to 128"),
        ("[private]\ntitles = [7]", "private.titles is a text of 1 to 128"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_of_in_words(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(written(tmp_path, text))
    assert told in str(refused.value)


def test_the_example_in_the_documents_is_what_is_usual(tmp_path: Path) -> None:
    """It names every key there is, so that a maker's engineer finds all of them in one place."""
    example = DOCS.read_text().split("```toml\n")[1].split("```")[0]
    assert load(written(tmp_path, example)) == ScreenSettings()
    usual = ScreenSettings()
    assert all(f"\n{name} = " in example for name in (*usual.keys, *usual.customer))
