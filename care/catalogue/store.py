"""Tables and queries of the catalogue: groups, models, and which model an IMEI's type code names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from care.catalogue.groups import Group, Level
from care.catalogue.models import Model, Why
from care.identifiers import TAC_DIGITS, Kind, Rule
from care.limits import CODE_MOST, NAME_MOST

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

metadata = sa.MetaData()

product_group = sa.Table(
    "product_group",
    metadata,
    sa.Column("code", sa.String(CODE_MOST), primary_key=True),
    sa.Column("level", sa.String(16), nullable=False),
    sa.Column("parent", sa.String(CODE_MOST), nullable=False, index=True),
    sa.Column("names", sa.Text, nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
)

model = sa.Table(
    "model",
    metadata,
    sa.Column("code", sa.String(CODE_MOST), primary_key=True),
    sa.Column("brand", sa.String(NAME_MOST), nullable=False),
    sa.Column("category", sa.String(CODE_MOST), nullable=False, index=True),
    # What is printed on the box and in the code that registers; null where there is none.
    sa.Column("gtin", sa.String(14), unique=True),
    sa.Column("names", sa.Text, nullable=False),
    sa.Column("identifiers", sa.String(32), nullable=False),
    sa.Column("serial_length", sa.Integer, nullable=False),
    sa.Column("why_not", sa.String(16), nullable=False),
    sa.Column("by_qr", sa.Boolean, nullable=False),
    sa.Column("tv_from", sa.Integer),
    sa.Column("smart", sa.Boolean, nullable=False),
    sa.Column("oem", sa.Boolean, nullable=False),
    sa.Column("remote_assist", sa.Boolean, nullable=False),
    sa.Column("online_extension", sa.Boolean, nullable=False),
    sa.Column("most_months", sa.Integer, nullable=False),
    sa.Column("changed_at", sa.BigInteger, nullable=False),
)

tac = sa.Table(
    "tac",
    metadata,
    sa.Column("code", sa.String(TAC_DIGITS), primary_key=True),
    sa.Column("model", sa.String(CODE_MOST), nullable=False),
)


async def put_groups(conn: AsyncConnection, groups: Iterable[Group]) -> None:
    """Adds them or writes them anew, in their order."""
    rows = [
        {
            "code": group.code,
            "level": group.level.value,
            "parent": group.parent,
            "names": json.dumps(dict(group.names), ensure_ascii=False),
            "place": place,
        }
        for place, group in enumerate(groups)
    ]
    await _put(conn, product_group, rows)


async def all_groups(conn: AsyncConnection) -> list[Group]:
    rows = await conn.execute(sa.select(product_group).order_by(product_group.c.place))
    return [Group(row.code, Level(row.level), row.parent, json.loads(row.names)) for row in rows]


async def put_models(conn: AsyncConnection, models: Sequence[Model], now: int) -> None:
    """Adds them or writes them anew."""
    await _put(conn, model, [_values(one, now) for one in models])


async def all_models(conn: AsyncConnection) -> list[Model]:
    rows = await conn.execute(sa.select(model).order_by(model.c.code))
    return [_model(row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name for it


async def model_by_code(conn: AsyncConnection, code: str) -> Model | None:
    return await _one(conn, model.c.code == code)


async def model_by_gtin(conn: AsyncConnection, gtin: str) -> Model | None:
    """`gtin` in 14 digits."""
    return await _one(conn, model.c.gtin == gtin)


async def models_by_codes(conn: AsyncConnection, codes: Collection[str]) -> dict[str, Model]:
    rows = await conn.execute(sa.select(model).where(model.c.code.in_(codes)))
    return {row.code: _model(row._mapping) for row in rows}  # noqa: SLF001 - SQLAlchemy's public name for it


async def groups_under(conn: AsyncConnection, level: Level, parent: str) -> list[Group]:
    """The groups of a level that stand under one, in their order; types have the parent ""."""
    query = (
        sa.select(product_group)
        .where(product_group.c.level == level.value, product_group.c.parent == parent)
        .order_by(product_group.c.place)
    )
    rows = await conn.execute(query)
    return [Group(row.code, Level(row.level), row.parent, json.loads(row.names)) for row in rows]


async def all_tacs(conn: AsyncConnection) -> dict[str, str]:
    """The model of each type allocation code."""
    return {row.code: row.model for row in await conn.execute(sa.select(tac))}


async def put_tacs(conn: AsyncConnection, models_by_tac: Mapping[str, str]) -> None:
    """Adds them or writes them anew."""
    await _put(conn, tac, [{"code": code, "model": name} for code, name in models_by_tac.items()])


async def models_of_category(conn: AsyncConnection, category: str) -> list[Model]:
    rows = await conn.execute(sa.select(model).where(model.c.category == category).order_by(model.c.code))
    return [_model(row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name for it


async def path_of(conn: AsyncConnection, code: str) -> tuple[str, str, str]:
    """A model's category, subtype and type; each "" where the model is not known."""
    subtype, kind = product_group.alias("subtype"), product_group.alias("kind")
    query = (
        sa.select(model.c.category, subtype.c.code, kind.c.code)
        .join(product_group, product_group.c.code == model.c.category)
        .join(subtype, subtype.c.code == product_group.c.parent)
        .join(kind, kind.c.code == subtype.c.parent)
        .where(model.c.code == code)
    )
    row = (await conn.execute(query)).first()
    return ("", "", "") if row is None else (row[0], row[1], row[2])


async def model_of_tac(conn: AsyncConnection, code: str) -> str | None:
    """The code of the model, where we hold the type allocation code."""
    return (await conn.execute(sa.select(tac.c.model).where(tac.c.code == code))).scalar_one_or_none()


async def _one(conn: AsyncConnection, which: sa.ColumnElement[bool]) -> Model | None:
    row = (await conn.execute(sa.select(model).where(which))).first()
    return None if row is None else _model(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def _values(one: Model, now: int) -> dict[str, object]:
    return {
        "code": one.code,
        "brand": one.brand,
        "category": one.category,
        "gtin": one.gtin or None,
        "names": json.dumps(dict(one.names), ensure_ascii=False),
        "identifiers": " ".join(sorted(kind.value for kind in one.rule.kinds)),
        "serial_length": one.rule.serial_length,
        "why_not": one.why_not.value if one.why_not else "",
        "by_qr": one.by_qr,
        "tv_from": one.tv_from,
        "smart": one.smart,
        "oem": one.oem,
        "remote_assist": one.remote_assist,
        "online_extension": one.online_extension,
        "most_months": one.most_months,
        "changed_at": now,
    }


def _model(row: sa.RowMapping) -> Model:
    return Model(
        code=row["code"],
        brand=row["brand"],
        category=row["category"],
        names=json.loads(row["names"]),
        rule=Rule(frozenset(map(Kind, row["identifiers"].split())), row["serial_length"]),
        gtin=row["gtin"] or "",
        why_not=Why(row["why_not"]) if row["why_not"] else None,
        by_qr=row["by_qr"],
        tv_from=row["tv_from"],
        smart=row["smart"],
        oem=row["oem"],
        remote_assist=row["remote_assist"],
        online_extension=row["online_extension"],
        most_months=row["most_months"],
    )


async def _put(conn: AsyncConnection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    change = insert(table)
    others = {column.name: change.excluded[column.name] for column in table.c if not column.primary_key}
    await conn.execute(change.on_conflict_do_update(index_elements=["code"], set_=others), rows)
