"""Codes that a technician's console shows: whose they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pin", sa.Column("account", sa.String(64), nullable=True))
    op.create_index("pin_account", "pin", ["account", "locator_live"])
