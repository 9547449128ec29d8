"""The console's layers: `core` is pure, `io` moves bytes, `ui` draws, `app.js` and `work.js` join them."""

from __future__ import annotations

import re

import pytest

from tests.javascript import read
from tests.sources import texts

CONSOLE = "technician_web"
# Everything by which a script touches the page, the network, time, chance or the browser's memory.
OUTSIDE = re.findall(
    r"\w+",
    """
    window document navigator location history screen alert console globalThis self process
    fetch XMLHttpRequest WebSocket EventSource RTCPeerConnection Worker
    setTimeout setInterval setImmediate requestAnimationFrame queueMicrotask Date performance
    localStorage sessionStorage indexedDB caches HTMLElement Element Node Event EventTarget CustomEvent
    """,
)
MAY_IMPORT = {"core": {"core"}, "io": {"core", "io"}, "ui": {"core", "ui"}}


def imports(source: str) -> set[str]:
    return set(
        re.findall(r"""^\s*(?:import|export)\b[^;]*?\bfrom\s+['"]([^'"]+)['"]""", source, re.MULTILINE)
    )


def test_core_touches_neither_page_nor_network_nor_time_nor_chance() -> None:
    """STYLE: what decides is pure. WebCrypto is allowed where it computes, not where it draws lots."""
    found = {}
    for path, source in texts(".js", under=f"{CONSOLE}/core").items():
        code = read(source).code
        named = [name for name in OUTSIDE if re.search(rf"(?<![.\w$#]){name}(?![\w$]|\s*:)", code)]
        named += re.findall(r"\b(?:Math\s*\.\s*random|getRandomValues|randomUUID|generateKey)\b", code)
        if named:
            found[path.name] = named
    assert found == {}


@pytest.mark.parametrize("layer", MAY_IMPORT)
def test_a_layer_imports_only_what_stands_below_it(layer: str) -> None:
    modules = texts(".js", under=f"{CONSOLE}/{layer}")
    assert modules
    for path, source in modules.items():
        for target in imports(source):
            assert target.startswith("."), f"{path} imports {target}"
            folder = (path.parent / target).as_posix().split("/")
            parts = [
                part for n, part in enumerate(folder) if part != ".." and folder[n + 1 : n + 2] != [".."]
            ]
            reached = parts[1] if len(parts) > 2 else parts[-1]
            assert reached in MAY_IMPORT[layer], f"{path} imports {target}"
