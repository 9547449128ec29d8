"""The command `alongside`. Facts go to standard output, with --json as one JSON line; the rest to stderr."""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from server.cli_accounts import accounts_app
from server.cli_audit import audit_app
from server.cli_badges import badges_app
from server.cli_device import device_app
from server.cli_import import import_app
from server.cli_keys import keys_app
from server.command import (
    AsJson,
    Certificate,
    Clock,
    Consoles,
    Data,
    DirectOption,
    Elsewhere,
    Facts,
    Issuer,
    Key,
    MailFrom,
    MailWay,
    Maker,
    Origin,
    Proxy,
    RootKey,
    Stun,
    Turn,
    TurnSecret,
    configure_logs,
    given,
    public_key,
    refuse,
    run,
    say,
    settings_with,
    ways_of,
)

# Commands import what they need when they run: help, and the agent, do not wait for a database library.
# ruff: noqa: PLC0415

app = typer.Typer(
    help="Remote assistance for TVs and appliances. The customer shows a code, agrees, and stays in control.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(accounts_app, name="accounts")
app.add_typer(audit_app, name="audit")
app.add_typer(badges_app, name="badges")
app.add_typer(device_app, name="device")
app.add_typer(import_app, name="import")
app.add_typer(keys_app, name="keys")


def _print_version(asked: bool) -> None:  # noqa: FBT001 - the form that typer calls
    if asked:
        from importlib.metadata import version

        say([{"version": version("alongside")}], as_json=False)
        raise typer.Exit


@app.callback()
def root(
    *,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Remote assistance for TVs and appliances. The customer shows a code, agrees, and stays in control."""


def main() -> None:
    # Keys, database and logs are for their owner alone.
    os.umask(0o077)
    app()


@app.command()
def serve(
    *,
    origin: Origin = None,
    console_origin: Consoles = None,
    console_elsewhere: Elsewhere = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="Port to listen on.")] = None,
    data: Data = None,
    issuer: Issuer = None,
    behind_proxy: Proxy = None,
    certificate: Certificate = None,
    key: Key = None,
    turn_secret: TurnSecret = None,
    mail: MailWay = None,
    mail_from: MailFrom = None,
    maker: Maker = None,
    clock: Clock = None,
    as_json: AsJson = False,
) -> None:
    """Run the server: relay, sign-in, audit; with a maker's folder the customers' portal, too."""
    from server.run import serve as serve_until_stopped

    settings = settings_with(
        origin=origin,
        console_origins=tuple(console_origin) if console_origin else None,
        consoles_elsewhere=tuple(console_elsewhere) if console_elsewhere else None,
        host=host,
        port=port,
        data=data,
        issuer=issuer,
        behind_proxy=behind_proxy,
        certificate=certificate,
        key=key,
        turn_secret=turn_secret,
        mail=mail,
        mail_from=mail_from,
        maker=maker,
        clock=clock,
    )
    configure_logs()
    facts = {"service": settings.origin, "console_origins": list(settings.console_origins)}
    run(lambda: serve_until_stopped(settings, lambda: say(facts, as_json=as_json)))


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
    root_key: RootKey = None,
    direct: DirectOption = "off",
    stun: Stun = None,
    turn: Turn = None,
    print_release: Annotated[
        bool,
        typer.Option("--print-release", help="Print the hash of what would be served, and serve nothing."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Serve the technician's pages from an origin of their own."""
    from server.console import ConsoleSettings
    from server.release import read_release
    from server.run import serve_console

    release = read_release()
    if print_release:
        say({"release": release.name, "files": len(release.files)}, as_json=as_json)
        return
    asked = given(
        origin=service,
        console_origins=(origin,),
        host=host,
        port=port,
        behind_proxy=behind_proxy,
        certificate=certificate,
        key=key,
    )
    public_key(root_key)
    door = dataclasses.replace(asked.door, origin=origin)
    ways = ways_of(direct, stun, turn)
    if faults := [*asked.origin_faults(), *door.faults(), *ways.faults()]:
        refuse("; ".join(faults))
    configure_logs()
    settings = ConsoleSettings(origin=origin, service=service, root=root_key, ways=ways)
    facts = {"console": origin, "service": service, "release": release.name}
    run(lambda: serve_console(settings, release, door, lambda: say(facts, as_json=as_json)))


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
    language: Annotated[
        str | None,
        typer.Option(help="Language of the TV from now on, for example vi; without it the TV keeps its own."),
    ] = None,
    direct: DirectOption = "off",
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser.")] = False,
    as_json: AsJson = False,
) -> None:
    """Try it: a server, a simulated TV and the console, from one command."""
    import locales
    from server.demo import DemoOptions, run_demo

    if language is not None and (language := locales.spoken(language)) is None:
        refuse(f"there are no texts in this language; choose one of {', '.join(locales.languages())}")
    ways = ways_of(direct, None, None)
    if faults := ways.faults():
        refuse("; ".join(faults))
    options = DemoOptions(
        port=port,
        data=data,
        language=language,
        open_browser=not no_browser and sys.stdout.isatty(),
        ways=ways,
    )
    raise typer.Exit(run(lambda: run_demo(options, as_json=as_json)))


@app.command()
def trust(
    *,
    org: Annotated[str, typer.Option(help="The organisation's name, as devices show it.")],
    origin: Origin = None,
    issuer: Issuer = None,
    data: Data = None,
) -> None:
    """Print what a maker writes into each device as trust.json: whose badges it believes."""
    from server.trust import trust_of

    settings = settings_with(origin=origin, issuer=issuer, data=data)
    if not settings.data.is_dir():
        refuse(f"there is no data folder {settings.data}; the first `alongside serve` makes it and the key")

    async def work() -> Facts:
        return trust_of(settings, org)

    say(run(work), as_json=True)


@app.command()
def migrate(*, data: Data = None, as_json: AsJson = False) -> None:
    """Bring the database up to date; `serve` does so too."""
    from server.app import open_office

    settings = settings_with(data=data)

    async def work() -> Facts:
        async with open_office(settings):
            return {"migrated": True}

    say(run(work), as_json=as_json)


@app.command()
def doctor(*, data: Data = None, as_json: AsJson = False) -> None:
    """Check whether a server could start here, and name what stands in the way."""
    from server.doctor import examine

    findings = run(lambda: examine(settings_with(data=data)))
    say([dataclasses.asdict(finding) for finding in findings], as_json=as_json)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)
