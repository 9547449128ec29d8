"""How mails leave this process: into a folder as files, or to a mail server by SMTP."""

from __future__ import annotations

import asyncio
import os
import ssl
import stat
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

import aiosmtplib

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.mail.message import Outgoing

SMTP_S: Final = 20.0
LOGIN_BYTES: Final = 1_024
_PORTS: Final = {"smtp": 587, "smtps": 465}
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class NotSent(Exception):  # noqa: N818 - what came of a try, not a fault of ours
    """`fault` is one short word, nothing of the mail; `for_good`: no later try would end otherwise."""

    def __init__(self, fault: str, *, for_good: bool = False) -> None:
        super().__init__(fault)
        self.fault = fault
        self.for_good = for_good


class Way(Protocol):
    """Sends one mail; may be asked for several at a time."""

    async def send(self, mail: Outgoing) -> None:
        """Raises NotSent."""
        ...

    async def check(self) -> str:
        """Why nothing could ever be sent this way; empty where it can, or where nobody answers now."""
        ...


@dataclass(frozen=True, slots=True)
class Folder:
    """Each mail a file `NAME.eml`, whole or not there, the oldest first; one sent twice is one file."""

    path: Path

    async def send(self, mail: Outgoing) -> None:
        try:
            await asyncio.to_thread(self._write, mail.data, mail.name)
        except OSError as error:
            raise NotSent("folder") from error

    async def check(self) -> str:
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            return f"{self.path} cannot be a folder of mails: {error.strerror}"
        return ""

    def _write(self, data: bytes, name: str) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self.path / f".{name}.part"
        with unfinished.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self.path / f"{name}.eml")
        folder = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@dataclass(frozen=True, slots=True)
class Login:
    """At the mail server. Kept out of every repr."""

    name: str
    password: str

    def __repr__(self) -> str:
        return "Login(...)"


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server. Beyond this machine a mail goes under TLS or not at all, whatever the server offers."""

    host: str
    port: int
    tls: bool
    login: Login | None = None
    # For a server whose certificate an authority of its own has signed; by default the machine's.
    context: ssl.SSLContext | None = None

    @property
    def must_start_tls(self) -> bool:
        return not self.tls and self.host not in _LOOPBACK

    async def send(self, mail: Outgoing) -> None:
        try:
            async with self._session() as client:
                await client.send_message(mail.message, sender=mail.sender, recipients=[mail.recipient])
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise not_sent(error) from error

    async def check(self) -> str:
        """Asks the server, so that a login or a certificate that is wrong is said at the start."""
        try:
            async with self._session():
                return ""
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            said = _NEVER.get(not_sent(error).fault)
            return f"the mail server {self.host} {said}" if said else ""

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """A connection on which the mail may go; TimeoutError, an OSError, where it takes too long."""
        client = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.tls,
            start_tls=False,
            tls_context=self.context,
            local_hostname="localhost",  # what this machine is called is nobody's business
            timeout=SMTP_S,
        )
        async with asyncio.timeout(SMTP_S), client:
            await client.ehlo()
            if self.must_start_tls:
                if not client.supports_extension("starttls"):
                    raise aiosmtplib.SMTPNotSupported("no STARTTLS")
                await client.starttls()
            if self.login is not None:
                await client.login(self.login.name, self.login.password)
            yield client


_NEVER: Final = {
    "login": "refuses the login",
    "not_supported": "lacks STARTTLS, or a way to sign in",
    "certificate": "shows a certificate that this machine does not trust",
}


def not_sent(error: Exception) -> NotSent:
    """What a try's failure means for the next one."""
    fault, for_good = "away", False
    if ssl.SSLCertVerificationError in {type(error), type(error.__cause__)}:
        return NotSent("certificate")
    match error:
        case aiosmtplib.SMTPNotSupported():
            # No TLS, or none of the characters this address has.
            fault = "not_supported"
        case aiosmtplib.SMTPRecipientsRefused():
            fault, for_good = "recipient", all(one.code >= 500 for one in error.recipients)
        case aiosmtplib.SMTPDataError():
            fault, for_good = "refused", error.code >= 500
        case aiosmtplib.SMTPAuthenticationError():
            fault = "login"
        case aiosmtplib.SMTPResponseException():
            fault = "answer"
        case ValueError():
            fault, for_good = "form", True
        case _:
            pass
    return NotSent(fault, for_good=for_good)


def way_of(text: str, login: Path | None) -> tuple[Way | None, list[str]]:
    """What `folder:PATH`, `smtp://HOST:PORT` or `smtps://HOST:PORT` names, or why it cannot be."""
    if text.startswith("folder:"):
        path = text.removeprefix("folder:")
        if login is not None:
            return None, ["a folder of mails asks for no login"]
        return (Folder(Path(path)), []) if path else (None, ["name the folder of mails: folder:PATH"])
    form = ["mails go to folder:PATH, smtp://HOST:PORT or smtps://HOST:PORT"]
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None, form
    if parts.scheme not in _PORTS or not parts.hostname or parts.path or parts.query or parts.fragment:
        return None, form
    if parts.username is not None or parts.password is not None:
        return None, ["name and password of the mail server stand in a file: ALONGSIDE_MAIL_LOGIN"]
    found, faults = (None, []) if login is None else read_login(login)
    way = Smtp(parts.hostname, port or _PORTS[parts.scheme], parts.scheme == "smtps", found)
    return (None, faults) if faults else (way, [])


def read_login(path: Path) -> tuple[Login | None, list[str]]:
    """The one line `NAME:PASSWORD` of a file that only its owner can read, or why it cannot be used."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            return None, [f"{path} can be read by others; set its mode to 600"]
        with path.open("rb") as file:
            line = file.read(LOGIN_BYTES + 1).decode().strip()
    except OSError as error:
        return None, [f"{path} cannot be read: {error.strerror}"]
    except UnicodeDecodeError:
        return None, [f"{path} is not UTF-8"]
    name, colon, password = line.partition(":")
    if not (name and colon and password) or len(line) > LOGIN_BYTES or len(line.splitlines()) != 1:
        return None, [f"{path} holds one line NAME:PASSWORD"]
    return Login(name, password), []
