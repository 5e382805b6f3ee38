"""What every journal promises."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract.contenders import at_once
from contract.entries import FULL, entry
from egregora.errors import Conflict
from egregora.ids import Signature, SourceId
from egregora.journal import STATES, Journal


def test_an_entry_comes_back_as_it_was_written(journal: Journal) -> None:
    for written in (FULL, entry()):
        stored = journal.create(written)
        assert stored.entry == written
        assert journal.get(written.signature) == stored


def test_what_is_not_there_is_none(journal: Journal) -> None:
    assert journal.get(Signature("s1")) is None
    assert journal.get_many([Signature("s1")]) == {}
    assert journal.get_many([]) == {}
    assert list(journal.select()) == []
    journal.delete(Signature("s1"))


def test_an_entry_is_created_once(journal: Journal) -> None:
    first = journal.create(entry(attempt=1))
    with pytest.raises(Conflict):
        journal.create(entry(attempt=2))
    assert journal.get(Signature("s1")) == first


def test_an_update_needs_the_present_version(journal: Journal) -> None:
    first = journal.create(entry(attempt=1))
    second = journal.update(entry(attempt=2), first.version)
    assert second.version != first.version
    assert journal.get(Signature("s1")) == second
    for stale in (first.version, "", "nonsense"):
        with pytest.raises(Conflict):
            journal.update(entry(attempt=3), stale)
    assert journal.get(Signature("s1")) == second


def test_an_update_of_what_is_not_there_conflicts(journal: Journal) -> None:
    stored = journal.create(entry("s1"))
    with pytest.raises(Conflict):
        journal.update(entry("s2"), stored.version)
    assert journal.get(Signature("s2")) is None
    journal.delete(Signature("s1"))
    with pytest.raises(Conflict):
        journal.update(entry("s1"), stored.version)
    assert journal.get(Signature("s1")) is None


def test_an_update_that_changes_nothing_is_a_new_version(journal: Journal) -> None:
    first = journal.create(entry())
    second = journal.update(entry(), first.version)
    with pytest.raises(Conflict):
        journal.update(entry(attempt=2), first.version)
    assert journal.get(Signature("s1")) == second


def test_a_version_does_not_return_after_delete_and_new_creation(journal: Journal) -> None:
    versions = set()
    for _ in range(10):
        stored = journal.create(entry())
        versions |= {stored.version, journal.update(entry(), stored.version).version}
        journal.delete(Signature("s1"))
    assert len(versions) == 20


def test_many_entries_are_read_at_once(journal: Journal) -> None:
    stored = {s.entry.signature: s for s in (journal.create(entry(f"s{n:03}")) for n in range(300))}
    wanted = [Signature(f"s{n:03}") for n in range(100, 1500)]
    assert journal.get_many([*wanted, wanted[0]]) == {s: stored[s] for s in wanted if s in stored}


def test_a_selection_is_by_source_and_state_in_the_order_of_signatures(journal: Journal) -> None:
    entries = [
        entry(f"{number * 7919 % 1000:03}", source=f"chat-{number % 2}", state=STATES[number % len(STATES)])
        for number in range(40)
    ]
    for each in entries:
        journal.create(each)
    ordered = sorted(entries, key=lambda each: each.signature)
    assert [stored.entry for stored in journal.select()] == ordered
    chosen = [stored.entry for stored in journal.select(source=SourceId("chat-1"), states=["DONE", "FAILED"])]
    assert chosen == [each for each in ordered if each.source == "chat-1" and each.state in {"DONE", "FAILED"}]
    assert chosen
    assert list(journal.select(source=SourceId("other"))) == []
    assert [s.entry for s in journal.select(states=["SPLIT"])] == [each for each in ordered if each.state == "SPLIT"]


def test_a_selection_is_whole_however_long_and_may_be_written_to_while_read(journal: Journal) -> None:
    for number in range(1100):
        journal.create(entry(f"{number:04}"))
    seen = []
    for stored in journal.select():
        seen.append(stored.entry.signature)
        journal.update(replace(stored.entry, state="DONE"), stored.version)
    assert seen == [f"{number:04}" for number in range(1100)]
    assert len(list(journal.select(states=["DONE"]))) == 1100


def test_of_threads_that_create_one_wins(journal: Journal) -> None:
    def create(number: int) -> int:
        try:
            journal.create(entry(attempt=number))
        except Conflict:
            return -1
        return number

    winners = [number for number in at_once(8, create) if number >= 0]
    stored = journal.get(Signature("s1"))
    assert stored is not None
    assert winners == [stored.entry.attempt]


def test_threads_that_count_by_compare_and_swap_lose_no_count(journal: Journal) -> None:
    journal.create(entry(attempt=0))

    def count(_: int) -> None:
        done = 0
        while done < 20:
            stored = journal.get(Signature("s1"))
            assert stored is not None
            try:
                journal.update(replace(stored.entry, attempt=stored.entry.attempt + 1), stored.version)
            except Conflict:
                continue
            done += 1

    at_once(4, count)
    stored = journal.get(Signature("s1"))
    assert stored is not None
    assert stored.entry.attempt == 80
