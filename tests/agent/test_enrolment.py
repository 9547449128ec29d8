"""The device's half of enrolment: what leaves it, what it believes, what it keeps and shows (SPEC §5.5)."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_agent.enrolment import FILE, NotEnrolled, Unit
from device_agent.link import LineProblem
from device_agent.panel_view import Problem
from device_agent.trust import check, load_or_make_key
from seal import messages as sealed
from tests.agent.fake_relay import FakeRelay, relay_words
from tests.agent.fakes import FakeClock
from tests.agent.house import at_home
from tests.agent.organisation import DAY_S, ORIGIN, Organisation, briefing, public
from wire import messages
from wire.encoding import key_id
from wire.enrolment import Enrolment, enrol_message
from wire.reasons import ErrorCode

if TYPE_CHECKING:
    from pathlib import Path

TYPED, CODE = "ghjk-mnpq rstv-wxyz", "GHJKMNPQRSTVWXYZ"


class Shop:
    """A device that is to be enrolled, and the relay it asks, in the test's hand."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock, self.org = folder, FakeClock(), Organisation()
        self.relay = FakeRelay(ORIGIN, self.org, self.clock)
        self.key = load_or_make_key(folder / "device.key")
        self.trust = self.org.trust(self.clock, folder / "trust-state.json")
        self.unit = Unit(folder, self.key, self.trust)
        self.rc = b""

    def begin(self, typed: str = TYPED) -> asyncio.Task[Enrolment]:
        self.relay.lines.clear()
        return asyncio.create_task(self.unit.enrol(typed, clock=self.clock, dial=self.relay.dial))

    async def challenge(
        self, *, origin: str = ORIGIN, news: list[messages.RelayToDevice] | None = None
    ) -> None:
        for _ in range(5):
            await asyncio.sleep(0)  # the device dials first
        self.rc = os.urandom(32)
        self.relay.say(messages.Challenge(rc=self.rc, origin=origin))
        for message in self.relay.honest() if news is None else news:
            self.relay.say(message)

    async def answered(self, answer: messages.Enrolled | messages.ErrorMsg) -> Enrolment:
        """What the device makes of it."""
        task = self.begin()
        await self.challenge()
        await self.relay.next(messages.Enrol)
        self.relay.say(answer)
        return await task

    async def refuses(self, credential: str) -> str:
        """Why the device does not keep this."""
        with pytest.raises(NotEnrolled) as caught:
            await self.answered(messages.Enrolled(cred=credential))
        return str(caught.value)

    def credential(self, **changes: object) -> str:
        return self.org.credential(self.key.public, **changes)  # type: ignore[arg-type]

    def kept(self) -> bytes:
        path = self.folder / FILE
        return path.read_bytes() if path.exists() else b""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


async def test_a_device_proves_its_key_for_this_challenge_and_keeps_what_its_maker_says(shop: Shop) -> None:
    task = shop.begin()
    await shop.challenge()
    asked = await shop.relay.next(messages.Enrol)
    assert (asked.code, asked.key) == (CODE, shop.key.public)
    assert check(asked.key, asked.sig, enrol_message(ORIGIN, shop.rc, asked.key, CODE))
    assert shop.kept() == b""
    shop.relay.say(messages.Enrolled(cred=shop.credential()))
    enrolment = await task
    assert (enrolment.sub, enrolment.model) == ("HM-55Q7-004211", "Vista 55 Q7")
    assert shop.kept().decode() == shop.unit.credential() == shop.credential()
    again = Unit(shop.folder, load_or_make_key(shop.folder / "device.key"), shop.trust)
    assert again.credential() == shop.credential()


async def test_a_signature_for_one_challenge_is_none_for_another(shop: Shop) -> None:
    """What a relay, or a listener, has caught opens nothing on another socket, for another code or key."""
    task = shop.begin()
    await shop.challenge()
    caught = await shop.relay.next(messages.Enrol)
    task.cancel()
    others = [
        enrol_message(ORIGIN, os.urandom(32), caught.key, CODE),
        enrol_message("https://other.example", shop.rc, caught.key, CODE),
        enrol_message(ORIGIN, shop.rc, caught.key, "0" * 16),
        enrol_message(ORIGIN, shop.rc, bytes(32), CODE),
    ]
    assert not any(check(caught.key, caught.sig, other) for other in others)
    assert check(caught.key, caught.sig, enrol_message(ORIGIN, shop.rc, caught.key, CODE))


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (messages.ErrorMsg(code=ErrorCode.CODE_NOT_OPEN), "opens nothing"),
        (messages.ErrorMsg(code=ErrorCode.TOO_MANY, wait_s=2), "try again in 2 s"),
        (messages.ErrorMsg(code=ErrorCode.TRY_LATER), "the code stays good"),
        (messages.ErrorMsg(code=ErrorCode.NOT_ALLOWED), "the server refused"),
    ],
)
async def test_a_guessed_used_or_late_code_is_said_in_words_and_changes_nothing(
    shop: Shop, refusal: messages.ErrorMsg, words: str
) -> None:
    await shop.answered(messages.Enrolled(cred=shop.credential()))
    before = shop.kept()
    with pytest.raises(NotEnrolled, match=words):
        await shop.answered(refusal)
    assert shop.kept() == before


async def test_a_word_for_another_device_is_not_kept(shop: Shop) -> None:
    other = public(Ed25519PrivateKey.generate())
    assert "another device's key" in await shop.refuses(shop.org.credential(other))
    assert shop.kept() == b""


async def test_a_word_by_a_key_that_the_keyset_does_not_name_is_not_kept(shop: Shop) -> None:
    """Not even by the root, the status key or an issuer: one key, one duty."""
    for key in (Ed25519PrivateKey.generate(), shop.org.root, shop.org.status):
        assert "unknown enrolment key" in await shop.refuses(shop.credential(key=key))
    assert shop.kept() == b""


