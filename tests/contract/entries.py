"""Journal entries to write."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from egregora.ids import Partition, RecipeDigest, Signature, SliceDigest, SourceId
from egregora.journal import Entry, State, Usage


def entry(signature: str = "s1", *, source: str = "chat", state: State = "RUNNING", attempt: int = 1) -> Entry:
    return Entry(
        signature=Signature(signature),
        source=SourceId(source),
        partition=Partition("2024-03"),
        slice=SliceDigest("d" * 64),
        recipe=RecipeDigest("r" * 64),
        model="offline-1",
        state=state,
        attempt=attempt,
    )


FULL = replace(
    entry("full", state="DONE", attempt=3),
    lease=datetime(2024, 3, 1, 12, 0, 0, 123456, tzinfo=UTC),
    first="2024-03-01T10:00:00",
    last="2024-03-02T10:00:00Z",
    messages=512,
    bytes=64_000,
    parent=Signature("parent"),
    children=(SliceDigest("c1"), SliceDigest("c2")),
    output="documents/full/3.json",
    posts=2,
    usage=Usage(16_000, 900, 0.00705, 2, 1),
    dropped=3,
    seconds=1.25,
    reason="naïve – ✓",
    spared=1,
    created=datetime(2024, 3, 1, tzinfo=UTC),
    updated=datetime(2024, 3, 3, 1, 2, 3, 4, tzinfo=UTC),
)
