from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.ingest.whatsapp.order import Decision, Fields, Witnesses, decide
from egregora.ingest.whatsapp.stamps import day_of
from whatsapp_exports import codes, export, source

TODAY = date(2025, 6, 15)


def witnesses(*runs: Fields, year: int = 2, media: tuple[tuple[Fields, date], ...] = (), **more: bool) -> Witnesses:
    return Witnesses(year, {f: runs.count(f) for f in runs}, runs, lambda: media, TODAY, more.get("month_first"))


@pytest.mark.parametrize(
    ("seen", "order"),
    [
        (witnesses((2023, 5, 13), year=0), "ymd"),
        (witnesses((13, 5, 2023)), "dmy"),
        (witnesses((5, 13, 2023)), "mdy"),
        (witnesses((5, 2023, 13), year=1), "myd"),
        (witnesses((3, 4, 2023), media=(((3, 4, 2023), date(2023, 3, 4)),)), "mdy"),
        (witnesses((1, 2, 2025)), None),
        (witnesses((3, 11, 2025)), "mdy"),
        (witnesses((11, 3, 2025)), "dmy"),
        (witnesses((2, 3, 23), (5, 3, 23), (2, 4, 23), year=-1), "dmy"),
        (witnesses((3, 2, 23), (3, 5, 23), (4, 2, 23), year=-1), "mdy"),
        (witnesses((23, 5, 11), (23, 5, 12), (23, 5, 13), (23, 5, 14), (23, 6, 15), year=-1), "ymd"),
        (witnesses((3, 4, 2023), month_first=True), "mdy"),
        (witnesses((3, 4, 2023), month_first=False), "dmy"),
    ],
)
def test_the_first_witness_that_speaks_decides(seen: Witnesses, order: str | None) -> None:
    assert decide(seen) == (Decision("dmy", ambiguous=True) if order is None else Decision(order))  # type: ignore[arg-type]


def test_one_line_that_is_no_header_does_not_outvote_the_rest() -> None:
    assert decide(witnesses((13, 5, 2023), (14, 5, 2023), (5, 13, 2023))).order == "dmy"


@pytest.mark.parametrize(
    ("persian", "gregorian"),
    [
        ((1375, 1, 1), date(1996, 3, 20)),
        ((1395, 12, 30), date(2017, 3, 20)),
        ((1399, 12, 30), date(2021, 3, 20)),
        ((1402, 2, 14), date(2023, 5, 4)),
        ((1404, 1, 1), date(2025, 3, 21)),
    ],
)
def test_persian_days_convert(persian: Fields, gregorian: date) -> None:
    assert day_of(persian, "ymd") == gregorian


@settings(deadline=None)
@given(st.dates(date(1980, 1, 1), date(2099, 12, 31)))
def test_a_day_reads_back_in_every_order(day: date) -> None:
    assert day_of((day.year, day.month, day.day), "ymd") == day
    assert day_of((day.day, day.month, day.year), "dmy") == day
    assert day_of((day.month, day.day, day.year), "mdy") == day
    assert day_of((day.day, day.month, day.year + 543), "dmy") == day


@pytest.mark.parametrize("fields", [(31, 2, 2023), (0, 1, 2023), (1, 13, 2023), (1, 1, 1800), (31, 12, 1402)])
def test_days_that_do_not_exist_are_none(fields: Fields) -> None:
    assert day_of(fields, "dmy") is None


def test_american_words_and_clock_speak_for_month_first() -> None:
    text = "3/4/23, 1:00\u202fPM - Messages and calls are end-to-end encrypted.\n3/4/23, 1:01\u202fPM - A: hi\n"
    found = export(source(text))
    assert found.chats[0].first == "2023-03-04T13:00:00"
    assert "date_order_ambiguous" not in codes(found)


def test_german_notices_speak_for_day_first() -> None:
    found = export(source("03.04.23, 13:00 - Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt.\n"))
    assert found.chats[0].first == "2023-04-03T13:00:00"
    assert "date_order_ambiguous" not in codes(found)
