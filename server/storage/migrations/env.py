"""Alembic's entry: the connection and its transaction come from server.storage.migrate."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=None,
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
