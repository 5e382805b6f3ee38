"""What a database promises as a sink: on SQLite, and on a real PostgreSQL."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text

from contract.contenders import at_once
from contract.databases import URLS, Content, content, opened
from egregora.errors import Conflict
from egregora.ids import HANDLE, Handle, SourceId
from egregora.sinks.database import DatabaseSink
from egregora.sinks.database.delivery import deliver_database
from egregora.sinks.database.fulltext import search_posts
from egregora.sinks.database.tables import OF_WINDOWS, metadata
from egregora.site import SiteInput, StatusRow
from magazine import (
    ANA,
    BRUNO,
    CHIARA,
    DOCUMENTS,
    GRETE,
    NAMES,
    PEOPLE,
    TROUBLE,
    hostile,
    magazine,
    renamed,
    site,
    window,
)

DIALECTS = ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)]


@pytest.fixture(params=DIALECTS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return URLS[request.param](tmp_path)


@pytest.fixture
def sink(url: str) -> Iterator[DatabaseSink]:
    with opened(url) as sink:
        yield sink


def whole(given: SiteInput) -> Content:
    """What stands in a database that was made of `given` alone."""
    with opened("sqlite://") as sink:
        deliver_database(given, sink)
        return content(sink)


def words(sink: DatabaseSink) -> str:
    """All that can be read in the rows of a sink's site."""
    return repr(content(sink))


def test_everything_that_a_site_shows_stands_in_its_table(sink: DatabaseSink) -> None:
    deliver_database(magazine(), sink)
    rows = {name: [dict(row) for row in found] for name, found in content(sink).items()}
    assert {row["name"] for row in rows["people"]} == set(NAMES.values())
    assert [row["title"] for row in rows["sources"]] == ["The Kitchen Table"]
    lisbon = next(row for row in rows["posts"] if row["title"].startswith("Five days"))
    assert lisbon["day"] == "2024-03-15"
    assert lisbon["path"].startswith("2024/03/15-")
    assert "Copper Fox had found a seat" in lisbon["body"]
    mine = [row for row in rows["citations"] if row["signature"] == lisbon["signature"] and row["post"] == 0]
    assert [row["person"] for row in sorted(mine, key=lambda row: row["number"])][:2] == ["copper-fox", "quiet-heron"]
    for table in ("windows", "entities", "relations", "decisions", "questions", "actions", "quotes", "links"):
        assert rows[table], table


def test_windows_without_a_document_stand_in_the_journal(sink: DatabaseSink) -> None:
    deliver_database(magazine(), sink)
    rows = {row["signature"]: row for row in map(dict, content(sink)["windows"])}
    assert {row["type"] for row in rows.values()} == {"journal"}
    for trouble in TROUBLE:
        row = rows[trouble.signature]
        assert (row["state"], row["reason"], row["summary"]) == (trouble.state, trouble.reason, None)


def test_no_handle_reaches_a_table(sink: DatabaseSink) -> None:
    without = {who: view for who, view in PEOPLE.items() if who != ANA}
    for given_site in (magazine(), site(DOCUMENTS, people=without), hostile()):
        deliver_database(given_site, sink)
        assert not HANDLE.search(words(sink))


def test_what_is_delivered_again_costs_no_write(sink: DatabaseSink) -> None:
    first = deliver_database(magazine(), sink)
    assert (first.rendered, first.unchanged) == (len(DOCUMENTS) + len(TROUBLE), 0)
    written: list[str] = []
    event.listen(sink.engine, "before_cursor_execute", lambda *given: written.append(given[2]))
    again = deliver_database(magazine(), sink)
    assert (again.written, again.deleted, again.rendered) == (0, 0, 0)
    assert not [statement for statement in written if not re.match("SELECT|BEGIN|PRAGMA|SHOW", statement.strip())]


def test_progress_tells_how_many_windows_are_settled(sink: DatabaseSink) -> None:
    heard: list[tuple[int, int]] = []
    deliver_database(site(DOCUMENTS[:5]), sink, progress=lambda *pair: heard.append(pair), batch=2)
    assert heard == [(2, 5), (4, 5), (5, 5)]


