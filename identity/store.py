"""Tables and queries of identity. Tokens, challenges, badges and throttle keys are kept as hashes only."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from identity.rules import KNOWN_SOURCE_LIFE_MS, LONGEST_FORGET_MS, TOKEN_KEPT_MS, Role, Tries

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

metadata = sa.MetaData()

account = sa.Table(
    "account",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("login", sa.String(64), nullable=False, unique=True),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("org", sa.String(64), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("disabled_at", sa.BigInteger),
)

access_token = sa.Table(
    "access_token",
    metadata,
    sa.Column("hash", sa.String(43), primary_key=True),
    sa.Column("account", sa.String(32), sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("issued_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
)

badge_challenge = sa.Table(
    "badge_challenge",
    metadata,
    sa.Column("hash", sa.String(43), primary_key=True),
    sa.Column("account", sa.String(32), sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
)

badge = sa.Table(
    "badge",
    metadata,
    sa.Column("hash", sa.String(43), primary_key=True),
    sa.Column("account", sa.String(32), sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("issued_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
    # By these it is taken back: its own name, its issuer's key, the token it was asked for with.
    sa.Column("jti", sa.String(64), nullable=False, server_default=""),
    sa.Column("kid", sa.String(43), nullable=False, server_default=""),
    sa.Column("token", sa.String(43), nullable=False, server_default=""),
    # The row stays until the badge is over: who signs out and in again has not had fewer badges this hour.
    sa.Column("revoked", sa.Boolean, nullable=False, server_default=sa.false()),
)

sign_in_try = sa.Table(
    "sign_in_try",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last_at", sa.BigInteger, nullable=False, index=True),
    sa.Column("told", sa.Boolean, nullable=False),
)

known_source = sa.Table(
    "known_source",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("last_at", sa.BigInteger, nullable=False, index=True),
)


@dataclass(frozen=True, slots=True)
class Account:
    """Who acts."""

    id: str
    login: str
    name: str
    org: str
    role: Role
    language: str
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Credential:
    account: Account
    password_hash: str


_SHOWN = (
    account.c.id,
    account.c.login,
    account.c.name,
    account.c.org,
    account.c.role,
    account.c.language,
    account.c.disabled_at,
)


def _account(row: sa.Row[*tuple[Any, ...]]) -> Account:
    fields = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return Account(
        id=fields["id"],
        login=fields["login"],
        name=fields["name"],
        org=fields["org"],
        role=Role(fields["role"]),
        language=fields["language"],
        disabled=fields["disabled_at"] is not None,
    )


async def add_account(conn: AsyncConnection, new: Account, *, password_hash: str, now: int) -> bool:
    """False when the login is taken; the unique key decides, not a look beforehand."""
    change = _insert_or_nothing(
        conn,
        account,
        id=new.id,
        login=new.login,
        name=new.name,
        org=new.org,
        role=new.role.value,
        language=new.language,
        password_hash=password_hash,
        created_at=now,
    )
    return (await conn.execute(change)).rowcount == 1


async def credential(conn: AsyncConnection, login: str) -> Credential | None:
    query = sa.select(*_SHOWN, account.c.password_hash).where(account.c.login == login)
    row = (await conn.execute(query)).first()
    return None if row is None else Credential(_account(row), row.password_hash)


async def account_by_id(conn: AsyncConnection, account_id: str) -> Account | None:
    row = (await conn.execute(sa.select(*_SHOWN).where(account.c.id == account_id))).first()
    return None if row is None else _account(row)


async def all_accounts(conn: AsyncConnection) -> list[Account]:
    rows = await conn.execute(sa.select(*_SHOWN).order_by(account.c.login))
    return [_account(row) for row in rows]


async def set_password_hash(conn: AsyncConnection, account_id: str, password_hash: str) -> None:
    await conn.execute(account.update().where(account.c.id == account_id).values(password_hash=password_hash))


async def disable(conn: AsyncConnection, login: str, now: int) -> str | None:
    """The id of the account that this call disabled; None when there was none to disable."""
    change = (
        account.update()
        .where(account.c.login == login, account.c.disabled_at.is_(None))
        .values(disabled_at=now)
        .returning(account.c.id)
    )
    changed: str | None = (await conn.execute(change)).scalar_one_or_none()
    return changed


async def disabled_accounts(conn: AsyncConnection) -> list[str]:
    query = sa.select(account.c.id).where(account.c.disabled_at.is_not(None))
    return [str(row.id) for row in await conn.execute(query)]


async def disable_these(conn: AsyncConnection, account_ids: Collection[str], now: int) -> list[str]:
    """Those of them that were not disabled."""
    change = (
        account.update()
        .where(account.c.id.in_(account_ids), account.c.disabled_at.is_(None))
        .values(disabled_at=now)
        .returning(account.c.id)
    )
    return [str(row.id) for row in await conn.execute(change)]


async def signed_out_among(conn: AsyncConnection, account_ids: Collection[str]) -> list[str]:
    """Those of these accounts that are disabled or hold no token, not even one that ran out lately."""
    holds_token = sa.exists().where(access_token.c.account == account.c.id)
    query = sa.select(account.c.id).where(
        account.c.id.in_(account_ids), account.c.disabled_at.is_not(None) | ~holds_token
    )
    return [str(row.id) for row in await conn.execute(query)]


async def forget_tokens(conn: AsyncConnection, account_id: str) -> None:
    """Signs the account out everywhere; its badges are for `revocation_store` to take back."""
    for table in (access_token, badge_challenge):
        await conn.execute(table.delete().where(table.c.account == account_id))


async def forget_all_tokens(conn: AsyncConnection) -> int:
    """Signs everybody out; how many tokens there were."""
    await conn.execute(badge_challenge.delete())
    return (await conn.execute(access_token.delete())).rowcount


async def add_token(
    conn: AsyncConnection, token_hash: str, *, account_id: str, now: int, expires_at: int, most: int
) -> None:
    """Adds a token; an account that holds `most` loses its oldest."""
    await _make_room(conn, access_token, account_id, most)
    await conn.execute(
        access_token.insert().values(
            hash=token_hash, account=account_id, issued_at=now, expires_at=expires_at
        )
    )


async def _make_room(conn: AsyncConnection, table: sa.Table, account_id: str, most: int) -> None:
    kept = (
        sa.select(table.c.hash)
        .where(table.c.account == account_id)
        .order_by(table.c.expires_at.desc(), table.c.hash)
        .limit(most - 1)
    )
    await conn.execute(table.delete().where(table.c.account == account_id, table.c.hash.not_in(kept)))


async def take_token(conn: AsyncConnection, token_hash: str) -> str | None:
    """Removes the token; whose it was."""
    removal = access_token.delete().where(access_token.c.hash == token_hash).returning(access_token.c.account)
    return (await conn.execute(removal)).scalar_one_or_none()


async def account_of_token(conn: AsyncConnection, token_hash: str, now: int) -> Account | None:
    query = (
        sa.select(*_SHOWN)
        .join(access_token, access_token.c.account == account.c.id)
        .where(
            access_token.c.hash == token_hash,
            access_token.c.expires_at > now,
            account.c.disabled_at.is_(None),
        )
    )
    row = (await conn.execute(query)).first()
    return None if row is None else _account(row)


async def add_challenge(
    conn: AsyncConnection, challenge_hash: str, *, account_id: str, expires_at: int, most: int
) -> None:
    await _make_room(conn, badge_challenge, account_id, most)
    await conn.execute(
        badge_challenge.insert().values(hash=challenge_hash, account=account_id, expires_at=expires_at)
    )


async def take_challenge(conn: AsyncConnection, challenge_hash: str, *, account_id: str, now: int) -> bool:
    """True once: the delete that finds the row is the only use of the challenge."""
    removal = (
        badge_challenge.delete()
        .where(
            badge_challenge.c.hash == challenge_hash,
            badge_challenge.c.account == account_id,
            badge_challenge.c.expires_at > now,
        )
        .returning(badge_challenge.c.hash)
    )
    return (await conn.execute(removal)).first() is not None


@dataclass(frozen=True, slots=True)
class NewBadge:
    """A badge's row."""

    hash: str
    account: str
    issued_at: int
    expires_at: int
    jti: str
    kid: str
    token: str


