"""`alongside accounts`: technicians and auditors."""

from __future__ import annotations

import dataclasses
import sys
from typing import Annotated

import typer

from server.command import AsJson, Data, Facts, existing, refuse, run, say, settings_with

# ruff: noqa: PLC0415

accounts_app = typer.Typer(help="Technicians and auditors.", no_args_is_help=True)

_FAULTS = {
    "login_form": "a login has 3 to 64 of a-z, 0-9 and . _ @ + -, and begins with a letter or digit",
    "password_too_short": "a password has at least 15 characters",
    "password_too_long": "a password has at most 128 characters",
    "password_too_plain": "the password repeats itself or the login; take several words",
    "name_form": "a name has 1 to 64 characters and no control or direction marks",
    "org_form": "an organisation has 1 to 64 characters and no control or direction marks",
    "language_unknown": "there are no texts in this language",
}


@accounts_app.command("add")
def accounts_add(
    login: Annotated[str, typer.Argument(help="What the person signs in with.")],
    *,
    name: Annotated[str, typer.Option(help="The name a customer sees on the device.")],
    org: Annotated[str, typer.Option(help="The organisation a customer sees on the device.")],
    role: Annotated[str, typer.Option(help="technician or auditor.")] = "technician",
    language: Annotated[str, typer.Option(help="Language of the person's pages.")] = "en",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Add a technician or an auditor; the password is asked for, or read from standard input."""
    from identity.rules import Fault, Role
    from server.app import open_office

    if role not in set(Role):
        refuse("the role is technician or auditor")
    settings = settings_with(data=data)
    password = _password()

    async def work() -> Facts:
        async with open_office(settings) as office:
            added = await office.identity.add_account(
                login=login, password=password, name=name, org=org, role=Role(role), language=language
            )
        if added is None:
            refuse("this login is taken")
        if isinstance(added, Fault):
            refuse(_FAULTS[added.value])
        return {"id": added.id, "login": added.login, "name": added.name, "org": added.org, "role": role}

    say(run(work), as_json=as_json)


@accounts_app.command("list")
def accounts_list(*, data: Data = None, as_json: AsJson = False) -> None:
    """List all accounts."""
    from server.app import open_office

    settings = existing(data)

    async def work() -> list[Facts]:
        async with open_office(settings) as office:
            return [dataclasses.asdict(account) for account in await office.identity.accounts()]

    say(run(work), as_json=as_json)


@accounts_app.command("disable")
def accounts_disable(login: str, *, data: Data = None, as_json: AsJson = False) -> None:
    """Shut an account out: its tokens and badges are void and its live sessions end."""
    from server.app import open_office

    settings = existing(data)

    async def work() -> Facts:
        async with open_office(settings) as office:
            if not await office.identity.disable_account(login):
                refuse("there is no such account, or it is disabled already")
        return {"login": login, "disabled": True}

    say(run(work), as_json=as_json)


def _password() -> str:
    """Never an argument: those show in the process list and stay in the shell's history."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
