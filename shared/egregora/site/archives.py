"""Archives by time: a page for every month and year, and the list of years. They never renumber."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from egregora.site import Page, Phase
from egregora.site.dates import UNDATED, month_label
from egregora.site.edition import Edition
from egregora.site.frame import Frame
from egregora.site.stories import Line, Story

HIGHLIGHTS = 4
"""Stories of a month that its year's page names."""


def archive_pages(frame: Frame, edition: Edition) -> Iterator[Page]:
    """Month pages, year pages, and the list of years."""
    months = edition.all_months()
    for place, month in enumerate(months):
        around = (months[place - 1] if place else "", months[place + 1] if place + 1 < len(months) else "")
        yield _month(frame, edition, month, *around)
    for year in edition.years():
        if year != UNDATED:
            yield _year(frame, edition, year)
    yield frame.page("archive/index.html", Phase.HUBS, "archive.html", {"years": _years(edition)})


def month_path(month: str) -> str:
    """The folder of a month's page."""
    return f"{month}/" if month == UNDATED else f"{month[:4]}/{month[5:7]}/"


def grid(edition: Edition, month: str, largest: int, prefix: str) -> dict[str, Any]:
    """What a small calendar shows; its days lead to the month's page, which lies at `prefix`."""
    days = edition.days_of(month)
    links = {story.day: f"{prefix}#d{int(story.day[8:])}" for story in edition.months.get(month, [])}
    return {
        "month": month,
        "name": month_label(month, year=False),
        "days": days,
        "largest": largest,
        "links": links,
        "href": prefix,
        "messages": sum(days.values()),
        "posts": len(edition.months.get(month, [])),
    }


def _month(frame: Frame, edition: Edition, month: str, before: str, after: str) -> Page:
    stories = edition.months.get(month, [])
    days = edition.days_of(month) if month != UNDATED else {}
    groups: list[dict[str, Any]] = []
    for story in stories:
        if not groups or groups[-1]["day"] != story.day:
            groups.append({"day": story.day, "messages": days.get(story.day, 0), "stories": []})
        groups[-1]["stories"].append(story.teaser)
    context = {
        "month": month,
        "label": month_label(month),
        "before": _link(before),
        "after": _link(after),
        "groups": groups,
        "posts": len(stories),
        "messages": sum(days.values()),
        "grid": grid(edition, month, max(days.values(), default=0), "") if month != UNDATED else None,
    }
    return frame.page(f"{month_path(month)}index.html", Phase.MONTHS, "month.html", context)


def _link(month: str) -> dict[str, str] | None:
    return {"label": month_label(month), "href": f"{month_path(month)}index.html"} if month else None


def _year(frame: Frame, edition: Edition, year: str) -> Page:
    days = edition.days_of(year)
    largest = max(days.values(), default=0)
    years = [other for other in edition.years() if other != UNDATED]
    place = years.index(year)
    grids = [grid(edition, f"{year}-{n:02}", largest, f"{n:02}/index.html") for n in range(1, 13)]
    months = [
        {**item, "highlights": highlights(edition.months.get(item["month"], []))}
        for item in grids
        if item["posts"] or item["messages"]
    ]
    context = {
        "year": year,
        "before": years[place + 1] if place + 1 < len(years) else "",
        "after": years[place - 1] if place else "",
        "grids": grids,
        "months": months,
        "posts": sum(item["posts"] for item in months),
        "messages": sum(days.values()),
    }
    return frame.page(f"{year}/index.html", Phase.HUBS, "year.html", context)


def highlights(stories: list[Story]) -> list[Line]:
    """The stories that rest on most messages, in their order."""
    ranked = sorted(stories, key=lambda story: (-story.post.citations, story.folder))
    best = {story.folder for story in ranked[:HIGHLIGHTS]}
    return [story.line for story in stories if story.folder in best]


def _years(edition: Edition) -> list[dict[str, Any]]:
    result = []
    for year in edition.years():
        months = [month for month in edition.all_months() if month.startswith(year)]
        result.append(
            {
                "year": year,
                "href": f"{year}/index.html",
                "months": [
                    {
                        "label": month_label(month, year=False),
                        "href": f"{month_path(month)}index.html",
                        "posts": len(edition.months.get(month, [])),
                    }
                    for month in months
                ],
                "posts": sum(len(edition.months.get(month, [])) for month in months),
                "messages": sum(edition.days_of(year).values()) if year != UNDATED else 0,
            }
        )
    return result
