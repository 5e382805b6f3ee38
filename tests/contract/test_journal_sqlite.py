"""What the SQLite journal adds: other processes, opening again, closing."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from contract.contenders import at_once, in_processes
from contract.entries import FULL, entry
from egregora.errors import Retry
from egregora.ids import Signature
from egregora.journal.sqlite import SqliteJournal


def test_entries_outlast_the_process(tmp_path: Path) -> None:
    with closing(SqliteJournal(tmp_path / "new" / "journal.sqlite")) as journal:
        stored = journal.create(FULL)
    with closing(SqliteJournal(tmp_path / "new" / "journal.sqlite")) as journal:
        assert journal.get(FULL.signature) == stored


def test_a_closed_journal_leaves_one_file_and_answers_no_more(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "journal.sqlite")
    at_once(4, lambda number: journal.create(entry(str(number))))
    journal.close()
    journal.close()
    assert [path.name for path in tmp_path.iterdir()] == ["journal.sqlite"]
    with pytest.raises(Retry):
        journal.get(Signature("0"))


def test_a_version_does_not_return_after_opening_again(tmp_path: Path) -> None:
    versions = set()
    for _ in range(5):
        with closing(SqliteJournal(tmp_path / "journal.sqlite")) as journal:
            versions.add(journal.create(entry()).version)
            journal.delete(Signature("s1"))
    assert len(versions) == 5


@pytest.mark.slow
def test_processes_that_open_and_count_at_once_lose_no_count(tmp_path: Path) -> None:
    in_processes(3, "counting_process.py", "journal", tmp_path, "50")
    with closing(SqliteJournal(tmp_path / "journal.sqlite")) as journal:
        stored = journal.get(Signature("s"))
    assert stored is not None
    assert stored.entry.attempt == 150
