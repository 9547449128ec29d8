"""Drives one display: keys, text and the pointer, one command after the other, in a thread of its own.

A command is begun only after the server has just answered, so that nothing waits in the line of a server that
hangs and is carried out after Stop (INV-B1). Whoever gave it waits for `PATIENCE_S` at most; a command that
was not begun by then never is.
"""

from __future__ import annotations

import logging
import queue
import threading
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import xcffib
import xcffib.xtest

from device_agent.devices.protocol import Pressed
from device_agent.devices.x11.connection import ScreenLostError, lost_is_lost
from device_agent.devices.x11.keyboard import REST_S, Keyboard
from device_agent.devices.x11.keysyms import of_text
from wire.commands import ActionCause, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from device_agent.devices.x11.connection import XClient
    from device_agent.devices.x11.guard import Guard
    from device_agent.devices.x11.keysyms import Chord
    from device_agent.devices.x11.outputs import Output
    from seal.commands import Step

log = logging.getLogger(__name__)

PATIENCE_S: Final = 0.05
PULSE_S: Final = 0.4
ACROSS: Final = 65_535
WHEEL: Final = frozenset({4, 5, 6, 7})
_BUTTON_PRESS, _BUTTON_RELEASE, _MOTION = 4, 5, 6


class _Job(NamedTuple):
    work: Callable[[], Outcome]
    result: Future[Outcome]
    term: int
    waits: bool = True  # for the server's answer to it: until then the server owes one


