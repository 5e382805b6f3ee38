"""Days as written, of which the year may lead or not, and what order their numbers are in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from egregora.ingest import Warning  # noqa: A004
from egregora.ingest.whatsapp.stamps import Order, day_of, is_foreign

MONTHS = {name: n for n, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
"""The short names that programs write in English, whatever the locale."""

_ENGLISH = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ORDERS: tuple[Order, ...] = ("dmy", "mdy")
MOST = 20_000
"""Different days that are looked at: more than fifty years of them."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day as written: its three numbers in turn, and the word for the day of the week, if any."""

    fields: tuple[int, int, int]
    weekday: str = ""

    @property
    def exists(self) -> bool:
        """Whether it is in the calendar, in one order or the other."""
        return any(self.date(order) for order in _ORDERS)

    @property
    def year_first(self) -> bool:
        """Whether the order of the numbers is beyond doubt."""
        return self.fields[0] > 31

    def date(self, order: Order) -> date | None:
        """The day in the calendar; `order` counts where the year does not lead."""
        return day_of(self.fields, "ymd" if self.year_first else order)


@dataclass(frozen=True, slots=True)
class Decision:
    """How days are to be read, and what is to be said of that."""

    order: Order = "dmy"
    guessed: bool = False
    foreign: bool = False
    """Whether years are of another calendar."""

    def warnings(self, name: str) -> Iterator[Warning]:
        """The same in words."""
        if self.guessed:
            yield Warning("date_order_ambiguous", 1, "nothing tells day from month; read day first", name)
        if self.foreign:
            yield Warning("calendar", 1, "years of another calendar were converted", name)


def decide(days: Iterable[Day]) -> Decision:
    """Whether day or month comes first: by what days there are, the words for weekdays, and what follows on what."""
    known = dict.fromkeys(days)
    unsure = [day for day in known if not day.year_first]
    first, second = (_score(unsure, order) for order in _ORDERS)
    return Decision(
        _ORDERS[second > first],
        guessed=bool(unsure) and first == second,
        foreign=any(is_foreign(max(day.fields)) for day in known),
    )


def _score(days: list[Day], order: Order) -> tuple[int, int, int]:
    read_as = [(day, when) for day in days if (when := day.date(order))]
    meant: dict[str, int] = {}
    agreeing = 0
    for day, when in read_as:
        if day.weekday[:3] in _ENGLISH:
            agreeing += _ENGLISH.index(day.weekday[:3]) == when.weekday()
        elif day.weekday:
            agreeing += meant.setdefault(day.weekday, when.weekday()) == when.weekday()
    return len(read_as), agreeing, sum(a[1] < b[1] for a, b in pairwise(read_as))
