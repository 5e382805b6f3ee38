"""The tables, as they stand after the newest migration.

Every row belongs to a site (the sink's name) and, but for the first three tables, to a window by its signature. People
are spoken of by their `slug`, which leads to their name in `people`; none means somebody who is not shown. Times are
ISO 8601 texts as they were exported and days are texts like ``2024-03-17``: no zone is guessed, and both sort.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

HEAD = "0001"
"""The newest migration."""

VERSIONS = "egregora_schema"
"""The table in which a database says which migration it stands at."""

metadata = MetaData()


def _key(name: str, length: int) -> Column[Any]:
    return Column(name, String(length), primary_key=True)


def _place(name: str) -> Column[Any]:
    return Column(name, Integer, primary_key=True, autoincrement=False)


def _text(name: str) -> Column[Any]:
    return Column(name, Text, nullable=False)


def _perhaps(name: str) -> Column[Any]:
    return Column(name, Text)


def _count(name: str) -> Column[Any]:
    return Column(name, BigInteger, nullable=False)


def _person() -> Column[Any]:
    return Column("person", String(100))


def _of_window(name: str, *columns: Any) -> Table:
    """A table whose rows come and go with their window."""
    window = ForeignKeyConstraint(["site", "signature"], ["windows.site", "windows.signature"])
    return Table(name, metadata, _key("site", 100), Column("signature", String(64), primary_key=True), *columns, window)


def _finding(name: str, *columns: Any) -> Table:
    """What was found in a window, in its order; `post` is the number of the post that it belongs to, where one is."""
    return _of_window(name, _place("number"), Column("post", Integer), *columns)


sites = Table("sites", metadata, _key("site", 100), _text("title"), _count("revision"))
"""`revision` counts the transactions of deliveries: of two publishers at once, it tells one to give way."""

sources = Table(
    "sources",
    metadata,
    _key("site", 100),
    _key("id", 255),
    _text("title"),
    _count("messages"),
    _perhaps("first"),
    _perhaps("last"),
    _text("warnings"),
)

people = Table("people", metadata, _key("site", 100), _key("slug", 100), _text("name"))

windows = Table(
    "windows",
    metadata,
    _key("site", 100),
    _key("signature", 64),
    Column("type", String(20), nullable=False),
    Column("source", String(255), nullable=False),
    Column("partition", String(20), nullable=False),
    Column("state", String(20)),
    _perhaps("reason"),
    _perhaps("first"),
    _perhaps("last"),
    _count("messages"),
    _perhaps("model"),
    Column("offline", Boolean, nullable=False),
    _perhaps("language"),
    _perhaps("summary"),
    _count("input_tokens"),
    _count("output_tokens"),
    Column("cost", Float, nullable=False),
    Column("digest", String(64), nullable=False),
    Index("windows_by_source", "site", "source"),
)
"""`digest` is of all that the window's rows, here and below, are made from."""

window_people = _of_window("window_people", _key("person", 100), _count("messages"))
window_days = _of_window("window_days", _key("day", 10), _count("messages"))
topics = _of_window("topics", _key("topic", 100), _text("name"), _text("summary"))
"""`topic` is the same in every window that the topic comes up in; `name` is what it is called there."""

posts = Table(
    "posts",
    metadata,
    Column("row_id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("site", String(100), nullable=False),
    Column("signature", String(64), nullable=False),
    Column("number", Integer, nullable=False),
    Column("type", String(20), nullable=False),
    _text("id"),
    _text("path"),
    _text("title"),
    _text("standfirst"),
    _text("body"),
    _perhaps("date"),
    Column("day", String(10)),
    ForeignKeyConstraint(["site", "signature"], ["windows.site", "windows.signature"]),
    UniqueConstraint("site", "signature", "number", name="posts_by_window"),
    Index("posts_by_day", "site", "day"),
)
"""`row_id` is made from site, signature and number: the full-text index of SQLite knows a post by it."""

post_people = _of_window("post_people", _place("post"), _key("person", 100))
post_topics = _of_window("post_topics", _place("post"), _key("topic", 100))
citations = _of_window(
    "citations", _place("post"), _place("number"), _text("message"), _perhaps("time"), _person(), _text("text")
)
entities = _finding("entities", _text("name"), _text("type"), _count("messages"))
relations = _finding("relations", _text("subject"), _text("predicate"), _text("object"))
decisions = _finding("decisions", _text("text"))
decision_people = _of_window("decision_people", _place("decision"), _key("person", 100))
questions = _finding("questions", _text("text"), _person())
actions = _finding("actions", _text("text"), _person(), _perhaps("due"))
quotes = _finding("quotes", _text("text"), _person())
links = _finding("links", _text("url"), _text("title"))
observations = _of_window(
    "observations", _place("number"), Column("person", String(100), nullable=False), _text("text")
)

OF_WINDOWS = tuple(table for table in metadata.sorted_tables if "signature" in table.c)
"""Every table whose rows belong to a window, `windows` before what refers to it."""
