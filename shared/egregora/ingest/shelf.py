"""Messages put aside in a temporary file, where an export holds them in another order than they were written in.

Some exports start with the newest message, some mix chats, and some say later what became of a message earlier on. A
reader puts every message on the shelf as it meets it and changes it where it must; then each chat is read from there.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Callable, Iterator

from egregora.ingest.survey import Survey
from egregora.message import Message, decode, encode


class Shelf:
    """The messages of several chats, each known by a number that the reader gives. What it holds is gone with it."""

    def __init__(self) -> None:
        # An unnamed database lies in memory up to some 2 MB, and then in a file that has no name.
        self._data = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        weakref.finalize(self, self._data.close)
        self._data.executescript(
            "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF; BEGIN;"
            "CREATE TABLE messages (place INTEGER PRIMARY KEY, chat INTEGER, id TEXT, body BLOB);"
            "CREATE UNIQUE INDEX by_id ON messages (chat, id) WHERE id IS NOT NULL"
        )

    def put(self, chat: int, message: Message) -> None:
        """Add a message behind those that the chat has, unless one of them has its id: then it is the same again."""
        row = chat, message.id or None, encode(message)
        self._data.execute("INSERT OR IGNORE INTO messages (chat, id, body) VALUES (?, ?, ?)", row)

    def change(self, chat: int, id: str, change: Callable[[Message], Message]) -> bool:  # noqa: A002 - its name
        """Replace the message of this id by what `change` makes of it; False where there is none."""
        row = self._data.execute(
            "SELECT place, body FROM messages INDEXED BY by_id WHERE chat = ? AND id = ?", (chat, id)
        ).fetchone()
        if row is None:
            return False
        self._data.execute("UPDATE messages SET body = ? WHERE place = ?", (encode(change(decode(row[1]))), row[0]))
        return True

    def messages(self, chat: int, *, newest_first: bool = False) -> Iterator[Message]:
        """The messages of a chat in the order in which they were put, or, put newest first, the other way round."""
        self._data.execute("CREATE INDEX IF NOT EXISTS by_chat ON messages (chat)")
        order = "DESC" if newest_first else "ASC"
        rows = self._data.execute(
            f"SELECT body FROM messages INDEXED BY by_chat WHERE chat = ? ORDER BY place {order}",  # noqa: S608
            (chat,),
        )
        for (body,) in rows:  # not a generator expression: this one keeps the shelf while it is read
            yield decode(body)

    def survey(self, chat: int, *, newest_first: bool = False) -> Survey:
        """What there is to know of a chat."""
        return Survey().all(self.messages(chat, newest_first=newest_first))
