"""Mails are kept with what they tell of, and sent until they are there or given up."""

from __future__ import annotations

import asyncio
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from server.mail.delivery import AT_ONCE
from server.mail.schedule import AGAIN_MS, KEPT_MS, SENDING_MS, TRIES_MOST, UNSENT_MS
from server.mail.ways import Folder, NotSent
from server.storage.engine import StorageAway
from tests.customers.post_office import PostOffice
from tests.customers.ways import Kept

if TYPE_CHECKING:
    from pathlib import Path

    from server.storage.engine import Database

pytestmark = pytest.mark.slow


@pytest.fixture
def office(database: Database) -> PostOffice:
    return PostOffice(database)


async def test_a_mail_is_kept_only_with_what_it_tells_of(office: PostOffice) -> None:
    """INV-E2."""

    async def fails_after() -> None:
        async with office.database.write("test") as conn:
            await office.outbox.put(conn, recipient="a@x.example", subject="s", text="t", language="en")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fails_after()
    assert await office.rows() == []


async def test_a_folder_gets_each_mail_whole_and_once(office: PostOffice, tmp_path: Path) -> None:
    folder = tmp_path / "mails"
    await office.put("liga@mail.example", "eva@mail.example")
    assert await office.by(Folder(folder)).once() == 2
    assert await office.by(Folder(folder)).once() == 0
    files = sorted(folder.iterdir())
    assert [file.suffix for file in files] == [".eml", ".eml"]
    found = [message_from_bytes(file.read_bytes(), policy=default) for file in files]
    assert {one["To"] for one in found} == {"liga@mail.example", "eva@mail.example"}
    assert {one.get_content().splitlines()[0] for one in found} == {"Labdien."}
    assert folder.stat().st_mode & 0o077 == 0


async def test_of_a_mail_that_is_sent_nothing_is_kept_but_that_it_was(office: PostOffice) -> None:
    """INV-H5."""
    await office.put("liga@mail.example", text="a secret link", subject="Adrese")
    await office.by(Kept()).once()
    [row] = await office.rows()
    assert (row.recipient, row.subject, row.text, row.language) == ("", "", "", "")
    assert (row.next_at, row.sent_at, row.tries) == (None, office.clock.now_ms(), 1)


async def test_a_server_that_is_away_is_tried_again_at_the_planned_times(office: PostOffice) -> None:
    await office.put("liga@mail.example")
    way = Kept(fails=lambda _mail: NotSent("away"))
    for again in AGAIN_MS:
        assert await office.by(way).once() == 1
        office.clock.pass_ms(again - 1)
        assert await office.by(way).once() == 0
        office.clock.pass_ms(1)
    way.fails = lambda _mail: None
    assert await office.by(way).once() == 1
    assert len(way.tried) == TRIES_MOST
    assert len(way.sent) == 1
    # However often: the same mail, by which a mail server knows it again.
    assert len({mail.message["Message-ID"] for mail in way.tried}) == 1


async def test_a_mail_is_given_up_after_the_last_try_and_erased(office: PostOffice) -> None:
    await office.put("liga@mail.example")
    way = Kept(fails=lambda _mail: NotSent("away"))
    with capture_logs() as log:
        for _ in range(TRIES_MOST + 3):
            await office.by(way).once()
            office.clock.pass_ms(AGAIN_MS[-1])
    assert len(way.tried) == TRIES_MOST
    [row] = await office.rows()
    assert (row.recipient, row.text, row.next_at, row.sent_at) == ("", "", None, None)
    assert row.last_fault == "away"
    assert [event["again"] for event in log] == [True] * (TRIES_MOST - 1) + [False]
    assert "mail.example" not in repr(log)


async def test_what_can_never_go_out_is_not_tried_again(office: PostOffice) -> None:
    await office.put("liga@mail.example")
    way = Kept(fails=lambda _mail: NotSent("refused", for_good=True))
    await office.by(way).once()
    office.clock.pass_ms(UNSENT_MS)
    assert await office.by(way).once() == 0
    [row] = await office.rows()
    assert (row.recipient, row.last_fault, row.tries) == ("", "refused", 1)


