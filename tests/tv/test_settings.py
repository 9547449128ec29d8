"""What the set can be set to, and how it keeps it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from device_agent.devices.simulated_tv import settings_file
from device_agent.devices.simulated_tv.paint.settings_words import name_of, value_of
from device_agent.devices.simulated_tv.settings import (
    BY_PATH,
    LANGUAGES,
    Choice,
    Range,
    Setting,
    Value,
    accepts,
    as_text,
    defaults,
)
from tests.tv.scenes import words

if TYPE_CHECKING:
    from pathlib import Path


def possible(setting: Setting) -> list[object]:
    match setting:
        case Choice(options=options):
            return list(options)
        case Range(low=low, high=high, step=step):
            return [low, high, low + step]
        case _:
            return [setting.default]


def test_there_is_enough_to_set() -> None:
    assert len(BY_PATH) >= 25


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_and_every_option_has_a_name(language: str) -> None:
    for setting in BY_PATH.values():
        assert name_of(words(language), setting.path) != setting.path
        if isinstance(setting, Choice):
            assert all(value_of(words(language), setting.path, option) for option in setting.options), setting


@pytest.mark.parametrize("setting", BY_PATH.values(), ids=BY_PATH.keys())
def test_a_setting_takes_its_own_values_and_no_others(setting: Setting) -> None:
    assert accepts(setting, setting.default)
    assert all(accepts(setting, held) for held in possible(setting))
    wrong: tuple[object, ...] = (None, 1.5, [], "", "no such option\n", -1000)
    assert not any(accepts(setting, value) for value in wrong)


def test_every_language_there_is_can_be_chosen_in_its_own_words() -> None:
    assert set(LANGUAGES) >= {"en", "vi"}
    for language in LANGUAGES:
        own = words(language).text("tv.language")
        assert value_of(words("en"), "general.language", language) == own


def test_true_is_no_number() -> None:
    assert not accepts(BY_PATH["sound.bass"], value=True)


def test_a_kept_setting_is_there_again(tmp_path: Path) -> None:
    values = defaults("vi") | {"picture.backlight": 12, "general.name": "Bếp", "sound.surround": True}
    settings_file.save(tmp_path / "tv.json", values)
    assert settings_file.load(tmp_path / "tv.json", None) == values


@pytest.mark.parametrize(("asked", "spoken"), [("vi", "vi"), (None, "en"), ("no such", "en")])
def test_a_language_that_is_asked_for_goes_before_the_kept_one(
    tmp_path: Path, asked: str | None, spoken: str
) -> None:
    kept = defaults("en") | {"picture.backlight": 12}
    settings_file.save(tmp_path / "tv.json", kept)
    assert settings_file.load(tmp_path / "tv.json", asked) == kept | {"general.language": spoken}


def test_saving_replaces_the_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    for level in (1, 2):
        settings_file.save(tmp_path / "tv.json", defaults("en") | {"sound.bass": level})
    assert [path.name for path in tmp_path.iterdir()] == ["tv.json"]
    assert settings_file.load(tmp_path / "tv.json", None)["sound.bass"] == 2


def test_a_save_that_breaks_off_leaves_the_old_file_whole(tmp_path: Path) -> None:
    file = tmp_path / "tv.json"
    settings_file.save(file, defaults("en"))
    with pytest.raises(TypeError):
        settings_file.save(file, {"sound.bass": object()})  # type: ignore[dict-item]
    assert settings_file.load(file, None) == defaults("en")


@pytest.mark.parametrize("text", ["", "{", "[1]", '"x"', "\x00", "null"])
def test_a_broken_file_means_factory_settings(tmp_path: Path, text: str) -> None:
    (tmp_path / "tv.json").write_text(text)
    assert settings_file.load(tmp_path / "tv.json", "vi") == defaults("vi")


def test_what_a_file_may_not_hold_is_dropped_and_the_rest_is_kept(tmp_path: Path) -> None:
    kept = {"picture.backlight": 9000, "sound.mode": "loud", "no.such": 1, "sound.bass": -3}
    (tmp_path / "tv.json").write_text(json.dumps(kept))
    assert settings_file.load(tmp_path / "tv.json", None) == defaults("en") | {"sound.bass": -3}


def test_a_file_too_large_to_be_ours_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "tv.json").write_text(json.dumps({"sound.bass": 3, "x": "y" * settings_file.LARGEST_BYTES}))
    assert settings_file.load(tmp_path / "tv.json", None) == defaults("en")


@pytest.mark.parametrize(("value", "text"), [(True, "on"), (False, "off"), (38, "38"), ("warm", "warm")])
def test_values_as_the_record_carries_them(value: Value, text: str) -> None:
    assert as_text(value) == text
