"""The front page: the newest story, the days before it, a year at a glance, and this day in earlier years."""

from __future__ import annotations

from collections import Counter
from typing import Any

from egregora.site import Page, Phase, SiteInput
from egregora.site.archives import grid
from egregora.site.dates import UNDATED, day_label, span
from egregora.site.edition import Edition
from egregora.site.frame import Frame
from egregora.site.people import counted
from egregora.site.stories import on_this_day

STORIES = 14
TALKED_OF = 60
"""Latest stories that "lately talked about" looks at."""


def home_page(frame: Frame, edition: Edition, site: SiteInput) -> Page:
    """A function of the archive alone: "today" is its newest day, for a site has no clock."""
    stories = edition.stories[::-1]
    newest = max((story.day for story in stories), default="")
    same, exactly = on_this_day(edition.stories, newest) if newest else ([], True)
    year = next((year for year in edition.years() if year != UNDATED), "")
    largest = max(edition.days_of(year).values(), default=0) if year else 0
    lately = Counter(key for story in stories[:TALKED_OF] for key in story.topics)
    days: list[dict[str, Any]] = []
    for story in stories[1:STORIES]:
        if not days or days[-1]["day"] != story.day:
            days.append({"day": story.day, "href": _month_href(story.day), "stories": []})
        days[-1]["stories"].append(story.teaser)
    context: dict[str, Any] = {
        "lead": stories[0].teaser if stories else None,
        "days": days,
        "rest": max(0, len(stories) - STORIES),
        "newest_month": _month_href(newest) if newest else "archive/index.html",
        "year": year,
        "grids": [grid(edition, f"{year}-{n:02}", largest, f"{year}/{n:02}/index.html") for n in range(1, 13)]
        if year
        else [],
        "same_day": [story.line for story in same[-5:][::-1]],
        "same_label": day_label(newest, year=False) if newest else "",
        "exactly": exactly,
        "topics": counted(edition, lately, 14),
        "people": [person.ref for person in list(edition.people.values())[:12]],
        "messages": sum(source.messages for source in site.sources),
        "posts": len(stories),
        "span": span(
            min((source.first for source in site.sources if source.first), default=None),
            max((source.last for source in site.sources if source.last), default=None),
        ),
        "pending": sum(1 for row in site.status if row.state in {None, "RUNNING"}),
    }
    return frame.page("index.html", Phase.HOME, "home.html", context)


def _month_href(day: str) -> str:
    return f"{day[:4]}/{day[5:7]}/index.html#d{int(day[8:])}" if day else f"{UNDATED}/index.html"
