"""What a technician does in a session, and what becomes of the stills that are asked for.

A still is put together and judged as `technician_web/io/still.js` does it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seal import messages as sealed
from seal.stills import unpack_part
from wire.commands import ActionClass, Grant, Outcome, RemoteKey
from wire.encoding import sha256_b64

if TYPE_CHECKING:
    import random

    from tests.sim.console import Console
    from wire.records import ActionRecord

_KEYS: Final = tuple(RemoteKey)
_OFTEN: Final = (RemoteKey.UP, RemoteKey.DOWN, RemoteKey.LEFT, RemoteKey.RIGHT, RemoteKey.OK, RemoteKey.MENU)
_TEXTS: Final = ("1968", "Brno", "correct horse", "living room, the small one")
_SETTINGS: Final = (("sound.surround", "on"), ("sound.surround", "off"), ("sound.nothing", "on"))
_LEFT: Final = 1


class Hands:
    """One tab's. Every method sends at most one command, if it can be sent now."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._still = ""  # the frame that asked for it
        self._parts = b""
        self._size = 0
        self._left: set[int] = set()  # Hide's presses by then, as the parts left the set

    def press(self, key: RemoteKey) -> bool:
        # Power ends the agent's voice: what it did is not to be found among what a screen does.
        act = f"key {key}" if key is not RemoteKey.POWER else "power"
        return self._send(Grant.KEYS, sealed.Key(key=key, hb=self._hb), act)

    def point_at(self, x: int, y: int) -> bool:
        """Show the customer a place."""
        return self._send(Grant.VIEW, sealed.Point(x=x, y=y, hb=self._hb), f"point {x},{y}")

    def click(self, x: int, y: int, *, lets_go: bool = True) -> bool:
        down, up = (sealed.Step(b=_LEFT, d=pressed, x=x, y=y) for pressed in (True, False))
        steps = (down, up) if lets_go else (down,)
        return self._send(Grant.KEYS, sealed.Pointer(steps=steps, hb=self._hb), f"pointer {len(steps)}")

    def type(self, text: str) -> bool:
        return self._send(Grant.KEYS, sealed.Text(text=text, hb=self._hb), f"text {text}")

    def set(self, path: str, value: str) -> bool:
        message = sealed.Setting(path=path, value=value, hb=self._hb)
        return self._send(Grant.SETTINGS, message, f"setting {path}={value}")

    def ask(self, grant: Grant) -> bool:
        """Ask the customer for more."""
        if grant in self._console.grants:
            return False
        return bool(self._console.command(sealed.Ask(asks=(grant,), hb=self._hb)))

    def still(self) -> bool:
        """One picture exactly as the set has it; one at a time."""
        if self._still or Grant.VIEW not in self._console.grants:
            return False
        self._still, self._parts, self._size = self._console.command(sealed.Still(hb=self._hb)), b"", 0
        return bool(self._still)

    def anything(self, rng: random.Random) -> None:
        """Something other than a key."""
        x, y = rng.randrange(65_536), rng.randrange(65_536)
        match rng.randrange(7):
            case 0:
                self.point_at(x, y)
            case 1:
                self.click(x, y, lets_go=rng.random() < 0.7)
            case 2 | 3 | 4:
                self.type(rng.choice(_TEXTS))
            case 5:
                self.set(*rng.choice(_SETTINGS))
            case _:
                self.still()

    def keys(self, rng: random.Random) -> list[RemoteKey]:
        """Which to press next, one after the other."""
        wanted = [
            rng.choice(_OFTEN if rng.random() < 0.9 else _KEYS) for _ in range(rng.choice((1, 1, 1, 2, 6)))
        ]
        return [key for key in wanted if key is not RemoteKey.POWER or rng.random() >= 0.8]

    # What comes of a still

    def part(self, data: bytes) -> None:
        """Some of its bytes."""
        if not self._still:
            return
        start, size, part = unpack_part(data)
        if start == 0:
            self._parts, self._size, self._left = b"", size, set()
        self._left.add(self._console.world.oracle.console_has_part(self._console))
        # What does not follow what came before makes no still.
        self._parts = self._parts + part if (start, size) == (len(self._parts), self._size) else b""

    def recorded(self, record: ActionRecord) -> None:
        """What the device signed of a command."""
        if record.frame != self._still or record.outcome is Outcome.STARTED:
            return
        assert record.action_class is ActionClass.STILL
        self._still = ""
        if record.outcome is Outcome.DONE:
            if not self._size or len(self._parts) < self._size:
                return  # pictures may be dropped on the way, and so may these
            is_exact = sha256_b64(self._parts) == record.pc
            self._console.world.oracle.console_has_still(
                self._console, self._parts, self._left, exact=is_exact
            )

    @property
    def _hb(self) -> int:
        return self._console.pings

    def _send(self, needs: Grant, message: sealed.T2DControl, act: str) -> bool:
        return needs in self._console.grants and bool(self._console.command(message, act))
