"""Log lines that cannot carry a secret: named events with chosen facts, never a message with values in it."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Final, TextIO

import structlog
from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

# What the access log says of a request: the route as declared, and the name of this one call.
ROUTE: Final[web.RequestKey[str]] = web.RequestKey("route")
REFERENCE: Final[web.RequestKey[str]] = web.RequestKey("reference")

Logger = structlog.typing.FilteringBoundLogger
EventDict = structlog.typing.EventDict


def configure(stream: TextIO | None = None, *, lines_for_people: bool = False) -> None:
    """Sends our events, and the libraries' warnings, to `stream` (standard error if not given)."""
    out = stream or sys.stderr
    renderer = (
        structlog.dev.ConsoleRenderer(colors=out.isatty())
        if lines_for_people
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_words,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [Sober()]
    root.setLevel(logging.WARNING)


def _without_words(_logger: object, _name: str, event: EventDict) -> EventDict:
    """Of an exception only its kind and its way: its message may quote what came in."""
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        event.update(error=type(error).__name__, where=where(error))
    return event


def log() -> Logger:
    logger: Logger = structlog.get_logger()
    return logger


class Sober(logging.Handler):
    """Where a library warned, without its words: those may hold a request line, a parameter or an address."""

    def emit(self, record: logging.LogRecord) -> None:
        facts: dict[str, object] = {"logger": record.name, "at": f"{record.module}:{record.lineno}"}
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            facts |= {"error": type(error).__name__, "where": where(error)}
        log().log(record.levelno, "library", **facts)


def where(error: BaseException) -> list[str]:
    """The way to an error as file:line places, without its message and without any value."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames[-8:]]


class AccessLog(AbstractAccessLogger):
    """One line per answer: the route as declared, never the path, the query, a header or a body."""

    @property
    def enabled(self) -> bool:
        return True

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        log().info(
            "answered",
            method=request.method if request.method in _METHODS else "other",
            route=request.get(ROUTE, "none"),
            status=response.status,
            ms=round(time * 1_000, 1),
            reference=request.get(REFERENCE, ""),
        )


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
