"""A server with a maker sends its customers' mails while it runs, and erases what is over when it starts."""

from __future__ import annotations

import asyncio
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from care.catalogue.maker import INVENTED
from identity.customers.service import Asked
from identity.customers.session_store import customer_link
from server.app import Service
from server.run import listen, started
from server.settings import Settings, UnsafeSettings
from tests.customers.house import EMAIL, PASSWORD
from tests.server.conftest import open_test_office, running_server

if TYPE_CHECKING:
    from pathlib import Path

    from server.customers import CustomerDesk
    from server.mail.outbox import Waiting

pytestmark = pytest.mark.slow


async def sign_up(desk: CustomerDesk, email: str = EMAIL) -> object:
    return await desk.customers.sign_up(
        email=email,
        password=PASSWORD,
        name="Līga",
        language="lv",
        market="LV",
        kind="homeowner",
        source="192.0.2.1",
    )


def accounts_of(service: Service) -> CustomerDesk:
    assert service.portal is not None
    return service.portal.accounts


async def test_a_sign_up_at_a_running_server_is_mailed_into_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "mails"
    mail = {"mail": f"folder:{folder}", "mail_from": "care@hallmere.example"}
    async with running_server(tmp_path / "data", maker=INVENTED, **mail) as running:
        desk = accounts_of(running.service)
        real, sent = desk.outbox.sent, asyncio.Event()

        async def noted(mail: Waiting) -> None:
            await real(mail)
            sent.set()

        monkeypatch.setattr(desk.outbox, "sent", noted)
        assert await sign_up(desk) == Asked()
        async with asyncio.timeout(20):
            await sent.wait()
        [file] = await asyncio.to_thread(lambda: list(folder.glob("*.eml")))
        found = message_from_bytes(file.read_bytes(), policy=default)
        assert found["From"] == "Hallmere <care@hallmere.example>"
        assert found["To"] == EMAIL
        assert f"{running.origin}/account/verify/" in found.get_content()
        # INV-C4.
        assert "mail.example" not in running.log.getvalue()


async def test_a_server_without_a_maker_has_no_customers(tmp_path: Path) -> None:
    async with open_test_office(Settings(data=tmp_path / "data")) as office:
        assert Service(office).portal is None


async def test_a_makers_folder_that_is_none_refuses_to_start(tmp_path: Path) -> None:
    async with open_test_office(Settings(data=tmp_path / "data", maker=tmp_path)) as office:
        with pytest.raises(UnsafeSettings, match=r"maker\.toml"):
            Service(office)


async def test_a_way_by_which_no_mail_could_ever_go_refuses_to_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    mail = {"mail": f"folder:{tmp_path / 'file'}", "mail_from": "care@hallmere.example"}
    settings = Settings(data=tmp_path / "data", maker=INVENTED, **mail)  # type: ignore[arg-type]
    async with open_test_office(settings) as office:
        with pytest.raises(UnsafeSettings, match="cannot be a folder of mails"):
            await Service(office).start()


async def test_a_start_erases_what_is_over_of_customers_and_says_nothing_of_them(tmp_path: Path) -> None:
    """INV-H5."""
    async with open_test_office(Settings(data=tmp_path / "data", maker=INVENTED)) as office:
        service = Service(office)
        assert service.portal is not None
        assert await sign_up(service.portal.accounts) == Asked()
        async with office.database.write("test") as conn:
            await conn.execute(customer_link.update().values(expires_at=1))
        with capture_logs() as log:
            async with started(service, listen("127.0.0.1", 0)), asyncio.timeout(10):
                await service.tidied.wait()
        async with office.database.read() as conn:
            assert list(await conn.execute(sa.select(customer_link))) == []
        assert "mail.example" not in repr(log)


async def test_customers_who_hash_keep_no_technician_waiting(tmp_path: Path) -> None:
    """INV-H1: the queue of those who sign up is not that of staff."""
    async with running_server(tmp_path / "data", maker=INVENTED) as running:
        desk = accounts_of(running.service)
        desk.customers._passwords._inside = 1_000
        assert await running.sign_in()
