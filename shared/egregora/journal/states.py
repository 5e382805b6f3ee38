"""What may follow what in the journal: the one place that knows the states of a window.

    (none) ──claim──► RUNNING ──done──► DONE
                       │  ▲ │ ──split─► SPLIT
       claim of a free │  │ │ ──block─► BLOCKED ──retry──► RUNNING, free
       or expired lease└──┘ │ ──fail──► FAILED  ──retry──► RUNNING, free
                            │             ▲
                            │             └── claim of a free or expired lease, attempts used up
                            └──release──► RUNNING, free

A RUNNING entry is leased or free. Each claim raises `attempt`, and every write names the version it rests on, so a run
that lost its lease to a later claim can write nothing: it gets `Conflict`. For the same reason a claim is good for one
of done, split, block, fail and release, and a terminal entry changes only when an operator retries it.

A window may be claimed `max_attempts` times. Claims that were given back because the model was unavailable do not
count (they are `spared`), nor do those before an operator's retry. A claim whose holder died counts.

`usage`, where a run gives it, is what the window has consumed so far and takes the place of what stood there: a run
finds the answers of earlier attempts in the ledger and counts them as its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from egregora.clock import Clock
from egregora.errors import Conflict, NotFound, Reject
from egregora.ids import Partition, RecipeDigest, Signature, SliceDigest, SourceId
from egregora.journal import TERMINAL, TROUBLED, Entry, Journal, State, Stored, Usage
from egregora.settings import RunSettings

ATTEMPTS_USED_UP = "attempts used up"


@dataclass(frozen=True, slots=True)
class WindowFacts:
    """What is known of a window before it is worked on; the fields are those of `Entry`."""

    signature: Signature
    source: SourceId
    partition: Partition
    slice: SliceDigest
    recipe: RecipeDigest
    model: str
    first: str | None = None
    last: str | None = None
    messages: int = 0
    bytes: int = 0
    parent: Signature | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on a window until the lease ends, and to write its entry once."""

    entry: Entry
    version: str

    @property
    def attempt(self) -> int:
        """Number of this claim, from 1; part of the path of what the run writes."""
        return self.entry.attempt


@dataclass(frozen=True, slots=True)
class Held:
    """Another run has the window, until `until` at the latest."""

    until: datetime


class WindowJournal:
    """The state machine of windows over a journal. Calls raise `Retry` where the journal is unavailable."""

    def __init__(self, journal: Journal, clock: Clock, settings: RunSettings) -> None:
        self._journal = journal
        self._clock = clock
        self._lease = timedelta(seconds=settings.lease)
        self._max_attempts = settings.max_attempts

    def claim(self, facts: WindowFacts) -> Claim | Held | Entry:
        """Claim a window for one run.

        Returns the entry where it is terminal (also where this call found the attempts used up and made it FAILED),
        and `Held` where another run has a live lease or was faster.
        """
        now = self._clock.now()
        stored = self._journal.get(facts.signature)
        settled = stored and _settled(stored.entry, now)
        if settled:
            return settled
        try:
            if stored is None:
                return _granted(self._journal.create(self._first(facts, now)))
            if stored.entry.attempt - stored.entry.spared >= self._max_attempts:
                return self._finish(Claim(stored.entry, stored.version), "FAILED", reason=_used_up(stored.entry))
            return _granted(self._journal.update(self._next(stored.entry, now), stored.version))
        except Conflict:
            return self._overtaken(facts.signature, now)

    def done(
        self,
        claim: Claim,
        *,
        output: str,
        posts: int = 0,
        usage: Usage | None = None,
        dropped: int = 0,
        seconds: float = 0.0,
    ) -> Entry:
        """End a window whose document lies at the key `output`. Raises `Conflict` where the claim is stale."""
        return self._finish(claim, "DONE", usage, output=output, posts=posts, dropped=dropped, seconds=seconds)

    def split(self, claim: Claim, children: Sequence[SliceDigest], usage: Usage | None = None) -> Entry:
        """Replace a window by smaller ones, to be enqueued next. Raises `Conflict` where the claim is stale."""
        return self._finish(claim, "SPLIT", usage, children=tuple(children))

    def block(self, claim: Claim, reason: str, usage: Usage | None = None) -> Entry:
        """Record that the model refuses the content. Raises `Conflict` where the claim is stale."""
        return self._finish(claim, "BLOCKED", usage, reason=reason)

    def fail(self, claim: Claim, reason: str, usage: Usage | None = None) -> Entry:
        """Give a window up for good. Raises `Conflict` where the claim is stale."""
        return self._finish(claim, "FAILED", usage, reason=reason)

    def release(self, claim: Claim, reason: str, usage: Usage | None = None, *, spare: bool = True) -> Entry:
        """Give the lease back, so that the next delivery can claim at once. Raises `Conflict` where the claim is stale.

        After an outage the attempt is spared and does not count against `max_attempts`. With `spare` False it counts:
        the model answered, but with nothing that could be used.
        """
        entry = claim.entry
        spared = entry.spared + 1 if spare else entry.spared
        return self._finish(claim, "RUNNING", usage, lease=None, reason=reason, spared=spared)

    def retry(self, signature: Signature) -> Entry:
        """Let a BLOCKED or FAILED window be claimed again, with all its attempts, as an operator asked.

        Raises `NotFound` where there is no entry, `Reject` in any other state, `Conflict` where another was faster.
        """
        stored = self._journal.get(signature)
        if stored is None:
            raise NotFound("the journal has no such window")
        entry = stored.entry
        if entry.state not in TROUBLED:
            raise Reject(f"only BLOCKED and FAILED windows can be retried; this one is {entry.state}")
        return self._finish(Claim(entry, stored.version), "RUNNING", lease=None, reason=None, spared=entry.attempt)

    def _finish(self, claim: Claim, state: State, usage: Usage | None = None, **changes: Any) -> Entry:
        entry = claim.entry
        changed = replace(entry, state=state, usage=usage or entry.usage, updated=self._clock.now(), **changes)
        if state in TERMINAL:
            changed = replace(changed, lease=None)
        return self._journal.update(changed, claim.version).entry

    def _first(self, facts: WindowFacts, now: datetime) -> Entry:
        known = {field.name: getattr(facts, field.name) for field in fields(facts)}
        return Entry(**known, state="RUNNING", attempt=1, lease=now + self._lease, created=now, updated=now)

    def _next(self, entry: Entry, now: datetime) -> Entry:
        return replace(entry, attempt=entry.attempt + 1, lease=now + self._lease, reason=None, updated=now)

    def _overtaken(self, signature: Signature, now: datetime) -> Held | Entry:
        """Say how things stand after another writer was faster."""
        stored = self._journal.get(signature)
        return (stored and _settled(stored.entry, now)) or Held(now)


def _settled(entry: Entry, now: datetime) -> Held | Entry | None:
    """Why a window cannot be claimed; None where it can."""
    if entry.state in TERMINAL:
        return entry
    if entry.lease is not None and entry.lease > now:
        return Held(entry.lease)
    return None


def _granted(stored: Stored) -> Claim:
    return Claim(stored.entry, stored.version)


def _used_up(entry: Entry) -> str:
    return f"{ATTEMPTS_USED_UP}: {entry.reason}" if entry.reason else ATTEMPTS_USED_UP
