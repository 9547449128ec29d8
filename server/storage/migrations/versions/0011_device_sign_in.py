"""Signing in on a television, and requests that devices prove."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device_request",
        sa.Column("hash", sa.String(43), primary_key=True),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_device_request_expires_at", "device_request", ["expires_at"])
    op.create_table(
        "device_sign_in",
        sa.Column("hash", sa.String(43), primary_key=True),
        sa.Column("user_code", sa.String(43), nullable=False, unique=True),
        sa.Column("device", sa.String(43), nullable=False),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("chain", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("customer", sa.String(32)),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("interval_s", sa.Integer, nullable=False),
        sa.Column("polled_at", sa.BigInteger),
    )
    for column in ("device", "customer", "expires_at"):
        op.create_index(f"ix_device_sign_in_{column}", "device_sign_in", [column])
    op.create_table(
        "device_token",
        sa.Column("hash", sa.String(43), primary_key=True),
        sa.Column("device", sa.String(43), nullable=False),
        sa.Column("customer", sa.String(32), nullable=False),
        sa.Column("chain", sa.String(32), nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    for column in ("device", "customer", "expires_at"):
        op.create_index(f"ix_device_token_{column}", "device_token", [column])
