"""The journal in one SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from egregora.errors import Conflict
from egregora.ids import Signature, SourceId
from egregora.journal import Entry, State, Stored
from egregora.sqlite import Database

# AUTOINCREMENT: a version never returns, not even for an entry that was deleted and written anew.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    version INTEGER PRIMARY KEY AUTOINCREMENT,
    signature TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    state TEXT NOT NULL,
    entry TEXT NOT NULL
);
"""
_INSERT = "INSERT INTO entries (signature, source, state, entry) VALUES (?, ?, ?, ?)"
_SELECT = """
SELECT version, entry FROM entries
WHERE signature > ? AND (? IS NULL OR source = ?) AND (? = '[]' OR state IN (SELECT value FROM json_each(?)))
ORDER BY signature LIMIT ?
"""
_PAGE = 500

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Entry).decode


class SqliteJournal:
    """A journal in the file at `path`, shared safely by threads and processes."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _SCHEMA)

    def get(self, signature: Signature) -> Stored | None:
        """Read one entry."""
        with self._database.connection() as connection:
            row = connection.execute("SELECT version, entry FROM entries WHERE signature = ?", (signature,)).fetchone()
        return _stored(row) if row else None

    def get_many(self, signatures: Sequence[Signature]) -> dict[Signature, Stored]:
        """Read many entries at once; what is not there is left out."""
        query = "SELECT version, entry FROM entries WHERE signature IN (SELECT value FROM json_each(?))"
        with self._database.connection() as connection:
            rows = connection.execute(query, (_json(signatures),)).fetchall()
        return {stored.entry.signature: stored for stored in map(_stored, rows)}

    def create(self, entry: Entry) -> Stored:
        """Write the first version of an entry. Raises `Conflict` where one exists."""
        try:
            with self._database.connection() as connection:
                version = connection.execute(_INSERT, _columns(entry)).lastrowid
        except sqlite3.IntegrityError as error:
            raise Conflict("the journal has this entry already") from error
        return Stored(entry, str(version))

    def update(self, entry: Entry, version: str) -> Stored:
        """Replace an entry. Raises `Conflict` unless it still stands at `version`."""
        with self._database.transaction() as connection:
            delete = "DELETE FROM entries WHERE signature = ? AND version = ?"
            if not connection.execute(delete, (entry.signature, version)).rowcount:
                raise Conflict("the journal entry was written since it was read")
            new = connection.execute(_INSERT, _columns(entry)).lastrowid
        return Stored(entry, str(new))

    def delete(self, signature: Signature) -> None:
        """Forget an entry; one that is not there is no error."""
        with self._database.connection() as connection:
            connection.execute("DELETE FROM entries WHERE signature = ?", (signature,))

    def select(self, *, source: SourceId | None = None, states: Sequence[State] = ()) -> Iterator[Stored]:
        """Every entry, or those of one source, or in one of `states`; in the order of signatures."""
        after, wanted = "", _json(states)
        while True:
            with self._database.connection() as connection:
                rows = connection.execute(_SELECT, (after, source, source, wanted, wanted, _PAGE)).fetchall()
            page = [_stored(row) for row in rows]
            yield from page
            if len(page) < _PAGE:
                return
            after = page[-1].entry.signature

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _columns(entry: Entry) -> tuple[str, str, str, str]:
    return entry.signature, entry.source, entry.state, _encode(entry).decode()


def _stored(row: tuple[int, str]) -> Stored:
    version, entry = row
    return Stored(_decode(entry), str(version))


def _json(values: Sequence[str]) -> str:
    return _encode(list(values)).decode()
