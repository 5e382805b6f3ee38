"""Instants: numbers of seconds since 1970, and their parts, as ISO 8601 in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST = int((datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH).total_seconds())
_LEAST = -int((_EPOCH - datetime(1, 1, 2, tzinfo=UTC)).total_seconds())


def iso(moment: datetime) -> str:
    """A moment to the second or finer: ending in Z where it is an instant, naive where it is not."""
    if moment.tzinfo is None:
        return _trimmed(moment.isoformat())
    return _trimmed(moment.astimezone(UTC).replace(tzinfo=None).isoformat()) + "Z"


def from_iso(text: str | None) -> str | None:
    """A time that is written as ISO 8601, put as `iso` puts it; None where it is none."""
    try:
        return iso(datetime.fromisoformat(text)) if text else None
    except (ValueError, OverflowError):
        return None


def from_epoch(value: object, per_second: int) -> str | None:
    """The instant that `value` names, a number or its digits, in units of which a second has `per_second`.

    None where it is no number or beyond the calendar.
    """
    count = _number(value)
    if count is None or not _LEAST <= count / per_second <= _MOST:
        return None
    return iso(_EPOCH + timedelta(microseconds=count * 1_000_000 // per_second))


def from_any_epoch(value: object) -> str | None:
    """As `from_epoch`, in the unit by which the instant lies between 1990 and 2100; None where there is none."""
    count = _number(value)
    if count is None:
        return None
    for per_second in (1, 1_000, 1_000_000, 1_000_000_000):
        if 631_152_000 <= count / per_second < 4_102_444_800:
            return from_epoch(value, per_second)
    return None


def _number(value: object) -> int | float | None:
    if isinstance(value, str) and len(value) < 25:
        try:
            return int(value) if value.isdecimal() else float(value)
        except ValueError:
            return None
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e24:
        return value
    return None


def _trimmed(text: str) -> str:
    return text.rstrip("0").removesuffix(".") if "." in text else text
