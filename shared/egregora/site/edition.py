"""The site's contents put in order: stories, months, people and topics, from cards alone.

Everything that grows with the archive is reached by year or month, or cut to the top few, and what a story refers to
lies before it; so a new story at the end touches only the pages it is part of.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from heapq import nlargest
from itertools import pairwise
from typing import TypeVar

import msgspec

from egregora.ids import Handle
from egregora.site import SiteInput
from egregora.site.catalogue import PostCard, WindowCard
from egregora.site.dates import UNDATED, clock, day_label, day_of, days_before, month_of
from egregora.site.names import HANDLE, Names, Ref

NEIGHBOURS = 12
RELATED = 3
LOOK_BACK = 12
"""How many of a topic's or person's latest stories are considered when looking for related ones."""


class Teaser(msgspec.Struct, frozen=True, gc=False):
    """A story as lists show it, with every name resolved."""

    href: str
    title: str
    standfirst: str
    day: str
    date: str
    time: str
    people: tuple[Ref, ...]
    others: int
    topics: tuple[Ref, ...]
    messages: int
    language: str
    offline: bool


class Line(msgspec.Struct, frozen=True, gc=False):
    """A story as one line: where, what, when."""

    href: str
    title: str
    date: str
    language: str


@dataclass(frozen=True, slots=True)
class Story:
    """A post in its place. `folder` is its address from the site's root, ending in a slash."""

    card: WindowCard
    number: int
    post: PostCard
    folder: str
    day: str
    teaser: Teaser
    line: Line
    topics: tuple[str, ...]
    people: tuple[Handle, ...]
    """Those of the post who may be shown."""

    @property
    def month(self) -> str:
        """``2024-03``, or ``undated``."""
        return month_of(self.day)

    @property
    def year(self) -> str:
        """``2024``, or ``undated``."""
        return self.day[:4] or UNDATED


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
        self._topic_refs = _topic_refs(site.cards, self.names)
        self.stories = _stories(site.cards, self.names, self._topic_refs)
        self.days = _day_counts(site.cards)
        self._days_by_month: dict[str, dict[str, int]] = defaultdict(dict)
        for day, count in self.days.items():
            self._days_by_month[day[:7]][day] = count
        self.months = _grouped(self.stories)
        self.topics = self._collect_topics()
        self.people = self._collect_people()
        self.related = _related(self.stories)

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


def _topic_refs(cards: Iterable[WindowCard], names: Names) -> dict[str, Ref]:
    """Each topic as it was first called."""
    refs: dict[str, Ref] = {}
    for card in cards:
        for topic in card.topics:
            if topic.key not in refs:
                name = " ".join(names.text(topic.name).split())
                refs[topic.key] = Ref(name[:1].upper() + name[1:], f"topics/{topic.key}/index.html")
    return refs


def _stories(cards: Iterable[WindowCard], names: Names, topics: Mapping[str, Ref]) -> tuple[Story, ...]:
    placed = [(card, number) for card in cards for number in range(len(card.posts))]
    placed.sort(key=lambda item: item[0].posts[item[1]].date or "")
    taken: set[str] = set()
    return tuple(_story(card, number, names, topics, taken) for card, number in placed)


def _story(card: WindowCard, number: int, names: Names, topics: Mapping[str, Ref], taken: set[str]) -> Story:
    post = card.posts[number]
    day = day_of(post.date)
    folder = _folder(day, post.id, taken)
    people = names.refs(post.people)
    title = " ".join(names.text(post.title).split()) or "Untitled"
    keys = tuple(key for key in post.topics if key in topics)
    teaser = Teaser(
        href=f"{folder}index.html",
        title=title,
        standfirst=" ".join(names.text(post.standfirst).split()),
        day=day,
        date=day_label(day),
        time=clock(post.date),
        people=people[:3],
        others=max(0, len(people) - 3),
        topics=tuple(topics[key] for key in keys[:3]),
        messages=card.messages,
        language=card.language,
        offline=card.offline,
    )
    line = Line(teaser.href, title, day_label(day), card.language)
    shown = tuple(handle for handle in dict.fromkeys(post.people) if handle in names)
    return Story(card, number, post, folder, day, teaser, line, keys, shown)


def _folder(day: str, post_id: str, taken: set[str]) -> str:
    """Where a post lives. Made of its day and its id, which must look like one: no text chooses a path."""
    name = post_id if HANDLE.fullmatch(f"@{post_id}") else sha256(post_id.encode()).hexdigest()[:10]
    folder = f"{day[:4]}/{day[5:7]}/{day[8:]}-{name}" if day else f"{UNDATED}/{name}"
    unique, count = folder, 1
    while unique in taken:
        count += 1
        unique = f"{folder}-{count}"
    taken.add(unique)
    return f"{unique}/"


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


def _related(stories: tuple[Story, ...]) -> list[list[Story]]:
    """For each story, earlier ones that share its rarer topics and its people, best first.

    Looking only backwards keeps every older page as it is when a story is added.
    """
    latest: dict[str, deque[int]] = defaultdict(lambda: deque(maxlen=LOOK_BACK))
    seen: Counter[str] = Counter()
    people = [frozenset(story.people) for story in stories]
    result = []
    for place, story in enumerate(stories):
        scores: dict[int, float] = {}
        for key in story.topics:
            rarity = 1 / math.log2(2 + seen[key])
            for earlier in latest[key]:
                scores[earlier] = scores.get(earlier, 0.0) + rarity
        # The story just before is one step away already.
        scores.pop(place - 1, None)
        ours = people[place]
        ranked = [(score + 0.05 * len(ours & people[earlier]), earlier) for earlier, score in scores.items()]
        result.append([stories[earlier] for _, earlier in nlargest(RELATED, ranked)])
        for key in story.topics:
            latest[key].append(place)
            seen[key] += 1
    return result


def on_this_day(stories: Iterable[Story], newest: str) -> tuple[list[Story], bool]:
    """Stories of earlier years on the newest day's date, or else of the days around it; and whether on the very day."""
    earlier = [story for story in stories if story.day and story.day[:4] < newest[:4]]
    same = [story for story in earlier if story.day[5:] == newest[5:]]
    if same:
        return same, True
    around = {days_before(newest, count)[5:] for count in range(-3, 4)}
    return [story for story in earlier if story.day[5:] in around], False


def runs(days: Iterable[str]) -> int:
    """The longest run of consecutive days among `days`, which are in order."""
    longest = current = 0
    previous = ""
    for before, day in pairwise(["", *days]):
        current = current + 1 if before and days_before(day, 1) == before else 1
        longest = max(longest, current)
        previous = day
    return longest if previous else 0
