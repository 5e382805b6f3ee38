"""What a claim is told when another writer is faster, between its read and its write."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from egregora.ids import Partition, RecipeDigest, Signature, SliceDigest, SourceId
from egregora.journal import Entry
from egregora.journal.states import Claim, Held, WindowFacts, WindowJournal
from egregora.settings import RunSettings
from egregora.testing import ManualClock, MemoryJournal, hooked

FACTS = WindowFacts(
    Signature("s"), SourceId("chat"), Partition("2024-03"), SliceDigest("d"), RecipeDigest("r"), "offline-1"
)
SETTINGS = RunSettings(lease=600, max_attempts=3)


class Race:
    """A journal in which somebody acts right after another's first read."""

    def __init__(self) -> None:
        self.journal, self.clock = MemoryJournal(), ManualClock()
        self.faster = WindowJournal(self.journal, self.clock, SETTINGS)

    def claimed(self) -> Claim:
        claim = self.faster.claim(FACTS)
        assert isinstance(claim, Claim)
        return claim

    def overtaken(self, act: Callable[[], object]) -> Claim | Held | Entry:
        waiting = [act]

        def hook(call: str, when: str) -> None:
            if call == "journal.get" and when == "after" and waiting:
                waiting.pop()()

        return WindowJournal(hooked(self.journal, "journal", hook), self.clock, SETTINGS).claim(FACTS)


def test_who_is_overtaken_by_a_claim_is_told_until_when_it_holds() -> None:
    race = Race()
    held = race.overtaken(race.claimed)
    stored = race.journal.get(FACTS.signature)
    assert stored
    assert held == Held(stored.entry.lease or race.clock.now())
    race.clock.advance(600)
    later = race.overtaken(race.claimed)
    assert isinstance(later, Held)
    assert (later.until - race.clock.now()).total_seconds() == 600


def test_who_is_overtaken_by_a_whole_run_is_shown_its_end() -> None:
    race = Race()
    ended = race.overtaken(lambda: race.faster.done(race.claimed(), output="documents/s/1.json"))
    assert isinstance(ended, Entry)
    assert (ended.state, ended.output) == ("DONE", "documents/s/1.json")


@pytest.mark.parametrize("gone", [False, True])
def test_who_is_overtaken_by_what_left_the_window_free_may_come_again_at_once(gone: bool) -> None:
    race = Race()
    race.faster.release(race.claimed(), "rate limited")

    def act() -> None:
        race.faster.release(race.claimed(), "rate limited")
        if gone:
            race.journal.delete(FACTS.signature)

    assert race.overtaken(act) == Held(race.clock.now())
    assert isinstance(race.faster.claim(FACTS), Claim)
