"""The invented maker's catalogue and supply list, for the demonstration: imported as a maker would."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from care.catalogue.maker import INVENTED
from server.desk import Imports, Table

if TYPE_CHECKING:
    from pathlib import Path

    from care.catalogue.maker import MakerData
    from server.app import Office, Service

CUSTOMER: Final = "demo@customers.example"
_NAME: Final = "Demo Customer"
_KEPT_IN: Final = "customer.txt"
_FILES: Final = (
    (Table.GROUPS, INVENTED / "groups.csv"),
    (Table.MODELS, INVENTED / "demo" / "models.csv"),
    (Table.TERMS, INVENTED / "terms.csv"),
    (Table.SUPPLY, INVENTED / "demo" / "supply.csv"),
)


async def fill(office: Office, maker: MakerData) -> None:
    """Every table; what is there already stays as it is."""
    imports = Imports(office.database, office.clock, maker)
    for table, path in _FILES:
        with path.open("rb") as file:
            await imports.run(table, file, source=path.name, dry_run=False, told=lambda _: None)


def kept_password(folder: Path) -> str:
    """The demonstration's customer stays from run to run, with their products: so does their password."""
    file = folder / _KEPT_IN
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(18), encoding="ascii")
    return file.read_text(encoding="ascii")


async def make_customer(service: Service, password: str) -> None:
    """An account like anybody's; its mail lies in the folder of mails. One that is there stays as it is."""
    assert service.portal is not None, "the demonstration has a maker"
    await service.portal.accounts.customers.sign_up(
        email=CUSTOMER,
        password=password,
        name=_NAME,
        language="en",
        market="LV",
        kind="homeowner",
        source="",
    )
