"""From an address to a database: drivers, and what each needs to be told."""

from __future__ import annotations

from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from egregora.errors import Reject

_BUSY_SECONDS = 60.0
_CONNECT_SECONDS = 10


def open_engine(url: str, name: str) -> Engine:
    """The engine of the sink `name`. Raises `Reject` where `url` is none or its driver is not installed."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise Reject(f"the sink {name} has no database's URL") from None
    if address.drivername in {"postgres", "postgresql"}:
        address = address.set(drivername="postgresql+psycopg")
    try:
        engine = create_engine(address, hide_parameters=True, pool_pre_ping=True, connect_args=_arguments(address))
    except ModuleNotFoundError as error:
        raise Reject(f"the sink {name} needs the Python package {error.name}, which is not installed") from None
    except (ArgumentError, TypeError):
        raise Reject(f"SQLAlchemy has no driver for the URL of the sink {name}") from None
    if engine.dialect.name == "sqlite":
        _set_up_sqlite(engine, name)
    return engine


def _arguments(address: URL) -> dict[str, Any]:
    """How long to wait, where the URL does not say."""
    if address.drivername == "postgresql+psycopg" and "connect_timeout" not in address.query:
        return {"connect_timeout": _CONNECT_SECONDS}
    if address.get_backend_name() == "sqlite" and "timeout" not in address.query:
        return {"timeout": _BUSY_SECONDS}
    return {}


def _set_up_sqlite(engine: Engine, name: str) -> None:
    """Make transactions whole, tables and indexes included, and let what is deleted be gone from the file as well."""
    file = engine.url.database
    if file and not file.startswith((":memory:", "file:")):
        try:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
        except OSError:
            raise Reject(f"the folder of the database of the sink {name} cannot be made") from None

    @event.listens_for(engine, "connect")
    def set_up(connection: SqliteConnection, _: object) -> None:
        connection.isolation_level = None  # otherwise Python would begin transactions, and not before every statement
        connection.execute("PRAGMA secure_delete = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # Taking the right to write at once means waiting for it, where a transaction that has read would be refused.
        writing = connection.get_execution_options().get("writing")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
