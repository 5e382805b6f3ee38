"""The conversation in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from egregora.site import Page, Phase, SiteInput
from egregora.site.catalogue import WindowCard
from egregora.site.dates import MONTHS, UNDATED, WEEKDAYS, day_label, month_label, parse
from egregora.site.edition import Edition, runs, top
from egregora.site.frame import Frame

BUSIEST = 8
CHART_MONTHS = 36


def statistics_page(frame: Frame, edition: Edition, site: SiteInput) -> Page:
    """Messages by month, hour, weekday and person; the busiest days; what the windows yielded."""
    cards = edition.cards
    people = list(edition.people.values())
    months = _months(edition)
    weekdays: Counter[int] = Counter()
    for day, count in edition.days.items():
        found = parse(day)
        if found:
            weekdays[found.weekday()] += count
    context: dict[str, Any] = {
        "totals": [(one if count == 1 else many, count) for one, many, count in _totals(edition, site) if count],
        "months": months,
        "hours": _hours(cards),
        "weekdays": [(name[:3], weekdays[place]) for place, name in enumerate(WEEKDAYS)],
        "people": [{"ref": person.ref, "messages": person.messages, "posts": len(person.stories)} for person in people],
        "largest": max((person.messages for person in people), default=0),
        "busiest": [
            {"date": day_label(day), "messages": count, "href": f"{day[:4]}/{day[5:7]}/index.html"}
            for day, count in top(edition.days, BUSIEST)
        ],
        "active": len(edition.days),
        "run": runs(edition.days),
    }
    return frame.page("statistics/index.html", Phase.HUBS, "statistics.html", context)


def _totals(edition: Edition, site: SiteInput) -> list[tuple[str, str, int]]:
    cards = edition.cards
    return [
        ("message", "messages", sum(source.messages for source in site.sources)),
        ("post", "posts", len(edition.stories)),
        ("person", "people", len(edition.people)),
        ("topic", "topics", len(edition.topics)),
        ("decision", "decisions", sum(card.decisions for card in cards)),
        ("open question", "open questions", sum(card.questions for card in cards)),
        ("link shared", "links shared", sum(card.links for card in cards)),
        ("conversation", "conversations", len(site.sources) if len(site.sources) > 1 else 0),
    ]


def _hours(cards: Iterable[WindowCard]) -> list[int]:
    hours = [0] * 24
    for card in cards:
        if len(card.hours) == 24:
            hours = [sum(pair) for pair in zip(hours, card.hours, strict=True)]
    return hours


def _months(edition: Edition) -> dict[str, Any]:
    """Messages by month, of the latest three years with every month between; by year where there are more."""
    sums: Counter[str] = Counter()
    for day, count in edition.days.items():
        sums[day[:7]] += count
    found = sorted(month for month in sums if month != UNDATED)
    if not found:
        return {"values": [], "every": 1}
    first, last = (int(month[:4]) * 12 + int(month[5:7]) - 1 for month in (found[0], found[-1]))
    months = [f"{n // 12:04}-{n % 12 + 1:02}" for n in range(max(first, last - CHART_MONTHS + 1), last + 1)]
    names = [MONTHS[int(month[5:7]) - 1][:3] for month in months]
    if len(months) > 12:
        names = [f"{name} {month[2:4]}" for name, month in zip(names, months, strict=True)]
    values = list(zip(names, (sums[month] for month in months), strict=True))
    return {"values": values, "every": max(1, -(-len(months) // 10)), "since": month_label(months[0])}
