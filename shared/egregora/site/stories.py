"""Stories: posts in their place, as other pages speak of them, and which earlier ones each is related to."""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from heapq import nlargest

import msgspec

from egregora.ids import HANDLE, Handle
from egregora.site.catalogue import PostCard, WindowCard
from egregora.site.dates import UNDATED, day_label, day_of, days_before, month_of
from egregora.site.names import Names, Ref

RELATED = 3
LOOK_BACK = 12
"""How many of a topic's latest stories are considered when looking for related ones."""


class Teaser(msgspec.Struct, frozen=True, gc=False):
    """A story as lists show it, with every name resolved."""

    href: str
    title: str
    standfirst: str
    day: str
    date: str
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


def topic_refs(cards: Iterable[WindowCard], names: Names) -> dict[str, Ref]:
    """Each topic as it was first called."""
    refs: dict[str, Ref] = {}
    for card in cards:
        for topic in card.topics:
            if topic.key not in refs:
                name = " ".join(names.text(topic.name).split())
                refs[topic.key] = Ref(name[:1].upper() + name[1:], f"topics/{topic.key}/index.html")
    return refs


def tell(cards: Iterable[WindowCard], names: Names, topics: Mapping[str, Ref]) -> tuple[Story, ...]:
    """Every post in its place, oldest first; posts of the same moment in the order of the conversation."""
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


def related(stories: tuple[Story, ...]) -> list[list[Story]]:
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
