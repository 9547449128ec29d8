"""The story every run tells: a code, a yes, a few keys, an end. The world decides how time passes and who the
ends are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from tests.evil_relay.attack import Answer, Deed, Finale, Way
from tests.evil_relay.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.evil_relay.attack import Attack
    from tests.evil_relay.evidence import ConsoleSeen, DeviceSeen
    from tests.evil_relay.tape import Tape

REQUEST: Final = "HM-7K42-93"
MORE: Final = ("up", "home")  # in turn: one that a page kept back is not taken for the next
KEYS: Final = ("right", "down", "menu", "left", "ok")
CODE_S: Final = 10.0
KEYS_OFF_S: Final = 1.0
PICTURE_S: Final = 4.0
STILL_S: Final = 12.0  # a part that never comes is waited for this long
TALK_S: Final = 2.5


class Customer(Protocol):
    """The person in front of the set."""

    @property
    def seen(self) -> DeviceSeen: ...

    async def ask_for_code(self) -> None: ...

    async def type_code(self, code: str) -> None: ...

    async def press(self, key: str) -> None: ...

    async def hide(self) -> None:
        """Press the Hide key."""
        ...

    async def show_again(self) -> None:
        """After a run: what was hidden in it is not hidden in the next."""
        ...

    @property
    def code(self) -> str:
        """Twelve digits while they are shown."""
        ...

    @property
    def is_asked(self) -> bool:
        """Whether the consent card hears keys."""
        ...

    @property
    def is_over(self) -> bool: ...


class Technician(Protocol):
    """The person at the console."""

    @property
    def seen(self) -> ConsoleSeen: ...

    async def connect(self, code: str) -> None: ...

    async def show_code(self) -> None: ...

    @property
    def code(self) -> str:
        """Twelve digits while the console shows them."""
        ...

    async def press(self, key: str) -> None: ...

    async def still(self) -> None: ...

    async def hear(self) -> None: ...

    async def end(self) -> None: ...

    async def vanish(self) -> None: ...

    @property
    def is_active(self) -> bool: ...

    @property
    def may_press(self) -> bool:
        """Whether the keys have worked: a page may want to see a picture first."""
        ...

    @property
    def takes_keys(self) -> bool:
        """Whether they work now: a page sends none while nobody sees what they do."""
        ...

    @property
    def is_answered(self) -> bool:
        """Whether every key that was pressed, and every still, has come to something."""
        ...

    @property
    def is_over(self) -> bool: ...


class World(Protocol):
    """Both people, the relay between them, and time."""

    @property
    def customer(self) -> Customer: ...

    @property
    def technician(self) -> Technician: ...

    @property
    def between_keys_s(self) -> float: ...

    @property
    def answer_s(self) -> float:
        """How long an answer to a key is waited for."""
        ...

    @property
    def can(self) -> frozenset[Deed]:
        """What people can do here besides pressing keys."""
        ...

    @property
    def slack_s(self) -> float:
        """How exactly times can be read here."""
        ...

    async def begin(self, attack: Attack) -> None: ...

    async def until(self, holds: Callable[[], bool], seconds: float) -> bool: ...

    async def finish(self) -> list[Tape]:
        """What the relay kept of this run."""
        ...

    def now(self) -> float: ...


async def play(world: World, attack: Attack) -> Evidence:
    """One whole run."""
    await world.begin(attack)
    customer, technician = world.customer, world.technician
    shows: Customer | Technician = customer
    if attack.way is Way.DEVICE_SHOWS:
        await customer.ask_for_code()
    else:
        shows = technician
        await technician.show_code()
    await world.until(lambda: bool(shows.code) or shows.is_over, CODE_S)
    code = shows.code
    if code:
        attack.secret = code[5:11] if attack.knows_secret else ""
        await (technician.connect(code) if shows is customer else customer.type_code(code))
        await _session(world, attack, code)
    tapes = await world.finish()
    await customer.show_again()
    secrets = {"secret digits": code[5:11], "code": code, "request": REQUEST} if code else {}
    return Evidence(attack, customer.seen, technician.seen, tapes, code, secrets, world.slack_s)


async def _session(world: World, attack: Attack, code: str) -> None:
    customer, technician = world.customer, world.technician

    def is_over() -> bool:
        return customer.is_over and technician.is_over

    await world.until(lambda: customer.is_asked or is_over(), attack.waits_s)
    if customer.is_asked and attack.answer is Answer.YES:
        customer.seen.yes_at = world.now()
        await customer.press("ok")
    await world.until(lambda: technician.is_active or is_over(), attack.waits_s)
    if technician.is_active:
        await _help(world, attack)
    await world.until(is_over, attack.waits_s)
    if attack.reopens and is_over():
        technician.seen.ended = "nothing"
        await technician.connect(code)
        await world.until(lambda: technician.is_over, attack.waits_s)


async def _help(world: World, attack: Attack) -> None:
    technician = world.technician
    await world.until(lambda: technician.may_press or not technician.is_active, PICTURE_S)
    if attack.hears and Deed.HEAR in world.can and technician.is_active:
        await technician.hear()
    for key in KEYS:
        await _press(world, key)
    for deed in attack.deeds:
        if deed in world.can:
            await _do(world, deed)
    await world.until(lambda: not technician.is_active, attack.lingers_s)
    attack.finale_comes()
    match attack.finale:
        case Finale.TECHNICIAN_ENDS if technician.is_active:
            await technician.end()
        case Finale.CUSTOMER_STOPS if not world.customer.is_over:
            await world.customer.press("stop")
        case Finale.TECHNICIAN_VANISHES:
            await technician.vanish()
        case _:
            pass


async def _press(world: World, key: str) -> None:
    technician = world.technician
    await world.until(lambda: technician.takes_keys or not technician.is_active, KEYS_OFF_S)
    if not technician.is_active:
        return
    technician.seen.pressed.append((world.now(), key))
    await technician.press(key)
    await world.until(lambda: technician.is_answered or not technician.is_active, world.answer_s)
    await _pause(world, world.between_keys_s)


async def _do(world: World, deed: Deed) -> None:
    technician = world.technician
    if not technician.is_active:
        return
    match deed:
        case Deed.KEY:
            await _press(world, MORE[len(technician.seen.pressed) % len(MORE)])
        case Deed.HIDE | Deed.SHOW:
            await world.customer.hide()
            await _pause(world, world.between_keys_s)
            if deed is Deed.SHOW:
                await world.until(lambda: technician.takes_keys or not technician.is_active, STILL_S)
        case Deed.STILL:
            await technician.still()
            await world.until(lambda: technician.is_answered or not technician.is_active, STILL_S)
        case Deed.HEAR:
            await technician.hear()
        case Deed.WAIT:
            await _pause(world, TALK_S)


async def _pause(world: World, seconds: float) -> None:
    await world.until(lambda: not world.technician.is_active, seconds)
