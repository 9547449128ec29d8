"""What every command shares: its options, how it runs, how it speaks and how it refuses."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from server.direct import DirectWays
    from server.settings import Settings

# Commands import what they need when they run: help, and the agent, do not wait for a database library.
# ruff: noqa: PLC0415

T = TypeVar("T")
Facts = dict[str, Any]

AsJson = Annotated[bool, typer.Option("--json", help="Print facts as one JSON line.")]
Data = Annotated[Path | None, typer.Option(help="Folder of the database and the keys.")]
Issuer = Annotated[str | None, typer.Option(help="Name of the badges' issuer.")]
Origin = Annotated[str | None, typer.Option(help="The service's origin, as badges and devices name it.")]
Consoles = Annotated[list[str] | None, typer.Option("--console-origin", help="An origin of the console.")]
Elsewhere = Annotated[
    list[str] | None,
    typer.Option("--console-elsewhere", help="One of them that somebody else than this operator serves."),
]
Certificate = Annotated[
    Path | None, typer.Option(help="Certificate and its chain, in PEM, to end TLS without a proxy.")
]
Key = Annotated[Path | None, typer.Option(help="The certificate's key, in PEM.")]
Proxy = Annotated[
    bool | None, typer.Option("--behind-proxy", help="A proxy of ours ends TLS and names the callers.")
]


RootKey = Annotated[
    str | None, typer.Option(help="The root's public key, as `alongside keys root` or `keys show` print it.")
]


DirectOption = Annotated[
    str, typer.Option(help="Try a data channel beside the relay: off, turn, public or all.")
]
Stun = Annotated[str | None, typer.Option(help="Your STUN server, as stun:HOST.")]
Turn = Annotated[str | None, typer.Option(help="Your TURN server, as turn:HOST or turns:HOST.")]
MailWay = Annotated[
    str | None, typer.Option(help="Where mails go: folder:PATH, smtp://HOST:PORT or smtps://HOST:PORT.")
]
MailFrom = Annotated[str | None, typer.Option(help="The address that mails come from.")]
TurnSecret = Annotated[
    Path | None, typer.Option(help="File of the secret shared with your TURN server, for logins.")
]

Maker = Annotated[
    Path | None, typer.Option(help="Folder with what the maker says of itself and its markets.")
]
Clock = Annotated[
    Path | None, typer.Option(help="For tests alone: a file that states the time instead of this machine.")
]


def ways_of(direct: str, stun: str | None, turn: str | None) -> DirectWays:
    """What was said of data channels; a word that is none is refused."""
    from server.direct import Direct, DirectWays

    if direct not in {way.value for way in Direct}:
        refuse(f"--direct is one of {', '.join(way.value for way in Direct)}")
    return DirectWays(Direct(direct), stun or "", turn or "")


def public_key(text: str | None) -> bytes | None:
    """The 32 bytes of a public key that was typed, or None where none was."""
    from wire.encoding import KEY_BYTES, unb64
    from wire.errors import WireError

    try:
        return None if text is None else unb64(text, KEY_BYTES)
    except WireError:
        refuse("the root's public key is the text of 43 characters that `alongside keys root` printed")


def settings_with(**changes: Any) -> Settings:
    """The environment's settings, with the options that were given in their place."""
    from server.settings import UnsafeSettings

    settings = given(**changes)
    try:
        settings.check()
    except UnsafeSettings as error:
        refuse(str(error))
    return settings


def given(**changes: Any) -> Settings:
    from server.settings import UnsafeSettings, from_environment

    try:
        settings = from_environment()
    except UnsafeSettings as error:
        refuse(str(error))
    return dataclasses.replace(
        settings, **{name: value for name, value in changes.items() if value is not None}
    )


def existing(data: Path | None) -> Settings:
    """For commands that only look: a folder that was mistyped is not made."""
    settings = settings_with(data=data)
    if not settings.data.is_dir():
        refuse(f"there is no data folder {settings.data}; name it with --data, after a demo --data demo-data")
    return settings


def configure_logs() -> None:
    from server import logs

    logs.configure(lines_for_people=sys.stderr.isatty())


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Runs the work; what the machine or the settings do not allow is said in one sentence."""
    import uvloop

    from identity.keyring import KeysNotReady
    from identity.keys import UnsafeKeyFile
    from identity.keyset_request import BadRequest
    from server.app import TamperedLog
    from server.run import CannotRun
    from server.settings import UnsafeSettings
    from server.storage.engine import StorageAway
    from server.storage.migrate import NewerDatabase

    try:
        return uvloop.run(work())
    except (
        UnsafeSettings,
        UnsafeKeyFile,
        KeysNotReady,
        BadRequest,
        CannotRun,
        TamperedLog,
        NewerDatabase,
    ) as error:
        refuse(str(error))
    except StorageAway:
        refuse("the database does not answer; `alongside doctor` says more")


def refuse(reason: str) -> NoReturn:
    print(f"alongside: {reason}", file=sys.stderr)  # noqa: T201 - the command's own voice
    raise typer.Exit(1)


def say(facts: Facts | list[Facts], *, as_json: bool) -> None:
    lines = [facts] if isinstance(facts, dict) else facts
    text = json.dumps(facts, ensure_ascii=False) if as_json else "\n".join(map(_plain, lines))
    print(text, flush=True)  # noqa: T201 - facts are for standard output


def _plain(facts: Facts) -> str:
    return "  ".join(f"{name}={value}" for name, value in facts.items())
