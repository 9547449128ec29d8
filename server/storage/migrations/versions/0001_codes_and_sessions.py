"""Codes, sessions and the memory of the limiter."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pin",
        sa.Column("session", sa.String(32), primary_key=True),
        sa.Column("locator", sa.String(5), nullable=False),
        sa.Column("locator_live", sa.String(5), nullable=True),
        sa.Column("device", sa.String(43), nullable=False),
        sa.Column("node", sa.String(255), nullable=False),
        sa.Column("issued_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("redeemed_by", sa.String(64), nullable=True),
        sa.Column("redeemed_at", sa.BigInteger, nullable=True),
    )
    op.create_index("pin_locator_live", "pin", ["locator_live"], unique=True)
    op.create_index("pin_locator", "pin", ["locator", "issued_at"])
    op.create_table(
        "session",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("pin_session", sa.String(32), sa.ForeignKey("pin.session"), nullable=False, unique=True),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("fw", sa.String(64), nullable=False),
        sa.Column("node", sa.String(255), nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("paired_at", sa.BigInteger, nullable=True),
        sa.Column("active_at", sa.BigInteger, nullable=True),
        sa.Column("ended_at", sa.BigInteger, nullable=True),
        sa.Column("reason", sa.String(32), nullable=True),
        sa.Column("records", sa.Integer, nullable=False),
    )
    op.create_index("session_account", "session", ["account", "started_at"])
    op.create_index("session_node", "session", ["node", "reason"])
    op.create_table(
        "throttle",
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("subject", sa.String(64), primary_key=True),
        sa.Column("times", sa.Text, nullable=False),
    )
