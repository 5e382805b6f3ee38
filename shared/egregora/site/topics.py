"""Topics: what was talked about, when, by whom, and next to what."""

from __future__ import annotations

from collections.abc import Iterator

from egregora.site import Page, Phase
from egregora.site.dates import UNDATED, span
from egregora.site.edition import NEIGHBOURS, Edition, TopicFile, top
from egregora.site.frame import Frame
from egregora.site.people import by_month, by_year, counted

RECENT = 8
LISTED = 60
"""Topics on the first page that came up again, and that came up once; each year's page lists that many of its own."""
PEOPLE = 8


def topic_pages(frame: Frame, edition: Edition) -> Iterator[Page]:
    """The most discussed topics, those of each year, and a page for each topic."""
    topics = edition.topics
    years = [year for year in edition.years() if any(story.year == year for story in edition.stories)]
    yield _list(frame, edition, list(topics.values()), "", years)
    for year in years:
        yield _list(frame, edition, _in_year(edition, year), year, years)
    for topic in topics.values():
        yield from _topic(frame, edition, topic)


def _in_year(edition: Edition, year: str) -> list[TopicFile]:
    """The topics of one year, with that year's stories only."""
    found: dict[str, TopicFile] = {}
    for story in edition.stories:
        if story.year == year:
            for key in story.topics:
                topic = found.setdefault(key, TopicFile(key, edition.topics[key].ref))
                topic.stories.append(story)
    return list(found.values())


def _list(frame: Frame, edition: Edition, topics: list[TopicFile], year: str, years: list[str]) -> Page:
    ranked = edition.top_topics(topics)
    best = [topic for topic in ranked if len(topic.stories) > 1][:LISTED]
    once = [topic for topic in ranked if len(topic.stories) == 1][:LISTED]
    context = {
        "year": year,
        "years": [other for other in years if other != UNDATED],
        "topics": [{"ref": topic.ref, "count": len(topic.stories), "latest": topic.stories[-1].line} for topic in best],
        "once": [topic.ref for topic in once],
        "total": len(topics),
        "largest": max((len(topic.stories) for topic in best), default=0),
    }
    path = f"topics/{year}/index.html" if year else "topics/index.html"
    return frame.page(path, Phase.HUBS, "topics.html", context)


def _topic(frame: Frame, edition: Edition, topic: TopicFile) -> Iterator[Page]:
    folder = topic.ref.href.removesuffix("index.html")
    years = by_year(topic.stories) if len(topic.stories) > RECENT else {}
    recent = topic.stories[-RECENT:][::-1]
    context = {
        "topic": topic.ref,
        "posts": len(topic.stories),
        "span": span(topic.stories[0].day, topic.stories[-1].day),
        "recent": [{"story": story.teaser, "said": topic.said.get(story.folder, "")} for story in recent],
        "people": [{"ref": edition.names.ref(handle), "count": count} for handle, count in top(topic.people, PEOPLE)],
        "neighbours": counted(edition, topic.neighbours, NEIGHBOURS),
        "years": [{"year": year, "href": f"{year}/index.html", "posts": len(found)} for year, found in years.items()],
    }
    yield frame.page(f"{folder}index.html", Phase.HUBS, "topic.html", context)
    for year, stories in years.items():
        months = by_month(stories)
        listed = {"subject": topic.ref, "kind": "topic", "year": year, "months": months, "years": list(years)}
        yield frame.page(f"{folder}{year}/index.html", Phase.HUBS, "subject_year.html", listed)
