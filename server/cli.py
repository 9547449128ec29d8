"""The command `alongside`. Facts go to standard output, with --json as one JSON line; the rest to stderr."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from server.settings import Settings

# Commands import what they need when they run: help, and the agent, do not wait for a database library.
# ruff: noqa: PLC0415

T = TypeVar("T")
Facts = dict[str, Any]

app = typer.Typer(
    help="Remote assistance for TVs and appliances. The customer shows a code, agrees, and stays in control.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
accounts_app = typer.Typer(help="Technicians and auditors.", no_args_is_help=True)
audit_app = typer.Typer(help="What happened, as recorded.", no_args_is_help=True)
app.add_typer(accounts_app, name="accounts")
app.add_typer(audit_app, name="audit")

AsJson = Annotated[bool, typer.Option("--json", help="Print facts as one JSON line.")]
Data = Annotated[Path | None, typer.Option(help="Folder of the database and the keys.")]
Origin = Annotated[str | None, typer.Option(help="The service's origin, as badges and devices name it.")]
Consoles = Annotated[list[str] | None, typer.Option("--console-origin", help="An origin of the console.")]
Certificate = Annotated[
    Path | None, typer.Option(help="Certificate and its chain, in PEM, to end TLS without a proxy.")
]
Key = Annotated[Path | None, typer.Option(help="The certificate's key, in PEM.")]
Proxy = Annotated[
    bool | None, typer.Option("--behind-proxy", help="A proxy of ours ends TLS and names the callers.")
]


def main() -> None:
    # Keys, database and logs are for their owner alone.
    os.umask(0o077)
    app()


@app.command()
def serve(
    *,
    origin: Origin = None,
    console_origin: Consoles = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="Port to listen on.")] = None,
    data: Data = None,
    issuer: Annotated[str | None, typer.Option(help="Name of the badges' issuer.")] = None,
    behind_proxy: Proxy = None,
    certificate: Certificate = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Run the server: relay, sign-in, audit."""
    from server.run import serve as run

    settings = _settings(
        origin=origin,
        console_origins=tuple(console_origin) if console_origin else None,
        host=host,
        port=port,
        data=data,
        issuer=issuer,
        behind_proxy=behind_proxy,
        certificate=certificate,
        key=key,
    )
    _configure_logs()
    facts = {"service": settings.origin, "console_origins": list(settings.console_origins)}
    _run(lambda: run(settings, lambda: _say(facts, as_json=as_json)))


@app.command()
def console(
    *,
    origin: Annotated[str, typer.Option(help="This console's own origin.")] = "http://localhost:8401",
    service: Annotated[str, typer.Option(help="The service's origin.")] = "http://localhost:8400",
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "localhost",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen on.")] = 8401,
    behind_proxy: Proxy = None,
    certificate: Certificate = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Serve the technician's pages from an origin of their own."""
    from server.console import ConsoleSettings
    from server.run import serve_console

    given = _given(
        origin=service,
        console_origins=(origin,),
        host=host,
        port=port,
        behind_proxy=behind_proxy,
        certificate=certificate,
        key=key,
    )
    door = dataclasses.replace(given.door, origin=origin)
    if faults := [*given.origin_faults(), *door.faults()]:
        _refuse("; ".join(faults))
    _configure_logs()
    settings = ConsoleSettings(origin=origin, service=service)
    facts = {"console": origin, "service": service}
    _run(lambda: serve_console(settings, door, lambda: _say(facts, as_json=as_json)))


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
)
def agent(context: typer.Context) -> None:
    """Run the agent on a device."""
    # A process of its own: the server holds no end-to-end key, and so does not even import the device's code.
    os.execv(sys.executable, [sys.executable, "-m", "device_agent", *context.args])  # noqa: S606 - our own module


@app.command()
def demo(
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65_533, help="First of three ports; 0 for free ones.")
    ] = 8400,
    data: Annotated[Path, typer.Option(help="Folder of the demo's database and keys.")] = Path("demo-data"),
    language: Annotated[str, typer.Option(help="Language of the TV: en or vi.")] = "en",
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser.")] = False,
    as_json: AsJson = False,
) -> None:
    """Try it: a server, a simulated TV and the console, from one command."""
    from server.demo import DemoOptions, run_demo

    options = DemoOptions(
        port=port, data=data, language=language, open_browser=not no_browser and sys.stdout.isatty()
    )
    raise typer.Exit(_run(lambda: run_demo(options, as_json=as_json)))


@app.command()
def migrate(*, data: Data = None, as_json: AsJson = False) -> None:
    """Bring the database up to date; `serve` does so too."""
    from server.app import open_office

    settings = _settings(data=data)

    async def work() -> Facts:
        async with open_office(settings):
            return {"migrated": True}

    _say(_run(work), as_json=as_json)


