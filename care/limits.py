"""Numbers that more than one part of the desk keeps to."""

from __future__ import annotations

from typing import Final

MONTHS_MOST: Final = 600
"""No cover lasts longer; what says otherwise is a slip of the pen."""
CODE_MOST: Final = 32
"""Characters of a code of the catalogue or of a version of terms."""
NAME_MOST: Final = 80
