"""Day or month first: decided once for a whole file, by the first witness that speaks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from egregora.ingest.whatsapp.stamps import PLACES, Order, day_of, is_foreign

Fields = tuple[int, ...]
_FEW = 3
"""Changes of a field below which a count of changes says nothing."""


@dataclass(frozen=True, slots=True)
class Witnesses:
    """What a file says about its dates.

    `runs` are its dates as fields, in order, without those that equal the one before. `media` yields pairs of a
    message's date and the date in the name of the media sent with it; it is asked only where the fields are silent.
    `month_first` is what the language and the clock suggest, None where they suggest nothing.
    """

    year: int
    counts: dict[Fields, int]
    runs: Sequence[Fields]
    media: Callable[[], Iterable[tuple[Fields, date]]]
    today: date
    month_first: bool | None


@dataclass(frozen=True, slots=True)
class Decision:
    """The order of a file's fields, whether it was guessed, and whether years are of another calendar."""

    order: Order
    ambiguous: bool = False
    foreign: bool = False


def decide(witnesses: Witnesses) -> Decision:
    """Decide by the first witness that speaks; day first, as a guess, where none does."""
    w = witnesses
    foreign = w.year >= 0 and any(is_foreign(f[w.year]) for f in w.counts)
    if w.year == 0 or (w.year < 0 and _year_leads(w)):
        return Decision("ymd", foreign=foreign)
    orders: tuple[Order, Order] = ("dym", "myd") if w.year == 1 else ("dmy", "mdy")
    for witness in (_by_size, _by_media, _by_future, _by_steps_back, _by_changes, _by_language):
        day_first = witness(w, orders)
        if day_first is not None:
            return Decision(orders[0] if day_first else orders[1], foreign=foreign)
    return Decision(orders[0], ambiguous=True, foreign=foreign)


def _year_leads(w: Witnesses) -> bool:
    """Two-digit years in first place: no month or day could stand there, or the last field is what keeps changing."""
    if any(f[0] > 31 for f in w.counts):
        return True
    a, b, c = _changes(w.runs)
    valid = all(day_of(f, "ymd") for f in w.counts)
    return valid and c >= _FEW and c > 2 * a and c >= b and any(f[2] > 12 for f in w.counts)


def _by_size(w: Witnesses, orders: tuple[Order, Order]) -> bool | None:
    """A field over 12 is the day. Lines that say otherwise are outvoted: they are no headers."""
    first, second = PLACES[orders[0]][2], PLACES[orders[1]][2]
    day = sum(n for f, n in w.counts.items() if f[first] > 12 and 1 <= f[second] <= 12)
    month = sum(n for f, n in w.counts.items() if f[second] > 12 and 1 <= f[first] <= 12)
    return None if day == month else day > month


def _by_media(w: Witnesses, orders: tuple[Order, Order]) -> bool | None:
    votes = [0, 0]
    for fields, sent in w.media():
        for i, order in enumerate(orders):
            votes[i] += day_of(fields, order) == sent
    return None if votes[0] == votes[1] else votes[0] > votes[1]


def _by_future(w: Witnesses, orders: tuple[Order, Order]) -> bool | None:
    late = [any((d := day_of(f, order)) and d > w.today for f in w.counts) for order in orders]
    return None if late[0] == late[1] else late[1]


def _by_steps_back(w: Witnesses, orders: tuple[Order, Order]) -> bool | None:
    steps = []
    for order in orders:
        days = [d for f in w.runs if (d := day_of(f, order))]
        steps.append(sum(b < a for a, b in pairwise(days)))
    return None if steps[0] == steps[1] else steps[0] < steps[1]


def _by_changes(w: Witnesses, orders: tuple[Order, Order]) -> bool | None:
    changes = _changes(w.runs)
    first, second = (changes[PLACES[order][2]] for order in orders)
    if max(first, second) < _FEW or max(first, second) <= 2 * min(first, second):
        return None
    return first > second


def _by_language(w: Witnesses, orders: tuple[Order, Order]) -> bool | None:
    return None if w.month_first is None else not w.month_first


def _changes(runs: Sequence[Fields]) -> tuple[int, int, int]:
    pairs = list(pairwise(runs))
    return (
        sum(a[0] != b[0] for a, b in pairs),
        sum(a[1] != b[1] for a, b in pairs),
        sum(a[2] != b[2] for a, b in pairs),
    )
