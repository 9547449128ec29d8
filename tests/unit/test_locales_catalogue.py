"""How a text is found, chosen among plurals and filled."""

from __future__ import annotations

from types import MappingProxyType

import pytest

import locales
from locales import Catalogue, TextError, counted, load, placeholders, plural_categories

KEYS = {"one": "{n} key", "few": "{n} keys, few", "other": "{n} keys"}


def catalogue(language: str = "en", **own: locales.Text) -> Catalogue:
    english: dict[str, locales.Text] = {
        "only_english": "Hello {name}",
        "keys": {"one": "a key", "other": "{n} keys"},
    }
    return Catalogue(language, MappingProxyType(own), MappingProxyType(english))


def test_values_are_put_in_by_name_and_further_ones_are_ignored() -> None:
    assert catalogue(hello="{b}, {a}, {b}").text("hello", a=1, b="two", c=3) == "two, 1, two"


def test_a_value_is_text_and_never_read_as_a_placeholder() -> None:
    """A technician may be called {code}: what is put in is not looked at again."""
    assert catalogue(hello="{a} {b}").text("hello", a="{b}", b="{a.__class__}") == "{b} {a.__class__}"


@pytest.mark.proves("R4", by="a sentence that lacks a value shows its placeholder")
def test_a_missing_value_or_key_is_an_error_and_not_a_hole() -> None:
    with pytest.raises(TextError, match=r"hello needs a value for \{a\}"):
        catalogue(hello="{a}").text("hello")
    with pytest.raises(TextError, match="no text for nowhere"):
        catalogue().text("nowhere")


def test_what_a_language_lacks_is_shown_in_english_by_english_rules() -> None:
    assert catalogue("vi").text("only_english", name="Ba") == "Hello Ba"
    assert catalogue("vi").count("keys", 1) == "a key"
    assert catalogue("cs").count("keys", 3) == "3 keys"


@pytest.mark.parametrize(
    ("language", "n", "words"),
    [("cs", 1, "1 key"), ("cs", 3, "3 keys, few"), ("cs", 5, "5 keys"), ("cs", 0, "0 keys")],
)
def test_a_language_chooses_by_its_own_plural_rule(language: str, n: int, words: str) -> None:
    assert catalogue(language, keys=KEYS).count("keys", n) == words


def test_a_plural_text_counts_its_only_value_without_being_told() -> None:
    idle: locales.Text = {"one": "for a minute", "other": "for {minutes} minutes"}
    assert catalogue(idle=idle).text("idle", minutes=1) == "for a minute"
    assert catalogue(idle=idle).text("idle", minutes=10, hours=1) == "for 10 minutes"
    with pytest.raises(TextError, match="whole number"):
        catalogue(idle=idle).text("idle", minutes="10")


def test_a_plural_text_with_several_values_must_say_which_it_counts() -> None:
    assert counted({"one": "{name} pressed a key", "other": "{name} pressed {n} keys"}) == "n"
    with pytest.raises(TextError, match="counts"):
        counted({"other": "{name} pressed {keys} keys"})


@pytest.mark.parametrize(
    ("language", "categories"),
    [
        ("en", ("one", "other")),
        ("vi", ("other",)),
        ("nb", ("one", "other")),
        ("lv", ("zero", "one", "other")),
        ("cs", ("one", "few", "other")),
    ],
)
def test_the_categories_of_a_language_come_from_cldr(language: str, categories: tuple[str, ...]) -> None:
    assert plural_categories(language) == categories


def test_an_unknown_language_is_english() -> None:
    assert load("xx", "shared").text("key.ok") == load("en", "shared").text("key.ok")
    assert load("xx", "shared").language == "en"


def test_the_browser_gets_every_text_with_plurals_by_category() -> None:
    texts = locales.as_json("vi", "shared")
    assert texts.keys() == locales.read("en", "shared").keys()
    assert texts["end.technician.idle.title"] == {"other": "Không có thao tác nào trong {minutes} phút"}
    assert set(locales.as_json("en", "shared")["end.technician.idle.title"]) == {"one", "other"}


@pytest.mark.parametrize(
    ("tag", "language"),
    [("en", "en"), ("VI-vn", "vi"), (" vi_VN", "vi"), ("xx", None), ("", None), ("..", None), ("env", None)],
)
def test_a_tag_asks_for_a_language_of_ours_or_for_none(tag: str, language: str | None) -> None:
    assert locales.spoken(tag) == language


@pytest.mark.parametrize("tag", ["no", "nn", "nb", "nn-NO", "no_NO"])
def test_norwegian_by_any_name_is_bokmal(tag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locales, "languages", lambda: ("en", "nb"))
    assert locales.spoken(tag) == "nb"
    monkeypatch.setattr(locales, "languages", lambda: ("en",))
    assert locales.spoken(tag) is None


def test_two_domains_never_share_a_key_unseen() -> None:
    with pytest.raises(TextError, match="another domain"):
        load("en", "shared", "shared")


def test_placeholders_are_gathered_over_all_plurals() -> None:
    assert placeholders({"one": "a key", "other": "{n} keys of {name}"}) == {"n", "name"}
