"""Finding posts by words: with the database's own full-text search where it has one, else by looking at every post."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnClause,
    Connection,
    Select,
    column,
    func,
    inspect,
    literal_column,
    or_,
    select,
    table,
    text,
)

from egregora.sinks.database import DatabaseSink
from egregora.sinks.database.tables import posts

_INDEX = "posts_search"
"""The full-text index of SQLite, kept by triggers."""

_TEXTS = ("title", "standfirst", "body")
_NEWEST = (posts.c.day.desc(), posts.c.row_id)


@dataclass(frozen=True, slots=True)
class FoundPost:
    """A post that was found. `path` is its folder on the site, `day` its calendar day."""

    signature: str
    number: int
    path: str
    day: str | None
    title: str
    standfirst: str


def search_posts(sink: DatabaseSink, words: str, *, limit: int = 20) -> list[FoundPost]:
    """The posts of the sink's site in which all of `words` stand, best first where the database can tell.

    Upper and lower case count as one. Whole words are found; on databases without full-text search parts of words are,
    too. Raises what the sink raises.
    """
    wanted = re.findall(r"\w+", words)
    if not wanted:
        return []
    with sink.reading() as connection:
        found = connection.execute(_query(connection, wanted).where(posts.c.site == sink.name).limit(limit))
        return [FoundPost(**row) for row in found.mappings()]


def forget_removed(connection: Connection) -> None:
    """Write the full-text index anew, where it would keep words of rows that were removed."""
    if connection.dialect.name == "sqlite" and inspect(connection).has_table(_INDEX):
        connection.execute(text("INSERT INTO posts_search (posts_search) VALUES ('optimize')"))


def _query(connection: Connection, words: list[str]) -> Select[Any]:
    found = select(*(posts.c[name] for name in ("signature", "number", "path", "day", "title", "standfirst")))
    if connection.dialect.name == "postgresql":
        return _of_postgresql(found, words)
    if connection.dialect.name == "sqlite" and inspect(connection).has_table(_INDEX):
        return _of_sqlite(found, words)
    everywhere = [or_(*(posts.c[name].icontains(word, autoescape=True) for name in _TEXTS)) for word in words]
    return found.where(*everywhere).order_by(*_NEWEST)


def _of_postgresql(found: Select[Any], words: list[str]) -> Select[Any]:
    index: ColumnClause[object] = literal_column("posts.search")
    asked = func.plainto_tsquery(literal_column("'simple'"), " ".join(words))
    return found.where(index.op("@@")(asked)).order_by(func.ts_rank_cd(index, asked).desc(), *_NEWEST)


def _of_sqlite(found: Select[Any], words: list[str]) -> Select[Any]:
    index = table(_INDEX, column("rowid"))
    asked = literal_column(_INDEX).op("MATCH")(" ".join(f'"{word}"' for word in words))
    rank: ColumnClause[float] = literal_column(f"bm25({_INDEX}, 10, 4, 1)")
    return found.join_from(posts, index, index.c.rowid == posts.c.row_id).where(asked).order_by(rank, *_NEWEST)