@app.command()
def doctor(*, data: Data = None, as_json: AsJson = False) -> None:
    """Check whether a server could start here, and name what stands in the way."""
    from server.doctor import examine

    findings = _run(lambda: examine(_settings(data=data)))
    _say([dataclasses.asdict(finding) for finding in findings], as_json=as_json)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


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
        _refuse("the role is technician or auditor")
    settings = _settings(data=data)
    password = _password()

    async def work() -> Facts:
        async with open_office(settings) as office:
            added = await office.identity.add_account(
                login=login, password=password, name=name, org=org, role=Role(role), language=language
            )
        if added is None:
            _refuse("this login is taken")
        if isinstance(added, Fault):
            _refuse(_FAULTS[added.value])
        return {"id": added.id, "login": added.login, "name": added.name, "org": added.org, "role": role}

    _say(_run(work), as_json=as_json)


@accounts_app.command("list")
def accounts_list(*, data: Data = None, as_json: AsJson = False) -> None:
    """List all accounts."""
    from server.app import open_office

    settings = _existing(data)

    async def work() -> list[Facts]:
        async with open_office(settings) as office:
            return [dataclasses.asdict(account) for account in await office.identity.accounts()]

    _say(_run(work), as_json=as_json)


@accounts_app.command("disable")
def accounts_disable(login: str, *, data: Data = None, as_json: AsJson = False) -> None:
    """Shut an account out: its tokens and badges are void and its live sessions end."""
    from server.app import open_office

    settings = _existing(data)

    async def work() -> Facts:
        async with open_office(settings) as office:
            if not await office.identity.disable_account(login):
                _refuse("there is no such account, or it is disabled already")
        return {"login": login, "disabled": True}

    _say(_run(work), as_json=as_json)


@audit_app.command("show")
def audit_show(session: str, *, data: Data = None, as_json: AsJson = False) -> None:
    """Everything the log holds of one session; reading it is itself recorded."""
    from relay.audit.listing import session_listing
    from server.app import open_records

    settings = _existing(data)

    async def work() -> Facts | None:
        async with open_records(settings) as records:
            return await session_listing(records.audit, session)

    facts = _run(work)
    if facts is None:
        _refuse("there is no such session")
    if as_json:
        _say(facts, as_json=True)
    else:
        from server.listing import print_session

        print_session(facts)


_FAULTS = {
    "login_form": "a login has 3 to 64 of a-z, 0-9 and . _ @ + -, and begins with a letter or digit",
    "password_too_short": "a password has at least 15 characters",
    "password_too_long": "a password has at most 128 characters",
    "password_too_plain": "the password repeats itself or the login; take several words",
    "name_form": "a name has 1 to 64 characters and no control or direction marks",
    "org_form": "an organisation has 1 to 64 characters and no control or direction marks",
    "language_unknown": "there are no texts in this language",
}


def _password() -> str:
    """Never an argument: those show in the process list and stay in the shell's history."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def _settings(**changes: Any) -> Settings:
    """The environment's settings, with the options that were given in their place."""
    from server.settings import UnsafeSettings

    settings = _given(**changes)
    try:
        settings.check()
    except UnsafeSettings as error:
        _refuse(str(error))
    return settings


def _given(**changes: Any) -> Settings:
    from server.settings import UnsafeSettings, from_environment

    try:
        settings = from_environment()
    except UnsafeSettings as error:
        _refuse(str(error))
    return dataclasses.replace(
        settings, **{name: value for name, value in changes.items() if value is not None}
    )


def _existing(data: Path | None) -> Settings:
    """For commands that only look: a folder that was mistyped is not made."""
    settings = _settings(data=data)
    if not settings.data.is_dir():
        _refuse(f"there is no data folder {settings.data}")
    return settings


def _configure_logs() -> None:
    from server import logs

    logs.configure(lines_for_people=sys.stderr.isatty())


def _run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Runs the work; what the machine or the settings do not allow is said in one sentence."""
    import uvloop

    from identity.issuer import UnsafeKeyFile
    from server.app import TamperedLog
    from server.run import CannotRun
    from server.settings import UnsafeSettings
    from server.storage.engine import StorageAway
    from server.storage.migrate import NewerDatabase

    try:
        return uvloop.run(work())
    except (UnsafeSettings, UnsafeKeyFile, CannotRun, TamperedLog, NewerDatabase) as error:
        _refuse(str(error))
    except StorageAway:
        _refuse("the database does not answer; `alongside doctor` says more")


def _refuse(reason: str) -> NoReturn:
    print(f"alongside: {reason}", file=sys.stderr)  # noqa: T201 - the command's own voice
    raise typer.Exit(1)


def _say(facts: Facts | list[Facts], *, as_json: bool) -> None:
    lines = [facts] if isinstance(facts, dict) else facts
    text = json.dumps(facts, ensure_ascii=False) if as_json else "\n".join(map(_plain, lines))
    print(text, flush=True)  # noqa: T201 - facts are for standard output


def _plain(facts: Facts) -> str:
    return "  ".join(f"{name}={value}" for name, value in facts.items())
