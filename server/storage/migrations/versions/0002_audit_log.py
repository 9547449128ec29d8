"""The audit log, and the triggers by which the database itself refuses to change it (INV-D2)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# SQLite's REPLACE deletes without firing delete triggers: the insert itself asks whether the place is free.
_SQLITE = (
    """
    CREATE TRIGGER audit_leaf_insert BEFORE INSERT ON audit_leaf
    WHEN NEW.idx IS NOT (SELECT size - 1 FROM audit_head)
      OR EXISTS (SELECT 1 FROM audit_leaf WHERE idx = NEW.idx OR (sess = NEW.sess AND seq = NEW.seq))
    BEGIN SELECT RAISE(ABORT, 'audit_leaf takes leaves in order only'); END
    """,
    """
    CREATE TRIGGER audit_leaf_update BEFORE UPDATE ON audit_leaf
    BEGIN SELECT RAISE(ABORT, 'audit_leaf is append-only'); END
    """,
    """
    CREATE TRIGGER audit_leaf_delete BEFORE DELETE ON audit_leaf
    BEGIN SELECT RAISE(ABORT, 'audit_leaf is append-only'); END
    """,
    """
    CREATE TRIGGER audit_head_insert BEFORE INSERT ON audit_head
    BEGIN SELECT RAISE(ABORT, 'audit_head has one row'); END
    """,
    """
    CREATE TRIGGER audit_head_update BEFORE UPDATE ON audit_head
    WHEN NEW.id IS NOT OLD.id OR NEW.size IS NOT OLD.size + 1
    BEGIN SELECT RAISE(ABORT, 'audit_head only counts up'); END
    """,
    """
    CREATE TRIGGER audit_head_delete BEFORE DELETE ON audit_head
    BEGIN SELECT RAISE(ABORT, 'audit_head has one row'); END
    """,
)

_POSTGRESQL = (
    """
    CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
    """,
    """
    CREATE FUNCTION audit_leaf_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.idx IS DISTINCT FROM (SELECT size - 1 FROM audit_head) THEN
        RAISE EXCEPTION 'audit_leaf takes leaves in order only';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION audit_head_counts_up() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.id <> OLD.id OR NEW.size <> OLD.size + 1 THEN
        RAISE EXCEPTION 'audit_head only counts up';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER audit_leaf_insert BEFORE INSERT ON audit_leaf
    FOR EACH ROW EXECUTE FUNCTION audit_leaf_in_order()
    """,
    """
    CREATE TRIGGER audit_leaf_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_leaf
    EXECUTE FUNCTION audit_refuse()
    """,
    """
    CREATE TRIGGER audit_head_update BEFORE UPDATE ON audit_head
    FOR EACH ROW EXECUTE FUNCTION audit_head_counts_up()
    """,
    """
    CREATE TRIGGER audit_head_change BEFORE INSERT OR DELETE OR TRUNCATE ON audit_head
    EXECUTE FUNCTION audit_refuse()
    """,
)


def upgrade() -> None:
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("size", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "audit_leaf",
        sa.Column("idx", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("sess", sa.String(32), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("leaf", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("sess", "seq", name="audit_leaf_place"),
    )
    op.bulk_insert(head, [{"id": 1, "size": 0}])
    for statement in _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE:
        op.execute(statement)
