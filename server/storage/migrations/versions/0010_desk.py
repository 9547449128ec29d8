"""What the desk's services keep: transfers, upgrades, confirmed purchases, answers, limits, deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_OPEN = sa.text("state = 'open'")
_LIVE = sa.text("state <> 'cancelled'")
_CURRENT = sa.text("superseded_at IS NULL")


def upgrade() -> None:
    op.add_column("sighting", sa.Column("dismissed_at", sa.BigInteger))
    _transfers()
    _upgrades()
    _confirmations()
    _requests()


def _transfers() -> None:
    op.create_table(
        "transfer_offer",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("registration", sa.String(32), sa.ForeignKey("registration.id"), nullable=False),
        sa.Column("customer", sa.String(32), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_transfer_offer_customer", "transfer_offer", ["customer"])
    op.create_index(
        "transfer_offer_open",
        "transfer_offer",
        ["registration"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )


def _upgrades() -> None:
    op.create_table(
        "upgrade",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("customer", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attestation", sa.String(64), nullable=False, server_default=""),
        sa.Column("online_on", sa.Date),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
    )
    op.create_index("ix_upgrade_customer", "upgrade", ["customer"])
    op.create_index(
        "upgrade_live", "upgrade", ["unit"], unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE
    )


def _confirmations() -> None:
    op.create_table(
        "purchase_confirmation",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("confirmed_on", sa.Date, nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("document", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("superseded_at", sa.BigInteger),
    )
    op.create_index(
        "purchase_confirmation_current",
        "purchase_confirmation",
        ["unit"],
        unique=True,
        sqlite_where=_CURRENT,
        postgresql_where=_CURRENT,
    )


def _requests() -> None:
    op.create_table(
        "kept_answer",
        sa.Column("customer", sa.String(32), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("asked", sa.String(64), nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "pace",
        sa.Column("subject", sa.String(64), primary_key=True),
        sa.Column("free_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
