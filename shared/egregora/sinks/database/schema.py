"""Which tables a database has, and the steps to those of this version."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table, text

from egregora.errors import Reject
from egregora.sinks.database.tables import HEAD, VERSIONS

_LOCK = 0x656772656772
"""PostgreSQL's number for our turn at changing tables."""


def is_newest(connection: Connection, name: str) -> bool:
    """Whether the tables are this version's. Raises `Reject` where a newer version has made them."""
    found = _version(connection)
    if found and found > HEAD:
        raise Reject(f"the database of the sink {name} was made by a newer version of Egregora: update this one")
    return found == HEAD


def upgrade(connection: Connection, name: str) -> None:
    """Take every step that is missing, within the transaction of `connection`, one program at a time."""
    from alembic import command
    from alembic.config import Config

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    if is_newest(connection, name):
        return
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, HEAD)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSIONS):
        return None
    found: str | None = connection.scalar(select(column("version_num")).select_from(table(VERSIONS)))
    return found
