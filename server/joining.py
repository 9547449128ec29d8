"""Modules in as few files as a page fetches: what it opens with in one, what it fetches later in one each.

Every module keeps its text, its scope and its turn, but not its comments. No more of the language is read
than how this console imports and exports; anything else is refused, never guessed at (decision 0051).
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# A comment with lines of its own goes with them; of those between other words, what names a type.
_ALONE: Final = re.compile(r"^[ \t]*(?:/\*\*(?:(?!\*/).)*\*/[ \t]*|//[^\n]*)\n", re.MULTILINE | re.DOTALL)
_BETWEEN: Final = re.compile(r"/\*\*(?:(?!\*/).)*\*/ ?")
_EMPTY: Final = re.compile(r"\n{2,}")

_IMPORT: Final = re.compile(
    r"^import (?:\{(?P<names>[^{}]*)\}|\* as (?P<whole>\w+)) from '(?P<path>\.{1,2}/[^']+)';\n", re.MULTILINE
)
_EXPORT: Final = re.compile(
    r"^export (?=(?:async function|function|class|const) (?P<name>\w+)\b)", re.MULTILINE
)
_NO_EXPORT: Final = re.compile(r"^export \{\};\n", re.MULTILINE)
_LATER: Final = re.compile(r"\bimport\('(?P<path>\.{1,2}/[^']+)'\)")
_UNREAD: Final = re.compile(r"^(?:import|export|await)\b.*|^.*\bimport\s*[.(].*", re.MULTILINE)


class JoinError(ValueError):
    """A module that is missing, or written in a way that is not read here."""


@dataclass(frozen=True, slots=True)
class _Import:
    path: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Module:
    body: str
    exports: tuple[str, ...]
    imports: tuple[_Import, ...]
    later: tuple[str, ...]


def joined(sources: Mapping[str, str], entry: str) -> dict[str, str]:
    """The text under the entry's path, and one for each module that is imported where it is first needed."""
    modules = {path: _module(path, text) for path, text in sources.items()}
    texts: dict[str, str] = {}
    placed: set[str] = set()
    for path, names in _files(modules, entry, frozenset()):
        if twice := placed.intersection(names):
            raise JoinError(f"{path} brings {min(twice)}, as another file that is fetched later")
        placed.update(names)
        own = _wrapped(modules, names)
        if path == entry:
            texts[path] = f"const $modules = {{}};\n{own}export {{ $modules }};\n"
        else:
            exports = f"export const {{ {', '.join(modules[path].exports)} }} = $modules['{path}'];\n"
            texts[path] = f"import {{ $modules }} from '{entry}';\n{own}{exports}"
    return texts


def _files(
    modules: Mapping[str, _Module], path: str, there: frozenset[str]
) -> Iterator[tuple[str, list[str]]]:
    """This file and those it fetches later, each with the modules that no file before it has brought."""
    names = [name for name in _in_turn(modules, [path]) if name not in there]
    if path not in names:
        raise JoinError(f"{path} is fetched later, and imported at once")
    known = 0
    while known < len(names):
        known = len(names)
        later = list(dict.fromkeys(one for name in names for one in modules[name].later))
        # What two of them need is there before either, so that no module runs twice. It may fetch more later.
        needed_by = Counter(name for one in later for name in _in_turn(modules, [one]))
        shared = (name for name, count in needed_by.items() if count > 1)
        names = [name for name in _in_turn(modules, [*names, *shared]) if name not in there]
    yield path, names
    for one in later:
        yield from _files(modules, one, there | {*names})


def bare(text: str) -> str:
    """The text without comments that have lines of their own or name a type, and without empty lines."""
    return _EMPTY.sub("\n", _BETWEEN.sub("", _ALONE.sub("", text))).lstrip("\n")


def _in_turn(modules: Mapping[str, _Module], roots: Iterable[str]) -> list[str]:
    """These and all they import, in the order in which a browser runs them."""
    order: dict[str, None] = {}

    def visit(path: str, above: tuple[str, ...]) -> None:
        if path in above:
            raise JoinError(f"{path} imports itself through {above[-1]}")
        if path in order:
            return
        for one in modules[path].imports:
            if one.path not in modules:
                raise JoinError(f"{path} imports {one.path}, which is not there")
            if absent := set(one.names) - set(modules[one.path].exports):
                raise JoinError(f"{path} imports {min(absent)}, which {one.path} does not export")
            visit(one.path, (*above, path))
        order[path] = None

    for root in roots:
        if root not in modules:
            raise JoinError(f"{root} is not there")
        visit(root, ())
    return list(order)


def _wrapped(modules: Mapping[str, _Module], names: Iterable[str]) -> str:
    return "".join(
        f"$modules['{name}'] = (() => {{\n{modules[name].body}"
        f"return Object.freeze({{ {', '.join(modules[name].exports)} }});\n}})();\n"
        for name in names
    )


def _module(path: str, text: str) -> _Module:
    if "$modules" in text:
        raise JoinError(f"{path}: the name $modules is taken")
    imports: list[_Import] = []

    def bound(found: re.Match[str]) -> str:
        target = _beside(path, found["path"])
        names = [name.strip() for name in (found["names"] or "").split(",") if name.strip()]
        imports.append(_Import(target, tuple(name.partition(" as ")[0] for name in names)))
        here = found["whole"] or f"{{ {', '.join(name.replace(' as ', ': ') for name in names)} }}"
        return f"const {here} = $modules['{target}'];\n"

    body = _IMPORT.sub(bound, _NO_EXPORT.sub("", bare(text)))
    later = tuple(_beside(path, found["path"]) for found in _LATER.finditer(body))
    exports = tuple(found["name"] for found in _EXPORT.finditer(body))
    body = _EXPORT.sub("", body)
    if unread := _UNREAD.search(_LATER.sub("", body)):
        raise JoinError(f"{path}: {unread[0].strip()}")
    body = _LATER.sub(lambda found: f"import('{_beside(path, found['path'])}')", body)
    return _Module(body, exports, tuple(imports), later)


def _beside(path: str, target: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
