"""Customers' accounts, their sessions, links and passkeys, and the mails that are still to be sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _customers()
    _passkeys()
    _mails()


def _customers() -> None:
    op.create_table(
        "customer",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("email_key", sa.String(320), unique=True),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("market", sa.String(2), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("verified_at", sa.BigInteger),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "customer_session",
        sa.Column("hash", sa.String(43), primary_key=True),
        sa.Column("customer", sa.String(32), sa.ForeignKey("customer.id"), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "customer_link",
        sa.Column("hash", sa.String(43), primary_key=True),
        sa.Column("customer", sa.String(32), sa.ForeignKey("customer.id"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger),
    )
    for table in ("customer_session", "customer_link"):
        _index(table, "customer", "expires_at")


def _passkeys() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("credential_id", sa.String(1364), nullable=False, unique=True),
        sa.Column("customer", sa.String(32), sa.ForeignKey("customer.id"), nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger),
    )
    _index("passkey", "customer")
    op.create_table(
        "passkey_challenge",
        sa.Column("hash", sa.String(43), primary_key=True),
        sa.Column("customer", sa.String(32), sa.ForeignKey("customer.id")),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    _index("passkey_challenge", "customer", "expires_at")


def _mails() -> None:
    op.create_table(
        "mail_outbox",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("recipient", sa.String(320), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_at", sa.BigInteger),
        sa.Column("sent_at", sa.BigInteger),
        sa.Column("last_fault", sa.String(32), nullable=False),
    )
    _index("mail_outbox", "recipient", "created_at", "next_at")


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(f"ix_{table}_{column}", table, [column])
