"""One session's commands on the device: executed or not, each recorded once, and what is told besides.

Whether a command came in time is the session's to say; all else about it is said here (seal/SPEC §4.1).
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Final, Protocol

from device_agent.actions import Actions, class_of, refused
from device_agent.devices.protocol import Pressed
from device_agent.panel_view import Summary
from device_agent.question import Question, Questions
from device_agent.stills import Stills
from device_agent.telling import Telling
from seal import messages as sealed
from wire.commands import ActionCause, ActionClass, Grant, Outcome, RemoteKey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from device_agent.actions import Command
    from device_agent.devices.abilities import Abilities
    from device_agent.devices.protocol import Device
    from device_agent.host import Host, Pictures

_ASKED_IN_ORDER: Final = (Grant.VIEW, Grant.KEYS, Grant.SETTINGS, Grant.SOUND)


class Scribe(Protocol):
    """Who records and speaks for the session."""

    def act(self, action_class: ActionClass, done: Pressed, frame: str, *, pc: str = "") -> None:
        """Record what became of the command in `frame`; `pc` is a hash of what it brought."""
        ...

    def say(self, message: sealed.D2TControl) -> None:
        """Say it sealed."""
        ...


class Commands:
    """Everything a technician can make happen, from the customer's first yes to the end."""

    def __init__(self, device: Device, abilities: Abilities, host: Host, scribe: Scribe) -> None:
        self._host = host
        self._scribe = scribe
        self._actions = Actions(device, abilities, host.is_covered)
        self._telling = Telling(abilities)
        self._questions = Questions(())
        self._stills = Stills(scribe)
        self._is_over = False

    def summary(self, seconds: int, *, helped: bool) -> Summary:
        """What was done so far, for the end card."""
        done = self._actions
        return Summary(
            seconds,
            done.keys_pressed,
            tuple(done.changes),
            helped=helped,
            clicks=done.clicks,
            texts=done.texts,
            stills=self._stills.taken,
        )

    def admit(self, scopes: Iterable[str]) -> None:
        """What the technician's badge reaches."""
        self._questions = Questions(scopes)

    def customer_pressed(self, now: float) -> None:
        """The customer's own remote comes first: a command on the heels of it is refused."""
        self._actions.customer_pressed(now)

    def customer_hid(self) -> None:
        """The customer hid the screen: what is still being done stops."""
        self._actions.customer_hid()

    def end(self) -> None:
        """The session is over: nothing stays held down, and nothing more is recorded."""
        self._is_over = True
        self._stills.end()
        self._actions.end()

    def late(self, command: Command | sealed.Ask, frame: str) -> None:
        """It came too late to act."""
        self._scribe.act(class_of(command), Pressed(Outcome.LATE, getattr(command, "path", "")), frame)

    def execute(self, command: Command, frame: str, grants: frozenset[Grant], now: float) -> None:
        """Do it, or say why not."""
        done = self._actions.execute(command, grants, now)
        if isinstance(done, Future):
            self._scribe.act(class_of(command), Pressed(Outcome.STARTED), frame)
            done.add_done_callback(lambda work: self._host.soon(lambda: self._over(command, frame, work)))
            return
        self._scribe.act(class_of(command), done, frame)
        if done.outcome is not Outcome.DONE:
            return
        if isinstance(command, sealed.Key) and command.key is RemoteKey.POWER:
            self._host.power_pressed()  # after its record: power ends the agent's voice
        elif done.path:
            self.tell(grants)

    def still(
        self, still: sealed.Still, frame: str, grants: frozenset[Grant], now: float, pictures: Pictures | None
    ) -> None:
        """Send one picture without loss, or say why not."""
        cause = self._actions.why_not(still, grants, now)
        if cause is not None:
            self._scribe.act(ActionClass.STILL, refused(cause), frame)
        else:
            self._stills.take(frame, pictures, now)

    def _over(self, command: Command, frame: str, work: Future[Outcome]) -> None:
        if not self._is_over:
            self._scribe.act(class_of(command), self._actions.over(command, work), frame)

    def ask(self, ask: sealed.Ask, frame: str, grants: frozenset[Grant], now: float) -> None:
        """Put it to the customer, unless this is no moment for it."""
        cause = self._questions.why_not(ask.asks, grants, now)
        if cause is None and not (grants and self._host.more_asked(in_order(set(ask.asks) - grants))):
            cause = ActionCause.ASKING
        if cause is not None:
            self._scribe.act(ActionClass.ASK, refused(cause), frame)
            return
        self._questions.ask(frame, ask.asks, grants)
        self._scribe.act(ActionClass.ASK, Pressed(Outcome.STARTED), frame)

    def question_over(self, now: float, *, given: bool) -> Question | None:
        """The customer has answered; the question, or None where none was open."""
        return self._questions.answered(given=given, now=now)

    def answered(self, question: Question, *, given: bool, said: bool) -> None:
        """What came of the question, as the second record of its frame; not `said`: they let it pass."""
        no = ActionCause.DECLINED if said else ActionCause.UNANSWERED
        self._scribe.act(ActionClass.ASK, Pressed(Outcome.DONE) if given else refused(no), question.frame)

    def tell(self, grants: frozenset[Grant]) -> None:
        """What the technician may know of settings and text field, where it is not known yet."""
        for message in self._telling.due(grants):
            self._scribe.say(message)


def in_order(asks: Iterable[Grant]) -> tuple[Grant, ...]:
    """As the card puts them: to be seen first, then driven, changed, heard."""
    wanted = frozenset(asks)
    return tuple(grant for grant in _ASKED_IN_ORDER if grant in wanted)
