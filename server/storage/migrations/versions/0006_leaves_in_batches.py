"""Lets the log grow by several leaves in one step: a restart closes thousands of sessions before it serves.

The rule stays: every leaf takes the next free place, and none may be changed, removed or put in between.
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SQLITE = (
    "DROP TRIGGER audit_leaf_insert",
    """
    CREATE TRIGGER audit_leaf_insert BEFORE INSERT ON audit_leaf
    WHEN NEW.idx IS NOT (SELECT coalesce(max(idx), -1) + 1 FROM audit_leaf)
      OR NEW.idx >= (SELECT size FROM audit_head)
      OR EXISTS (SELECT 1 FROM audit_leaf WHERE sess = NEW.sess AND seq = NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'audit_leaf takes leaves in order only'); END
    """,
    "DROP TRIGGER audit_head_update",
    """
    CREATE TRIGGER audit_head_update BEFORE UPDATE ON audit_head
    WHEN NEW.id IS NOT OLD.id OR NEW.size <= OLD.size
      OR OLD.size IS NOT (SELECT coalesce(max(idx), -1) + 1 FROM audit_leaf)
    BEGIN SELECT RAISE(ABORT, 'audit_head only counts up'); END
    """,
)

_POSTGRESQL = (
    """
    CREATE OR REPLACE FUNCTION audit_leaf_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.idx IS DISTINCT FROM (SELECT coalesce(max(idx), -1) + 1 FROM audit_leaf)
        OR NEW.idx >= (SELECT size FROM audit_head) THEN
        RAISE EXCEPTION 'audit_leaf takes leaves in order only';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION audit_head_counts_up() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.id <> OLD.id OR NEW.size <= OLD.size
        OR OLD.size IS DISTINCT FROM (SELECT coalesce(max(idx), -1) + 1 FROM audit_leaf) THEN
        RAISE EXCEPTION 'audit_head only counts up';
      END IF;
      RETURN NEW;
    END $$
    """,
)


def upgrade() -> None:
    for statement in _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE:
        op.execute(statement)