async def test_a_word_by_a_revoked_key_or_for_a_revoked_device_is_not_kept(shop: Shop) -> None:
    now_s = shop.clock.now_ms() // 1000
    for kid in (key_id(public(shop.org.enrol)), shop.key.dev):
        now_s += 1
        revoked = shop.org.status_list(now_s, kids=[kid])
        task = shop.begin()
        await shop.challenge(news=briefing(shop.relay.keyset, revoked, at_ms=now_s * 1000))
        await shop.relay.next(messages.Enrol)
        shop.relay.say(messages.Enrolled(cred=shop.credential()))
        with pytest.raises(NotEnrolled, match="revoked key"):
            await task
    assert shop.kept() == b""


async def test_a_word_of_another_organisation_or_with_another_signature_is_not_kept(shop: Shop) -> None:
    assert "another organisation" in await shop.refuses(shop.credential(iss="elsewhere"))
    head, claims, _ = shop.credential().split(".")
    forged = ".".join([head, claims, shop.credential(sub="HM-another").split(".")[2]])
    assert "signature" in await shop.refuses(forged)
    assert shop.kept() == b""


async def test_no_code_leaves_where_its_answer_could_not_be_judged(shop: Shop) -> None:
    """Another's keys, no valid keyset, an old list: the code stays good for when the server is put right."""
    now_s, now_ms = shop.clock.now_ms() // 1000, shop.clock.now_ms()
    fresh = shop.org.status_list(now_s)
    stranger = shop.org.keyset(now_s, key=Ed25519PrivateKey.generate())
    for news in (
        briefing(stranger, fresh, at_ms=now_ms),
        briefing(shop.org.keyset(now_s, exp=now_s), fresh, at_ms=now_ms),
        briefing(shop.relay.keyset, shop.org.status_list(now_s - DAY_S), at_ms=now_ms),
    ):
        task = shop.begin()
        await shop.challenge(news=news)
        with pytest.raises(NotEnrolled, match="no code was used"):
            await task
        assert relay_words(shop.relay.line) == []


async def test_nothing_is_signed_for_a_server_that_calls_itself_something_else(shop: Shop) -> None:
    task = shop.begin()
    await shop.challenge(origin="https://evil.example")
    with pytest.raises(NotEnrolled, match="calls itself"):
        await task
    assert relay_words(shop.relay.line) == []


async def test_an_answer_before_the_question_is_not_taken(shop: Shop) -> None:
    task = shop.begin()
    await shop.challenge(news=[messages.Enrolled(cred=shop.credential())])
    with pytest.raises(NotEnrolled, match="out of turn"):
        await task
    assert shop.kept() == b""


async def test_a_server_that_is_not_there_and_a_code_that_is_none_are_said(shop: Shop) -> None:
    shop.relay.problem = LineProblem(Problem.SERVER_REFUSED)
    with pytest.raises(NotEnrolled, match="no line"):
        await shop.begin()
    for typed in ("", "1234", "GHJKMNPQRSTVWXYU", "G" * 80):
        with pytest.raises(NotEnrolled, match="sixteen"):
            await shop.begin(typed)
    assert shop.relay.lines == []


async def test_a_word_that_cannot_be_kept_is_none_and_the_code_may_be_typed_again(shop: Shop) -> None:
    """INV-E1: it calls itself enrolled only once that is on the disk."""
    (shop.folder / FILE).mkdir()
    with pytest.raises(NotEnrolled, match="type the same code again"):
        await shop.answered(messages.Enrolled(cred=shop.credential()))
    (shop.folder / FILE).rmdir()
    await shop.answered(messages.Enrolled(cred=shop.credential()))
    assert shop.unit.credential() == shop.credential()


async def test_a_file_that_was_cut_changed_or_taken_from_another_device_is_not_shown(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    """The device is then not enrolled, which is true, and no technician is warned of a forgery."""
    await shop.answered(messages.Enrolled(cred=shop.credential()))
    whole = shop.kept()
    others = shop.org.credential(public(Ed25519PrivateKey.generate())).encode()
    for data in (b"", whole[:-1], whole[:200], whole + b"\n", b"\xff" * 64, b"a" * 10_000, others):
        (shop.folder / FILE).write_bytes(data)
        assert shop.unit.credential() == "", data[:40]
    (shop.folder / FILE).write_bytes(whole)
    assert shop.unit.credential() == whole.decode()
    assert "HM-55Q7" not in caplog.text


async def test_what_was_revoked_since_is_not_shown_any_more(shop: Shop) -> None:
    await shop.answered(messages.Enrolled(cred=shop.credential()))
    now_s = shop.clock.now_ms() // 1000 + 1
    assert shop.trust.hear_status(shop.org.status_list(now_s, kids=[key_id(public(shop.org.enrol))]))
    assert shop.unit.credential() == ""


async def test_a_technician_is_told_the_unit_sealed_and_after_the_badge(tmp_path: Path) -> None:
    """The relay never learns which unit it is. Who is enrolled meanwhile says so in the next call."""
    async with at_home(tmp_path) as house:
        for credential in ("", house.org.credential(house.kit.key.public)):
            (tmp_path / FILE).write_text(credential)
            twin = await house.consent_card()
            assert [said.enrol for said in twin.heard if isinstance(said, sealed.Paired)] == [credential]
            clear = "".join(item for item in house.relay.line.log if isinstance(item, str))
            assert not credential or credential[:100] not in clear
            house.press("stop")
            await house.settle()
            house.listen()
            house.press("back")
