"""Two guesses per code and no third; what a relay can open that only listened, or guessed right (INV-A4, A7).

A guess is counted where it is judged: a device by its answer, which tells whether a secret was right; a
console
by its first message, which lets one answer be tried.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_agent.memory import load_memory
from device_agent.trust import load_or_make_key
from seal import messages as sealed
from tests.agent.organisation import Organisation
from tests.evil_relay.attack import Attack, Honest, truth
from tests.evil_relay.attacks import ATTACKS
from tests.evil_relay.attacks_guessing import Claimant, Impostor
from tests.evil_relay.oracle import judge
from tests.evil_relay.reading import opened_by_derivation, readable
from tests.evil_relay.story import play
from tests.evil_relay.tape import Side, said_as, stream_of, type_of
from wire.code import split
from wire.commands import Grant
from wire.encoding import b64, sha256_b64, unb64
from wire.frames import Stream
from wire.records import RecordWriter

if TYPE_CHECKING:
    from seal.keys import SessionKeys
    from tests.evil_relay.in_hand import InHand
    from tests.evil_relay.tape import Fields, Item

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


async def test_a_device_that_restarts_never_runs_its_code_again(world: InHand) -> None:
    """The code is marked before the answer leaves; after a restart there is another code, and no line to
    guess on.
    """
    await world.new_household()
    await world.begin(Honest(Random(1)))
    first = await code_shown(world)
    (relay,) = world.relays
    relay.redeem(relay.locator)
    Claimant(relay.attack, Random(2), secret="000000").ask()
    await world.until(lambda: bool(relay.tape.texts(Side.DEVICE, "pake_b")), 5)
    assert load_memory(world.memory, 0).was_used(first)
    await world.restart()
    assert await code_shown(world) != first
    answers = [one for relay in world.relays for one in relay.tape.texts(Side.DEVICE, "pake_b")]
    assert len(answers) == 1
    await world.finish()


async def test_a_restart_brings_no_more_guesses_before_the_wait(world: InHand) -> None:
    """Three wrong runs in a row are three, however often the power is cut between them."""
    await world.new_household()
    for run in range(3):
        await play(world, ATTACKS["GuessesOnTheDevice"](Random(run)))
        await world.restart()
    seen = await play(world, ATTACKS["GuessesOnTheDevice"](Random(3)))
    assert (seen.device.ended, seen.tapes) == ("problem.wait", [])


async def test_who_only_listens_opens_nothing_even_with_the_secret(world: InHand) -> None:
    """INV-C1, C3: the secret authenticates; it is no key. There is no offline attack on what passed."""
    await world.new_household()
    seen = await play(world, Honest(Random(4)))
    (relay,) = world.relays
    _, secret = split(seen.code)
    assert list(relay.tape.frames())
    assert opened_by_derivation(relay, [secret, "000000"]) == []


async def test_a_right_guess_does_open_frames_so_that_opening_is_really_tried(world: InHand) -> None:
    await world.new_household()
    attack = ATTACKS["GuessesRight"](Random(5))
    seen = await play(world, attack)
    assert judge(seen) == []
    assert any("opens" in fault for tape in seen.tapes for fault in readable(tape, {}, attack.keys))


@pytest.mark.parametrize(
    ("shows", "said"), [("nothing", "none"), ("its own", "false"), ("the set's", "false")]
)
async def test_what_a_right_guess_against_a_console_buys(world: InHand, shows: str, said: str) -> None:
    """One in a million: a TV of the relay's own, called no unit. The customer's set is never reached."""
    await world.new_household()
    attack, household = _LuckyImpostor(Random(6)), load_or_make_key(world.memory.with_name("device.key"))
    credentials = {
        "nothing": "",
        "its own": Organisation().credential(attack.dpk),
        "the set's": world.office.org.credential(household.public),
    }
    attack.credential = credentials[shows]
    seen = await play(world, attack)
    phases = [phase for _, phase in seen.console.phases]
    assert phases == ["pairing", "consent", "active", "ended"]
    assert world.console.shows["enrolment"] == {"state": said, "unit": "", "model": ""}
    states = {state for _, state in seen.device.states}
    assert not states & {"consent", "active"}
    assert seen.device.executed == []


async def code_shown(world: InHand) -> str:
    await world.customer.ask_for_code()
    await world.until(lambda: bool(world.customer.code), 10)
    return world.customer.code


class _LuckyImpostor(Attack):
    """Knows the secret by luck, and plays a device with a key of its own towards the console."""

    true = truth("pairing_failed", "device_lost relay_lost audit_unavailable")
    knows_secret = True

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._key = Ed25519PrivateKey.generate()
        self.dpk = self._key.public_key().public_bytes_raw()
        self.credential = ""
        self._device = Impostor(self, rng, dpk=self.dpk)
        self._keys: SessionKeys | None = None

    def redemption(self, answer: Fields) -> Fields:
        return answer | {"hello": b64(self._device.hello(unb64(answer["hello"])))}

    def to_device(self, item: Item) -> list[Item]:
        if type_of(item) == "pake_a":
            self._keys = self._device.answer(item, secret=self.secret)
        elif isinstance(item, bytes) and stream_of(item) is Stream.T2D_CONTROL and not self.fired:
            self.strike()
            self._pretend(item)
        return [item] if isinstance(item, str) and not type_of(item).startswith("pake") else []

    def _pretend(self, auth: bytes) -> None:
        assert self._keys is not None
        said = sealed.decode_t2d_control(self._keys.opener(Stream.T2D_CONTROL).open(auth))
        assert isinstance(said, sealed.Auth)
        records, control = RecordWriter(self._keys.th, self._key.sign), self._keys.sealer(Stream.D2T_CONTROL)
        paired = records.paired(dts=1, frame=sha256_b64(auth), badge=sha256_b64(said.cred.encode()))
        consent = records.consent(dts=2, grants=(Grant.KEYS, Grant.VIEW), for_s=900)
        for record, message in (
            (paired, sealed.Paired(enrol=self.credential, rec=paired, name="Vista 55 Q7")),
            (consent, sealed.Consent(rec=consent)),
        ):
            self.relay.push(Side.CONSOLE, said_as({"t": "record", "rec": b64(record)}))
            self.relay.push(Side.CONSOLE, control.seal(sealed.encode(message)))
