"""Whose products these are: a folder of data that a maker fills, read once and checked whole (D8)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from care.catalogue.markets import MarketFault, Markets, read_markets

if TYPE_CHECKING:
    from collections.abc import Collection

INVENTED: Final = Path(__file__).parents[1] / "data"
"""An invented maker's, for the demonstration and for tests."""


class Maker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Host names are in lower case."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    brands: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    link_hosts: frozenset[str]
    code_hosts: frozenset[str]


@dataclass(frozen=True, slots=True)
class MakerData:
    maker: Maker
    markets: Markets


def read_maker_data(folder: Path, *, languages: Collection[str]) -> MakerData:
    """`maker.toml` and `markets/*.toml` of a folder. Raises MarketFault.

    `languages` are those we have texts for.
    """
    file = folder / "maker.toml"
    try:
        maker = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Maker, strict=True)
    except OSError:
        raise MarketFault(f"{folder}: there is no maker.toml that can be read") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as fault:
        raise MarketFault(f"{file.name}: {fault}") from None
    for host in (*maker.link_hosts, *maker.code_hosts):
        if host != host.lower() or "/" in host or not host:
            raise MarketFault(f"{file.name}: {host!r} is no host in lower case")
    return MakerData(maker, read_markets(folder / "markets", languages=languages, hosts=maker.link_hosts))
