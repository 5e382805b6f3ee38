"""How long a task of a local queue rests before it is delivered again."""

from __future__ import annotations

from datetime import timedelta

PAUSE, LONGEST = timedelta(seconds=1), timedelta(minutes=5)


def backoff(attempt: int) -> timedelta:
    """How long a task rests after its delivery number `attempt`: `PAUSE`, then twice, four times, at most `LONGEST`."""
    return min(LONGEST, PAUSE * (1 << min(attempt - 1, 30)))