def test_a_changed_window_touches_its_own_rows_and_no_others(tmp_path: Path) -> None:
    changed = window("2024-06-01T10:00:00", "2024-06-01T12:00:00", posts=[POST | {"body": "It rained."}])
    before = window("2024-06-01T10:00:00", "2024-06-01T12:00:00", posts=[POST])
    with opened(f"sqlite:///{tmp_path}/chat.sqlite") as sink:
        deliver_database(site([*DOCUMENTS, before]), sink)
        with sink.writing() as connection:
            connection.exec_driver_sql("CREATE TABLE touched (name, signature)")
            for table, (what, row) in itertools.product(
                metadata.tables.values(), [("INSERT", "new"), ("DELETE", "old"), ("UPDATE", "old")]
            ):
                of = f"{row}.signature" if table in OF_WINDOWS else "NULL"
                connection.exec_driver_sql(
                    f"CREATE TRIGGER {table.name}_{what} AFTER {what} ON {table.name} "
                    f"BEGIN INSERT INTO touched VALUES ('{table.name}', {of}); END"
                )
        done = deliver_database(site([*DOCUMENTS, changed]), sink)
        with sink.reading() as connection:
            touched = {tuple(row) for row in connection.exec_driver_sql("SELECT DISTINCT name, signature FROM touched")}
    assert (done.written, done.unchanged, done.rendered) == (1, len(DOCUMENTS), 1)
    assert {signature for _, signature in touched} == {changed.signature, None}
    assert {name for name, signature in touched if signature is None} == {"sites"}


POST = {"title": "Rain", "standfirst": "Wet.", "body": "It will rain.", "said": [("2024-06-01T10:00:00", ANA, "rain")]}
FEW = DOCUMENTS[-5:]
Choice = tuple[frozenset[int], str, frozenset[Handle], str, int]
CHOICES: st.SearchStrategy[Choice] = st.tuples(
    st.frozensets(st.integers(0, len(FEW) - 1)),
    st.sampled_from(["Quiet Heron", "Q", "quiet heron", "\0<i>"]),
    st.frozensets(st.sampled_from([BRUNO, CHIARA, GRETE])),
    st.sampled_from(["The Kitchen Table", "Us"]),
    st.integers(0, len(TROUBLE)),
)


@cache
def made(choice: Choice) -> SiteInput:
    """A site of some windows, with a person renamed, some gone, and some windows in trouble."""
    numbers, name, gone, title, trouble = choice
    people = {who: view for who, view in PEOPLE.items() if who not in gone}
    few = site([FEW[number] for number in sorted(numbers)], people=people, title=title)
    return renamed(replace(few, status=few.status[1:] + TROUBLE[:trouble]), ANA, name)


@cache
def made_whole(choice: Choice) -> Content:
    return whole(made(choice))


