"""A clock that moves only when told."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

_START = datetime(2024, 3, 1, 12, tzinfo=UTC)


class ManualClock:
    """A clock set by hand: it stands still but for `advance` and `sleep`."""

    def __init__(self, start: datetime = _START) -> None:
        self._now = start
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The present instant, in UTC."""
        with self._lock:
            return self._now

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`; a negative number sets the clock back."""
        with self._lock:
            self._now += timedelta(seconds=seconds)

    def sleep(self, seconds: float) -> None:
        """Move on by `seconds` without waiting."""
        self.advance(seconds)
