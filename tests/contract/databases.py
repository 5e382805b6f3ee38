"""Databases to deliver to, and all that stands in one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event, select

from egregora.sinks.database import DatabaseSink
from egregora.sinks.database.tables import metadata
from servers.postgres import shared_postgres

URLS: dict[str, Callable[[Path], str]] = {
    "sqlite": lambda folder: f"sqlite:///{folder}/deep/chat.sqlite",
    "postgres": lambda _: shared_postgres().make_database(),
}
"""How to come by the URL of a new database on each."""

Content = dict[str, list[tuple[tuple[str, Any], ...]]]


@contextmanager
def opened(url: str, name: str = "family") -> Iterator[DatabaseSink]:
    """A sink whose SQLite file is not synced to the disk: nothing here has to outlive a power cut."""
    with closing(DatabaseSink(url, name=name)) as sink:
        if sink.engine.dialect.name == "sqlite":
            event.listen(sink.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
        yield sink


def content(sink: DatabaseSink) -> Content:
    """Every row of the sink's site by table, but for what counts transactions and what holds the site's name."""
    with sink.reading() as connection:
        return {
            name: sorted(
                tuple((key, value) for key, value in row.items() if key not in {"site", "revision", "row_id"})
                for row in connection.execute(select(table).where(table.c.site == sink.name)).mappings()
            )
            for name, table in metadata.tables.items()
        }
