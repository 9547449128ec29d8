"""What a technician's command does on this device, judged in the order of seal/SPEC §4.1.

Nothing here asks whether the command came in time: the session does, by its lease.
"""

from __future__ import annotations

import logging
from concurrent.futures import Future
from typing import TYPE_CHECKING, Final

from device_agent.devices.protocol import Pressed
from seal import messages as sealed
from seal.commands import BUTTONS
from wire.commands import ActionCause, ActionClass, Grant, Outcome, RemoteKey
from wire.limits import CUSTOMER_FIRST_MS
from wire.structs import tag_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from device_agent.devices.abilities import Abilities
    from device_agent.devices.protocol import Device

    Command = sealed.Key | sealed.Pointer | sealed.Text | sealed.Setting | sealed.Point | sealed.Still

log = logging.getLogger(__name__)

CUSTOMER_FIRST_S: Final = CUSTOMER_FIRST_MS / 1000
_NEEDS: Final = {
    ActionClass.KEY: Grant.KEYS,
    ActionClass.POINTER: Grant.KEYS,
    ActionClass.TEXT: Grant.KEYS,
    ActionClass.SETTING: Grant.SETTINGS,
    ActionClass.POINT: Grant.VIEW,
    ActionClass.STILL: Grant.VIEW,
}


def class_of(command: Command | sealed.Ask) -> ActionClass:
    """Under which name it is recorded: that of its message."""
    return ActionClass(tag_of(type(command)))


def refused(cause: ActionCause, path: str = "") -> Pressed:
    """Nothing was done, and this is why."""
    return Pressed(Outcome.REFUSED, path, cause=cause)


class Actions:
    """Executes one session's commands, and remembers for the end card what they did."""

    def __init__(self, device: Device, abilities: Abilities, is_covered: Callable[[], bool]) -> None:
        self._device = device
        self._abilities = abilities
        self._is_covered = is_covered
        self._customer_at = float("-inf")
        self._held = False
        self._typing: Future[Outcome] | None = None
        self.keys_pressed = self.clicks = self.texts = 0
        self.changes: list[tuple[str, str, str]] = []

    def customer_pressed(self, now: float) -> None:
        """The customer's own remote: for a moment it is theirs alone, and no button stays down under it."""
        self._customer_at = now
        self.release()

    def customer_hid(self) -> None:
        """Nobody sees any more what is typed or dragged: neither goes on."""
        self.end()

    def execute(self, command: Command, grants: frozenset[Grant], now: float) -> Pressed | Future[Outcome]:
        """What came of it, or will, and then `over` is to be told; never raises."""
        path = command.path if isinstance(command, sealed.Setting) else ""
        cause = self.why_not(command, grants, now)
        if cause is not None:
            if isinstance(command, sealed.Pointer):
                self.release()  # the step that lets go may be among those refused
            return refused(cause, path)
        try:
            done = self._carry_out(command, grants)
        except Exception:
            # A driver's fault must not hide that something was tried: it is recorded as failed.
            log.exception("the device did not carry out a command")
            done = Pressed(Outcome.FAILED, path)
        if isinstance(done, Future):
            self._typing = done
        else:
            self._remember(command, done)
        return done

    def over(self, command: Command, work: Future[Outcome]) -> Pressed:
        """What came of a command that took its time."""
        try:
            outcome = Outcome.FAILED if work.cancelled() else work.result()
        except Exception:
            log.exception("the device did not carry out a command")
            outcome = Outcome.FAILED
        done = refused(ActionCause.CANNOT) if outcome is Outcome.REFUSED else Pressed(outcome)
        self._remember(command, done)
        return done

    def end(self) -> None:
        """Nothing is typed on, and no button stays down."""
        if self._typing is not None:
            self._typing.cancel()
        self.release()

    def release(self) -> None:
        """No button stays down."""
        if self._held and self._abilities.pointing is not None:
            self._held = False
            try:
                self._abilities.pointing.release_pointer()
            except Exception:
                log.exception("the device did not let the pointer go")

    def why_not(self, command: Command, grants: frozenset[Grant], now: float) -> ActionCause | None:
        """Why it is not even tried; None where it may be."""
        if _NEEDS[class_of(command)] not in grants:
            return ActionCause.NOT_GRANTED
        if self._is_covered():
            return ActionCause.COVERED
        if self._abilities.shutter is not None and self._abilities.shutter.is_hidden:
            return ActionCause.HIDDEN  # the console says so too, but is not to be relied on
        is_first = now - self._customer_at < CUSTOMER_FIRST_S
        if is_first and not isinstance(command, sealed.Point | sealed.Still):
            return ActionCause.CUSTOMER
        is_typing = self._typing is not None and not self._typing.done()
        return ActionCause.BUSY if is_typing and isinstance(command, sealed.Text) else None

    def _carry_out(  # noqa: PLR0911 - one a kind
        self, command: Command, grants: frozenset[Grant]
    ) -> Pressed | Future[Outcome]:
        able = self._abilities
        match command:
            case sealed.Key(key=RemoteKey.POWER):
                return Pressed(Outcome.DONE)  # the session's host switches off, after the record of it
            case sealed.Key(key=key):
                return self._device.press(key, grants)
            case sealed.Pointer(steps=steps) if able.pointing is not None:
                self._held = True
                return able.pointing.use_pointer(steps, grants)
            case sealed.Text(text=text) if able.typing is not None:
                return able.typing.type_text(text, grants)
            case sealed.Setting(path=path, value=value) if able.configurable is not None:
                return able.configurable.change(path, value)
            case sealed.Point(x=x, y=y) if able.arrow is not None:
                able.arrow.show_arrow(x, y)
                return Pressed(Outcome.DONE)
            case _:
                return refused(ActionCause.CANNOT, getattr(command, "path", ""))

    def _remember(self, command: Command, done: Pressed) -> None:
        if done.outcome is not Outcome.DONE:
            return
        match command:
            case sealed.Key():
                self.keys_pressed += 1
            case sealed.Pointer(steps=steps):
                self.clicks += sum(step.d and step.b in BUTTONS for step in steps)
            case sealed.Text():
                self.texts += 1
        if done.path and done.old != done.new:
            self.changes.append((done.path, done.old, done.new))
