"""What somebody did to a product's cover is found by who did it: when their account is erased."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_coverage_event_actor", "coverage_event", ["actor"])
