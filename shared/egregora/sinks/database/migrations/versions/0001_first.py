"""The first tables, and full-text search over posts where the database has it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# An index entry holds a megabyte at most: only of what is longer than a long post is the rest not found.
_FULL_TEXT_OF_POSTGRESQL = """
    ALTER TABLE posts ADD COLUMN search tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', left(title, 50000)), 'A') ||
        setweight(to_tsvector('simple', left(standfirst, 50000)), 'B') ||
        setweight(to_tsvector('simple', left(body, 50000)), 'C')
    ) STORED
"""
# Rows are replaced and never updated.
_FULL_TEXT_OF_SQLITE = (
    "CREATE VIRTUAL TABLE posts_search USING fts5(title, standfirst, body, content='posts', content_rowid='row_id')",
    """
    CREATE TRIGGER posts_search_add AFTER INSERT ON posts BEGIN
        INSERT INTO posts_search (rowid, title, standfirst, body)
        VALUES (new.row_id, new.title, new.standfirst, new.body);
    END
    """,
    """
    CREATE TRIGGER posts_search_remove AFTER DELETE ON posts BEGIN
        INSERT INTO posts_search (posts_search, rowid, title, standfirst, body)
        VALUES ('delete', old.row_id, old.title, old.standfirst, old.body);
    END
    """,
)


def upgrade() -> None:
    """Make everything."""
    _make_shared()
    _make_windows()
    _make_posts()
    _make_findings()
    dialect = op.get_bind().dialect.name
    if dialect == "postgresql":
        op.execute(_FULL_TEXT_OF_POSTGRESQL)
        op.create_index("posts_by_words", "posts", ["search"], postgresql_using="gin")
    elif dialect == "sqlite" and _has_fts5():
        for statement in _FULL_TEXT_OF_SQLITE:
            op.execute(statement)


def _make_shared() -> None:
    op.create_table("sites", _key("site", 100), _text("title"), _count("revision"))
    op.create_table(
        "sources",
        _key("site", 100),
        _key("id", 255),
        _text("title"),
        _count("messages"),
        _perhaps("first"),
        _perhaps("last"),
        _text("warnings"),
    )
    op.create_table("people", _key("site", 100), _key("slug", 100), _text("name"))


def _make_windows() -> None:
    op.create_table(
        "windows",
        _key("site", 100),
        _key("signature", 64),
        sa.Column("type", sa.String(20), nullable=False),
        sa.Column("source", sa.String(255), nullable=False),
        sa.Column("partition", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20)),
        _perhaps("reason"),
        _perhaps("first"),
        _perhaps("last"),
        _count("messages"),
        _perhaps("model"),
        sa.Column("offline", sa.Boolean, nullable=False),
        _perhaps("language"),
        _perhaps("summary"),
        _count("input_tokens"),
        _count("output_tokens"),
        sa.Column("cost", sa.Float, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    op.create_index("windows_by_source", "windows", ["site", "source"])
    _of_window("window_people", _key("person", 100), _count("messages"))
    _of_window("window_days", _key("day", 10), _count("messages"))
    _of_window("topics", _key("topic", 100), _text("name"), _text("summary"))


def _make_posts() -> None:
    op.create_table(
        "posts",
        sa.Column("row_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
        sa.Column("site", sa.String(100), nullable=False),
        sa.Column("signature", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("type", sa.String(20), nullable=False),
        _text("id"),
        _text("path"),
        _text("title"),
        _text("standfirst"),
        _text("body"),
        _perhaps("date"),
        sa.Column("day", sa.String(10)),
        sa.ForeignKeyConstraint(["site", "signature"], ["windows.site", "windows.signature"]),
        sa.UniqueConstraint("site", "signature", "number", name="posts_by_window"),
    )
    op.create_index("posts_by_day", "posts", ["site", "day"])
    _of_window("post_people", _place("post"), _key("person", 100))
    _of_window("post_topics", _place("post"), _key("topic", 100))
    _of_window(
        "citations", _place("post"), _place("number"), _text("message"), _perhaps("time"), _person(), _text("text")
    )


def _make_findings() -> None:
    _finding("entities", _text("name"), _text("type"), _count("messages"))
    _finding("relations", _text("subject"), _text("predicate"), _text("object"))
    _finding("decisions", _text("text"))
    _of_window("decision_people", _place("decision"), _key("person", 100))
    _finding("questions", _text("text"), _person())
    _finding("actions", _text("text"), _person(), _perhaps("due"))
    _finding("quotes", _text("text"), _person())
    _finding("links", _text("url"), _text("title"))
    _of_window("observations", _place("number"), sa.Column("person", sa.String(100), nullable=False), _text("text"))


def _of_window(name: str, *columns: Any) -> None:
    window = sa.ForeignKeyConstraint(["site", "signature"], ["windows.site", "windows.signature"])
    op.create_table(name, _key("site", 100), _key("signature", 64), *columns, window)


def _finding(name: str, *columns: Any) -> None:
    _of_window(name, _place("number"), sa.Column("post", sa.Integer), *columns)


def _key(name: str, length: int) -> Any:
    return sa.Column(name, sa.String(length), primary_key=True)


def _place(name: str) -> Any:
    return sa.Column(name, sa.Integer, primary_key=True, autoincrement=False)


def _text(name: str) -> Any:
    return sa.Column(name, sa.Text, nullable=False)


def _perhaps(name: str) -> Any:
    return sa.Column(name, sa.Text)


def _count(name: str) -> Any:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _person() -> Any:
    return sa.Column("person", sa.String(100))


def _has_fts5() -> bool:
    options = op.get_bind().exec_driver_sql("PRAGMA compile_options")
    return any(option == "ENABLE_FTS5" for (option,) in options)
