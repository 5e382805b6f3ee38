"""A sink that is a database: SQLite, PostgreSQL, or whatever else SQLAlchemy speaks to.

    SiteInput ── rows.windows ──► digests ── what differs ──► rows of 100 windows ── one transaction ──► tables

Several sites may share a database: each sees to the rows that bear its name, and to no others. Posts, people and what
was found in windows are tables to be asked (docs/queries.md); text stands in them as the site shows it.

SQLAlchemy is imported when the database is opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


class DatabaseSink:
    """The rows of the site `name` in the database at `url`.

    That is an SQLAlchemy URL, such as ``sqlite:////srv/chat.sqlite`` or ``postgresql://user:password@host/database``.
    Calls raise `Reject` where the URL is none, its driver is not installed, or the database does not let us in or was
    made by a newer version; `Retry` where it is not available; `Conflict` where another publisher works on the same
    site. No message holds the URL.
    """

    def __init__(self, url: str, *, name: str) -> None:
        self.name = name
        self._url = url

    @cached_property
    def engine(self) -> Engine:
        """The way to the database. No connection is made yet."""
        from egregora.sinks.database.opening import open_engine

        return open_engine(self._url, self.name)

    def prepare(self) -> None:
        """Make the tables, or bring them up to date, where they are not as this version of Egregora makes them."""
        from egregora.sinks.database.schema import is_newest, upgrade

        with self.reading() as connection:
            if is_newest(connection, self.name):
                return
        with self.writing() as connection:
            upgrade(connection, self.name)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Lend a connection to read from."""
        from egregora.sinks.database.faults import told

        with told(self.name), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Lend a connection in a transaction: all that is done in the block is kept, or, where it raises, none."""
        from egregora.sinks.database.faults import told

        with told(self.name), self.engine.execution_options(writing=True).begin() as connection:
            yield connection

    def close(self) -> None:
        """Let go of the connections; a later call makes new ones."""
        if "engine" in vars(self):
            self.engine.dispose()
