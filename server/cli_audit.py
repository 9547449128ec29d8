"""`alongside audit`: what happened, as recorded."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from server.command import AsJson, Data, Facts, existing, refuse, run, say

# ruff: noqa: PLC0415

audit_app = typer.Typer(help="What happened, as recorded.", no_args_is_help=True)


@audit_app.command("list")
def audit_list(
    *,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many of the newest sessions.")] = 20,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """List the newest sessions, to find the one to show."""
    from relay.audit.listing import sessions_listing
    from server.app import open_records

    settings = existing(data)

    async def work() -> list[Facts]:
        async with open_records(settings) as records:
            return await sessions_listing(records.audit, limit)

    sessions = run(work)
    if as_json or sessions:
        say(sessions, as_json=as_json)
    else:
        print("No session yet: one is listed as soon as a code is shown.", file=sys.stderr)  # noqa: T201


@audit_app.command("show")
def audit_show(session: str, *, data: Data = None, as_json: AsJson = False) -> None:
    """Everything the log holds of one session; reading it is itself recorded."""
    from relay.audit.listing import session_listing
    from server.app import open_records

    settings = existing(data)

    async def work() -> Facts | None:
        async with open_records(settings) as records:
            return await session_listing(records.audit, session)

    facts = run(work)
    if facts is None:
        refuse("there is no such session")
    if as_json:
        say(facts, as_json=True)
    else:
        from server.listing import print_session

        print_session(facts)