@pytest.fixture(scope="module", params=DIALECTS)
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database for many sites."""
    return URLS[request.param](tmp_path_factory.mktemp("kept"))


sites = itertools.count()


@settings(max_examples=8)
@given(choices=st.lists(CHOICES, min_size=1, max_size=4), batch=st.integers(1, 4))
def test_any_sequence_of_publishes_leaves_what_the_last_alone_would(
    kept: str, choices: list[Choice], batch: int
) -> None:
    with opened(kept, f"site {next(sites)}") as sink:
        for choice in choices:
            deliver_database(made(choice), sink, batch=batch)
        assert content(sink) == made_whole(choices[-1])


class Died(Exception):
    pass


def dying(sink: DatabaseSink, given: SiteInput, fatal: int) -> bool:
    """Deliver, and die before the statement number `fatal`; whether there was one."""
    statements = itertools.count(1)

    def count(*_: object) -> None:
        if next(statements) == fatal:
            raise Died

    event.listen(sink.engine, "before_cursor_execute", count)
    try:
        deliver_database(given, sink, batch=2)
    except Died:
        return True
    else:
        return False
    finally:
        event.remove(sink.engine, "before_cursor_execute", count)


@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.slow)])
def test_a_death_at_any_statement_is_made_good_by_the_next_delivery(kept: str, step: int) -> None:
    before, after = made((frozenset({0, 1}), "Q", frozenset(), "Us", 1)), made(AFTER)
    for fatal in itertools.count(1, step):
        with opened(kept, f"site {next(sites)}") as sink:
            deliver_database(before, sink)
            died = dying(sink, after, fatal)
            deliver_database(after, sink)
            assert content(sink) == made_whole(AFTER)
        if not died:
            break
    assert fatal > 40


AFTER: Choice = (frozenset({1, 3}), "Quiet Heron", frozenset({BRUNO}), "Us", 2)


@pytest.mark.slow
@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
def test_a_death_while_tables_are_made_is_made_good(dialect: str, tmp_path: Path) -> None:
    for fatal in itertools.count(1, 5):
        with opened(URLS[dialect](tmp_path / str(fatal))) as sink:
            died = dying(sink, made(AFTER), fatal)
            deliver_database(made(AFTER), sink)
            assert content(sink) == made_whole(AFTER)
        if not died:
            break
    assert fatal > 40


@pytest.mark.slow
@pytest.mark.parametrize("fatal", [20, 55, 65])
def test_a_killed_process_is_made_good(url: str, fatal: int) -> None:
    program = Path(__file__).with_name("delivering_process.py")
    done = subprocess.run([sys.executable, program, url, str(fatal)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with opened(url) as sink:
        deliver_database(magazine(), sink)
        assert content(sink) == whole(magazine())


def test_a_publisher_whose_site_another_changes_gives_way(url: str) -> None:
    first, second = made((frozenset({0, 1, 2}), "Q", frozenset(), "Us", 0)), made(AFTER)
    with opened(url) as sink, opened(url) as other:

        def meanwhile(settled: int, _: int) -> None:
            if settled == 1:
                deliver_database(second, other)

        with pytest.raises(Conflict):
            deliver_database(first, sink, progress=meanwhile, batch=1)
        assert content(sink) == made_whole(AFTER)


def test_of_publishers_at_once_one_gets_through_and_the_others_can_repeat(url: str) -> None:
    def publish(_: int) -> bool:
        with opened(url) as sink:
            try:
                deliver_database(magazine(), sink, batch=3)
            except Conflict:
                return False
            return True

    assert any(at_once(3, publish))
    with opened(url) as sink:
        assert content(sink) == whole(magazine())


CLUB = SourceId("club")


def club() -> SiteInput:
    met = window("2024-03-15T09:12:00", "2024-03-17T22:48:00", source=CLUB, posts=[POST | {"title": "Regatta"}])
    given_site = site([met], people={ANA: replace(PEOPLE[ANA], name="Commodore", slug="commodore")}, title="The Club")
    return replace(given_site, sources=(replace(given_site.sources[0], id=CLUB),))


def test_two_sites_share_a_database_and_nothing_else(url: str) -> None:
    with opened(url, "family") as family, opened(url, "club") as ours:
        deliver_database(magazine(), family)
        deliver_database(club(), ours)
        deliver_database(site(DOCUMENTS[:2]), family)
        assert content(ours) == whole(club())
        assert content(family) == whole(site(DOCUMENTS[:2]))
        assert not re.search("Copper Fox|Kitchen|Lisbon", words(ours))
        assert not re.search("Commodore|Regatta|club", words(family))
        assert search_posts(family, "Regatta") == []
        assert [post.title for post in search_posts(ours, "rain")] == ["Regatta"]


def test_whoever_opted_out_is_gone(url: str, tmp_path: Path) -> None:
    without = {who: view for who, view in PEOPLE.items() if who != ANA}
    with opened(url) as sink:
        deliver_database(magazine(), sink)
        assert "Quiet Heron" in words(sink)
        deliver_database(magazine(people=without), sink)
        assert not re.search("quiet|heron", words(sink), re.IGNORECASE)
        assert search_posts(sink, "Heron") == []
    for file in tmp_path.rglob("*.sqlite"):
        assert not re.search(rb"quiet|heron", file.read_bytes(), re.IGNORECASE)


def test_a_window_that_stays_up_until_it_is_replaced_is_told_of_once(sink: DatabaseSink) -> None:
    held = site(DOCUMENTS[:1])
    replacing = StatusRow(TROUBLE[2].signature, DOCUMENTS[0].source, DOCUMENTS[0].partition, None, None, None, 7)
    deliver_database(replace(held, status=(replacing,)), sink)
    states = {dict(row)["signature"]: dict(row)["state"] for row in content(sink)["windows"]}
    assert states == {DOCUMENTS[0].signature: "DONE", replacing.signature: None}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("sleeper NIGHT", True),
        ("Copper Fox", True),
        ("lisbon", True),
        ('"); DROP TABLE posts; --', False),
        ("unheardof", False),
        ("…", False),
        ("night OR", True),
    ],
)
def test_posts_are_found_by_all_of_their_words(filled: DatabaseSink, asked: str, found: bool) -> None:
    posts = search_posts(filled, asked)
    said = {
        row["title"]: f"{row['title']} {row['standfirst']} {row['body']}".casefold()
        for row in map(dict, content(filled)["posts"])
    }
    wanted = [word.casefold() for word in re.findall(r"\w+", asked)]
    assert {post.title for post in posts} == {
        title for title, told in said.items() if wanted and all(re.search(rf"\b{word}\b", told) for word in wanted)
    }
    assert bool(posts) == found


@pytest.fixture(scope="module", params=DIALECTS)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseSink]:
    with opened(URLS[request.param](tmp_path_factory.mktemp("database"))) as sink:
        deliver_database(magazine(), sink)
        yield sink


def test_without_full_text_search_posts_are_found_by_looking_at_each(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path}/chat.sqlite") as sink:
        deliver_database(magazine(), sink)
        with_index = {post.title for post in search_posts(sink, "night train")}
        with sink.writing() as connection:
            for thing in ("TRIGGER posts_search_add", "TRIGGER posts_search_remove", "TABLE posts_search"):
                connection.execute(text(f"DROP {thing}"))
        assert {post.title for post in search_posts(sink, "night train")} >= with_index
        assert search_posts(sink, "100%_") == []
