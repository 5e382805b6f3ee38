from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.site.dates import clock, day_of, days_before, instant, month_label, span

TIMES = st.none() | st.text(max_size=30) | st.datetimes().map(datetime.isoformat)


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2024-03-03T10:00:00", "2024-03-03T23:00:00", "3 March 2024"),
        ("2024-03-03", "2024-03-09", "3 to 9 March 2024"),
        ("2024-03-30", "2024-04-02", "30 March to 2 April 2024"),
        ("2023-12-31", "2024-01-01", "31 December 2023 to 1 January 2024"),
        (None, "2024-01-01", "1 January 2024"),
        (None, None, ""),
        ("yesterday", "2024-02-30", ""),
    ],
)
def test_a_span_is_said_as_briefly_as_it_can_be(first: str | None, last: str | None, said: str) -> None:
    assert span(first, last) == said


@pytest.mark.parametrize(
    ("time", "moment"),
    [
        ("2024-03-17T17:05:09", "2024-03-17T17:05:09Z"),
        ("2024-03-17T17:05:09.123Z", "2024-03-17T17:05:09Z"),
        ("2024-03-17T01:05:00+02:00", "2024-03-16T23:05:00Z"),
        ("2024-03-17T25:99:00", "2024-03-17T00:00:00Z"),
        ("2024-03-17", "2024-03-17T00:00:00Z"),
        (None, "1970-01-01T00:00:00Z"),
    ],
)
def test_an_instant_has_a_zone_whatever_the_time_was(time: str | None, moment: str) -> None:
    assert instant(time) == moment


@given(TIMES, TIMES)
def test_whatever_stands_where_a_time_should_is_survived(first: str | None, last: str | None) -> None:
    span(first, last)
    clock(first)
    assert datetime.fromisoformat(instant(first)).tzinfo
    assert day_of(first) == "" or day_of(day_of(first)) == day_of(first)


def test_days_are_counted_back_over_months_and_leap_days() -> None:
    assert days_before("2024-03-01", 1) == "2024-02-29"
    assert days_before("", 1) == ""
    assert month_label("undated") == "Undated"
