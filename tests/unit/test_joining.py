"""Modules joined: the same text, scope and turn in fewer files; what is not read for certain is refused."""

from __future__ import annotations

import re

import pytest

from server.joining import JoinError, bare, joined
from server.release import FOLDER, listed
from tests.javascript import read

ENTRY = "/app.js"
WORK = "/work.js"
WORDS = re.compile(r"[\w$]+|[^\w\s]")
SOURCES = {
    path: file.read_text(encoding="utf-8") for path, file in listed(FOLDER).items() if path.endswith(".js")
}


def order(text: str) -> list[str]:
    return [line.split("'")[1] for line in text.splitlines() if line.startswith("$modules['")]


def test_a_module_keeps_its_text_its_scope_and_its_turn() -> None:
    texts = joined(
        {
            "/app.js": "import { twice as two } from './core/a.js';\n"
            "import * as b from './b.js';\ntwo(b.ONE);\n",
            "/core/a.js": "import { ONE } from '../b.js';\n\n"
            "export function twice(x) {\n  return x + ONE;\n}\n",
            "/b.js": "const own = 1;\nexport const ONE = own;\nexport class Two {}\n"
            "export async function f() {}\n",
        },
        ENTRY,
    )
    assert texts == {
        "/app.js": """const $modules = {};
$modules['/b.js'] = (() => {
const own = 1;
const ONE = own;
class Two {}
async function f() {}
return Object.freeze({ ONE, Two, f });
})();
$modules['/core/a.js'] = (() => {
const { ONE } = $modules['/b.js'];
function twice(x) {
  return x + ONE;
}
return Object.freeze({ twice });
})();
$modules['/app.js'] = (() => {
const { twice: two } = $modules['/core/a.js'];
const b = $modules['/b.js'];
two(b.ONE);
return Object.freeze({  });
})();
export { $modules };
"""
    }


def test_what_is_imported_where_it_is_needed_is_a_file_of_its_own_and_no_module_runs_twice() -> None:
    texts = joined(
        {
            "/app.js": "import { a } from './a.js';\n"
            "a(() => import('./ui/x.js'), () => import('./ui/y.js'));\n",
            "/a.js": "export const a = 1;\n",
            "/ui/x.js": "import { a } from '../a.js';\nimport { z } from './z.js';\n"
            "export const x = a + z;\n",
            "/ui/y.js": "import { z } from './z.js';\nimport { own } from './own.js';\n"
            "export const y = z + own;\n",
            "/ui/z.js": "export const z = 1;\n",
            "/ui/own.js": "export const own = 1;\n",
            "/types.js": "export {};\n",
        },
        ENTRY,
    )
    assert list(texts) == ["/app.js", "/ui/x.js", "/ui/y.js"]
    assert order(texts["/app.js"]) == ["/a.js", "/app.js", "/ui/z.js"]
    assert "import('/ui/x.js')" in texts["/app.js"]
    assert order(texts["/ui/x.js"]) == ["/ui/x.js"]
    assert order(texts["/ui/y.js"]) == ["/ui/own.js", "/ui/y.js"]
    assert texts["/ui/y.js"].startswith("import { $modules } from '/app.js';\n")
    assert texts["/ui/y.js"].endswith("export const { y } = $modules['/ui/y.js'];\n")


def test_what_comes_later_may_fetch_more_later_still() -> None:
    """Each file brings what none before it brought; two of one file share what they need there."""
    texts = joined(
        {
            "/app.js": "import { a } from './a.js';\na(() => import('./work.js'));\n",
            "/a.js": "export const a = 1;\n",
            "/work.js": "import { b } from './b.js';\n"
            "b(() => import('./ui/x.js'), () => import('./ui/y.js'));\n",
            "/b.js": "import { a } from './a.js';\nexport const b = a;\n",
            "/ui/x.js": "import { a } from '../a.js';\nimport { b } from '../b.js';\n"
            "import { z } from './z.js';\nexport const x = a + b + z;\n",
            "/ui/y.js": "import { z } from './z.js';\nexport const y = z;\n",
            "/ui/z.js": "export const z = 1;\n",
        },
        ENTRY,
    )
    assert {path: order(text) for path, text in texts.items()} == {
        "/app.js": ["/a.js", "/app.js"],
        "/work.js": ["/b.js", "/work.js", "/ui/z.js"],
        "/ui/x.js": ["/ui/x.js"],
        "/ui/y.js": ["/ui/y.js"],
    }
    assert "import('/ui/x.js')" in texts["/work.js"]
    assert texts["/ui/x.js"].startswith("import { $modules } from '/app.js';\n")


