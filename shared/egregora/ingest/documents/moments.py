"""Times as people and programs write them into tables and records."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime

from egregora.ingest import Warning  # noqa: A004
from egregora.ingest.days import MOST, Day, Decision, decide
from egregora.ingest.instants import from_any_epoch, iso
from egregora.ingest.whatsapp.markers import hour, pattern, squeeze
from egregora.ingest.whatsapp.text import plain

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_MONTH = re.compile(r"\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)", re.IGNORECASE)
_WRITTEN = re.compile(
    r"(?P<a>\d{1,4})[/.-](?P<b>\d{1,2})[/.-](?P<c>\d{1,4})"
    rf"(?:[T,]? ?(?P<hour>\d{{1,2}}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?:\.\d+)?(?: ?(?P<half>{pattern()}))?)?",
    re.IGNORECASE,
)


class Moments:
    """The times of one file: first `note` them all, then `read` each, for all tell day from month together."""

    def __init__(self) -> None:
        self._days: dict[Day, None] = {}
        self._decision: Decision | None = None
        self._lost = 0

    def note(self, value: object) -> None:
        """Take a value into account."""
        if isinstance(value, int | float):
            self._lost += from_any_epoch(value) is None
        elif isinstance(value, str) and not _certain(value):
            written = _written(value)
            if written and len(self._days) < MOST:
                self._days[written[0]] = None
            self._lost += bool(value.strip()) and not (written and written[0].exists)

    def read(self, value: object) -> str | None:
        """A value as ISO 8601: in UTC where it is an instant, naive where it is not; None where it tells no time."""
        if isinstance(value, int | float):
            return from_any_epoch(value)
        if not isinstance(value, str):
            return None
        if certain := _certain(value):
            return certain
        written = _written(value)
        day = written and written[0].date(self._decided().order)
        return f"{day}T{written[1]}" if written and day else None

    def warnings(self, name: str) -> Iterator[Warning]:
        """What was guessed, converted and not understood."""
        yield from self._decided().warnings(name)
        if self._lost:
            yield Warning("no_date", self._lost, "dates that were not understood were left out", name)

    def _decided(self) -> Decision:
        if self._decision is None:
            self._decision = decide(self._days)
        return self._decision


def _certain(text: str) -> str | None:
    """A time that can be read in one way only."""
    if text[4:5] == "-" and len(text) < 33:  # the usual way, which is read soonest
        with suppress(ValueError, OverflowError):
            return iso(datetime.fromisoformat(text))
    text = plain(text).strip()
    if not 4 < len(text) < 60:
        return None
    if _NUMBER.fullmatch(text) and (instant := from_any_epoch(text)):
        return instant
    for read in (datetime.fromisoformat, parsedate_to_datetime) if _MONTH.search(text) else (datetime.fromisoformat,):
        try:
            return iso(read(text))
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _written(text: str) -> tuple[Day, str] | None:
    """A day in numbers, and the time of the day."""
    found = _WRITTEN.fullmatch(plain(text).strip()) if len(text) < 60 else None
    if not found:
        return None
    value = hour(int(found["hour"] or 0), squeeze(found["half"] or ""))
    minute, second = found["minute"] or "00", found["second"] or "00"
    if int(found["hour"] or 0) > 24 or minute > "59" or second > "59":
        return None
    return Day((int(found["a"]), int(found["b"]), int(found["c"]))), f"{value:02}:{minute}:{second}"
