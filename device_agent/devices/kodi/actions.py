"""What a technician's key is to Kodi, and on which of its windows a press may change a setting. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wire.commands import RemoteKey

if TYPE_CHECKING:
    from collections.abc import Mapping

Call = tuple[str, "Mapping[str, Any]"]

_ACTION: Final = "Input.ExecuteAction"
_WINDOW: Final = "GUI.ActivateWindow"

CALLS: Final[Mapping[str, Call]] = {
    RemoteKey.UP: (_ACTION, {"action": "up"}),
    RemoteKey.DOWN: (_ACTION, {"action": "down"}),
    RemoteKey.LEFT: (_ACTION, {"action": "left"}),
    RemoteKey.RIGHT: (_ACTION, {"action": "right"}),
    RemoteKey.OK: (_ACTION, {"action": "select"}),
    RemoteKey.BACK: (_ACTION, {"action": "back"}),
    RemoteKey.HOME: (_WINDOW, {"window": "home"}),
    RemoteKey.MENU: (_WINDOW, {"window": "settings"}),
    RemoteKey.SOURCE: (_WINDOW, {"window": "videos"}),
    RemoteKey.VOLUME_UP: (_ACTION, {"action": "volumeup"}),
    RemoteKey.VOLUME_DOWN: (_ACTION, {"action": "volumedown"}),
    **{f"digit_{digit}": (_ACTION, {"action": f"number{digit}"}) for digit in range(10)},
}

KEYBOARD: Final = 10103  # its virtual keyboard, the only window that takes a text

# Where keys change settings: Kodi's own numbers of its windows and dialogs (xbmc/guilib/WindowIDs.h).
_SETTINGS: Final = frozenset(
    {
        10011,  # calibration of the screen
        *range(10016, 10023),
        *range(10030, 10036),  # player, media, interface, profiles, skin
        10121,
        10123,
        10124,
        *range(10128, 10133),  # network, sources, profiles, locks, content
        10140,  # of an add-on
        10150,
        10151,
    }
)
# They only walk about, wherever they are pressed.
_HARMLESS: Final = frozenset({RemoteKey.BACK, RemoteKey.HOME, RemoteKey.UP, RemoteKey.DOWN})


def may_change_settings(key: str, window: int) -> bool:
    """Whether a press there could change what only the grant `settings` allows."""
    return window in _SETTINGS and key not in _HARMLESS
