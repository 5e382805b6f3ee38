"""What a database sink says where it cannot do its work, and what tables it makes and takes."""

from __future__ import annotations

import sqlite3
import traceback
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, text
from sqlalchemy.dialects import mssql, mysql, oracle
from sqlalchemy.schema import CreateTable

import egregora.sinks.database
from contract.databases import URLS, content, opened
from egregora.errors import EgregoraError, Reject, Retry
from egregora.sinks.database import DatabaseSink
from egregora.sinks.database.delivery import deliver_database
from egregora.sinks.database.tables import HEAD, VERSIONS, metadata
from magazine import DOCUMENTS, magazine, site
from servers.postgres import Postgres, shared_postgres

DIALECTS = ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)]
SECRET = "hunter2"


@pytest.fixture(params=DIALECTS)
def sink(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DatabaseSink]:
    with opened(URLS[request.param](tmp_path)) as sink:
        yield sink


@pytest.fixture
def postgres() -> Postgres:
    return shared_postgres()


def refused(url: str, error: type[EgregoraError], match: str) -> None:
    """Deliver to `url`, and be told so in a line without its secret."""
    with closing(DatabaseSink(url, name="family")) as sink, pytest.raises(error, match=match) as caught:
        deliver_database(site(DOCUMENTS[:1]), sink)
    assert "\n" not in str(caught.value)
    shown = "".join(traceback.format_exception(caught.value))
    assert SECRET not in shown
    assert "Copper Fox" not in shown


@pytest.mark.parametrize(
    ("url", "match"),
    [
        ("no address", "no database's URL"),
        (f"postgresql://u:{SECRET}@host:port/x", "no database's URL"),
        (f"cassandra://u:{SECRET}@host/x", "no driver"),
        (f"mssql+pymssql://u:{SECRET}@host/x", "needs the Python package pymssql"),
        (f"postgresql://u:{SECRET}@/x?flavour=sweet", "does not take"),
    ],
)
def test_a_url_that_leads_nowhere_is_refused(url: str, match: str) -> None:
    refused(url, Reject, match)


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "diary.txt"
    path.write_text("Dear diary, " * 100)
    refused(f"sqlite:///{path}", Reject, "is no database")
    assert path.read_text() == "Dear diary, " * 100
    refused(f"sqlite:///{path}/chat.sqlite", Reject, "folder")
    refused(f"sqlite:///{tmp_path}", Reject, "cannot be opened")


def test_a_database_that_stays_locked_is_to_be_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        refused(f"sqlite:///{path}?timeout=0.01", Retry, "not available")
        other.execute("ROLLBACK")
    other.close()
    with opened(f"sqlite:///{path}") as sink:
        assert deliver_database(site([]), sink).deleted == 0


def test_tables_of_another_owner_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE people (id)")
    other.close()
    refused(f"sqlite:///{path}", Reject, "another owner")
    with sqlite3.connect(path) as other:
        assert [row[0] for row in other.execute("SELECT name FROM sqlite_master")] == ["people"]
    other.close()


def test_a_database_of_a_newer_version_is_left_alone(sink: DatabaseSink) -> None:
    deliver_database(magazine(), sink)
    before = content(sink)
    with sink.writing() as connection:
        connection.execute(text(f"UPDATE {VERSIONS} SET version_num = '9000'"))
    with pytest.raises(Reject, match="newer version of Egregora") as caught:
        deliver_database(site([]), sink)
    assert "\n" not in str(caught.value)
    assert content(sink) == before


def test_the_steps_lead_to_the_tables_that_are_written_to(sink: DatabaseSink) -> None:
    sink.prepare()
    ours = {"include_object": lambda thing, name, kind, *_: kind != "table" or name in metadata.tables}
    with sink.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, **ours})
        differences = [found for found in compare_metadata(context, metadata) if not full_text(found)]
    assert differences == []


def full_text(difference: Any) -> bool:
    """Whether what differs is PostgreSQL's full-text search, which the common tables know nothing of."""
    kind, *things = difference
    return (kind, getattr(things[-1], "name", "")) in {("remove_column", "search"), ("remove_index", "posts_by_words")}


