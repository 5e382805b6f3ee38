"""The state machine of windows, on every journal: each transition there is, and each there is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from contract.contenders import at_once
from contract.entries import entry
from egregora.errors import Conflict, NotFound, Reject
from egregora.ids import Partition, RecipeDigest, Signature, SliceDigest, SourceId
from egregora.journal import TERMINAL, Entry, Journal, Usage
from egregora.journal.states import Claim, Held, WindowFacts, WindowJournal
from egregora.settings import RunSettings
from egregora.testing import ManualClock

FACTS = WindowFacts(
    signature=Signature("s1"),
    source=SourceId("chat"),
    partition=Partition("2024-03"),
    slice=SliceDigest("d1"),
    recipe=RecipeDigest("r1"),
    model="offline-1",
    first="2024-03-01T10:00:00",
    last="2024-03-02T10:00:00",
    messages=500,
    bytes=64_000,
    parent=Signature("s0"),
)
CHILDREN = (SliceDigest("d2"), SliceDigest("d3"))
SPENT = Usage(1000, 100, 0.5, 2, 1)

Write = Callable[[WindowJournal, Claim], Entry]
ENDS: dict[str, Write] = {
    "DONE": lambda windows, claim: windows.done(claim, output="documents/s1/1.json", usage=SPENT),
    "SPLIT": lambda windows, claim: windows.split(claim, CHILDREN, SPENT),
    "BLOCKED": lambda windows, claim: windows.block(claim, "refused", SPENT),
    "FAILED": lambda windows, claim: windows.fail(claim, "no way", SPENT),
}
WRITES: dict[str, Write] = {
    **ENDS,
    "release": lambda windows, claim: windows.release(claim, "rate limited", SPENT),
    "counted release": lambda windows, claim: windows.release(claim, "bad answer", SPENT, spare=False),
}


@pytest.fixture
def windows(journal: Journal, clock: ManualClock) -> WindowJournal:
    return WindowJournal(journal, clock, RunSettings(lease=660, max_attempts=3))


def claimed(windows: WindowJournal) -> Claim:
    claim = windows.claim(FACTS)
    assert isinstance(claim, Claim)
    return claim


def kept(journal: Journal) -> Entry:
    stored = journal.get(FACTS.signature)
    assert stored is not None
    return stored.entry


def test_a_first_claim_writes_the_facts_with_a_lease(
    windows: WindowJournal, journal: Journal, clock: ManualClock
) -> None:
    claim = claimed(windows)
    assert claim.attempt == 1
    assert kept(journal) == claim.entry
    for name in WindowFacts.__slots__:
        assert getattr(claim.entry, name) == getattr(FACTS, name)
    assert (claim.entry.state, claim.entry.lease) == ("RUNNING", clock.now() + timedelta(seconds=660))
    assert claim.entry.created == claim.entry.updated == clock.now()


def test_a_live_lease_holds_the_window_until_its_end(windows: WindowJournal, clock: ManualClock) -> None:
    claim = claimed(windows)
    clock.advance(659.9)
    held = windows.claim(FACTS)
    assert isinstance(held, Held)
    assert held.until == claim.entry.lease
    clock.advance(0.1)
    again = claimed(windows)
    assert again.attempt == 2
    assert (again.entry.created, again.entry.updated) == (claim.entry.created, clock.now())


@pytest.mark.parametrize("end", ENDS)
def test_a_claim_ends_in_each_terminal_state_which_a_later_claim_is_shown(
    windows: WindowJournal, journal: Journal, clock: ManualClock, end: str
) -> None:
    claim = claimed(windows)
    clock.advance(5)
    ended = ENDS[end](windows, claim)
    assert (ended.state, ended.lease, ended.usage, ended.attempt) == (end, None, SPENT, 1)
    assert ended.updated == clock.now()
    assert ended.created != ended.updated
    clock.advance(100_000)
    assert windows.claim(FACTS) == ended == kept(journal)


def test_each_end_keeps_what_it_was_given(windows: WindowJournal) -> None:
    claim = claimed(windows)
    done = windows.done(claim, output="documents/s1/1.json", posts=2, usage=SPENT, dropped=3, seconds=1.5)
    assert (done.output, done.posts, done.dropped, done.seconds) == ("documents/s1/1.json", 2, 3, 1.5)


def test_an_end_that_was_given_no_figures_has_none(windows: WindowJournal) -> None:
    done = windows.done(claimed(windows), output="documents/s1/1.json")
    assert (done.posts, done.usage, done.dropped, done.seconds) == (0, Usage(), 0, 0.0)


def test_a_split_keeps_its_children_and_refusals_their_reason(journal: Journal, windows: WindowJournal) -> None:
    assert windows.split(claimed(windows), list(CHILDREN)).children == CHILDREN
    journal.delete(FACTS.signature)
    assert windows.block(claimed(windows), "refused").reason == "refused"
    journal.delete(FACTS.signature)
    assert windows.fail(claimed(windows), "no way").reason == "no way"


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("end", WRITES)
def test_a_claim_is_good_for_one_write(windows: WindowJournal, journal: Journal, end: str, write: str) -> None:
    claim = claimed(windows)
    WRITES[end](windows, claim)
    before = journal.get(FACTS.signature)
    with pytest.raises(Conflict):
        WRITES[write](windows, claim)
    assert journal.get(FACTS.signature) == before


@pytest.mark.parametrize("write", WRITES)
def test_a_run_that_lost_its_lease_to_another_writes_nothing(
    windows: WindowJournal, journal: Journal, clock: ManualClock, write: str
) -> None:
    stale = claimed(windows)
    clock.advance(660)
    later = claimed(windows)
    with pytest.raises(Conflict):
        WRITES[write](windows, stale)
    assert kept(journal) == later.entry
    assert windows.done(later, output="documents/s1/2.json").output == "documents/s1/2.json"
    with pytest.raises(Conflict):
        WRITES[write](windows, stale)


@pytest.mark.parametrize("write", WRITES)
def test_a_run_whose_lease_ended_unclaimed_may_still_write(
    windows: WindowJournal, clock: ManualClock, write: str
) -> None:
    claim = claimed(windows)
    clock.advance(10_000)
    assert WRITES[write](windows, claim).attempt == 1


@pytest.mark.parametrize("write", WRITES)
def test_a_run_cannot_write_to_an_entry_that_was_forgotten_and_made_anew(
    windows: WindowJournal, journal: Journal, write: str
) -> None:
    claim = claimed(windows)
    journal.delete(FACTS.signature)
    with pytest.raises(Conflict):
        WRITES[write](windows, claim)
    assert journal.get(FACTS.signature) is None
    anew = claimed(windows)
    with pytest.raises(Conflict):
        WRITES[write](windows, claim)
    assert kept(journal) == anew.entry


def test_after_a_release_the_next_delivery_claims_at_once(windows: WindowJournal, journal: Journal) -> None:
    released = windows.release(claimed(windows), "rate limited", SPENT)
    assert (released.state, released.lease, released.reason) == ("RUNNING", None, "rate limited")
    again = claimed(windows)
    assert again.attempt == 2
    assert (again.entry.reason, again.entry.usage) == (None, SPENT)
    assert kept(journal) == again.entry


def test_usage_is_what_the_last_run_that_gave_it_counted(windows: WindowJournal, clock: ManualClock) -> None:
    windows.release(claimed(windows), "rate limited", SPENT)
    windows.release(claimed(windows), "bad answer", SPENT + SPENT, spare=False)
    claimed(windows)
    clock.advance(660)
    assert claimed(windows).entry.usage == SPENT + SPENT


def test_a_finish_without_usage_keeps_what_stood_there(windows: WindowJournal) -> None:
    windows.release(claimed(windows), "rate limited", SPENT)
    assert windows.block(claimed(windows), "refused").usage == SPENT


def test_deaths_use_up_the_attempts(windows: WindowJournal, journal: Journal, clock: ManualClock) -> None:
    for attempt in (1, 2, 3):
        assert claimed(windows).attempt == attempt
        clock.advance(660)
    failed = windows.claim(FACTS)
    assert isinstance(failed, Entry)
    assert (failed.state, failed.reason, failed.attempt, failed.lease) == ("FAILED", "attempts used up", 3, None)
    assert windows.claim(FACTS) == failed == kept(journal)


def test_the_run_of_the_last_attempt_may_not_write_once_the_window_failed(
    windows: WindowJournal, journal: Journal, clock: ManualClock
) -> None:
    for _ in range(3):
        last = claimed(windows)
        clock.advance(660)
    failed = windows.claim(FACTS)
    with pytest.raises(Conflict):
        windows.done(last, output="x")
    assert kept(journal) == failed


def test_counted_releases_use_up_the_attempts_and_the_last_reason_is_kept(windows: WindowJournal) -> None:
    for _ in range(3):
        assert windows.release(claimed(windows), "bad answer", spare=False).state == "RUNNING"
    failed = windows.claim(FACTS)
    assert isinstance(failed, Entry)
    assert (failed.state, failed.reason) == ("FAILED", "attempts used up: bad answer")


def test_outages_raise_the_attempt_but_do_not_use_any_up(windows: WindowJournal, clock: ManualClock) -> None:
    for attempt in range(1, 21):
        claim = claimed(windows)
        assert claim.attempt == attempt
        windows.release(claim, "rate limited")
    for attempt in (21, 22, 23):
        assert claimed(windows).attempt == attempt
        clock.advance(660)
    assert isinstance(windows.claim(FACTS), Entry)


@pytest.mark.parametrize("end", ["BLOCKED", "FAILED"])
def test_an_operator_lets_a_blocked_or_failed_window_be_claimed_again_with_all_attempts(
    windows: WindowJournal, clock: ManualClock, end: str
) -> None:
    windows.release(claimed(windows), "bad answer", spare=False)
    ENDS[end](windows, claimed(windows))
    retried = windows.retry(FACTS.signature)
    assert (retried.state, retried.lease, retried.reason, retried.attempt) == ("RUNNING", None, None, 2)
    for attempt in (3, 4, 5):
        claim = claimed(windows)
        assert claim.attempt == attempt
        clock.advance(660)
    failed = windows.claim(FACTS)
    assert isinstance(failed, Entry)
    assert failed.state == "FAILED"


@pytest.mark.parametrize("end", ["DONE", "SPLIT", "RUNNING"])
def test_an_operator_cannot_retry_any_other_window(windows: WindowJournal, journal: Journal, end: str) -> None:
    claim = claimed(windows)
    if end in TERMINAL:
        ENDS[end](windows, claim)
    before = journal.get(FACTS.signature)
    with pytest.raises(Reject):
        windows.retry(FACTS.signature)
    assert journal.get(FACTS.signature) == before


def test_what_is_not_there_cannot_be_retried(windows: WindowJournal) -> None:
    with pytest.raises(NotFound):
        windows.retry(FACTS.signature)


def test_of_many_first_claims_at_once_one_is_granted(windows: WindowJournal) -> None:
    outcomes = at_once(8, lambda _: windows.claim(FACTS))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Claim", *["Held"] * 7]


def test_of_many_claims_of_an_expired_lease_at_once_one_is_granted(windows: WindowJournal, clock: ManualClock) -> None:
    claimed(windows)
    clock.advance(660)
    outcomes = at_once(8, lambda _: windows.claim(FACTS))
    (claim,) = [outcome for outcome in outcomes if isinstance(outcome, Claim)]
    assert claim.attempt == 2
    assert [outcome.until for outcome in outcomes if isinstance(outcome, Held)] == [claim.entry.lease] * 7


def test_of_many_claims_at_once_after_the_last_attempt_all_are_shown_the_failure(
    windows: WindowJournal, clock: ManualClock
) -> None:
    for _ in range(3):
        claimed(windows)
        clock.advance(660)
    outcomes = at_once(8, lambda _: windows.claim(FACTS))
    assert {outcome.state for outcome in outcomes if isinstance(outcome, Entry)} == {"FAILED"}
    assert len(outcomes) == sum(isinstance(outcome, Entry) for outcome in outcomes)


def test_an_entry_written_before_by_other_means_is_taken_as_it_stands(
    windows: WindowJournal, journal: Journal, clock: ManualClock
) -> None:
    """A RUNNING entry without a lease is free, whoever wrote it."""
    journal.create(replace(entry("s1", attempt=1), lease=None, created=clock.now()))
    assert claimed(windows).attempt == 2
