"""`alongside keys`: the root, what it signs for a server, and what is declared void."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Final

import typer

from server.command import (
    AsJson,
    Data,
    Facts,
    Issuer,
    Origin,
    RootKey,
    existing,
    public_key,
    refuse,
    run,
    say,
    settings_with,
)

# ruff: noqa: PLC0415

keys_app = typer.Typer(
    help="Keys that sign badges, enrolments and revocations, and the root that signs for them.",
    no_args_is_help=True,
)

RootFile = Annotated[Path, typer.Option("--root", help="File of the root's private key.")]
Days = Annotated[int, typer.Option(min=1, max=400, help="How long the keyset is valid.")]
_READ_MOST: Final = 16_384


@keys_app.command("root")
def keys_root(
    file: Annotated[Path, typer.Argument(help="New file, on a medium that stays offline.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Draw the root key, which devices believe for as long as they live. Do this on an offline machine."""
    from identity.keys import SigningKey, draw_secret, kept_secret
    from wire.encoding import b64

    async def work() -> Facts:
        if not draw_secret(file):
            refuse(f"{file} is there already; a root key is never replaced")
        return {"root_key": b64(SigningKey(kept_secret(file)).public)}

    say(run(work), as_json=as_json)


@keys_app.command("request")
def keys_request(
    *,
    rotate: Annotated[
        list[str] | None, typer.Option(help="Draw a successor: issuer, enrol or status; once each.")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="Leave out an old key, by its id; once each.")
    ] = None,
    issuer: Issuer = None,
    data: Data = None,
) -> None:
    """Print what the root shall sign: this server's public keys. Draws keys where there are none yet."""
    from identity.keyring import Duty, request_keys
    from server.settings import private_folder

    if not set(rotate or ()) <= set(Duty):
        refuse("a key to rotate is issuer, enrol or status")
    settings = settings_with(issuer=issuer, data=data)

    async def work() -> str:
        folder = private_folder(settings.data)
        duties = [Duty(name) for name in rotate or ()]
        return (
            request_keys(folder, iss=settings.iss, rotate=duties, without=without or ()).to_bytes().decode()
        )

    print(run(work))  # noqa: T201 - one line, to be carried to the root


@keys_app.command("sign")
def keys_sign(
    request: Annotated[Path | None, typer.Argument(help="The request; standard input if not named.")] = None,
    *,
    root: RootFile,
    days: Days = 365,
) -> None:
    """Sign a request with the root key and print the keyset. Read what it says before you carry it away."""
    from identity.keys import SigningKey, kept_secret
    from identity.keyset_request import read_request, sign_request
    from wire.encoding import key_id

    async def work() -> str:
        asked = read_request(_read(request))
        lines = [
            f"issuer {asked.iss}, keyset number {asked.serial}, valid for {days} days from now",
            *(f"may sign badges: {key_id(key)}" for key in asked.issuers),
            *(f"may enrol devices: {key_id(key)}" for key in asked.enrol),
            f"may revoke: {key_id(asked.status)}",
        ]
        print("\n".join(lines), file=sys.stderr)  # noqa: T201 - for the person who signs
        return sign_request(
            asked, SigningKey(kept_secret(_there(root))), now_s=int(time.time()), days=days
        ).decode()

    print(run(work))  # noqa: T201 - one line, to be carried back


@keys_app.command("install")
def keys_install(
    keyset: Annotated[Path | None, typer.Argument(help="The keyset; standard input if not named.")] = None,
    *,
    root_key: RootKey = None,
    origin: Origin = None,
    issuer: Issuer = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Take a signed keyset into use. A running server notices within a second."""
    from identity.keyring import install_keyset

    settings = settings_with(origin=origin, issuer=issuer, data=existing(data).data)
    root = public_key(root_key)

    async def work() -> Facts:
        keys = install_keyset(
            settings.data,
            _read(keyset),
            root=root,
            iss=settings.iss,
            aud=settings.origin,
            now_s=int(time.time()),
        )
        return {"installed": keys.keyset.serial, "until": _date(keys.keyset.exp)}

    say(run(work), as_json=as_json)


@keys_app.command("setup")
def keys_setup(
    *,
    root: RootFile,
    days: Days = 365,
    origin: Origin = None,
    issuer: Issuer = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Root, keys and keyset in one step on one machine; move the root file offline afterwards."""
    from server.keys import set_up
    from server.settings import private_folder
    from wire.encoding import b64

    settings = settings_with(origin=origin, issuer=issuer, data=data)

    async def work() -> Facts:
        private_folder(settings.data)
        keys = set_up(settings, root, now_s=int(time.time()), days=days)
        return {"root_key": b64(keys.root), "installed": keys.keyset.serial, "until": _date(keys.keyset.exp)}

    facts = run(work)
    print(f"Move {root} to a medium that stays offline: no server needs it.", file=sys.stderr)  # noqa: T201
    say(facts, as_json=as_json)


@keys_app.command("show")
def keys_show(*, data: Data = None, as_json: AsJson = False) -> None:
    """Show the keys of this server, the keyset and its dates. Private keys are never printed."""
    from server.key_facts import facts_of

    settings = existing(data)

    async def work() -> list[Facts]:
        return facts_of(settings.data, now_s=int(time.time()))

    say(run(work), as_json=as_json)


@keys_app.command("revoke")
def keys_revoke(
    kid: Annotated[str, typer.Argument(help="Id of an issuer's, an enrolment's or a device's key.")],
    *,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Declare a key void: whatever it signed, or confirmed, no longer counts. There is no way back."""
    from identity.keyring import held_keyset
    from identity.status import TooManyKeys
    from server.app import open_office, revocations_of
    from wire.encoding import key_id, unb64
    from wire.errors import WireError

    settings = existing(data)
    try:
        unb64(kid, 32)
    except WireError:
        refuse("a key's id is the text of 43 characters that `alongside keys show` prints")

    async def work() -> Facts:
        async with open_office(settings) as office:
            keyset = held_keyset(settings.data)
            named = () if keyset is None else (*keyset.issuers, *keyset.enrol)
            try:
                is_new = await revocations_of(office).revoke_key(kid, named=kid in map(key_id, named))
            except TooManyKeys:
                refuse("the list has no room for another key; sign a keyset without the oldest ones")
        return {"kid": kid, "revoked": True, "was_revoked": not is_new}

    say(run(work), as_json=as_json)


def _read(path: Path | None) -> bytes:
    if path is None:
        return sys.stdin.buffer.read(_READ_MOST)
    with _there(path).open("rb") as file:
        return file.read(_READ_MOST)


def _there(path: Path) -> Path:
    if not path.is_file():
        refuse(f"there is no file {path}")
    return path


def _date(seconds: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))
