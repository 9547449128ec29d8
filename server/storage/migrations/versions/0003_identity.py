"""Accounts, access tokens, badges and the memory of the sign-in throttle."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("login", sa.String(64), nullable=False, unique=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("org", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("disabled_at", sa.BigInteger, nullable=True),
    )
    _owned("access_token", issued=True)
    _owned("badge_challenge", issued=False)
    _owned("badge", issued=True)
    op.create_table(
        "sign_in_try",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("told", sa.Boolean, nullable=False),
    )
    op.create_index("ix_sign_in_try_last_at", "sign_in_try", ["last_at"])
    op.create_table(
        "known_source",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("last_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_known_source_last_at", "known_source", ["last_at"])


def _owned(name: str, *, issued: bool) -> None:
    """A table of hashes that belong to an account and expire."""
    times = [sa.Column("issued_at", sa.BigInteger, nullable=False)] if issued else []
    op.create_table(
        name,
        sa.Column("hash", sa.String(43), primary_key=True),
        sa.Column("account", sa.String(32), sa.ForeignKey("account.id"), nullable=False),
        *times,
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_index(f"ix_{name}_account", name, ["account"])
    op.create_index(f"ix_{name}_expires_at", name, ["expires_at"])