def test_the_newest_step_is_the_one_that_is_asked_for() -> None:
    steps = ScriptDirectory(str(Path(egregora.sinks.database.__file__).with_name("migrations")))
    assert steps.get_heads() == [HEAD]
    assert max(step.revision for step in steps.walk_revisions()) == HEAD


@pytest.mark.parametrize("dialect", [mssql, mysql, oracle])
def test_other_databases_are_spoken_to_in_their_own_words(dialect: Any) -> None:
    for table in metadata.tables.values():
        made = str(CreateTable(table).compile(dialect=dialect.dialect()))
        assert made.strip().startswith(f"CREATE TABLE {table.name}")


def test_a_text_of_any_length_is_kept_whole(sink: DatabaseSink) -> None:
    body = " ".join("".join(chr(0x20000 + number * 7 + place) for place in range(5)) for number in range(60_000))
    long = DOCUMENTS[-1].posts[0].model_copy(update={"body": body})
    deliver_database(site([DOCUMENTS[-1].model_copy(update={"posts": (long,)})]), sink)
    assert dict(content(sink)["posts"][0])["body"] == body


@pytest.mark.slow
def test_a_server_that_is_not_there_is_to_be_tried_again(tmp_path: Path) -> None:
    refused(f"postgresql://u:{SECRET}@/chat?host={tmp_path}", Retry, "not available")


@pytest.mark.slow
def test_whom_postgres_does_not_let_in_is_told_so(postgres: Postgres) -> None:
    database = postgres.make_database().partition("@/")[2].partition("?")[0]
    with postgres.connection(database) as connection:
        connection.execute("DROP ROLE IF EXISTS reader")
        connection.execute(f"CREATE ROLE reader LOGIN PASSWORD '{SECRET}'")
    refused(postgres.url(database, user="reader", password=SECRET + "3"), Reject, "does not let us in")
    refused(postgres.url(database, user="reader", password=SECRET), Reject, "does not let us")
    refused(postgres.url("nowhere"), Reject, "does not exist")


@pytest.mark.slow
def test_a_connection_that_breaks_is_made_good_by_the_next_delivery(postgres: Postgres) -> None:
    with opened(postgres.make_database()) as sink:
        deliver_database(site(DOCUMENTS[:3]), sink)

        @event.listens_for(sink.engine, "before_cursor_execute")
        def cut(connection: Any, cursor: Any, statement: str, *_: object) -> None:
            if statement.startswith("INSERT INTO citations"):
                event.remove(sink.engine, "before_cursor_execute", cut)
                with postgres.connection() as administrator:
                    administrator.execute("SELECT pg_terminate_backend(%s)", [cursor.connection.info.backend_pid])

        with pytest.raises(Retry):
            deliver_database(magazine(), sink, batch=3)
        deliver_database(magazine(), sink)
        with opened("sqlite://") as fresh:
            deliver_database(magazine(), fresh)
            assert content(sink) == content(fresh)


@pytest.mark.slow
def test_sites_may_have_schemas_of_their_own(postgres: Postgres) -> None:
    url = postgres.make_database()
    with postgres.connection(url.partition("@/")[2].partition("?")[0]) as connection:
        connection.execute("CREATE SCHEMA family")
        connection.execute("CREATE SCHEMA club")
        with (
            opened(f"{url}&options=-csearch_path%3Dfamily") as ours,
            opened(f"{url}&options=-csearch_path%3Dclub") as theirs,
        ):
            deliver_database(magazine(), ours)
            deliver_database(site(DOCUMENTS[:1]), theirs)
            deliver_database(magazine(), ours)
        count = "SELECT (SELECT count(*) FROM family.posts), (SELECT count(*) FROM club.posts)"
        family, club = connection.execute(count).fetchone() or (0, 0)
    assert (family, club) == (sum(len(d.posts) for d in DOCUMENTS), len(DOCUMENTS[0].posts))
