"""One SQLite file worked on by many threads and processes: what the local journal and task queue stand on."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from egregora.errors import Retry
from egregora.folders import locked

_BUSY_SECONDS = 60.0


class Database:
    """A pool of connections to the file at `path`, made on demand; a connection serves one thread at a time.

    Every statement outside :meth:`transaction` is a transaction of its own. A process killed at any moment leaves what
    was committed; a power cut may take back the last commits, never part of one.
    """

    def __init__(self, path: Path, schema: str) -> None:
        self._path = path
        self._idle: deque[sqlite3.Connection] = deque()
        self._closed = False
        # Switching the mode fails, and does not wait, where another process does so too; so one at a time.
        with locked(f"{path}.setup"), self.connection() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(f"BEGIN IMMEDIATE; {schema} COMMIT;")
            Path(f"{path}.setup").unlink()

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection. Raises `Retry` where the file stays locked or the disk is full."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            yield connection
        except sqlite3.OperationalError as error:
            raise Retry(f"the database {self._path.name} is not available: {error}") from error
        finally:
            if connection.in_transaction:
                connection.rollback()
            self._idle.append(connection)
            if self._closed:
                self.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection inside a writing transaction: all of the block is kept, or, where it raises, none."""
        with self.connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def close(self) -> None:
        """Close every connection; those still lent are closed as they come back. May be called twice."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def _connect(self) -> sqlite3.Connection:
        if self._closed:
            raise Retry(f"the database {self._path.name} was closed")
        connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection
