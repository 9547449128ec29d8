"""The catalogue, products as things, what was supplied, who registered them, and what covers them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ACTIVE = sa.text("state = 'active'")
_CURRENT = sa.text("superseded_at IS NULL")


def upgrade() -> None:
    _catalogue()
    _units()
    _registrations()
    _cover()


def _catalogue() -> None:
    op.create_table(
        "product_group",
        sa.Column("code", sa.String(32), primary_key=True),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("parent", sa.String(32), nullable=False),
        sa.Column("names", sa.Text, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
    )
    op.create_index("ix_product_group_parent", "product_group", ["parent"])
    op.create_table(
        "model",
        sa.Column("code", sa.String(32), primary_key=True),
        sa.Column("brand", sa.String(80), nullable=False),
        sa.Column("category", sa.String(32), nullable=False),
        sa.Column("gtin", sa.String(14), unique=True),
        sa.Column("names", sa.Text, nullable=False),
        sa.Column("identifiers", sa.String(32), nullable=False),
        sa.Column("serial_length", sa.Integer, nullable=False),
        sa.Column("why_not", sa.String(16), nullable=False),
        sa.Column("by_qr", sa.Boolean, nullable=False),
        sa.Column("tv_from", sa.Integer),
        sa.Column("smart", sa.Boolean, nullable=False),
        sa.Column("oem", sa.Boolean, nullable=False),
        sa.Column("remote_assist", sa.Boolean, nullable=False),
        sa.Column("online_extension", sa.Boolean, nullable=False),
        sa.Column("most_months", sa.Integer, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_model_category", "model", ["category"])
    op.create_table(
        "tac",
        sa.Column("code", sa.String(8), primary_key=True),
        sa.Column("model", sa.String(32), nullable=False),
    )


def _units() -> None:
    op.create_table(
        "unit",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("brand", sa.String(80), nullable=False),
        sa.Column("serial", sa.String(15)),
        sa.Column("model", sa.String(32), nullable=False, server_default=""),
        sa.Column("manufactured_on", sa.Date),
        sa.Column("market", sa.String(2), nullable=False, server_default=""),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    )
    op.create_index("unit_serial", "unit", ["serial", "brand"], unique=True)
    op.create_table(
        "unit_imei",
        sa.Column("imei", sa.String(15), primary_key=True),
        sa.Column("unit", sa.String(32), sa.ForeignKey("unit.id"), nullable=False),
    )
    op.create_index("ix_unit_imei_unit", "unit_imei", ["unit"])
    op.create_table(
        "supply_record",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("unit", sa.String(32), sa.ForeignKey("unit.id"), nullable=False),
        sa.Column("shipped_on", sa.Date),
        sa.Column("delivered_on", sa.Date),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("document", sa.String(64), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("imported_at", sa.BigInteger, nullable=False),
        sa.Column("superseded_at", sa.BigInteger),
    )
    op.create_index(
        "supply_record_current",
        "supply_record",
        ["unit"],
        unique=True,
        sqlite_where=_CURRENT,
        postgresql_where=_CURRENT,
    )


def _registrations() -> None:
    op.create_table(
        "registration",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("customer", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("market", sa.String(2), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("terms", sa.String(32), nullable=False),
        sa.Column("bought_on", sa.Date),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    )
    op.create_index("ix_registration_unit", "registration", ["unit"])
    op.create_index("ix_registration_customer", "registration", ["customer"])
    op.create_index(
        "registration_active",
        "registration",
        ["unit"],
        unique=True,
        sqlite_where=_ACTIVE,
        postgresql_where=_ACTIVE,
    )
    op.create_table(
        "sighting",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("customer", sa.String(32), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
    )
    op.create_index("sighting_of", "sighting", ["customer", "unit"], unique=True)
    op.create_table(
        "consent",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("customer", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("given", sa.Boolean, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_consent_customer", "consent", ["customer"])


def _cover() -> None:
    op.create_table(
        "warranty_term",
        sa.Column("version", sa.String(32), primary_key=True),
        sa.Column("market", sa.String(2), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("months", sa.Integer, nullable=False),
        sa.Column("starts", sa.String(64), nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("applies_to", sa.String(32), nullable=False),
        sa.Column("delay_months", sa.Integer, nullable=False),
        sa.Column("repair_extends_once", sa.Boolean, nullable=False),
        sa.Column("signed_off_on", sa.Date),
        sa.Column("imported_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_warranty_term_market", "warranty_term", ["market"])
    op.create_table(
        "coverage_period",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("term", sa.String(32), nullable=False),
        sa.Column("anchor_on", sa.Date),
        sa.Column("months", sa.Integer),
        sa.Column("counted", sa.Integer),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
    )
    op.create_index("ix_coverage_period_unit", "coverage_period", ["unit"])
    op.create_table(
        "coverage_event",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("cause", sa.String(32), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("told_at", sa.BigInteger),
    )
    op.create_index("ix_coverage_event_unit", "coverage_event", ["unit"])
