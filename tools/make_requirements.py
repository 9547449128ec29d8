"""Writes docs/requirements.md: every number of docs/requirements.toml, and the tests that say they prove it.

Raises each row's floor (`must`) to what has been reached; never lowers one.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.proofs import Proof, Sabotage, proofs, sabotages  # noqa: E402 - the project's folder comes first

if TYPE_CHECKING:
    from collections.abc import Iterable

DATA: Final = ROOT / "docs" / "requirements.toml"
PAGE: Final = ROOT / "docs" / "requirements.md"


class Kind(StrEnum):
    BEHAVIOUR = "behaviour"
    TEXT = "text"
    DATA = "data"


class Status(StrEnum):
    """In the order in which a row climbs."""

    OPEN = "open"
    TESTED = "tested"
    PROVEN = "proven"

    @property
    def height(self) -> int:
        return list(Status).index(self)


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is promised; `missing` says what keeps a row that has tests from being proven."""

    kind: Kind
    must: Status
    text: str
    missing: str = ""


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    rows: dict[str, Row]


class Requirements(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    section: list[Section]

    @property
    def rows(self) -> dict[str, Row]:
        """By number; a number that stands in two sections is an error."""
        pairs = [pair for section in self.section for pair in section.rows.items()]
        twice = [number for number, count in Counter(number for number, _ in pairs).items() if count > 1]
        assert not twice, f"twice: {twice}"
        return dict(pairs)


@dataclass(frozen=True, slots=True)
class Known:
    """All that the page is made of."""

    requirements: Requirements
    proofs: tuple[Proof, ...]
    sabotages: tuple[Sabotage, ...]

    def of(self, number: str) -> list[Proof]:
        return [proof for proof in self.proofs if proof.number == number]

    def status(self, number: str) -> Status:
        """Proven is a row with a test and nothing missing; of behaviour one test names its sabotage, too."""
        row, found = self.requirements.rows[number], self.of(number)
        if not found:
            return Status.OPEN
        is_sabotaged = row.kind is not Kind.BEHAVIOUR or any(proof.by for proof in found)
        return Status.PROVEN if is_sabotaged and not row.missing else Status.TESTED

    def kept_in(self, proof: Proof) -> str:
        """The file of the sabotage a proof names; LookupError where its test notices none of that name."""
        for sabotage in self.sabotages:
            if sabotage.name == proof.by and sabotage.is_noticed_by(proof.test):
                return sabotage.file
        raise LookupError(f"{proof.test} is not among the checks of {proof.by!r}")


def read_requirements(text: str) -> Requirements:
    """docs/requirements.toml; msgspec.ValidationError says what is wrong where."""
    return msgspec.toml.decode(text, type=Requirements)


def known() -> Known:
    """What is written down now."""
    return Known(read_requirements(DATA.read_text(encoding="utf-8")), tuple(proofs()), tuple(sabotages()))


_HEAD = """# What is promised, and how it is shown

Printed from [requirements.toml](requirements.toml) and from the markers of the tests by
`tools/make_requirements.py`; a test fails when this page is older than either, when a row falls behind what
it had reached, or when a sabotage that is named here is not kept.

R are the requirements of the product, P the promises of the remote service, G what goes beyond other
products, D what was decided where the sources contradict one another or are silent. Each row is *behaviour*,
a *text* or the *maker's data*.

- **proven**: a test would fail if it were not so. For behaviour that was seen: the sabotage under which the
  test fails is kept with the suite, and named.
- **tested**: there is a test, but no sabotage is named yet, or something is still missing, which is said.
- **open**: nothing yet.
"""

_NAMES: Final = {"R": "requirements", "P": "promises", "G": "beyond", "D": "decided"}
_KINDS: Final = {Kind.BEHAVIOUR: "behaviour", Kind.TEXT: "text", Kind.DATA: "maker's data"}


def page(found: Known) -> str:
    """The whole page."""
    lines = [_HEAD, *_counts(found), ""]
    for section in found.requirements.section:
        lines += [
            f"## {section.title}",
            "",
            "| # | promise | kind | status | shown by |",
            "|---|---|---|---|---|",
        ]
        lines += [_row(found, number, row) for number, row in section.rows.items()]
        lines.append("")
    return "\n".join(lines)


def _counts(found: Known) -> list[str]:
    statuses = {number: found.status(number) for number in found.requirements.rows}

    def line(name: str, some: Iterable[Status]) -> str:
        counts = Counter(some)
        cells = [str(counts[status]) for status in reversed(Status)]
        return f"| {name} | {' | '.join(cells)} | {counts.total()} |"

    groups = {
        letter: [status for number, status in statuses.items() if number[0] == letter] for letter in _NAMES
    }
    return [
        f"| | {' | '.join(reversed(Status))} | all |",
        "|---|--:|--:|--:|--:|",
        *(line(f"{letter}: {_NAMES[letter]}", some) for letter, some in groups.items()),
        line("all", statuses.values()),
    ]


def _row(found: Known, number: str, row: Row) -> str:
    status = found.status(number)
    by_test: dict[str, list[Proof]] = {}
    for proof in found.of(number):
        by_test.setdefault(proof.test, []).append(proof)
    shown = [_shown(found, test, some) for test, some in by_test.items()]
    if row.missing and shown:
        shown.append(f"missing: {row.missing}")
    stressed = f"**{status}**" if status is Status.PROVEN else status
    return f"| {number} | {row.text} | {_KINDS[row.kind]} | {stressed} | {'<br>'.join(shown)} |"


def _shown(found: Known, test: str, some: list[Proof]) -> str:
    """A test as a link in its own words, and what it fails under."""
    path, _, name = test.partition("::")
    short = re.sub(r"^tests/|test_|(\.test)?\.(py|js)$", "", path)
    words = re.sub(r"\$\{[^}]*\}", "…", name.removeprefix("test_"))
    words = words.replace("_", " ") if path.endswith(".py") else words.replace("|", "\\|")
    link = f"[{short}::{words}](../{path})" if name else f"[{short}](../{path})"
    causes = [f"[{proof.by}](../{found.kept_in(proof)})" for proof in some if proof.by]
    return f"{link} fails if {' or '.join(causes)}" if causes else link


def raised(text: str, found: Known) -> str:
    """docs/requirements.toml with each floor where its row stands, if that is higher."""
    for number, row in found.requirements.rows.items():
        status = found.status(number)
        if status.height > row.must.height:
            floor = rf'^({number} = \{{ .*\bmust = ")[a-z]+(")'
            text, count = re.subn(floor, rf"\g<1>{status}\g<2>", text, flags=re.MULTILINE)
            assert count == 1, f"{number} has no floor on its line"
    return text


def main() -> None:
    found = known()
    DATA.write_text(raised(DATA.read_text(encoding="utf-8"), found), encoding="utf-8")
    PAGE.write_text(page(found), encoding="utf-8")
    print(f"written: {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
