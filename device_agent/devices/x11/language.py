"""The language of the panel: what the customer chose last, else what the agent was started with."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import locales

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

FILE: Final = "x11-language"
_USUAL: Final = "en"
_LONGEST: Final = 16


class Language:
    """Kept in one small file."""

    def __init__(self, folder: Path, wanted: str | None) -> None:
        self._file = folder / FILE
        self._saved = self._kept()
        self.now = wanted or self._saved or _USUAL

    def keep(self) -> None:
        """Keep it for the next start, where it is another than was kept; may wait for the disk."""
        if self.now == self._saved:
            return
        try:
            self._file.write_text(self.now)
        except OSError as failure:
            log.warning("the language is not kept: %s", failure.strerror)
        else:
            self._saved = self.now

    def _kept(self) -> str | None:
        try:
            with self._file.open() as file:
                language = file.read(_LONGEST)
        except (OSError, UnicodeDecodeError):
            return None
        return language if language in locales.languages() else None
