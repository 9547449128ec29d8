"""A page as programs read it: elements with their attributes, texts with what they stand in."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

VOID: Final = frozenset({"meta", "link", "input", "br", "img"})
DRAWN: Final = frozenset({"use", "rect", "line"})


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """`above` are the elements it stands in, from the page down."""

    tag: str
    attributes: dict[str, str]
    above: tuple[Element, ...] = field(repr=False)

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")

    def is_in(self, tag: str) -> bool:
        return any(one.tag == tag for one in self.above)


@dataclass(frozen=True, slots=True)
class Text:
    words: str
    inside: Element


class Document(HTMLParser):
    """Raises AssertionError where tags do not close in order, or an attribute or an id stands twice."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.texts: list[Text] = []
        self.ids: dict[str, Element] = {}
        self._open: list[Element] = []
        self.feed(html)
        self.close()
        assert not self._open, f"never closed: {self._open[-1].tag}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"{tag} has an attribute twice: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs}, tuple(self._open))
        self.elements.append(element)
        if element.get("id"):
            assert element.get("id") not in self.ids, f"two elements are called {element.get('id')}"
            self.ids[element.get("id")] = element
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in DRAWN, f"<{tag}/> closes itself only in a drawing"
        self.handle_starttag(tag, attrs)
        self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open[-1].tag == tag, f"</{tag}> closes {self._open[-1].tag}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(Text(" ".join(data.split()), self._open[-1]))

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]

    def said_in(self, element: Element) -> str:
        """The words inside an element, however deep."""
        return " ".join(
            text.words for text in self.texts if element is text.inside or element in text.inside.above
        )