async def add_badge(conn: AsyncConnection, new: NewBadge) -> None:
    await conn.execute(badge.insert().values(**asdict(new)))


async def badges_since(conn: AsyncConnection, account_id: str, since: int) -> int:
    query = sa.select(sa.func.count()).where(badge.c.account == account_id, badge.c.issued_at > since)
    return int((await conn.execute(query)).scalar_one())


async def account_of_badge(conn: AsyncConnection, badge_hash: str, now: int) -> str | None:
    query = (
        sa.select(badge.c.account)
        .join(account, badge.c.account == account.c.id)
        .where(
            badge.c.hash == badge_hash,
            badge.c.expires_at > now,
            ~badge.c.revoked,
            account.c.disabled_at.is_(None),
        )
    )
    return (await conn.execute(query)).scalar_one_or_none()


async def tries(conn: AsyncConnection, keys: Sequence[str]) -> dict[str, Tries]:
    return _tries(await conn.execute(sa.select(sign_in_try).where(sign_in_try.c.key.in_(keys))))


async def hold_tries(conn: AsyncConnection, keys: Sequence[str], now: int) -> dict[str, Tries]:
    """The counts, their rows locked until the transaction ends, so that parallel tries count one by one."""
    for key in sorted(keys):
        blank = _insert_or_nothing(conn, sign_in_try, key=key, failures=0, last_at=now, told=False)
        await conn.execute(blank)
    query = sa.select(sign_in_try).where(sign_in_try.c.key.in_(keys)).order_by(sign_in_try.c.key)
    return _tries(await conn.execute(query.with_for_update()))


