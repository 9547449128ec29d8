"""Mails leave by a real folder and to real mail servers, honest and otherwise."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd import smtp

from server.mail.schedule import AGAIN_MS
from server.mail.ways import Folder, Login, Smtp, way_of
from tests.customers.post_office import SENDER, PostOffice
from tests.server.certificates import believing, make_certificate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.storage.engine import Database

pytestmark = pytest.mark.slow


@pytest.fixture
def office(database: Database) -> PostOffice:
    return PostOffice(database)


class Mailbox:
    """What a mail server does with what it is told."""

    def __init__(self, answer: str = "250 OK", rcpt: str = "250 OK") -> None:
        self.answer, self.rcpt = answer, rcpt
        self.got: list[Any] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: object, _session: object, envelope: Any, address: str, _options: object
    ) -> str:
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, _server: object, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            self.got.append(
                (session.ssl is not None, envelope.mail_from, envelope.rcpt_tos, envelope.content)
            )
        return self.answer


@asynccontextmanager
async def mail_server(
    mailbox: Mailbox, *, host: str = "127.0.0.1", context: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[int]:
    """A real mail server on this machine; its port."""

    def protocol() -> smtp.SMTP:
        return smtp.SMTP(mailbox, hostname="mail.example", **options)

    server = await asyncio.get_running_loop().create_server(protocol, host, 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def test_a_real_mail_server_gets_the_mail_as_it_is(office: PostOffice) -> None:
    await office.put("liga@mail.example", subject="Apstipriniet", text="Labdien, Līga.\n")
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        way = Smtp("127.0.0.1", port, tls=False)
        assert await way.check() == ""
        assert await office.by(way).once() == 1
    [(_, sender, recipients, content)] = mailbox.got
    assert (sender, recipients) == (SENDER, ["liga@mail.example"])
    found = message_from_bytes(content, policy=default)
    assert found.get_content().splitlines() == ["Labdien, Līga."]
    assert found["Subject"] == "Apstipriniet"
    assert [row.recipient for row in await office.rows()] == [""]


async def test_an_address_of_other_letters_needs_a_server_that_takes_it(office: PostOffice) -> None:
    """RFC 6531."""
    await office.put("līga@mail.example")
    plain, able = Mailbox(), Mailbox()
    async with mail_server(plain) as port:
        await office.by(Smtp("127.0.0.1", port, tls=False)).once()
    assert [row.last_fault for row in await office.rows()] == ["not_supported"]
    office.clock.pass_ms(AGAIN_MS[0])
    async with mail_server(able, enable_SMTPUTF8=True) as port:
        await office.by(Smtp("127.0.0.1", port, tls=False)).once()
    assert [recipients for _, _, recipients, _ in able.got] == [["līga@mail.example"]]


@pytest.mark.parametrize(
    ("mailbox", "fault", "again"),
    [
        (Mailbox(rcpt="550 no such user"), "recipient", False),
        (Mailbox(rcpt="451 later"), "recipient", True),
        (Mailbox(answer="554 spam"), "refused", False),
        (Mailbox(answer="452 full"), "refused", True),
    ],
    ids=["no such recipient", "recipient later", "never this mail", "this mail later"],
)
async def test_what_a_mail_server_says_decides_whether_it_is_tried_again(
    office: PostOffice, mailbox: Mailbox, fault: str, *, again: bool
) -> None:
    await office.put("liga@mail.example")
    async with mail_server(mailbox) as port:
        await office.by(Smtp("127.0.0.1", port, tls=False)).once()
    [row] = await office.rows()
    assert (row.last_fault, row.next_at is not None) == (fault, again)


async def test_a_server_that_nobody_runs_is_waited_for(office: PostOffice) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        way = Smtp("127.0.0.1", nobody.getsockname()[1], tls=False)
        assert await way.check() == "", "it may come"
        await office.put("liga@mail.example")
        await office.by(way).once()
    [row] = await office.rows()
    assert (row.last_fault, row.next_at is not None) == ("away", True)


async def test_a_server_that_says_nothing_is_left_in_time(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.mail.ways.SMTP_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        way = Smtp("127.0.0.1", silent.getsockname()[1], tls=False)
        await office.put("liga@mail.example")
        await office.by(way).once()
    assert [row.last_fault for row in await office.rows()] == ["away"]


# This machine too, but not one of the names that stand for it: to the product it is anywhere.
ELSEWHERE = "127.0.0.2"


@dataclass(frozen=True)
class Sealed:
    """What a server speaks TLS with, and what a client needs to believe it."""

    server: ssl.SSLContext
    client: ssl.SSLContext


@pytest.fixture
def sealed(tmp_path: Path) -> Sealed:
    files = make_certificate(tmp_path, hosts=(ELSEWHERE,))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(files.certificate, files.key)
    return Sealed(server, believing(files))


async def test_beyond_this_machine_a_mail_goes_under_tls_or_not_at_all(office: PostOffice) -> None:
    """Whoever sits on the line and hides that the server knows STARTTLS reads nothing."""
    await office.put("liga@mail.example")
    mailbox = Mailbox()
    async with mail_server(mailbox, host=ELSEWHERE) as port:
        way = Smtp(ELSEWHERE, port, tls=False)
        assert "lacks STARTTLS" in await way.check()
        await office.by(way).once()
    assert mailbox.got == []
    assert [row.last_fault for row in await office.rows()] == ["not_supported"]


async def test_a_mail_goes_under_starttls_to_a_server_that_is_believed(
    office: PostOffice, sealed: Sealed
) -> None:
    await office.put("liga@mail.example")
    mailbox = Mailbox()
    async with mail_server(mailbox, host=ELSEWHERE, tls_context=sealed.server) as port:
        way = Smtp(ELSEWHERE, port, tls=False, context=sealed.client)
        assert await way.check() == ""
        await office.by(way).once()
    assert [under_tls for under_tls, *_ in mailbox.got] == [True]


async def test_a_mail_goes_under_tls_from_the_first_byte(office: PostOffice, sealed: Sealed) -> None:
    await office.put("liga@mail.example")
    mailbox = Mailbox()
    async with mail_server(mailbox, host=ELSEWHERE, context=sealed.server) as port:
        await office.by(Smtp(ELSEWHERE, port, tls=True, context=sealed.client)).once()
    assert len(mailbox.got) == 1


@pytest.mark.parametrize("tls", [True, False], ids=["smtps", "STARTTLS"])
async def test_a_server_that_is_not_who_it_says_gets_no_mail(
    office: PostOffice, sealed: Sealed, *, tls: bool
) -> None:
    await office.put("liga@mail.example")
    mailbox = Mailbox()
    speaks: dict[str, Any] = {"context": sealed.server} if tls else {"tls_context": sealed.server}
    async with mail_server(mailbox, host=ELSEWHERE, **speaks) as port:
        way = Smtp(ELSEWHERE, port, tls=tls)
        assert "does not trust" in await way.check()
        await office.by(way).once()
    assert mailbox.got == []
    assert [row.last_fault for row in await office.rows()] == ["certificate"]


async def test_a_login_is_said_under_tls_and_a_wrong_one_is_found_at_the_start(
    office: PostOffice, sealed: Sealed
) -> None:
    asked: list[tuple[bool, object]] = []

    def judge(server: Any, session: Any, _envelope: object, _kind: str, data: Any) -> smtp.AuthResult:
        asked.append((session.ssl is not None, data.password))
        return smtp.AuthResult(success=data.password == b"right", handled=server is None)

    await office.put("liga@mail.example")
    mailbox = Mailbox()
    guarded: dict[str, Any] = {"authenticator": judge, "auth_required": True}
    async with mail_server(mailbox, host=ELSEWHERE, tls_context=sealed.server, **guarded) as port:
        wrong = Smtp(ELSEWHERE, port, tls=False, login=Login("care", "wrong"), context=sealed.client)
        assert "refuses the login" in await wrong.check()
        await office.by(wrong).once()
        office.clock.pass_ms(AGAIN_MS[0])
        right = Smtp(ELSEWHERE, port, tls=False, login=Login("care", "right"), context=sealed.client)
        await office.by(right).once()
    assert len(mailbox.got) == 1
    assert {under_tls for under_tls, _ in asked} == {True}
    assert "right" not in repr(right)


async def test_a_folder_that_cannot_be_written_to_is_said_at_the_start_and_waited_for(
    office: PostOffice, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    way = Folder(tmp_path / "file")
    assert "cannot be a folder of mails" in await way.check()
    await office.put("liga@mail.example")
    await office.by(way).once()
    assert [row.last_fault for row in await office.rows()] == ["folder"]
    assert await Folder(tmp_path / "mails").check() == ""


@pytest.mark.parametrize(
    "text",
    ["", "folder:", "ftp://x", "smtp://", "smtp:mail", "smtp://h:99999", "smtp://h/x", "smtp://n:p@h", "x"],
)
def test_a_way_that_is_none_is_named(text: str) -> None:
    way, faults = way_of(text, None)
    assert way is None
    assert len(faults) == 1


def test_ways_are_what_they_say(tmp_path: Path) -> None:
    login = tmp_path / "login"
    login.write_text("care:a:b\n", encoding="utf-8")
    login.chmod(0o600)
    assert way_of("folder:mails", None) == (Folder(Path("mails")), [])
    assert way_of("smtps://mail.example", None) == (Smtp("mail.example", 465, tls=True), [])
    assert way_of("smtp://mail.example", None) == (Smtp("mail.example", 587, tls=False), [])
    with_login = Smtp("mail.example", 25, tls=False, login=Login("care", "a:b"))
    assert way_of("smtp://mail.example:25", login) == (with_login, [])
    assert way_of("folder:mails", login)[0] is None


@pytest.mark.parametrize("line", ["", "care", "care:", ":secret", "care:a\nb:c", "care:" + "x" * 2_000])
def test_a_login_that_is_none_is_refused(tmp_path: Path, line: str) -> None:
    login = tmp_path / "login"
    login.write_text(line, encoding="utf-8")
    login.chmod(0o600)
    way, [fault] = way_of("smtp://mail.example", login)
    assert way is None
    assert "NAME:PASSWORD" in fault
    assert "secret" not in fault


def test_a_login_that_others_can_read_is_refused(tmp_path: Path) -> None:
    login = tmp_path / "login"
    login.write_text("care:secret", encoding="utf-8")
    login.chmod(0o640)
    assert "600" in way_of("smtp://mail.example", login)[1][0]
    assert "cannot be read" in way_of("smtp://mail.example", tmp_path / "none")[1][0]
    login.write_bytes(b"\xff:\xff")
    login.chmod(0o600)
    assert "UTF-8" in way_of("smtp://mail.example", login)[1][0]
