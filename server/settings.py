"""What an operator may set, and the combinations that refuse to start. No setting turns a promise off."""

from __future__ import annotations

import ipaddress
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from server.direct import read_turn_secret
from server.mail.ways import way_of
from wire.limits import ORIGIN_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.mail.ways import Way

_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\]")
# An address of ASCII without a name beside it.
_MAILBOX: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class UnsafeSettings(Exception):  # noqa: N818 - reads as what it is
    """Every reason why the server does not start with these settings."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Door:
    """Where callers of one origin come in, and who ends their TLS: a proxy, this process, or nobody here."""

    origin: str
    host: str
    port: int
    behind_proxy: bool = False
    certificate: Path | None = None
    key: Path | None = None

    def faults(self) -> list[str]:
        """Why nobody may, or could, come in this way."""
        if (self.certificate is None) != (self.key is None):
            return ["--certificate and --key belong together"]
        if self.certificate is not None and not self.behind_proxy and not self.origin.startswith("https:"):
            return [f"with a certificate the origin begins with https, and {self.origin} does not"]
        if self.certificate is not None or self.behind_proxy:
            return []
        if not is_loopback(self.host):
            advice = "give --certificate and --key, or put a TLS proxy in front and say --behind-proxy"
            return [f"plain HTTP on {self.host} is not loopback; {advice}"]
        if self.origin.startswith("https:"):
            # Otherwise every caller would be counted as the one that the unnamed proxy is (INV-G7).
            return [f"nobody ends TLS for {self.origin}; give --certificate and --key, or say --behind-proxy"]
        return []


@dataclass(frozen=True, slots=True)
class Settings:
    """`origin` is the one text that CPace and badges bind; it is never taken from a request."""

    origin: str = "http://localhost:8400"
    console_origins: tuple[str, ...] = ("http://localhost:8401",)
    # Those of them that somebody else than this service's operator serves.
    consoles_elsewhere: tuple[str, ...] = ()
    host: str = "localhost"
    port: int = 8400
    data: Path = Path("data")
    # Kept out of every repr: it may hold a password.
    database_url: str = field(default="", repr=False)
    issuer: str = ""
    behind_proxy: bool = False
    certificate: Path | None = None
    key: Path | None = None
    # The secret that this server shares with the operator's TURN server.
    turn_secret: Path | None = None
    # Folder with what the maker says of itself and its markets.
    maker: Path | None = None
    # How mails to customers leave: folder:PATH, smtp://HOST:PORT or smtps://HOST:PORT.
    mail: str = ""
    mail_from: str = ""
    mail_login: Path | None = None
    # File of the secrets that the maker's smart home signs its webhooks with.
    webhook_secrets: Path | None = None
    # A file that states the time instead of the machine, for tests alone.
    clock: Path | None = None

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data / 'alongside.db'}"

    @property
    def iss(self) -> str:
        """The name of this issuer in badges; devices know it from their maker."""
        return self.issuer or self.origin

    @property
    def console_socket(self) -> str:
        """Where a console finds the sockets of this node."""
        return f"ws{self.origin.removeprefix('http')}/v1/console"

    def check(self) -> None:
        """Raises with all that is unsafe at once."""
        faults = [*self.origin_faults(), *self.door.faults(), *self._database_faults()]
        if self.clock is not None and not is_test():
            faults.append("--clock is for tests, which set ALONGSIDE_TEST=1")
        if self.turn_secret is not None:
            faults += read_turn_secret(self.turn_secret)[1]
        faults += self._mail_faults()
        if faults:
            raise UnsafeSettings(faults)

    def turn_login_secret(self) -> bytes:
        """What TURN logins are made with; empty where there are none."""
        return b"" if self.turn_secret is None else read_turn_secret(self.turn_secret)[0]

    def mail_way(self) -> Way | None:
        """How mails leave; None where nothing is said of it."""
        return way_of(self.mail, self.mail_login)[0] if self.mail else None

    def _mail_faults(self) -> list[str]:
        if not self.mail:
            said = self.mail_from or self.mail_login
            return ["a sender or a login of mails goes together with --mail"] if said else []
        faults = way_of(self.mail, self.mail_login)[1]
        if not _MAILBOX.fullmatch(self.mail_from):
            faults.append("--mail-from is the address that mails come from, such as care@maker.example")
        return faults

    @property
    def door(self) -> Door:
        """How this server is reached."""
        return Door(self.origin, self.host, self.port, self.behind_proxy, self.certificate, self.key)

    def origin_faults(self) -> list[str]:
        """What is wrong with the names alone, wherever they are served."""
        faults = [
            f"{origin} is not an origin as browsers write it: scheme, host, port if not the default"
            for origin in (self.origin, *self.console_origins)
            if not is_origin(origin)
        ]
        faults += [
            f"{origin} is plain HTTP on a public name; use https"
            for origin in (self.origin, *self.console_origins)
            if is_origin(origin) and not origin.startswith("https:") and not is_loopback(host_of(origin))
        ]
        if not self.console_origins:
            faults.append("no console origin is named; without one nobody can connect")
        faults += [
            f"{origin} is served elsewhere, but is not named as a console's origin"
            for origin in self.consoles_elsewhere
            if origin not in self.console_origins
        ]
        if self.origin in self.console_origins:
            faults.append("the console has an origin of its own; the service's may not be in its list")
        return faults

    def _database_faults(self) -> list[str]:
        try:
            backend = make_url(self.database).get_backend_name()
        except ArgumentError:
            return ["the database URL cannot be read"]
        if backend not in {"sqlite", "postgresql"}:
            return ["the database is sqlite:///FILE or postgresql://..."]
        return []


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """The defaults as the environment changes them; the command line changes the rest."""
    defaults = Settings()
    consoles = environ.get("ALONGSIDE_CONSOLE_ORIGINS", ",".join(defaults.console_origins))
    elsewhere = environ.get("ALONGSIDE_CONSOLES_ELSEWHERE", "")
    return Settings(
        origin=environ.get("ALONGSIDE_ORIGIN", defaults.origin),
        console_origins=_origins(consoles),
        consoles_elsewhere=_origins(elsewhere),
        host=environ.get("ALONGSIDE_HOST", defaults.host),
        port=_port(environ.get("ALONGSIDE_PORT", str(defaults.port))),
        data=Path(environ.get("ALONGSIDE_DATA", str(defaults.data))),
        database_url=environ.get("DATABASE_URL", ""),
        issuer=environ.get("ALONGSIDE_ISSUER", ""),
        behind_proxy=environ.get("ALONGSIDE_BEHIND_PROXY", "") == "1",
        certificate=_path(environ.get("ALONGSIDE_CERTIFICATE", "")),
        key=_path(environ.get("ALONGSIDE_KEY", "")),
        turn_secret=_path(environ.get("ALONGSIDE_TURN_SECRET", "")),
        maker=_path(environ.get("ALONGSIDE_MAKER", "")),
        mail=environ.get("ALONGSIDE_MAIL", ""),
        mail_from=environ.get("ALONGSIDE_MAIL_FROM", ""),
        mail_login=_path(environ.get("ALONGSIDE_MAIL_LOGIN", "")),
        webhook_secrets=_path(environ.get("ALONGSIDE_WEBHOOK_SECRETS", "")),
        clock=_path(environ.get("ALONGSIDE_CLOCK", "")),
    )


def is_test(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a test runs this process: settings that would weaken a promise are taken only then."""
    return environ.get("ALONGSIDE_TEST") == "1"


def _origins(text: str) -> tuple[str, ...]:
    return tuple(origin.strip() for origin in text.split(",") if origin.strip())


def _path(text: str) -> Path | None:
    return Path(text) if text else None


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 <= int(text) <= 65_535:
        raise UnsafeSettings(["ALONGSIDE_PORT is a number from 0 to 65535"])
    return int(text)


def is_origin(text: str) -> bool:
    """True for the one spelling of an origin (SPEC §1)."""
    if len(text) > ORIGIN_CHARACTERS:
        return False
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    host = parts.netloc.removesuffix(f":{port}") if port is not None else parts.netloc
    if parts.scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(host):
        return False
    if port == _DEFAULT_PORTS[parts.scheme]:
        return False
    spelled = f"{parts.scheme}://{host}" + ("" if port is None else f":{port}")
    return text == spelled


def host_of(origin: str) -> str:
    return urlsplit(origin).hostname or ""


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def private_folder(path: Path) -> Path:
    """The folder, made if need be, that nobody else on this machine may look into."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise UnsafeSettings([f"{path} can be read by others; set its mode to 700"])
    return path
