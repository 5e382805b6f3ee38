"""The promises of the journal, over any interleaving of workers that crash, stall and overtake one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from egregora.errors import Conflict, Reject
from egregora.ids import Partition, RecipeDigest, Signature, SliceDigest, SourceId
from egregora.journal import TERMINAL, Entry, Journal, Stored, Usage
from egregora.journal.states import Claim, Held, WindowFacts, WindowJournal
from egregora.settings import RunSettings
from egregora.testing import ManualClock, MemoryJournal, hooked

MAX_ATTEMPTS = 2
LEASE = 100.0
FACTS = WindowFacts(
    Signature("s"), SourceId("chat"), Partition("2024-03"), SliceDigest("d"), RecipeDigest("r"), "offline-1"
)
CALL = Usage(10, 1, 0.25, 1, 0)


class Crashed(Exception):
    """The process died in a call of the journal."""


Write = Callable[[WindowJournal, Claim], Entry]
WRITES: dict[str, Write] = {
    "done": lambda windows, claim: windows.done(claim, output=f"documents/s/{claim.attempt}.json", usage=CALL),
    "split": lambda windows, claim: windows.split(claim, [SliceDigest("a"), SliceDigest("b")], CALL),
    "block": lambda windows, claim: windows.block(claim, "refused", CALL),
    "fail": lambda windows, claim: windows.fail(claim, "no way", CALL),
    "release": lambda windows, claim: windows.release(claim, "rate limited", CALL),
    "count": lambda windows, claim: windows.release(claim, "bad answer", CALL, spare=False),
}
workers = st.integers(0, 1)
crashes = st.sampled_from([None, None, None, "before", "after"])


class Workers(RuleBasedStateMachine):
    """Two workers on one window. A worker holds on to its claim, however stale, until it writes or crashes."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock()
        self.journal: Journal = MemoryJournal()
        self.crash: str | None = None
        self.overtaker: Callable[[], object] | None = None
        self.windows = self.over(hooked(self.journal, "journal", self.hook))
        self.claims: dict[int, Claim] = {}
        self.attempts: list[int] = []
        self.events: Counter[str] = Counter()
        self.before: Stored | None = None

    def over(self, journal: Journal) -> WindowJournal:
        return WindowJournal(journal, self.clock, RunSettings(max_attempts=MAX_ATTEMPTS, lease=LEASE))

    def hook(self, call: str, when: str) -> None:
        """Die around the next write, or let the other worker act between a read and the write that rests on it."""
        if call == "journal.get" and when == "after" and self.overtaker:
            overtaker, self.overtaker = self.overtaker, None
            overtaker()
        if call in {"journal.create", "journal.update"} and when == self.crash:
            self.crash = None
            raise Crashed

    def survives(self, crash: str | None, act: Callable[[], Any]) -> Any:
        """Run `act`, dying on the way where told to; None where the worker died."""
        self.crash = crash
        try:
            return act()
        except Crashed:
            return None
        finally:
            self.crash = None
            self.overtaker = None

    def note(self, worker: int, outcome: Claim | Held | Entry | None) -> None:
        if isinstance(outcome, Claim):
            self.claims[worker] = outcome
            assert not [a for a in self.attempts if a >= outcome.attempt]
            self.attempts.append(outcome.attempt)
        elif isinstance(outcome, Entry):
            assert outcome.state in TERMINAL
        elif isinstance(outcome, Held):
            assert outcome.until >= self.clock.now()

    @rule(worker=workers, crash=crashes)
    def claim(self, worker: int, crash: str | None) -> None:
        self.claims.pop(worker, None)
        self.note(worker, self.survives(crash, lambda: self.windows.claim(FACTS)))

    @rule(worker=workers, other=st.sampled_from(["claim", *WRITES]), crash=crashes)
    def claim_while_the_other_acts(self, worker: int, other: str, crash: str | None) -> None:
        """The other worker is faster, between this one's read and write."""
        self.claims.pop(worker, None)
        undisturbed = self.over(self.journal)

        def act() -> None:
            if other == "claim":
                self.claims.pop(1 - worker, None)
                self.note(1 - worker, undisturbed.claim(FACTS))
            elif 1 - worker in self.claims:
                self.write_by(undisturbed, 1 - worker, other)

        self.overtaker = act
        self.note(worker, self.survives(crash, lambda: self.windows.claim(FACTS)))

    @precondition(lambda self: self.claims)
    @rule(worker=workers, write=st.sampled_from(sorted(WRITES)), crash=crashes)
    def write(self, worker: int, write: str, crash: str | None) -> None:
        if worker in self.claims:
            self.survives(crash, lambda: self.write_by(self.windows, worker, write))

    def write_by(self, windows: WindowJournal, worker: int, write: str) -> None:
        claim = self.claims.pop(worker)
        stored = self.journal.get(FACTS.signature)
        assert stored is not None
        if stored.version != claim.version:
            with pytest.raises(Conflict):
                WRITES[write](windows, claim)
            assert self.journal.get(FACTS.signature) == stored
            return
        self.events["spared"] += write == "release"
        WRITES[write](windows, claim)

    @rule(seconds=st.sampled_from([1.0, LEASE - 1, LEASE, 10 * LEASE, -1.0, -2 * LEASE]))
    def move_the_clock(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(crash=crashes)
    def retry(self, crash: str | None) -> None:
        stored = self.journal.get(FACTS.signature)
        if stored and stored.entry.state in {"BLOCKED", "FAILED"}:
            self.events["retried"] += 1
            self.before = None
            self.survives(crash, lambda: self.windows.retry(FACTS.signature))
        elif stored:
            with pytest.raises(Reject):
                self.windows.retry(FACTS.signature)

    @rule(worker=workers)
    def die(self, worker: int) -> None:
        self.claims.pop(worker, None)

    @invariant()
    def a_terminal_entry_changes_only_by_an_operator(self) -> None:
        stored = self.journal.get(FACTS.signature)
        if self.before and self.before.entry.state in TERMINAL:
            assert stored == self.before
        self.before = stored

    @invariant()
    def claims_stay_within_the_attempts_allowed(self) -> None:
        stored = self.journal.get(FACTS.signature)
        if stored:
            allowed = MAX_ATTEMPTS * (1 + self.events["retried"]) + self.events["spared"]
            assert stored.entry.attempt <= allowed
            assert len(self.attempts) <= stored.entry.attempt

    @invariant()
    def at_most_one_worker_can_write(self) -> None:
        stored = self.journal.get(FACTS.signature)
        able = [claim for claim in self.claims.values() if stored and claim.version == stored.version]
        assert len(able) <= 1

    @invariant()
    def an_ended_window_has_no_lease_and_a_done_one_points_to_its_own_attempt(self) -> None:
        stored = self.journal.get(FACTS.signature)
        if stored and stored.entry.state in TERMINAL:
            assert stored.entry.lease is None
        if stored and stored.entry.state == "DONE":
            assert stored.entry.output == f"documents/s/{stored.entry.attempt}.json"


TestWorkers = pytest.mark.slow(Workers.TestCase)
TestWorkers.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_a_claim_costs_one_read_and_one_write_and_an_end_one_write() -> None:
    calls: list[str] = []
    journal = hooked(MemoryJournal(), "journal", lambda call, when: calls.append(call) if when == "before" else None)
    windows = WindowJournal(journal, ManualClock(), RunSettings())
    claim = windows.claim(FACTS)
    assert isinstance(claim, Claim)
    assert calls == ["journal.get", "journal.create"]
    windows.release(claim, "rate limited")
    again = windows.claim(FACTS)
    assert isinstance(again, Claim)
    assert calls[2:] == ["journal.update", "journal.get", "journal.update"]
    windows.done(again, output="x")
    assert calls[5:] == ["journal.update"]
