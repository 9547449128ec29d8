"""Registrations that are being filled in; where a product was bought, as its owner said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "registration_draft",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("customer", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("number", sa.String(15), nullable=False),
        sa.Column("model", sa.String(32), nullable=False, server_default=""),
        sa.Column("sighting", sa.String(32), nullable=False, server_default=""),
        sa.Column("label", sa.String(200), nullable=False, server_default=""),
        sa.Column("begun_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_registration_draft_customer", "registration_draft", ["customer"])
    op.create_index("ix_registration_draft_begun_at", "registration_draft", ["begun_at"])
    op.add_column("registration", sa.Column("shop", sa.String(80), nullable=False, server_default=""))
