"""Every text the code asks for exists where it is asked for, and no text is there for nothing."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache

import pytest
from jinja2 import Environment, nodes

import locales
from tests import javascript
from tests.javascript import HOLE
from tests.sources import texts


@dataclass(frozen=True, slots=True)
class Reader:
    """A part of the program and the catalogues it loads."""

    folder: str
    domains: tuple[str, ...]


READERS = (
    Reader("device_agent", ("device", "shared")),
    Reader("technician_web", ("console", "shared")),
    Reader("server", ("server", "mail")),
    Reader("customer_web", ("portal",)),
)
_SHAPE = re.compile(rf"[a-z][a-z0-9_]*\.[a-z0-9_.{HOLE}-]*[a-z0-9_{HOLE}]")
_FORMATS = re.compile(rf"\.(py|js|css|html|json|po|ttf|svg|pem|key|db|local|example|{HOLE})$")


def python_literals(source: str) -> list[str]:
    """Strings of a module without its docstrings; an f-string with a mark in each hole."""
    tree = ast.parse(source)
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            found.append(
                "".join(str(part.value) if isinstance(part, ast.Constant) else HOLE for part in node.values)
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            found.append(node.value)
    return found


def template_literals(source: str) -> list[str]:
    """Strings of a Jinja template; what is joined with `~` has a mark for each part that is none."""

    def written(node: nodes.Node) -> str:
        if isinstance(node, nodes.Const):
            return str(node.value)
        return "".join(map(written, node.nodes)) if isinstance(node, nodes.Concat) else HOLE

    tree = Environment(autoescape=True).parse(source)
    joined = list(tree.find_all(nodes.Concat))
    inside = {id(part) for node in joined for part in node.nodes}
    whole = [node for node in (*joined, *tree.find_all(nodes.Const)) if id(node) not in inside]
    return [written(node) for node in whole]


@cache
def asked_for(folder: str) -> set[str]:
    found: set[str] = set()
    for source in texts(".py", under=folder).values():
        found.update(python_literals(source))
    for source in texts(".js", under=folder).values():
        found.update(javascript.read(source).literals)
    for source in texts(".html", under=folder).values():
        found.update(re.findall(r'="([^"]*)"', source))
        found.update(template_literals(source))
    return {text for text in found if _SHAPE.fullmatch(text)}


def keys(domains: tuple[str, ...]) -> set[str]:
    return {key for domain in domains for key in locales.read(locales.FALLBACK, domain)}


def pattern(asked: str) -> re.Pattern[str]:
    """A hole stands for one word; at the end of a text, for whatever follows."""
    parts = [re.escape(part) for part in asked.split(HOLE)]
    last = "[a-z0-9_.-]+" if asked.endswith(HOLE) else ""
    middle = "[a-z0-9_-]+".join(parts[:-1] if last else parts)
    return re.compile(middle + last)


def hits(asked: str, known: set[str]) -> set[str]:
    """The keys a text of the source can mean: itself, what its holes allow, or what it begins."""
    fitting = pattern(asked)
    return {key for key in known if fitting.fullmatch(key)} or {
        key for key in known if key.startswith(f"{asked}.")
    }


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.folder)
def test_every_text_the_code_asks_for_is_in_a_catalogue_it_reads(reader: Reader) -> None:
    known = keys(reader.domains)
    roots = {key.split(".")[0] for domain in locales.domains("en") for key in locales.read("en", domain)}
    lost = {
        asked
        for asked in asked_for(reader.folder)
        if asked.split(".")[0] in roots and not _FORMATS.search(asked) and not hits(asked, known)
    }
    assert {text.replace(HOLE, "{}") for text in lost} == set()


@pytest.mark.parametrize("domain", locales.domains("en"))
def test_no_text_is_there_for_nothing(domain: str) -> None:
    known = keys((domain,))
    used: set[str] = set()
    for reader in READERS:
        if domain in reader.domains:
            for asked in asked_for(reader.folder):
                used |= hits(asked, known)
    assert known - used == set()


def test_a_hole_stands_for_one_word_but_at_the_end_for_the_rest() -> None:
    known = {"end.customer.idle.title", "end.customer.idle.next", "key.ok", "grant.view.detail"}
    assert hits(f"end.customer.{HOLE}.title", known) == {"end.customer.idle.title"}
    assert hits(f"end.{HOLE}.title", known) == set()
    assert hits(f"grant.{HOLE}", known) == {"grant.view.detail"}
    assert hits("end.customer", known) == {"end.customer.idle.title", "end.customer.idle.next"}
    assert hits("key.back", known) == set()


def test_what_a_template_joins_has_a_hole_for_each_value() -> None:
    source = "{{ t('key.ok') }}{{ t('end.' ~ side ~ '.title') }}{% include 'page.html' %}"
    assert {"key.ok", f"end.{HOLE}.title"} <= set(template_literals(source))


def test_f_strings_and_docstrings_are_told_apart_from_plain_text() -> None:
    found = python_literals('"""Doc."""\nx = f"end.{side}.title"\ny = "key.ok"\n')
    assert {f"end.{HOLE}.title", "key.ok"} <= set(found)
    assert "end." not in found
