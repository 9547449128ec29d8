"""One-time codes by which devices enrol, as keyed hashes, and the unit each is for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enrol_code",
        sa.Column("hash", sa.String(43), primary_key=True),
        sa.Column("chain", sa.String(32), nullable=False),
        sa.Column("unit", sa.String(64), nullable=False),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("used_by", sa.String(43), nullable=True),
        sa.Column("used_at", sa.BigInteger, nullable=True),
    )
    op.create_index("ix_enrol_code_expires_at", "enrol_code", ["expires_at"])
