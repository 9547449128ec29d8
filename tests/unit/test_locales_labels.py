"""What a text tells somebody to press is what stands on the button, in every language.

A technician reads out *I was given a code* while the customer looks for it on the TV.
"""

from __future__ import annotations

import re

import pytest

import locales

MARKED = re.compile(r"\*([^*]+)\*")
STRESSED = {"you"}  # said with stress; nothing to press


def sentences(language: str) -> dict[tuple[str, str], list[str]]:
    return {
        (domain, key): [text] if isinstance(text, str) else list(text.values())
        for domain in locales.domains(language)
        for key, text in locales.read(language, domain).items()
    }


ENGLISH = sentences(locales.FALLBACK)


def marked(texts: list[str]) -> list[set[str]]:
    """The names of things between stars, without those of people, which are values."""
    return [{name for name in MARKED.findall(text) if "{" not in name} for text in texts]


def labels(texts: list[str]) -> list[str]:
    return sorted(set.union(*marked(texts)) - STRESSED)


def keys_saying(label: str) -> list[tuple[str, str]]:
    return [key for key, texts in ENGLISH.items() if texts == [label]]


POINTING = {key: labels(texts) for key, texts in ENGLISH.items() if labels(texts)}


@pytest.mark.parametrize("key", POINTING, ids=".".join)
def test_what_a_text_points_at_is_somewhere_to_be_pressed(key: tuple[str, str]) -> None:
    for label in POINTING[key]:
        assert keys_saying(label), f"nothing is called {label!r}"


@pytest.mark.parametrize("language", locales.languages())
def test_it_is_called_in_every_language_what_it_is_called_there(language: str) -> None:
    spoken = sentences(language)
    for key, pressed in POINTING.items():
        for said in marked(spoken[key]):
            assert len(said) == len(pressed), key
            for label in pressed:
                names = {spoken[source][0] for source in keys_saying(label)}
                assert names & said, f"{key} says {said} where {label!r} is called {names}"
