"""From a header's fields to ISO 8601, in three calendars."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from egregora.ingest.whatsapp.markers import hour, squeeze
from egregora.ingest.whatsapp.text import ascii_digits

Order = Literal["dmy", "mdy", "ymd", "myd", "dym"]
"""What the three fields are, in turn."""

PLACES: dict[Order, tuple[int, int, int]] = {
    "dmy": (2, 1, 0),
    "mdy": (2, 0, 1),
    "ymd": (0, 1, 2),
    "myd": (1, 0, 2),
    "dym": (1, 2, 0),
}
"""Where year, month and day stand in each order."""

_NUMBER = re.compile(r"\d+")


def numbers(text: str) -> tuple[int, ...]:
    """The numbers in a date, of any script."""
    return tuple(int(n) for n in _NUMBER.findall(text))


def is_foreign(year: int) -> bool:
    """Whether a year as written is one of the Thai Buddhist or the Persian calendar."""
    return 2400 <= year < 2700 or 1300 <= year < 1500


def day_of(fields: tuple[int, ...], order: Order) -> date | None:
    """The Gregorian day that three fields mean in an order; None where there is no such day."""
    y, m, d = (fields[i] for i in PLACES[order])
    try:
        if y < 100:
            return date(2000 + y, m, d)
        if 2400 <= y < 2700:
            return date(y - 543, m, d)
        if 1300 <= y < 1500:
            return _from_persian(y, m, d)
        return date(y, m, d) if 1970 <= y < 2400 else None
    except ValueError:
        return None


def _from_persian(year: int, month: int, day: int) -> date:
    """Convert by the 33-year cycle of leap years, which holds from 1178 to 1633."""
    if not (1 <= month <= 12 and 1 <= day <= (31 if month <= 6 else 30)):
        raise ValueError("no such day")
    before = year - 1
    leaps = before // 33 * 8 + sum(r in {1, 5, 9, 13, 17, 22, 26, 30} for r in range(1, before % 33 + 1))
    days = before * 365 + leaps + (month - 1) * 30 + min(month - 1, 6) + day - 1
    return _PERSIAN_EPOCH + timedelta(days=days)


_PERSIAN_EPOCH = date(622, 3, 21)


def date_reader(pattern: re.Pattern[str], order: Order) -> Callable[[str], str]:
    """Make the function from the half of a header that holds its date to ``2023-05-13T``; empty where it is none."""

    def read(text: str) -> str:
        match = pattern.search(text)
        day = match and day_of(tuple(int(ascii_digits(field)) for field in match.group("a", "b", "c")), order)
        return f"{day.isoformat()}T" if day else ""

    return read


def minute_reader(pattern: re.Pattern[str]) -> Callable[[str], dict[str, str]]:
    """Make the function from the half of a header that holds its time to ``10:00:00``.

    It tells this of the text and of all that differ from it in the second alone.
    """

    def read(text: str) -> dict[str, str]:
        match = pattern.search(text)
        part = match.groupdict("") if match else {}
        marker = part.get("before") or part.get("after") or ""
        minute = f"{_hour(part.get('h', '0'), marker)}:{_sixtieth(part.get('mi', '0'))}"
        second = part.get("sec", "")
        if match and second and second.isascii():
            before, after = text[: match.start("sec")], text[match.end("sec") :]
            return {f"{before}{number}{after}": f"{minute}:{number}" for number in _SIXTY}
        return {text: f"{minute}:{_sixtieth(second)}"}

    return read


_SIXTY = [f"{number:02}" for number in range(60)]


@lru_cache(maxsize=256)
def _hour(digits: str, marker: str) -> str:
    return f"{hour(min(int(digits), 24), squeeze(marker)):02}"


@lru_cache(maxsize=256)
def _sixtieth(digits: str) -> str:
    return f"{min(int(digits or 0), 59):02}"
