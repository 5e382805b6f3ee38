"""How long a task rests before it is delivered again."""

from __future__ import annotations

from datetime import timedelta


def backoff(attempt: int, pause: timedelta, longest: timedelta) -> timedelta:
    """How long a task rests after its delivery number `attempt`: `pause`, then twice, four times, at most `longest`."""
    return min(longest, pause * (1 << min(attempt - 1, 30)))
