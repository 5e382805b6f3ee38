"""People: who they are in this conversation, as far as it shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from egregora.site import Page, Phase
from egregora.site.dates import UNDATED, day_label, month_label, span
from egregora.site.edition import NEIGHBOURS, Edition, PersonFile, top
from egregora.site.frame import Frame
from egregora.site.names import Ref
from egregora.site.stories import Line, Story

RECENT = 8
NOTES = 6
SPARK_MONTHS = 24


def people_pages(frame: Frame, edition: Edition) -> Iterator[Page]:
    """The list of people, a page for each, and one for each of their years with more stories than that page holds."""
    people = list(edition.people.values())
    largest = max((person.messages for person in people), default=0)
    months = [month for month in edition.all_months() if month != UNDATED][-SPARK_MONTHS:]
    yield frame.page(
        "people/index.html",
        Phase.HUBS,
        "people.html",
        {
            "people": [
                {
                    "ref": person.ref,
                    "messages": person.messages,
                    "posts": len(person.stories),
                    "last": day_label(person.last) if person.last else "",
                    "spark": [person.months.get(month, 0) for month in months],
                    "topics": edition.topic_refs(key for key, _ in top(person.topics, 3)),
                }
                for person in people
            ],
            "largest": largest,
        },
    )
    for person in people:
        yield from _person(frame, edition, person, months)


def _person(frame: Frame, edition: Edition, person: PersonFile, months: list[str]) -> Iterator[Page]:
    folder = person.ref.href.removesuffix("index.html")
    years = by_year(person.stories) if len(person.stories) > RECENT else {}
    context: dict[str, Any] = {
        "person": person.ref,
        "messages": person.messages,
        "posts": len(person.stories),
        "span": span(person.first, person.last),
        "months": [(month_label(month)[:3], person.months.get(month, 0), month_label(month)) for month in months[-12:]],
        "notes": [
            {"date": day_label(date) if date else "", "text": text, "story": line}
            for date, text, line in reversed(person.notes[-NOTES:])
        ],
        "recent": [story.teaser for story in reversed(person.stories[-RECENT:])],
        "topics": counted(edition, person.topics),
        "companions": [
            {"ref": edition.names.ref(handle), "count": count} for handle, count in top(person.companions, 8)
        ],
        "years": [{"year": year, "href": f"{year}/index.html", "posts": len(found)} for year, found in years.items()],
    }
    yield frame.page(f"{folder}index.html", Phase.HUBS, "person.html", context)
    for year, stories in years.items():
        yield _year(frame, f"{folder}{year}/index.html", person.ref, year, stories, list(years))


def _year(frame: Frame, path: str, ref: Ref, year: str, stories: list[Story], years: list[str]) -> Page:
    context = {"subject": ref, "kind": "person", "year": year, "months": by_month(stories), "years": years}
    return frame.page(path, Phase.HUBS, "subject_year.html", context)


def by_year(stories: list[Story]) -> dict[str, list[Story]]:
    """Stories by year, newest year first, oldest story first."""
    years: dict[str, list[Story]] = {}
    for story in stories:
        years.setdefault(story.year, []).append(story)
    return dict(sorted(years.items(), key=lambda item: item[0] if item[0] != UNDATED else "", reverse=True))


def by_month(stories: list[Story]) -> list[dict[str, Any]]:
    """Stories of one year as lines under their months."""
    months: dict[str, list[Line]] = {}
    for story in stories:
        months.setdefault(story.month, []).append(story.line)
    return [{"label": month_label(month, year=False), "lines": lines} for month, lines in months.items()]


def counted(edition: Edition, topics: dict[str, int], limit: int = NEIGHBOURS) -> list[dict[str, Any]]:
    """The topics that come up most, with how often."""
    best = top(topics, limit)
    refs = edition.topic_refs(key for key, _ in best)
    return [{"ref": ref, "count": count} for ref, (_, count) in zip(refs, best, strict=True)]
