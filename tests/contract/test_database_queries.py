"""The questions of docs/queries.md, asked as they stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.databases import URLS, opened
from egregora.sinks.database import DatabaseSink
from egregora.sinks.database.delivery import deliver_database
from egregora.sinks.database.tables import metadata
from magazine import DOCUMENTS, TROUBLE, magazine

PAGE = Path(__file__).resolve().parents[2] / "docs/queries.md"
QUERIES: dict[str, str] = dict(
    re.findall(r"^### (\d+)\. .*?^```sql\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
)
BY_WORDS: dict[str, str] = dict(
    re.findall(r"^(SQLite|PostgreSQL),[^\n]*\n\n```sql\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseSink]:
    """The magazine for the family, and a smaller site of others beside it."""
    url = URLS[request.param](tmp_path_factory.mktemp("database"))
    with opened(url) as family, opened(url, "others") as others:
        deliver_database(magazine(), family)
        deliver_database(magazine(title="Others"), others)
        yield family


def ask(database: DatabaseSink, query: str) -> list[dict[str, Any]]:
    with database.reading() as connection:
        return [dict(row) for row in connection.exec_driver_sql(query).mappings()]


def test_there_are_ten() -> None:
    assert sorted(map(int, QUERIES)) == list(range(1, 11))


@pytest.mark.parametrize("number", QUERIES)
def test_a_question_has_an_answer_and_the_same_without_the_other_site(
    database: DatabaseSink, number: str, tmp_path: Path
) -> None:
    answer = ask(database, QUERIES[number])
    assert answer
    with opened(f"sqlite:///{tmp_path}/alone.sqlite") as alone:
        deliver_database(magazine(), alone)
        assert ask(alone, QUERIES[number]) == answer


def test_answers_are_those_of_the_site(database: DatabaseSink) -> None:
    decisions = [item.text for document in DOCUMENTS for item in document.enrichment.decisions]
    assert len(ask(database, QUERIES["1"])) == len(decisions)
    people = ask(database, QUERIES["4"])
    assert people[0]["name"] == "Quiet Heron"
    assert sum(row["messages"] or 0 for row in people) == sum(document.messages for document in DOCUMENTS)
    months = ask(database, QUERIES["5"])
    assert [row["month"] for row in months] == sorted({day[:7] for d in DOCUMENTS for day in d.days})
    states = {row["state"]: row["windows"] for row in ask(database, QUERIES["10"])}
    assert states == {"BLOCKED": 1, "DONE": len(DOCUMENTS), "FAILED": 1, "waiting": len(TROUBLE) - 2}


def test_posts_are_found_by_words_in_sql(database: DatabaseSink) -> None:
    dialect = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[database.engine.dialect.name]
    assert ask(database, BY_WORDS[dialect])[0]["title"].startswith("Five days in Lisbon")


def test_every_table_and_column_is_told_of() -> None:
    page = PAGE.read_text()
    for table in metadata.tables.values():
        line = next(line for line in page.splitlines() if line.startswith("|") and f"`{table.name}`" in line)
        common = {"site", "signature"}
        assert all(f"`{column.name}`" in line for column in table.columns if column.name not in common), table.name
