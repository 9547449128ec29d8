"""The reader of scripts that the tests of the sources rely on."""

from __future__ import annotations

from tests.javascript import HOLE, read


def test_comments_are_no_code_and_no_text() -> None:
    script = read("a(); // window 'x'\n/* fetch(`y`) */ b();\n")
    assert script.code == "a(); \n b();\n"
    assert script.literals == []


def test_strings_are_text_and_no_code() -> None:
    script = read("""a('fetch // no', "it\\"s", '\\'');""")
    assert script.code == 'a("", "", "");'
    assert script.literals == ["fetch // no", 'it"s', "'"]


def test_holes_of_templates_are_code_and_leave_a_mark_in_the_text() -> None:
    script = read("t(`end.${side ? `x.${fetch}` : {a: 'y'}}.title`);")
    assert script.literals == [f"x.{HOLE}", "y", f"end.{HOLE}.title"]
    assert "fetch" in script.code


def test_regular_expressions_are_neither() -> None:
    script = read("x = /[/'\"]+\\/'/g; y = a / b; return /'/; z = (c) / d / e;")
    assert script.literals == []
    assert "a / b" in script.code
    assert "d / e" in script.code
