"""What the relay answers over HTTP: one struct each, from which the API's description is drawn."""

from __future__ import annotations

import msgspec

from wire.reasons import EndReason  # noqa: TC001 - the description is drawn from it


class SessionAnswer(msgspec.Struct, frozen=True):
    """A code was spent: the ticket opens the socket at `node`; `rs` and `hello` are base64url (SPEC §5.2)."""

    session: str
    ticket: str
    node: str
    rs: str
    hello: str


class CodeAnswer(msgspec.Struct, frozen=True):
    """A code for the console to show: it draws the secret digits itself; `ttl` in seconds."""

    session: str
    locator: str
    ttl: int
    ticket: str
    node: str


class AboutAnswer(msgspec.Struct, frozen=True):
    """Whether this service's operator serves the console's page that asks, too."""

    serves_console: bool


class AliveSaid(msgspec.Struct, frozen=True):
    """The device's answer to a sign of life (seal/SPEC §5.1).

    To the console's `k`th; its newest ping, the newest that was answered on the socket; `tag` is base64url.
    """

    k: int
    n: int
    heard: int
    tag: str


class SessionLine(msgspec.Struct, frozen=True):
    """One of the technician's own; times in ms since the epoch, null while it is not over."""

    session: str
    device: str
    started_at: int
    ended_at: int | None
    reason: EndReason | None


class SessionsAnswer(msgspec.Struct, frozen=True):
    """Newest first."""

    sessions: tuple[SessionLine, ...]