def _tries(rows: sa.CursorResult[tuple[str, int, int, bool]]) -> dict[str, Tries]:
    return {row.key: Tries(row.failures, row.last_at, row.told) for row in rows}


def _insert_or_nothing(conn: AsyncConnection, table: sa.Table, **values: object) -> sa.Insert:
    if conn.dialect.name == "postgresql":
        return postgresql.insert(table).values(**values).on_conflict_do_nothing()
    return sqlite.insert(table).values(**values).on_conflict_do_nothing()


async def put_tries(conn: AsyncConnection, key: str, count: Tries) -> None:
    """Writes a count whose row `hold_tries` holds."""
    await conn.execute(
        sign_in_try.update()
        .where(sign_in_try.c.key == key)
        .values(failures=count.failures, last_at=count.last_at, told=count.told)
    )


async def drop_tries(conn: AsyncConnection, key: str) -> None:
    await conn.execute(sign_in_try.delete().where(sign_in_try.c.key == key))


async def give_back_try(conn: AsyncConnection, keys: Sequence[str]) -> None:
    await conn.execute(
        sign_in_try.update()
        .where(sign_in_try.c.key.in_(keys), sign_in_try.c.failures > 0)
        .values(failures=sign_in_try.c.failures - 1)
    )


async def is_known_source(conn: AsyncConnection, key: str) -> bool:
    query = sa.select(known_source.c.key).where(known_source.c.key == key)
    return (await conn.execute(query)).first() is not None


async def know_source(conn: AsyncConnection, key: str, now: int) -> None:
    await conn.execute(_insert_or_nothing(conn, known_source, key=key, last_at=now))
    await conn.execute(known_source.update().where(known_source.c.key == key).values(last_at=now))


async def purge(conn: AsyncConnection, now: int) -> None:
    """Erases what has outlived its use; called in the transactions that add such rows (INV-H5)."""
    # A session may outlive the token it was begun with; see signed_out_among.
    await conn.execute(access_token.delete().where(access_token.c.expires_at <= now - TOKEN_KEPT_MS))
    for table in (badge_challenge, badge):
        await conn.execute(table.delete().where(table.c.expires_at <= now))
    await conn.execute(sign_in_try.delete().where(sign_in_try.c.last_at <= now - LONGEST_FORGET_MS))
    await conn.execute(known_source.delete().where(known_source.c.last_at <= now - KNOWN_SOURCE_LIFE_MS))
