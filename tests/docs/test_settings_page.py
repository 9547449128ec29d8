"""docs/settings.md against the command line and the settings: nothing undocumented, nothing invented."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import typer.main

from server.cli import app
from server.settings import Settings, from_environment
from tests.docs.pages import page, quoted, rows, section
from tests.sources import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = page("docs/settings.md")


class Asked(dict[str, str]):
    """An environment that notes what it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, key: str, default: str = "") -> str:  # type: ignore[override]
        self.names.add(key)
        return default


def commands() -> Iterator[tuple[str, Any]]:
    group = typer.main.get_command(app)
    for name, command in subcommands(group):
        inner = dict(subcommands(command))
        yield from ((f"{name} {deeper}", one) for deeper, one in inner.items())
        if not inner:
            yield name, command


def subcommands(command: Any) -> list[tuple[str, Any]]:
    # Typer carries a copy of click whose classes have no public name.
    return list(getattr(command, "commands", {}).items())


def test_every_command_is_documented_and_no_other() -> None:
    documented = {row[0].strip("`") for row in rows(section(PAGE, "Commands"))}
    assert documented == {f"alongside {name}" for name, _ in commands()}


def test_every_option_is_documented_and_no_other() -> None:
    options = {
        name
        for _, command in commands()
        for one in command.params
        for name in one.opts
        if name.startswith("--")
    }
    documented = {text for text in quoted(PAGE) if re.fullmatch(r"--[a-z-]+", text)}
    assert documented == options - {"--help"}


def test_every_variable_is_documented_and_no_other() -> None:
    asked = Asked()
    from_environment(asked)
    table = {row[0].strip("`") for row in rows(section(PAGE, "Settings of the server"))}
    assert table == asked.names
    read = {
        name
        for folder in ("server", "identity", "relay", "device_agent")
        for source in texts(".py", under=folder).values()
        for name in re.findall(r"""["'](ALONGSIDE_[A-Z_]+|DATABASE_URL)["']""", source)
    }
    assert read == {text for text in quoted(PAGE) if re.fullmatch(r"ALONGSIDE_[A-Z_]+|DATABASE_URL", text)}


def test_the_defaults_are_those_of_the_code() -> None:
    documented = {
        row[0].strip("`"): row[2].strip("`") for row in rows(section(PAGE, "Settings of the server"))
    }
    defaults = Settings()
    assert documented["ALONGSIDE_ORIGIN"] == defaults.origin
    assert documented["ALONGSIDE_CONSOLE_ORIGINS"] == ",".join(defaults.console_origins)
    assert documented["ALONGSIDE_HOST"] == defaults.host
    assert documented["ALONGSIDE_PORT"] == str(defaults.port)
    assert documented["ALONGSIDE_DATA"] == str(defaults.data)


def test_every_command_says_what_it_does() -> None:
    for name, command in commands():
        assert command.help, name
