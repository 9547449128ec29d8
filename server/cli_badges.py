"""`alongside badges`: what a technician shows a device."""

from __future__ import annotations

import typer

from server.command import AsJson, Data, Facts, existing, refuse, run, say

# ruff: noqa: PLC0415

badges_app = typer.Typer(help="What technicians show to devices.", no_args_is_help=True)


@badges_app.callback()
def badges() -> None:
    """What technicians show to devices."""


@badges_app.command("revoke")
def badges_revoke(login: str, *, data: Data = None, as_json: AsJson = False) -> None:
    """Take every badge of an account back and sign it out; its live sessions end."""
    from server.app import open_office

    settings = existing(data)

    async def work() -> Facts:
        async with open_office(settings) as office:
            count = await office.identity.revoke_badges(login)
        if count is None:
            refuse("there is no such account")
        return {"login": login, "revoked": count}

    say(run(work), as_json=as_json)
