"""Which tests say that they prove which numbers, and under which sabotage they fail: read, and never run."""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.mutations.kept import MUTATIONS  # noqa: E402 - the project's folder comes first
from tests.mutations.kept_in_browser import BROWSER_MUTATIONS  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

NUMBER: Final = re.compile(r"[RPGD][1-9][0-9]*")

# Sabotages that are kept elsewhere than in tests/mutations: where, what makes one, and the tests that judge
# as the ones that must notice it do.
_ELSEWHERE: Final = (
    (
        "tests/evil_relay/weaknesses.py",
        "Weakness",
        ("tests/evil_relay/test_attacks.py", "tests/evil_relay/test_in_chromium.py"),
    ),
    ("tests/sim/planted.py", "Bug", ("tests/sim/test_simulation.py",)),
)

_COMMENT: Final = re.compile(r"^[ \t]*// proves:", re.MULTILINE)
_NODE: Final = re.compile(
    r"^[ \t]*// proves: (?P<numbers>.+)\n(?:[ \t]*// by: (?P<by>.+)\n)?"
    r"[ \t]*test\((?P<quote>['`])(?P<name>(?:\\.|(?!(?P=quote)).)+)(?P=quote)",
    re.MULTILINE,
)
_ESCAPED: Final = re.compile(r"\\(.)")
_AS_IT_IS: Final = r"\1"
_HOLE: Final = re.compile(r"\$\{[^}]*\}")


class BadMarker(Exception):  # noqa: N818 - what a person wrote, not what the program met
    """A marker that says nothing that can be read."""


@dataclass(frozen=True, slots=True)
class Proof:
    """`test` is `path::name`, or the path where a whole module is marked; `by` is a sabotage's name or "".

    In Node a name is the test's sentence, with `${...}` where it has holes.
    """

    number: str
    test: str
    by: str


@dataclass(frozen=True, slots=True)
class Sabotage:
    """`checks` are what must notice it: tests by `path::name`, or whole files."""

    name: str
    file: str
    checks: tuple[str, ...]

    def is_noticed_by(self, test: str) -> bool:
        """Whether this marked test, or one of this marked module, is among the checks."""
        path, _, name = test.partition("::")
        if not name:
            return any(check.partition("::")[0] == path for check in self.checks)
        sentence = re.compile(".+".join(map(re.escape, _HOLE.split(test))))
        return any(check == path or sentence.fullmatch(check) for check in self.checks)


def proofs() -> list[Proof]:
    """What all tests say, by file and place; BadMarker names the file."""
    found: list[Proof] = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        found += in_python(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "tests" / "node").glob("*.test.js")):
        found += in_node(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
    return found


def in_python(path: str, source: str) -> list[Proof]:
    """The markers of functions and of `pytestmark`; one that stands elsewhere is an error."""
    if "proves" not in source:
        return []
    tree = ast.parse(source)
    marks = [(test, mark) for test, mark in _marks(path, tree) if _is_proves(mark)]
    if len(marks) != sum(_is_proves(node) for node in ast.walk(tree)):
        raise BadMarker(f"{path}: a marker `proves` stands where it marks no test")
    return [proof for test, mark in marks for proof in _read(path, test, mark)]


def _marks(path: str, tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in tree.body:
        match node:
            case (
                ast.FunctionDef(name=name, decorator_list=marks)
                | ast.AsyncFunctionDef(name=name, decorator_list=marks)
            ) if name.startswith("test_"):
                yield from ((f"{path}::{name}", mark) for mark in marks)
            case ast.Assign(targets=[ast.Name(id="pytestmark")], value=ast.List(elts=marks)):
                yield from ((path, mark) for mark in marks)
            case ast.Assign(targets=[ast.Name(id="pytestmark")], value=mark):
                yield path, mark


def _is_proves(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "proves"


def _read(path: str, test: str, mark: ast.expr) -> Iterator[Proof]:
    assert isinstance(mark, ast.Call)
    by = ""
    for keyword in mark.keywords:
        if keyword.arg != "by" or not _is_text(keyword.value):
            raise BadMarker(f"{path}:{mark.lineno}: after the numbers only by=, a sabotage's name")
        by = ast.literal_eval(keyword.value)
    if not mark.args or not all(map(_is_text, mark.args)):
        raise BadMarker(f"{path}:{mark.lineno}: a marker names its numbers as texts")
    yield from (Proof(_number(path, ast.literal_eval(number)), test, by) for number in mark.args)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value != ""


def _number(path: str, text: str) -> str:
    if not NUMBER.fullmatch(text):
        raise BadMarker(f"{path}: {text!r} is no number of a promise")
    return text


def in_node(path: str, source: str) -> list[Proof]:
    """Comments `// proves: R12, P4`, with or without `// by: NAME` below, right before a `test(`."""
    marks = list(_NODE.finditer(source))
    if len(marks) != len(_COMMENT.findall(source)):
        raise BadMarker(f"{path}: a comment `// proves:` stands before no test")
    return [
        Proof(_number(path, number), f"{path}::{_ESCAPED.sub(_AS_IT_IS, mark['name'])}", mark["by"] or "")
        for mark in marks
        for number in mark["numbers"].split(", ")
    ]


def sabotages() -> list[Sabotage]:
    """Every kept sabotage of the product, wherever it is kept."""
    files = _files_of_mutations()
    found = [
        Sabotage(one.name, files[one.name], tuple(check.partition("[")[0] for check in one.checks))
        for one in MUTATIONS
    ]
    found += [
        Sabotage(one.name, files[one.name], tuple(f"{one.file}::{check}" for check in one.checks))
        for one in BROWSER_MUTATIONS
    ]
    for file, kind, checks in _ELSEWHERE:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        found += [Sabotage(name, file, checks) for name in _made(tree, kind)]
    return found


def _files_of_mutations() -> dict[str, str]:
    folder = ROOT / "tests" / "mutations"
    files: dict[str, str] = {}
    for path in (
        *sorted(folder.glob("kept_*.py")),
        folder / "kept.py",
    ):  # kept.py holds those of the others too
        module = import_module(f"tests.mutations.{path.stem}")
        for kept in vars(module).values():
            if isinstance(kept, tuple):
                for one in kept:
                    files.setdefault(getattr(one, "name", ""), str(path.relative_to(ROOT)))
    return files


def _made(tree: ast.Module, kind: str) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(text)), *_]) if name == kind:
                yield text
