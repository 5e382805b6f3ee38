"""Port: one entry per window signature, written by compare-and-swap.

An adapter stores entries and compares versions; what may follow what stands in :mod:`egregora.journal.states`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, get_args

from egregora.ids import Partition, RecipeDigest, Signature, SliceDigest, SourceId

State = Literal["RUNNING", "DONE", "SPLIT", "BLOCKED", "FAILED"]
STATES: tuple[State, ...] = get_args(State)
TERMINAL: frozenset[State] = frozenset({"DONE", "SPLIT", "BLOCKED", "FAILED"})
TROUBLED: frozenset[State] = frozenset({"BLOCKED", "FAILED"})
"""Ended without a document; an operator may retry them."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What model calls consumed: tokens, US dollars, calls sent, and answers found in the ledger instead.

    `sent_bytes` is the size of the requests behind `input_tokens`: over them, it says how many bytes a token has.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    calls: int = 0
    reused: int = 0
    sent_bytes: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cost + other.cost,
            self.calls + other.calls,
            self.reused + other.reused,
            self.sent_bytes + other.sent_bytes,
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """What the journal knows of one window. Never a word of the conversation.

    `first` and `last` are the window's bounds (ISO 8601), `messages` and `bytes` its size without context.
    `children` are the two slices of a SPLIT, `output` is the key of a DONE window's document, `reason` says in a few
    fixed words why a window is BLOCKED or FAILED. `lease` is until when a RUNNING claim holds. Times in UTC.
    """

    signature: Signature
    source: SourceId
    partition: Partition
    slice: SliceDigest
    recipe: RecipeDigest
    model: str
    state: State
    attempt: int
    """Claims so far, each of which raised it."""
    lease: datetime | None = None
    first: str | None = None
    last: str | None = None
    messages: int = 0
    bytes: int = 0
    parent: Signature | None = None
    children: tuple[SliceDigest, ...] = ()
    output: str | None = None
    posts: int = 0
    usage: Usage = Usage()
    dropped: int = 0
    """Ids and handles in model answers that were in no closed set, after repair."""
    seconds: float = 0.0
    reason: str | None = None
    spared: int = 0
    """Attempts that do not count: given back while the model was unavailable, or forgiven by an operator's retry."""
    created: datetime | None = None
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry and the version it was read at: what the next write of it must name."""

    entry: Entry
    version: str


class Journal(Protocol):
    """What the state machine asks of a store. Calls raise `Retry` where the service is unavailable."""

    def get(self, signature: Signature) -> Stored | None:
        """Read one entry."""
        ...

    def get_many(self, signatures: Sequence[Signature]) -> dict[Signature, Stored]:
        """Read many entries at once; what is not there is left out."""
        ...

    def create(self, entry: Entry) -> Stored:
        """Write the first version of an entry. Raises `Conflict` where one exists."""
        ...

    def update(self, entry: Entry, version: str) -> Stored:
        """Replace an entry. Raises `Conflict` unless it still stands at `version`."""
        ...

    def delete(self, signature: Signature) -> None:
        """Forget an entry; one that is not there is no error."""
        ...

    def select(self, *, source: SourceId | None = None, states: Sequence[State] = ()) -> Iterator[Stored]:
        """Every entry, or those of one source, or in one of `states`; in the order of signatures."""
        ...
