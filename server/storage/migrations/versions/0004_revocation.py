"""What is revoked, the newest signed list of it, and by what a badge is taken back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Badges of before cannot be named in a list; their holders get new ones with the next code.
    op.execute(sa.text("DELETE FROM badge"))
    for name, size in (("jti", 64), ("kid", 43), ("token", 43)):
        op.add_column("badge", sa.Column(name, sa.String(size), nullable=False, server_default=""))
    op.add_column("badge", sa.Column("revoked", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "revocation",
        sa.Column("kind", sa.String(8), primary_key=True),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("why", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_revocation_until", "revocation", ["until"])
    op.create_table(
        "status_list",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("iat", sa.BigInteger, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