@pytest.mark.parametrize(
    "error", [NotSent("recipient", for_good=True), NotSent("away")], ids=["for good", "for now"]
)
async def test_one_mail_that_fails_holds_up_no_other(office: PostOffice, error: NotSent) -> None:
    await office.put("bad@mail.example", *(f"good{n}@mail.example" for n in range(2 * AT_ONCE)))
    way = Kept(fails=lambda mail: error if mail.recipient.startswith("bad") else None)
    while await office.by(way).once():
        pass
    assert len(way.sent) == 2 * AT_ONCE
    assert len(way.tried) == 2 * AT_ONCE + 1


async def test_a_row_that_was_tampered_with_is_given_up_and_holds_up_no_other(office: PostOffice) -> None:
    await office.put("liga@mail.example\r\nBcc: eve@mail.example", "eva@mail.example")
    way = Kept()
    await office.by(way).once()
    assert [mail.recipient for mail in way.sent] == ["eva@mail.example"]
    assert sorted(row.last_fault for row in await office.rows()) == ["", "form"]


async def test_two_processes_send_each_mail_once(office: PostOffice) -> None:
    await office.put(*(f"somebody{n}@mail.example" for n in range(12)))
    way = Kept()
    for _ in range(4):
        await asyncio.gather(*(office.by(way).once() for _ in range(3)))
    assert len(way.sent) == 12
    assert len({mail.name for mail in way.sent}) == 12


async def test_who_died_over_a_mail_is_not_waited_for_longer_than_a_mail_takes(office: PostOffice) -> None:
    """INV-E1: sent perhaps twice, never not at all."""
    await office.put("liga@mail.example")
    assert len(await office.outbox.claim(1)) == 1
    assert await office.by(Kept()).once() == 0
    office.clock.pass_ms(SENDING_MS)
    way = Kept()
    assert await office.by(way).once() == 1
    assert len(way.sent) == 1


async def test_who_took_too_long_decides_nothing_any_more(office: PostOffice) -> None:
    await office.put("liga@mail.example")
    [slow] = await office.outbox.claim(1)
    office.clock.pass_ms(SENDING_MS)
    [quick] = await office.outbox.claim(1)
    assert await office.outbox.failed(slow, "away", for_good=True) is False
    assert [row.recipient for row in await office.rows()] == ["liga@mail.example"]
    await office.outbox.sent(quick)
    await office.outbox.failed(slow, "away", for_good=False)
    assert [row.next_at for row in await office.rows()] == [None]


async def test_what_nobody_sends_is_erased_in_time_and_so_is_what_was_sent(office: PostOffice) -> None:
    """INV-H5."""
    await office.put("sent@mail.example")
    await office.by(Kept()).once()
    await office.put("unsent@mail.example")
    office.clock.pass_ms(UNSENT_MS - 1)
    await office.outbox.forget()
    assert "unsent@mail.example" in repr(await office.rows())
    office.clock.pass_ms(1)
    await office.outbox.forget()
    assert "mail.example" not in repr(await office.rows())
    assert await office.by(Kept()).once() == 0
    office.clock.pass_ms(KEPT_MS)
    await office.outbox.forget()
    assert await office.rows() == []


async def test_sending_goes_on_after_whatever_happened(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-H1."""
    monkeypatch.setattr("server.mail.delivery.AWAY_S", 0)
    monkeypatch.setattr("server.mail.delivery.LOOK_S", 0)
    await office.put("liga@mail.example")
    delivery, sent, troubles = office.by(Kept()), asyncio.Event(), [StorageAway("x"), RuntimeError("token")]
    real = delivery.once

    async def once() -> int:
        if troubles:
            raise troubles.pop(0)
        done = await real()
        sent.set()
        return done

    monkeypatch.setattr(delivery, "once", once)
    with capture_logs() as log:
        task = asyncio.create_task(delivery.run())
        async with asyncio.timeout(10):
            await sent.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert [event["event"] for event in log] == ["mails put off", "mail_fault"]
    assert "token" not in repr(log)
    assert [row.recipient for row in await office.rows()] == [""]