class Hands:
    """One display's keys and pointer."""

    def __init__(
        self,
        client: XClient,
        guard: Guard,
        output: Callable[[], Output],
        *,
        nudged: Callable[[], None] = lambda: None,
    ) -> None:
        """`nudged` is called in the thread whenever a server that had been left alone has answered."""
        self._client = client
        self._guard = guard
        self._output = output
        self._xtest: Any = client.extension(xcffib.xtest)
        self._stop = threading.Event()  # set while what was asked for is to be forgotten
        self._term = 0
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._down: set[int] = set()
        self._is_working = False
        self._nudged = False
        self._on_nudge = nudged
        self._answered_at = guard.now()
        with lost_is_lost():
            self._xtest.GetVersion(2, 2).reply()
            self._keyboard = Keyboard(client, self._type_on)

    @property
    def spare_keys(self) -> int:
        """How many letters that the layout has not can be typed at once."""
        return self._keyboard.spare

    # From the event loop: none of these waits for the server

    def press(self, keys: Chord) -> Pressed:
        """Press a key; FAILED where the server does not take it in time."""
        return self._soon(lambda: self._press(keys), self.why_not())

    def move(self, steps: Sequence[Step]) -> Pressed:
        """Carry out steps of the pointer: none of them where one is refused, which lets go of the buttons."""
        cause = self.why_not(steps)
        done = self._soon(lambda: self._move(steps), cause)
        lets_go = any(step.b and not step.d for step in steps)
        if cause is not None or (lets_go and done.outcome is not Outcome.DONE):
            # To let go is never too late: with a button that stays down the next click would be none.
            self._later(self._let_go)
        return done

    def write(self, text: str) -> Pressed | Future[Outcome]:
        """Type a text; where that takes its time, what became of it comes later."""
        begun = self._begun(lambda: self._write(text), self.why_not())
        return self._settled(begun) if isinstance(begun, Future) and begun.done() else begun

    def let_go(self) -> None:
        """Let go of every button of the pointer."""
        self._later(self._let_go)

    def drop(self) -> None:
        """Forget everything that was asked for, and let go of what is held down."""
        self._term += 1
        self._stop.set()
        self._later(self._let_go)

    def pulse(self) -> float:
        """How long the server has owed an answer, in seconds; asks it now and then."""
        silence = self._guard.now() - self._answered_at
        if self._is_working:
            return silence
        if silence >= PULSE_S and not self._nudged:
            self._nudged = True
            self._later(self._nudge, waits=False)
        return 0.0

    def close(self) -> None:
        """Put back what was lent and end the thread."""
        self._term += 1
        self._stop.set()
        self._jobs.put(None)

    # The thread

    def run(self) -> None:
        """Serve until closed; raises that the screen is lost."""
        with lost_is_lost():
            while True:
                try:
                    job = self._jobs.get(timeout=REST_S if self._keyboard.is_lent else None)
                except queue.Empty:
                    self._keyboard.restore()
                    continue
                if job is None:
                    break
                self._answered_at = self._guard.now()
                self._is_working = True
                self._do(job)
                self._is_working = False
            self._let_go()
            self._keyboard.restore()

    def _do(self, job: _Job) -> None:
        if job.result.cancelled():
            return
        self._ask()
        if not job.result.set_running_or_notify_cancel():
            return
        self._stop.clear()
        outcome = Outcome.FAILED
        try:
            if job.term == self._term:
                outcome = job.work()
                self._client.flush()
        except (ScreenLostError, xcffib.ConnectionException):
            raise
        except Exception:
            log.exception("a command went wrong")  # it is recorded as failed; the next may go well
        finally:
            job.result.set_result(outcome)
        if job.waits:
            # Nobody waits for it: the server had just answered, and draws now what the command brings about.
            self._ask()

    def _ask(self) -> None:
        self._client.answer()
        self._answered_at = self._guard.now()

    def _nudge(self) -> Outcome:
        self._nudged = False
        self._on_nudge()
        return Outcome.DONE

    def _soon(self, work: Callable[[], Outcome], cause: ActionCause | None) -> Pressed:
        begun = self._begun(work, cause)
        if isinstance(begun, Pressed):
            return begun
        # What has begun has reached a server that had just answered, so it counts as done.
        return self._settled(begun) if begun.done() else Pressed(Outcome.DONE)

    def _begun(self, work: Callable[[], Outcome], cause: ActionCause | None) -> Pressed | Future[Outcome]:
        """Why it is not done, or the work that is under way or over."""
        if cause is not None:
            return Pressed(Outcome.REFUSED, cause=cause)
        if self._is_working and self._guard.now() - self._answered_at >= PATIENCE_S:
            return Pressed(Outcome.FAILED)  # nobody waits twice for a server that does not answer
        result = self._later(work)
        wait((result,), PATIENCE_S)
        return Pressed(Outcome.FAILED) if result.cancel() else result

    def _settled(self, over: Future[Outcome]) -> Pressed:
        outcome = over.result()
        # A page opened, or the customer acted, after it was asked for.
        late = (self.why_not() or ActionCause.COVERED) if outcome is Outcome.REFUSED else None
        return Pressed(outcome, cause=late)

    def _later(self, work: Callable[[], Outcome], *, waits: bool = True) -> Future[Outcome]:
        result: Future[Outcome] = Future()
        self._jobs.put(_Job(work, result, self._term, waits))
        return result

    def _go_on(self, seconds: float) -> bool:
        """Whether to go on after so many seconds; the server has answered up to here."""
        self._answered_at = self._guard.now()
        return not (self._stop.wait(seconds) if seconds else self._stop.is_set())

    def _type_on(self, seconds: float) -> bool:
        """The same for a text, which ends where the customer uses keys or pointer of their own."""
        return self._go_on(seconds) and not self._guard.is_customers_turn

    # Commands

    # Judged when asked for and once more when done: a page may have opened in between.

    def why_not(self, steps: Sequence[Step] = ()) -> ActionCause | None:
        """Why nothing of a technician's may be done now, or not where these steps go."""
        if self._guard.is_covered or any(self._is_protected(step) for step in steps):
            return ActionCause.COVERED
        return ActionCause.CUSTOMER if self._guard.is_customers_turn else None

    def _is_protected(self, step: Step) -> bool:
        return self._guard.protects(*self._output().place(step.x, step.y, ACROSS))

    def _press(self, keys: Chord) -> Outcome:
        if self.why_not() is not None:
            return Outcome.REFUSED
        return Outcome.DONE if self._keyboard.press(keys) else Outcome.FAILED

    def _write(self, text: str) -> Outcome:
        if self.why_not() is not None:
            return Outcome.REFUSED
        keysyms = of_text(text)
        return Outcome.DONE if keysyms is not None and self._keyboard.write(keysyms) else Outcome.FAILED

    def _move(self, steps: Sequence[Step]) -> Outcome:
        output = self._output()
        for number, step in enumerate(steps):
            if number:
                self._client.answer()  # each is judged after the one before has happened
            x, y = output.place(step.x, step.y, ACROSS)
            if not self._go_on(0):
                return Outcome.FAILED
            if self.why_not((step,)) is not None:
                self._let_go()
                return Outcome.REFUSED
            self._fake(_MOTION, 0, x, y)
            if step.b:
                self._button(step)
        return Outcome.DONE

    def _button(self, step: Step) -> None:
        if step.b in WHEEL:
            self._fake(_BUTTON_PRESS, step.b)
            self._fake(_BUTTON_RELEASE, step.b)
        elif step.d:
            self._down.add(step.b)
            self._fake(_BUTTON_PRESS, step.b)
        elif step.b in self._down:
            self._down.discard(step.b)
            self._fake(_BUTTON_RELEASE, step.b)

    def _let_go(self) -> Outcome:
        for button in sorted(self._down):
            self._fake(_BUTTON_RELEASE, button)
        self._down.clear()
        self._client.answer()
        return Outcome.DONE

    def _fake(self, kind: int, detail: int, x: int = 0, y: int = 0) -> None:
        self._xtest.FakeInput(kind, detail, 0, self._client.root, x, y, 0)
