"""docs/requirements.md: every promise by its number, the tests that show it, and no row that falls back."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import msgspec
import pytest

from tests.docs.pages import rows
from tests.sources import texts
from tools.make_requirements import DATA, PAGE, Kind, Known, Status, known, page, raised, read_requirements
from tools.proofs import BadMarker, Proof, Sabotage, in_node, in_python

NUMBERS = [
    f"{letter}{n}" for letter, last in zip("RPGD", (106, 22, 18, 12), strict=True) for n in range(1, last + 1)
]
TEXT = DATA.read_text(encoding="utf-8")
REFRESH = "run: python tools/make_requirements.py"


@pytest.fixture(scope="module")
def found() -> Known:
    return known()


def test_every_number_is_there_once(found: Known) -> None:
    assert sorted(found.requirements.rows) == sorted(NUMBERS)
    assert Counter(row[0] for row in rows(page(found)) if row[0] in NUMBERS) == Counter(NUMBERS)


def test_the_page_is_fresh(found: Known) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(found), REFRESH


def test_no_test_proves_a_number_that_there_is_not(found: Known) -> None:
    assert [proof for proof in found.proofs if proof.number not in NUMBERS] == []


def test_a_sabotage_that_is_named_is_kept_and_its_test_notices_it(found: Known) -> None:
    for proof in found.proofs:
        if proof.by:
            found.kept_in(proof)


def test_behaviour_is_proven_by_a_sabotage_and_nothing_is_proven_that_lacks_something(found: Known) -> None:
    for number, row in found.requirements.rows.items():
        if found.status(number) is Status.PROVEN:
            assert row.kind is not Kind.BEHAVIOUR or any(proof.by for proof in found.of(number)), number
            assert not row.missing, number


def test_no_row_falls_behind_what_it_had_reached(found: Known) -> None:
    fallen = {
        number: f"{row.must} is now {found.status(number)}"
        for number, row in found.requirements.rows.items()
        if found.status(number).height < row.must.height
    }
    assert fallen == {}


def test_what_was_reached_is_the_floor_from_then_on(found: Known) -> None:
    assert raised(TEXT, found) == TEXT, REFRESH


def test_an_open_row_has_no_excuse(found: Known) -> None:
    open_rows = [number for number in NUMBERS if found.status(number) is Status.OPEN]
    assert [number for number in open_rows if found.requirements.rows[number].missing] == []


def test_a_module_may_be_marked_as_a_whole() -> None:
    path = "tests/unit/test_wire_code.py"
    source = 'pytestmark = [pytest.mark.slow, pytest.mark.proves("G8", "P8")]\n'
    assert in_python(path, source) == [Proof("G8", path, ""), Proof("P8", path, "")]
    whole = Sabotage("a sum", "kept.py", (f"{path}::test_swaps",))
    assert whole.is_noticed_by(path)
    assert not whole.is_noticed_by("tests/unit/test_wire_frames.py")


# How a marker may be written.

DEF = "def test_x() -> None: ...\n"


@pytest.mark.parametrize(
    "source",
    [
        '@pytest.mark.proves("X1")\n' + DEF,
        '@pytest.mark.proves("R01")\n' + DEF,
        "@pytest.mark.proves()\n" + DEF,
        "@pytest.mark.proves(1)\n" + DEF,
        '@pytest.mark.proves(*NUMBERS, by="a")\n' + DEF,
        '@pytest.mark.proves("R1", by="")\n' + DEF,
        '@pytest.mark.proves("R1", because="a")\n' + DEF,
        '@pytest.mark.proves("R1")\ndef stage() -> None: ...\n',
        '@pytest.mark.parametrize("n", [pytest.param(1, marks=pytest.mark.proves("R1"))])\n' + DEF,
        'SHOWN = ["R1"]\nmark = pytest.mark.proves("R1")\n' + DEF,
    ],
)  # fmt: skip
def test_a_marker_that_cannot_be_read_is_an_error_and_not_passed_over(source: str) -> None:
    with pytest.raises(BadMarker, match=r"a\.py"):
        in_python("a.py", source)


def test_a_function_has_its_markers_each_with_its_sabotage() -> None:
    source = '@pytest.mark.proves("R1", "P2", by="a")\n@pytest.mark.proves("G3")\nasync ' + DEF
    assert in_python("a.py", source) == [
        Proof("R1", "a.py::test_x", "a"),
        Proof("P2", "a.py::test_x", "a"),
        Proof("G3", "a.py::test_x", ""),
    ]


def test_a_test_in_node_has_its_numbers_in_comments() -> None:
    source = (
        "// proves: R1, P2\n// by: a word is lost\ntest('it isn\\'t', () => {});\n"
        "  // proves: G3\n  test(`${word} is said`, async () => {});\n"
    )
    assert in_node("a.js", source) == [
        Proof("R1", "a.js::it isn't", "a word is lost"),
        Proof("P2", "a.js::it isn't", "a word is lost"),
        Proof("G3", "a.js::${word} is said", ""),
    ]
    lost = Sabotage("lost", "kept.py", ("a.js::no word is said",))
    assert lost.is_noticed_by("a.js::${word} is said")
    assert not lost.is_noticed_by("a.js::${word} is heard")


@pytest.mark.parametrize(
    "source",
    [
        "// proves: R1\nconst x = 1;\n",
        "// proves: R1\n\ntest('x', () => {});\n",
        "// proves: R1 P2\ntest('x', () => {});\n",
        "// proves:\ntest('x', () => {});\n",
    ],
)
def test_a_comment_in_node_that_cannot_be_read_is_an_error(source: str) -> None:
    with pytest.raises(BadMarker, match=r"a\.js"):
        in_node("a.js", source)


def test_markers_are_written_in_tests_alone() -> None:
    """Elsewhere nobody reads them."""
    marked = re.compile(r"@pytest\.mark\.proves\(|pytest\.mark\.proves\(\"|^\s*// proves:", re.MULTILINE)
    outside = [
        path for path, text in texts(".py", ".js").items() if marked.search(text) and not _is_read(str(path))
    ]
    assert outside == []


def _is_read(path: str) -> bool:
    is_this = path == "tests/docs/test_requirements_page.py"
    return is_this or bool(re.fullmatch(r"tests/(.+/)?test_\w+\.py|tests/node/\w+\.test\.js", path))


# What the page makes of it.


def made(*proofs: Proof, kind: Kind = Kind.BEHAVIOUR, missing: str = "") -> Known:
    row = f'R1 = {{ kind = "{kind}", must = "open", text = "a promise", missing = "{missing}" }}'
    requirements = read_requirements(f'[[section]]\ntitle = "R"\n[section.rows]\n{row}\n')
    return Known(requirements, proofs, (Sabotage("a lie", "kept.py", ("tests/a.py::test_x",)),))


PLAIN = Proof("R1", "tests/a.py::test_x", "")
SABOTAGED = replace(PLAIN, by="a lie")


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (made(), Status.OPEN),
        (made(PLAIN), Status.TESTED),
        (made(PLAIN, kind=Kind.TEXT), Status.PROVEN),
        (made(PLAIN, SABOTAGED), Status.PROVEN),
        (made(SABOTAGED, missing="the page"), Status.TESTED),
        (made(PLAIN, kind=Kind.DATA, missing="the page"), Status.TESTED),
        (made(replace(SABOTAGED, number="R2")), Status.OPEN),
    ],
)
def test_a_row_stands_where_its_tests_have_brought_it(given: Known, status: Status) -> None:
    assert given.status("R1") is status


def test_a_floor_is_raised_and_never_lowered() -> None:
    line = 'R1 = { kind = "behaviour", must = "tested", text = "a promise" }\n'
    assert raised(line, made(SABOTAGED)) == line.replace("tested", "proven")
    fallen = read_requirements(f'[[section]]\ntitle = "R"\n[section.rows]\n{line}')
    assert raised(line, replace(made(), requirements=fallen)) == line


@pytest.mark.parametrize(
    "by", [replace(SABOTAGED, by="another lie"), replace(SABOTAGED, test="tests/a.py::test_y")]
)
def test_a_sabotage_that_is_not_kept_or_that_the_test_does_not_notice_is_an_error(by: Proof) -> None:
    with pytest.raises(LookupError, match="is not among the checks of"):
        page(made(by))


@pytest.mark.parametrize("wrong", ['kind = "wish"', 'must = "done"', 'words = "more"'])
def test_data_that_is_wrong_is_refused(wrong: str) -> None:
    right = 'R1 = { kind = "text", must = "open", text = "a promise" }'
    name = wrong.split(" = ", maxsplit=1)[0]
    line = re.sub(rf'{name} = "\w+"', wrong, right) if name in right else right.replace(" }", f", {wrong} }}")
    read_requirements(f'[[section]]\ntitle = "R"\n[section.rows]\n{right}\n')
    with pytest.raises(msgspec.ValidationError):
        read_requirements(f'[[section]]\ntitle = "R"\n[section.rows]\n{line}\n')
