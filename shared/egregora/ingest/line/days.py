"""Lines that name the day of what follows, as each locale writes them.

2024/01/15(Mon)   2023/12/01(週五)   2024/1/2週二   2015/12/25 Fri   2017.09.03 Sunday   R7/02/11(火)
Sun, 26/04/2026   Mon, 11/03/2025   2024年1月15日(月)   2024년 1월 15일 월요일   15/01/2567 จันทร์
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from egregora.ingest.whatsapp.stamps import Order, day_of, is_foreign

_LETTERS = r"[^\W\d_][^\d\t()（）:]{0,19}"
_DAY = re.compile(
    rf"(?P<before>{_LETTERS},? )?(?P<era>[RHS])?(?P<a>\d{{1,4}})[/.年년-] ?"
    rf"(?P<b>\d{{1,2}})[/.月월-] ?(?P<c>\d{{1,4}})[日일]? ?(?P<after>[(（]?{_LETTERS}[)）]?)?\s*"
)
_ERAS = {"R": 2018, "H": 1988, "S": 1925}
_ENGLISH = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ORDERS: tuple[Order, ...] = ("dmy", "mdy")


@dataclass(frozen=True, slots=True)
class Day:
    """A day as written: its three numbers in turn, and the word for the day of the week."""

    fields: tuple[int, int, int]
    weekday: str

    @property
    def year_first(self) -> bool:
        """Whether the order of the numbers is beyond doubt."""
        return self.fields[0] > 31

    def date(self, order: Order) -> date | None:
        """The day in the calendar; `order` counts where the year does not lead."""
        return day_of(self.fields, "ymd" if self.year_first else order)

    @property
    def is_foreign(self) -> bool:
        """Whether its year is of another calendar."""
        return is_foreign(max(self.fields))


def read(line: str) -> Day | None:
    """The day that a line names, if it does nothing else."""
    if len(line) > 60 or not (found := _DAY.fullmatch(line)):
        return None
    a, b, c = (int(found[part]) for part in "abc")
    if found["era"]:
        a += _ERAS[found["era"]]
    day = Day((a, b, c), (found["before"] or found["after"] or "").strip("()（）, .").casefold())
    return day if day.date("dmy") or day.date("mdy") else None


@dataclass(frozen=True, slots=True)
class Decision:
    """How days are to be read, and whether that was a guess."""

    order: Order
    guessed: bool = False


def decide(days: Iterable[Day]) -> Decision:
    """Whether day or month comes first: by the days of the week, else by what follows on what."""
    unsure = [day for day in dict.fromkeys(days) if not day.year_first]
    if not unsure:
        return Decision("dmy")
    scores = [_score(unsure, order) for order in _ORDERS]
    return Decision(_ORDERS[scores[1] > scores[0]], scores[0] == scores[1])


def _score(days: list[Day], order: Order) -> tuple[int, int, int]:
    """How well an order explains what is written: days there are, words for weekdays that agree, days in turn."""
    read_as = [(day, when) for day in days if (when := day.date(order))]
    meant: dict[str, int] = {}
    agreeing = 0
    for day, when in read_as:
        if day.weekday[:3] in _ENGLISH:
            agreeing += _ENGLISH.index(day.weekday[:3]) == when.weekday()
        elif day.weekday:
            agreeing += meant.setdefault(day.weekday, when.weekday()) == when.weekday()
    rising = sum(a[1] < b[1] for a, b in pairwise(read_as))
    return len(read_as), agreeing, rising
