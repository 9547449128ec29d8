"""A real kill -9 between any two steps: a sign-up that was answered has its mail (INV-E1, INV-E2)."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

import pytest

from identity.customers.service import Asked
from identity.customers.store import customer
from server.mail.delivery import Delivery
from server.mail.ways import Folder
from server.storage.engine import Database
from tests.customers.house import EMAIL, open_house

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

# Signs up and sends; says when it was answered, and is killed where the environment says.
PROGRAM = """
import asyncio, sys
from pathlib import Path
from identity.customers.service import Asked
from server.mail.delivery import Delivery
from server.mail.ways import Folder
from server.storage.engine import Database
from tests.customers.house import open_house

async def main():
    house = open_house(await Database.open(sys.argv[1]))
    assert await house.sign_up() == Asked()
    print("answered", flush=True)
    await Delivery(house.outbox, Folder(Path(sys.argv[2])), sender="care@hallmere.example", maker="H").once()
    print("sent", flush=True)
    await house.database.close()

asyncio.run(main())
"""


async def killed(url: str, folder: Path, point: str) -> list[str]:
    """What the program said before it was killed at this point."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROGRAM,
        url,
        str(folder),
        env={**os.environ, "ALONGSIDE_FAILPOINT": point, "ALONGSIDE_TEST": "1"},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == -signal.SIGKILL
    return said.decode().split()


@pytest.mark.parametrize(
    ("point", "said", "kept"),
    [
        ("customer_sign_up.begin", [], False),
        ("customer_sign_up.commit", [], False),
        ("customer_sign_up.committed", [], True),
        ("mail_claim.begin", ["answered"], True),
        ("mail_claim.committed", ["answered"], True),
        ("mail_settle.begin", ["answered"], True),
        ("mail_settle.commit", ["answered"], True),
        ("mail_settle.committed", ["answered"], True),
    ],
)
async def test_a_server_killed_at_any_step_has_sent_the_mail_or_still_sends_it(
    database_url: str, tmp_path: Path, point: str, said: list[str], *, kept: bool
) -> None:
    folder = tmp_path / "mails"
    assert await killed(database_url, folder, point) == said
    database = await Database.open(database_url)
    house = open_house(database)
    assert len(await house.rows(customer)) == kept
    house.clock.pass_ms(3_600_000)
    delivery = Delivery(house.outbox, Folder(folder), sender="care@hallmere.example", maker="H")
    while await delivery.once():
        pass
    mails = [message_from_bytes(file.read_bytes(), policy=default) for file in folder.glob("*.eml")]
    assert [mail["To"] for mail in mails] == [EMAIL] * kept
    if not kept:
        # Nothing half: the same person signs up as if nothing had been.
        assert await house.sign_up() == Asked()
        assert len(await house.mails()) == 1
    await database.close()
