"""Days, months and spans as the site writes them. Times stay as they were exported: no zone is guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
UNDATED = "undated"


def day_of(time: str | None) -> str:
    """The calendar day (``2024-03-17``) of an ISO time; empty where there is none or it is not one."""
    text = (time or "")[:10]
    return text if parse(text) else ""


def month_of(day: str) -> str:
    """The month (``2024-03``) of a day; ``undated`` for none."""
    return day[:7] or UNDATED


@lru_cache(maxsize=8192)
def parse(day: str) -> date | None:
    """A day as a date; None where it is none."""
    try:
        found = date.fromisoformat(day)
    except ValueError:
        return None
    return found if found.isoformat() == day else None


def day_label(day: str, *, year: bool = True) -> str:
    """``17 March 2024``, or ``17 March``; "Undated" for none."""
    if not day:
        return "Undated"
    label = f"{int(day[8:])} {MONTHS[int(day[5:7]) - 1]}"
    return f"{label} {int(day[:4])}" if year else label


def weekday(day: str) -> str:
    """``Sunday``; empty for no day."""
    found = parse(day)
    return WEEKDAYS[found.weekday()] if found else ""


def month_label(month: str, *, year: bool = True) -> str:
    """``March 2024``, or ``March``."""
    if month == UNDATED:
        return "Undated"
    name = MONTHS[int(month[5:7]) - 1]
    return f"{name} {int(month[:4])}" if year else name


def clock(time: str | None) -> str:
    """``17:05``; empty where the time has none."""
    text = time or ""
    return text[11:16] if len(text) >= 16 and text[10] in "T " else ""


def span(first: str | None, last: str | None) -> str:
    """``3 to 9 March 2024``, as short as it can be said; empty where neither end is known."""
    start, end = day_of(first), day_of(last)
    start, end = start or end, end or start
    if not start:
        return ""
    if start == end:
        return day_label(start)
    if start[:7] == end[:7]:
        return f"{int(start[8:])} to {day_label(end)}"
    return f"{day_label(start, year=start[:4] != end[:4])} to {day_label(end)}"


def days_before(day: str, count: int) -> str:
    """The day `count` days earlier."""
    found = parse(day)
    return (found - timedelta(days=count)).isoformat() if found else ""


def instant(time: str | None) -> str:
    """An ISO time with a zone, as feeds demand one; a time without is read as UTC, no time as the start of 1970."""
    try:
        moment = datetime.fromisoformat(time or "1970-01-01")
        moment = moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        moment = datetime.fromisoformat(day_of(time) or "1970-01-01")
    return f"{moment.replace(microsecond=0, tzinfo=None).isoformat()}Z"
