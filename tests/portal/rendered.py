"""All samples as documents: rendered and read once for the tests of a file."""

from __future__ import annotations

from functools import cache

from customer_web.render import render
from customer_web.views.accounts import HomePage
from tests.portal import samples
from tests.portal.document import Document

Rendered = dict[str, tuple[str, Document]]


@cache
def rendered(language: str, *, signed_in: bool = True) -> Rendered:
    """HTML and document of each page by its sample's name, in one language."""
    found: Rendered = {}
    for name, page in samples.pages(language):
        if not signed_in and not isinstance(page, samples.OPEN):
            continue
        html = render(page, samples.shell(language, signed_in=signed_in, nav=samples.nav_of(page)))
        found[name] = html, Document(html)
    if signed_in:
        for name, shell in samples.shells(language):
            html = render(HomePage(), shell)
            found[name] = html, Document(html)
    return found
