"""Pauses between messages: where a conversation may be cut, and what leads up to a cut."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from egregora.message import Message
from egregora.windows.weight import weight

WITHIN = -1.0
"""The pause between two parts of one message: the last place to cut at."""


def pause(before: Message, after: Message) -> float:
    """Seconds between two neighbours; 0 where a time is missing or runs backwards, `WITHIN` inside one message."""
    if after.segment and before.segment and after.id == before.id and after.segment[0] == before.segment[1]:
        return WITHIN
    start, end = before.time, after.time
    if not (start and end) or start >= end:
        return 0.0
    # One source holds local times or instants throughout; a mixture is compared as written.
    elapsed = (_written(end) - _written(start)).total_seconds()
    return elapsed if elapsed > 0 else 0.0


@lru_cache(maxsize=8)  # neighbours share a minute, and each stands between two pauses
def _written(time: str) -> datetime:
    moment = datetime.fromisoformat(time)
    return moment.replace(tzinfo=None) if moment.tzinfo else moment


def leading(messages: Sequence[Message], end: int, limit: int) -> tuple[Message, ...]:
    """The longest run of messages right before `end` that weighs at most `limit` bytes."""
    start = end
    while start and (limit := limit - weight(messages[start - 1])) >= 0:
        start -= 1
    return tuple(messages[start:end])
