"""Run by Alembic: the connection is lent by :mod:`egregora.sinks.database.schema`, within a transaction of its own."""

from __future__ import annotations

from alembic import context

from egregora.sinks.database.tables import VERSIONS, metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSIONS)
context.run_migrations()
