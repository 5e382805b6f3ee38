"""The site's contents put in order: stories, months, people and topics, from cards alone.

Everything that grows with the archive is reached by year or month, or cut to the top few, and what a story refers to
lies before it; so a new story at the end touches only the pages it is part of.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar

from egregora.ids import Handle
from egregora.site import SiteInput
from egregora.site.catalogue import WindowCard
from egregora.site.dates import UNDATED, day_of, days_before, month_of
from egregora.site.names import Names, Ref
from egregora.site.stories import Line, Story, related, tell, topic_refs

NEIGHBOURS = 12


@dataclass(slots=True)
class TopicFile:
    """Everything about one topic."""

    key: str
    ref: Ref
    stories: list[Story] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    """What was said of it, by the folder of the story."""
    neighbours: dict[str, int] = field(default_factory=dict)
    people: dict[Handle, int] = field(default_factory=dict)


@dataclass(slots=True)
class PersonFile:
    """Everything about one person."""

    handle: Handle
    ref: Ref
    messages: int = 0
    months: Counter[str] = field(default_factory=Counter)
    first: str = ""
    last: str = ""
    stories: list[Story] = field(default_factory=list)
    topics: dict[str, int] = field(default_factory=dict)
    companions: dict[Handle, int] = field(default_factory=dict)
    notes: list[tuple[str, str, Line | None]] = field(default_factory=list)
    """Date, text, and a story of that window, oldest first."""


class Edition:
    """One state of the site's contents. Stories are oldest first."""

    def __init__(self, site: SiteInput) -> None:
        self.cards = site.cards
        self.names = Names(site.people)
        self._topic_refs = topic_refs(site.cards, self.names)
        self.stories = tell(site.cards, self.names, self._topic_refs)
        self.days = _day_counts(site.cards)
        self._days_by_month: dict[str, dict[str, int]] = defaultdict(dict)
        for day, count in self.days.items():
            self._days_by_month[day[:7]][day] = count
        self.months = _grouped(self.stories)
        self.topics = self._collect_topics()
        self.people = self._collect_people()
        self.related = related(self.stories)

    def years(self) -> list[str]:
        """Years with stories or messages, newest first; ``undated`` last."""
        found = {month[:4] if month != UNDATED else UNDATED for month in self.all_months()}
        return sorted(found - {UNDATED}, reverse=True) + ([UNDATED] if UNDATED in found else [])

    def all_months(self) -> list[str]:
        """Months with stories or messages, oldest first; ``undated`` last."""
        found = set(self.months) | set(self._days_by_month)
        return sorted(found - {UNDATED}) + ([UNDATED] if UNDATED in found else [])

    def days_of(self, prefix: str) -> dict[str, int]:
        """Messages by day, for a year or a month."""
        if len(prefix) == len("2024-03"):
            return self._days_by_month.get(prefix, {})
        return {day: count for day, count in self.days.items() if day.startswith(prefix)}

    def topic_refs(self, keys: Iterable[str]) -> tuple[Ref, ...]:
        """Names and pages of topics."""
        return tuple(self._topic_refs[key] for key in keys)

    def top_topics(self, topics: Iterable[TopicFile]) -> list[TopicFile]:
        """Topics by how often they came up, then by how recently, then by key."""
        ranked = sorted(topics, key=lambda t: t.key)
        ranked.sort(key=lambda t: t.stories[-1].day, reverse=True)
        return sorted(ranked, key=lambda t: -len(t.stories))

    def _collect_topics(self) -> dict[str, TopicFile]:
        files = {key: TopicFile(key, ref) for key, ref in self._topic_refs.items()}
        for story in self.stories:
            said = {topic.key: topic.summary for topic in story.card.topics}
            for key in story.topics:
                topic = files[key]
                topic.stories.append(story)
                _count(topic.neighbours, story.topics)
                _count(topic.people, story.people)
                if said.get(key):
                    topic.said[story.folder] = self.names.text(said[key])
        for key, topic in files.items():
            topic.neighbours.pop(key, None)
        return {key: topic for key, topic in files.items() if topic.stories}

    def _collect_people(self) -> dict[Handle, PersonFile]:
        files: dict[Handle, PersonFile] = {}

        def person_file(handle: Handle) -> PersonFile:
            if handle not in files:
                files[handle] = PersonFile(handle, self.names.ref(handle))
            return files[handle]

        stories = {(story.card.signature, story.number): story for story in self.stories}
        for card in self.cards:
            first, last = day_of(card.first), day_of(card.last)
            for handle, count in card.people.items():
                if handle in self.names:
                    _count_messages(person_file(handle), first, last, count)
            lead = stories.get((card.signature, 0))
            for note in card.notes:
                if note.person in self.names:
                    line = lead.line if lead else None
                    person_file(note.person).notes.append((day_of(card.first), self.names.text(note.text), line))
        for story in self.stories:
            for handle in story.people:
                person = person_file(handle)
                person.stories.append(story)
                _count(person.topics, story.topics)
                _count(person.companions, story.people)
        for handle, person in files.items():
            person.companions.pop(handle, None)
        return dict(sorted(files.items(), key=lambda item: (-item[1].messages, item[0])))


Key = TypeVar("Key", bound=str)


def top(counts: Mapping[Key, int], limit: int) -> list[tuple[Key, int]]:
    """The `limit` largest counts, ties by key."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit]


def _count(counts: dict[Key, int], items: Iterable[Key]) -> None:
    for item in items:
        counts[item] = counts.get(item, 0) + 1


def _count_messages(person: PersonFile, first: str, last: str, count: int) -> None:
    """Count the messages of a window between two days, either of which may be unknown."""
    person.messages += count
    person.months[month_of(first)] += count
    person.first = min(person.first or first, first or person.first)
    person.last = max(person.last, last)


def _day_counts(cards: Iterable[WindowCard]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for card in cards:
        for day, count in card.days.items():
            if day_of(day) == day:
                counts[day] += count
    return dict(sorted(counts.items()))


def _grouped(stories: Iterable[Story]) -> dict[str, list[Story]]:
    groups: dict[str, list[Story]] = defaultdict(list)
    for story in stories:
        groups[story.month].append(story)
    return dict(groups)


def runs(days: Iterable[str]) -> int:
    """The longest run of consecutive days among `days`, which are in order."""
    longest = current = 0
    previous = ""
    for before, day in pairwise(["", *days]):
        current = current + 1 if before and days_before(day, 1) == before else 1
        longest = max(longest, current)
        previous = day
    return longest if previous else 0
