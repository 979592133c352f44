"""Runs the steps on the connection that `headway.store.alembic` has opened. Alembic executes this file."""

from __future__ import annotations

from alembic import context

from headway.store.sqlalchemy.tables import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
context.run_migrations()