def test_what_two_files_share_may_fetch_more_later_too() -> None:
    texts = joined(
        {
            "/app.js": "f(() => import('./x.js'), () => import('./y.js'));\n",
            "/x.js": "import { z } from './z.js';\nexport const x = z;\n",
            "/y.js": "import { z } from './z.js';\nexport const y = z;\n",
            "/z.js": "export const z = () => import('./w.js');\n",
            "/w.js": "export const w = 1;\n",
        },
        ENTRY,
    )
    assert {path: order(text) for path, text in texts.items()} == {
        "/app.js": ["/app.js", "/z.js"],
        "/x.js": ["/x.js"],
        "/y.js": ["/y.js"],
        "/w.js": ["/w.js"],
    }


REFUSED = {
    "another quote": 'import { a } from "./a.js";\n',
    "a default": "import a from './a.js';\n",
    "for its effects": "import './a.js';\n",
    "no path": "import { a } from 'a';\n",
    "a path from the root": "import { a } from '/a.js';\n",
    "a path that is put together": "f(() => import('./' + name));\n",
    "later, from the root": "f(() => import('/a.js'));\n",
    "where a module lies": "f(import.meta.url);\n",
    "a wait at the top": "await f();\n",
    "a changing export": "export let a = 1;\n",
    "a default export": "export default 1;\n",
    "a list of exports": "const a = 1;\nexport { a };\n",
    "passed on": "export { a } from './a.js';\n",
    "passed on whole": "export * from './a.js';\n",
    "taken apart": "export const { b } = f();\n",
    "a generator": "export function* f() {}\n",
    "not there": "import { a } from './c.js';\n",
    "not exported": "import { c } from './a.js';\n",
    "later and not there": "f(() => import('./c.js'));\n",
    "later and at once": "import { a } from './a.js';\nf(() => import('./a.js'));\n",
    "later from two files": "f(() => import('./later.js'), () => import('./a.js'));\n",
    "later and at once, further down": "import { a } from './a.js';\nf(() => import('./later.js'));\n",
    "later beside what another brings": "f(() => import('./later.js'), () => import('./beside.js'));\n",
    "in a circle": "import { b } from './circle.js';\n",
    "our own name": "const $modules = 1;\n",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_read_for_certain_is_refused(name: str) -> None:
    others = {
        "/a.js": "export const a = 1;\n",
        "/circle.js": "import { b } from './app.js';\nexport const b = 1;\n",
        "/later.js": "f(() => import('./a.js'));\n",
        "/beside.js": "import { a } from './a.js';\nf(a);\n",
    }
    with pytest.raises(JoinError):
        joined({**others, ENTRY: REFUSED[name]}, ENTRY)


def test_only_comments_go_from_what_is_shipped() -> None:
    """Compared word for word by a reader that knows what stands in quotes."""
    for path, source in SOURCES.items():
        before, after = read(source), read(bare(source))
        assert after.literals == before.literals, path
        assert WORDS.findall(after.code) == WORDS.findall(before.code), path
        assert "/**" not in after.code, path


def test_comments_go_with_their_lines_and_never_from_what_they_stand_in() -> None:
    assert (
        bare(
            "/** @file What. */\n\nf(); // why\n  // more\n/**\n * @param x\n */\ng(/** @type {X} */ (y));\n"
        )
        == "f(); // why\ng((y));\n"
    )
    assert bare("/** @type {A} */ (a); /** @type {B} */\n(b);\n") == "(a); \n(b);\n"
    assert bare("a /**\n*/ b /* c */\n") == "a /**\n*/ b /* c */\n"


def test_the_page_opens_with_every_module_that_does_something() -> None:
    texts = joined(SOURCES, ENTRY)
    placed = [name for text in texts.values() for name in order(text)]
    assert len(placed) == len(set(placed))
    assert set(SOURCES) - set(placed) == {"/core/types.js", "/ui/screen.js"}, "those only name types"
    assert set(texts) == {ENTRY, WORK, "/ui/plots.js", "/ui/still_view.js"}


def test_what_a_visitor_needs_to_sign_in_knows_nothing_of_sessions() -> None:
    """It is what a thin line waits for; the rest comes while a person types (decision 0067)."""
    first = order(joined(SOURCES, ENTRY)[ENTRY])
    assert {"/ui/sign_in.js", "/io/api.js", "/ui/blocked.js"} <= {*first}
    assert not {*first} & {"/io/remote_session.js", "/io/decoder.js", "/core/cpace.js", "/ui/live.js"}
    assert len(first) < len(SOURCES) / 3
