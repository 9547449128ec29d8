"""What no file of the project may be or hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.conftest import LONG_FIRST
from tests.javascript import read
from tests.sources import ROOT, files, texts

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 500
VAGUE = re.compile(r"(^|_|-)(utils?|helpers?|managers?|common|misc|stuff)(_|-|\.|$)")
OWN_PAGES = ("technician_web", "customer_web", "device_agent")

# Written in parts, so that this file does not hold what it forbids.
_MACHINE = [rf"{re.escape('/' + folder)}/" for folder in ("work", "farm", "home/[a-z]", "Users")]
_MACHINE += [re.escape("/root" + "/."), re.escape("/tmp/" + "bash_jobs")]
_HOSTS = [
    "files.python" + "hosted",
    "pypi" + ".org",
    "registry." + "npmjs",
    "deb." + "debian.org",
    "crates" + ".io",
    "proxy." + "golang",
]


def test_no_file_is_longer_than_a_reader_bears() -> None:
    long = {
        str(path): source.count("\n")
        for path, source in texts(".py", ".js", ".css", ".html").items()
        if source.count("\n") > LONGEST and "vendor" not in path.parts
    }
    assert long == {}


def test_every_name_says_what_is_inside() -> None:
    named = [path.relative_to(ROOT) for path in files()]
    assert [path for path in named if any(VAGUE.search(part) for part in path.parts)] == []


@pytest.mark.parametrize(
    "words", [_MACHINE, _HOSTS], ids=["paths of one machine", "hosts of package registries"]
)
def test_no_file_names_where_it_was_written(words: list[str]) -> None:
    found = re.compile("|".join(words))
    assert [str(path) for path, text in texts().items() if found.search(text)] == []


@pytest.mark.parametrize("suffix", [".py", ".js", ".css", ".html", ".md"])
def test_nothing_is_left_to_be_done_later(suffix: str) -> None:
    marks = re.compile(r"\b(TO[D]O|FIX[M]E|X[X]X)\b")
    assert [str(path) for path, text in texts(suffix).items() if marks.search(text)] == []


def test_no_file_holds_both_sides_of_a_merge() -> None:
    marks = re.compile(r"^(<{7}|>{7}|\|{7}) ", re.MULTILINE)
    assert [str(path) for path, text in texts().items() if marks.search(text)] == []


def test_no_exception_is_swallowed() -> None:
    swallowed = re.compile(r"except( Exception| BaseException)?( as \w+)?:\s*(pass|\.\.\.)\b")
    assert [str(path) for path, text in texts(".py").items() if swallowed.search(text)] == []


def test_tests_never_sleep_and_are_never_switched_off_without_a_reason() -> None:
    """STYLE: a test waits for what it waits for. `sleep(0)`, which only lets others run, is no waiting."""
    waiting = re.compile(r"\b(asyncio|time)\.sle" + r"ep\((?!0\))")
    switched_off = re.compile(r"@pytest\.mark\.(skip|xfail)(\(\)|\n)|pytest\.skip\(\)")  # the pattern itself
    tests = texts(".py", ".js", under="tests")
    waits = [path for path, text in tests.items() if waiting.search(text)]
    assert [str(path) for path in waits if not _is_paced(path)] == []
    assert [str(path) for path, text in tests.items() if switched_off.search(text)] == []


def _is_paced(path: Path) -> bool:
    """The simulator's time is virtual and costs nothing; the evil relay is a program with its own beat, and
    a slow way to a server holds up what it carries."""
    carries = {("evil_relay", "sockets.py"), ("agent", "servers.py"), ("weak", "link.py")}
    return path.parts[:2] == ("tests", "sim") or path.parts[1:] in carries


def scripts() -> dict[Path, str]:
    return {
        path: read(text).code for folder in OWN_PAGES for path, text in texts(".js", under=folder).items()
    }


def test_no_page_makes_code_or_markup_out_of_text() -> None:
    """INV-G5: textContent and DOM calls only; the Content-Security-Policy refuses the rest at run time."""
    forbidden = re.compile(
        r"\b(innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|createContextualFragment|DOMParser|srcdoc|execScript)\b"
        r"|\beval\s*\(|\bnew\s+Function\b|\bdocument\s*\.\s*write(ln)?\b|\bset(Timeout|Interval)\s*\(\s*\""
    )
    assert [str(path) for path, code in scripts().items() if forbidden.search(code)] == []


def test_no_page_holds_script_or_style_inside_itself() -> None:
    """INV-G5"""
    pages = {path: text for folder in OWN_PAGES for path, text in texts(".html", under=folder).items()}
    for path, text in pages.items():
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), path
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text, re.IGNORECASE), path
        assert not re.search(r"(src|href)=\"(https?:)?//", text), path


@pytest.mark.proves("R98", "P6")
def test_nothing_is_fetched_from_anywhere_else() -> None:
    """No font, script or picture of another's host: what the page is made of is what was released."""
    styles = texts(".css", under="technician_web") | texts(".css", under="customer_web")
    for path, text in styles.items():
        assert not re.search(r"@import|url\(\s*['\"]?(https?:)?//", text), path
    for path, code in scripts().items():
        # What is fetched later is named in the code, and released with it.
        assert not re.search(r"\bimport\s*\((?!\"\"\))", code), path
    for folder in OWN_PAGES:
        for path, text in texts(".js", under=folder).items():
            assert not re.search(r"""\bfrom\s+['"](?!\.{1,2}/)""", text), path
            assert not re.search(r"""\bimport\s*\(\s*['"`](?!\.{1,2}/)""", text), path


def test_pages_keep_nothing_that_outlives_the_tab_unseen() -> None:
    """INV-C4: tokens live in memory. Only these modules may touch what the browser keeps."""
    keeping = re.compile(r"\b(localStorage|sessionStorage|indexedDB|document\s*\.\s*cookie|caches)\b")
    allowed = {"preferences.js", "used_codes.js", "badge_key.js", "browser_ports.js", "last_session.js"}
    assert {path.name for path, code in scripts().items() if keeping.search(code)} <= allowed


def test_the_tests_that_begin_first_are_there() -> None:
    """A file that was renamed would begin last, and both cores would wait for it."""
    assert [name for name in LONG_FIRST if not (ROOT / "tests" / name).exists()] == []
