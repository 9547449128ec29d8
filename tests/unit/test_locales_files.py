"""What every catalogue on disk keeps: the same keys and values in each language, NFC, no leftovers."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import locales
from locales import placeholders, plural_categories

FOLDER = Path(locales.__file__).parent
FILES = [(language, domain) for language in locales.languages() for domain in locales.domains(language)]
LEFTOVERS = re.compile(
    r"\{\{|\}\}|%[(sd]|\$\{|\{\}|<[a-z/]|&[a-z]+;|\bTODO\b|\bTBD\b|\bFIXME\b|\bXXX\b|lorem", re.IGNORECASE
)
KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9][a-z0-9_-]*)+")
# LOOK of the product: a calm voice, no blame, and the customer's word is code.
AVOIDED = re.compile(
    r"!|\boops\b|\binvalid\b|\berror occurred\b|\bfailed\b|\bPIN\b|\bpassword is wrong\b", re.IGNORECASE
)

# Words that are written alike in English and in others of our languages.
SHARED = {
    "alongside", "bass", "camera", "chrome", "distributor", "edge", "enter", "esc", "fi", "film", "firefox",
    "h", "hdmi", "kbit", "mbit", "menu", "min", "model", "ms", "ok", "q", "radio", "s", "safari", "standard",
    "video", "vista", "wi",
}  # fmt: skip
QUOTES = {"cs": "„“", "en": "“”", "lv": "„”", "nb": "«»", "vi": "“”"}

each_file = pytest.mark.parametrize(("language", "domain"), FILES)


def source(language: str, domain: str) -> str:
    return (FOLDER / language / f"{domain}.po").read_text(encoding="utf-8")


def sentences(language: str, domain: str) -> list[tuple[str, str]]:
    found = []
    for key, text in locales.read(language, domain).items():
        found += [(key, text)] if isinstance(text, str) else [(key, form) for form in text.values()]
    return found


def test_the_languages_we_promise_are_there() -> None:
    assert set(locales.languages()) >= {"cs", "en", "lv", "nb", "vi"}


@pytest.mark.parametrize("language", locales.languages())
def test_every_language_has_the_same_domains(language: str) -> None:
    assert locales.domains(language) == locales.domains(locales.FALLBACK)


@pytest.mark.proves("G15")
@each_file
def test_every_language_has_every_key_and_no_other(language: str, domain: str) -> None:
    assert locales.read(language, domain).keys() == locales.read(locales.FALLBACK, domain).keys()


@each_file
def test_every_language_uses_the_same_values(language: str, domain: str) -> None:
    english = locales.read(locales.FALLBACK, domain)
    for key, text in locales.read(language, domain).items():
        assert placeholders(text) == placeholders(english[key]), key
        assert isinstance(text, str) == isinstance(english[key], str), key


@each_file
def test_every_plural_text_says_what_it_counts(language: str, domain: str) -> None:
    for text in locales.read(language, domain).values():
        if isinstance(text, dict):
            assert locales.counted(text)
            assert tuple(text) == plural_categories(language)


@each_file
def test_no_text_is_empty_fuzzy_or_left_over(language: str, domain: str) -> None:
    """R4: no raw template may ever reach a customer."""
    for key, sentence in sentences(language, domain):
        assert sentence.strip() == sentence, key
        assert sentence, key
        assert not LEFTOVERS.search(sentence), key
        assert KEY.fullmatch(key), key
        assert not KEY.fullmatch(sentence), f"{key} shows a key"
        bare = re.sub(r"\{[a-z_]+\}", "", sentence)
        assert "{" not in bare, key
        assert "}" not in bare, key
    with (FOLDER / language / f"{domain}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []
    assert not catalogue.obsolete


@each_file
def test_every_file_is_nfc_and_shows_what_it_holds(language: str, domain: str) -> None:
    """INV-F5"""
    text = source(language, domain)
    assert unicodedata.is_normalized("NFC", text)
    hidden = {char for char in text if unicodedata.category(char) in {"Cf", "Cc", "Zl", "Zp", "Co"}} - {"\n"}
    assert not hidden


@each_file
def test_the_head_of_every_file_names_its_language_and_the_rule_for_plurals(
    language: str, domain: str
) -> None:
    with (FOLDER / language / f"{domain}.po").open("rb") as file:
        catalogue = read_po(file)
    header = dict(catalogue.mime_headers)
    assert header["Language"] == language
    assert int(re.findall(r"nplurals=(\d)", header["Plural-Forms"])[0]) == len(plural_categories(language))
    assert header["Content-Type"].lower() == "text/plain; charset=utf-8"


@pytest.mark.parametrize("language", locales.languages())
def test_a_glossary_heads_the_shared_catalogue(language: str) -> None:
    head = source(language, "shared").split("\nmsgid", 1)[0]
    assert "Glossary" in head
    for word in ("code", "technician", "customer", "session", "request", "record", "badge", "Stop"):
        assert re.search(rf"^#   {word} +\S", head, re.MULTILINE), word


@each_file
def test_quotation_marks_are_those_of_the_language(language: str, domain: str) -> None:
    used = {char for _, sentence in sentences(language, domain) for char in sentence if char in '"“”„«»'}
    assert used <= set(QUOTES[language])


@pytest.mark.parametrize("domain", locales.domains("en"))
def test_english_keeps_the_voice(domain: str) -> None:
    for key, sentence in sentences("en", domain):
        assert not AVOIDED.search(sentence), key


@pytest.mark.parametrize("language", [name for name in locales.languages() if name != locales.FALLBACK])
def test_a_translation_is_a_translation(language: str) -> None:
    """A text that equals the English one was forgotten, unless its words are the same in many languages."""
    for domain in locales.domains(language):
        english = dict(sentences(locales.FALLBACK, domain))
        same = {key: text for key, text in sentences(language, domain) if text == english.get(key)}
        words = {
            key: re.findall(r"[^\W\d_]+", re.sub(r"\{[a-z_]+\}", "", text)) for key, text in same.items()
        }
        assert {key for key, own in words.items() if not {word.lower() for word in own} <= SHARED} == set()


@pytest.mark.proves("R4")
@pytest.mark.parametrize("language", [name for name in locales.languages() if name != locales.FALLBACK])
def test_no_english_sentence_stands_inside_a_translation(language: str) -> None:
    """Three English words in a row are half a translation; names of products may stay."""
    for domain in locales.domains(language):
        for key, english in sentences(locales.FALLBACK, domain):
            runs = {" ".join(run) for run in _runs(english)}
            own = locales.read(language, domain)[key]
            texts = (own,) if isinstance(own, str) else own.values()
            assert {run for text in texts for run in runs & {" ".join(it) for it in _runs(text)}} == set(), (
                key
            )


def _runs(text: str) -> list[tuple[str, ...]]:
    words = [word.lower() for word in re.findall(r"[^\W\d_]+", re.sub(r"\{[a-z_]+\}", "/", text))]
    return [run for run in zip(words, words[1:], words[2:], strict=False) if not SHARED & set(run)]


@pytest.mark.parametrize(("language", "words"), [("vi", 3), ("lv", 7)])
def test_a_language_with_accents_is_written_with_them(language: str, words: int) -> None:
    """Without marks is a sign of a broken import: nearly every sentence of some words has one."""
    for domain in locales.domains(language):
        plain = [
            key for key, text in sentences(language, domain) if text.isascii() and text.count(" ") >= words
        ]
        assert plain == []
