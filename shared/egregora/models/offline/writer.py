"""The writer's answer: posts put together from the messages, and a few observations on people."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from egregora.forms import DraftPost, Enrichment, Topic, Writing
from egregora.models.offline.beats import section
from egregora.models.offline.keyphrases import capital, name
from egregora.models.offline.markdown import autolink, escaped, plain
from egregora.models.offline.observations import observations
from egregora.models.offline.prose import Prose
from egregora.models.offline.quotes import Line
from egregora.models.offline.reading import Reading, places_of
from egregora.models.offline.utterances import HANDLE, MEDIA, Utterance

TOPICS_OF_A_POST = 3
REMARKS_OF_A_POST = 12
MOST_SECTIONS = 6
MOST_LISTED = 8
MOST_CITED = 60


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a list: whose it is, and what it says."""

    by: Utterance
    text: str
    note: str = ""
    asked: str | None = None
    """Whose words they are, where it was someone else who asked for it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A share of the window that becomes one post."""

    topics: tuple[Topic, ...]
    first: int
    last: int
    """Places of the first and last message of its stretch."""


def write(reading: Reading, enrichment: Enrichment, prose: Prose, *, max_posts: int) -> Writing:
    """Write up to `max_posts` posts; none where the window says nothing that could be quoted or listed."""
    telling = reading.telling
    if not telling or not max_posts:
        return Writing()
    drafts = (_Post(reading, enrichment, prose, part).draft() for part in _parts(reading, enrichment, max_posts))
    posts = [draft for draft in drafts if draft.messages]
    return Writing(posts=posts, observations=observations(reading, enrichment, prose))


def _parts(reading: Reading, enrichment: Enrichment, max_posts: int) -> list[Part]:
    """Divide the topics, in the order they came up, into posts of about the same size."""
    placed = [(places_of(topic.messages, reading), topic) for topic in enrichment.topics]
    topics = [topic for _, topic in sorted((pair for pair in placed if pair[0]), key=lambda pair: pair[0][0])]
    end = len(reading.utterances) - 1
    sizes = [len(t.messages) for t in topics]
    count = min(max_posts, math.ceil(len(topics) / TOPICS_OF_A_POST), max(1, sum(sizes) // REMARKS_OF_A_POST))
    if count <= 1:
        return [Part(tuple(topics), 0, end)]
    groups: list[list[Topic]] = [[] for _ in range(count)]
    done = 0
    for i, (topic, size) in enumerate(zip(topics, sizes, strict=True)):
        left = len(topics) - i
        fair = min(count - 1, int((done + size / 2) * count / sum(sizes)))
        groups[max(min(fair, i), count - left)].append(topic)
        done += size
    filled = [group for group in groups if group]
    firsts = [places_of(group[0].messages, reading)[0] for group in filled]
    lasts = [first - 1 for first in firsts[1:]] + [end]
    return [
        Part(tuple(group), 0 if i == 0 else firsts[i], last)
        for i, (group, last) in enumerate(zip(filled, lasts, strict=True))
    ]


class _Post:
    """One post in the making."""

    def __init__(self, reading: Reading, enrichment: Enrichment, prose: Prose, part: Part) -> None:
        self._reading = reading
        self._enrichment = enrichment
        self._prose = prose
        self._part = part
        self._own = {place for topic in part.topics for place in places_of(topic.messages, reading)}
        self._elsewhere = {p for t in enrichment.topics for p in places_of(t.messages, reading)} - self._own
        self._cited: dict[int, Utterance] = {}
        self._decisions = self._items([(d.messages, d.text, None) for d in enrichment.decisions])
        self._questions = self._items([(q.messages, q.text, None) for q in enrichment.questions])
        self._actions = self._items([(a.messages[::-1], a.text, a.due) for a in enrichment.actions], tasks=True)

    def draft(self) -> DraftPost:
        """Put the post together."""
        # What stands in a list is not told twice, unless it is what began a topic.
        first = {places_of(t.messages, self._reading)[0] for t in self._part.topics}
        told = {item.by.place for item in (*self._decisions, *self._questions, *self._actions)} - first
        sections = self._sections(told)
        lists = [
            self._list("heading_decisions", self._decisions),
            self._list("heading_actions", self._actions),
            self._list("heading_questions", self._questions),
            self._links(),
        ]
        closing = [self._photos(), *filter(None, lists), f"*{self._prose.phrases.forms['footer']}*"]
        body = "\n\n".join(part for part in (*sections, *closing) if part)
        standfirst = self._standfirst()
        cited = sorted(self._cited)[:MOST_CITED]
        return DraftPost(
            title=self._title(),
            standfirst=standfirst,
            body=body,
            tags=self._tags(),
            people=list(dict.fromkeys(HANDLE.findall(f"{standfirst}\n{body}"))),
            messages=[f"m{place + 1}" for place in cited],
        )

    def _holds(self, place: int) -> bool:
        """Whether a message belongs to this post: to its topics, or else to its stretch and to no other's topics."""
        if place in self._own:
            return True
        return place not in self._elsewhere and self._part.first <= place <= self._part.last

    def _items(self, found: Sequence[tuple[Sequence[str], str, str | None]], *, tasks: bool = False) -> list[Item]:
        items: list[Item] = []
        for references, text, due in found:
            places = [p for name in references for p in places_of([name], self._reading)]
            if places and self._holds(places[0]) and text.strip():
                note = self._prose.phrases.forms["due_note"].format(due=escaped(due)) if due else ""
                by, first = self._reading.utterances[places[0]], self._reading.utterances[places[-1]]
                items.append(Item(by, text, note, first.author if tasks and first.author != by.author else None))
        return items[-MOST_LISTED:]

    def _sections(self, told: set[int]) -> list[str]:
        """The largest topics in full, the rest in a sentence."""
        sizes = sorted((len(t.messages) for t in self._part.topics), reverse=True)
        least = sizes[MOST_SECTIONS - 1] if len(sizes) >= MOST_SECTIONS else 0
        lines = {line.by.place: line for s in self._reading.subjects for line in s.lines}
        found: list[str] = []
        minor: list[str] = []
        for topic in self._part.topics:
            places = places_of(topic.messages, self._reading)
            utterances = [self._reading.utterances[place] for place in places]
            usable = [lines[place] for place in places if place in lines]
            made = None
            if len(topic.messages) >= least and len(found) < MOST_SECTIONS:
                made = section(
                    utterances,
                    usable,
                    self._reading.exchanges,
                    self._reading.reader,
                    self._prose,
                    told=told,
                    one_day=self._one_day(),
                )
            if made is None:
                minor.append(topic.name)
                continue
            self._cited.update((u.place, u) for u in made.cited)
            found.append(f"## {escaped(topic.name)}\n\n{made.markdown}")
        return [*found, *self._minor(minor)]

    def _one_day(self) -> bool:
        return len({u.moment.date() for place in self._own if (u := self._reading.utterances[place]).moment}) <= 1

    def _minor(self, names: list[str]) -> list[str]:
        places = range(self._part.first, self._part.last + 1)
        names = names + [word for thread, word in self._reading.minor if thread.utterances[0].place in places]
        if not names:
            return []
        topics = self._prose.row([escaped(n) for n in dict.fromkeys(names)])
        sentence = self._prose.say("minor", topics=topics)
        return [f"## {self._prose.say('heading_minor')}\n\n{sentence}" if len(names) > 2 else sentence]

    def _list(self, heading: str, items: Sequence[Item]) -> str:
        if not items:
            return ""
        self._cited.update((item.by.place, item.by) for item in items)
        rows = [
            f"- {self._whose(item)}: {self._prose.quoted(item.text)}{f' ({item.note})' if item.note else ''}"
            for item in items
        ]
        return f"## {self._prose.say(heading)}\n\n" + "\n".join(rows)

    def _whose(self, item: Item) -> str:
        if item.asked is None:
            return str(item.by.author)
        return self._prose.phrases.forms["asked_by"].format(who=item.by.author, other=item.asked)

    def _links(self) -> str:
        rows = []
        for link in self._enrichment.links:
            places = places_of(link.messages, self._reading)
            if not places or not self._holds(places[0]) or not link.url.lower().startswith(("http://", "https://")):
                continue
            by = self._reading.utterances[places[0]]
            self._cited[by.place] = by
            shared = self._prose.phrases.forms["shared_by"].format(who=by.author)
            rows.append(f"- {autolink(link.url, link.title or link.url)}, {shared}")
        return f"## {self._prose.say('heading_links')}\n\n" + "\n".join(rows[: 2 * MOST_LISTED]) if rows else ""

    def _photos(self) -> str:
        """How many photos and files were shared, where they are several."""
        sent = [str(u.author) for u in self._reading.utterances if u.author and self._media(u)]
        if len(sent) < 2:
            return ""
        counts = Counter(sent)
        most = min(counts, key=lambda person: (-counts[person], person))
        return self._prose.say("photos_line", photos=self._prose.number(len(sent), "photos"), who=most)

    def _media(self, u: Utterance) -> bool:
        return u.message.kind in MEDIA and self._holds(u.place)

    def _title(self) -> str:
        """The largest topics, as they are spoken of; with what else it was about where there is only one."""
        topics = sorted(self._part.topics, key=lambda t: (-len(t.messages), t.name))
        spoken = [self._spoken(topic) for topic in topics]
        if not spoken:
            return self._prose.phrases.forms["untitled"]
        heads = [first for first, *_ in spoken[:3]] if len(spoken) > 1 else spoken[0]
        return capital(plain(self._prose.row(list(dict.fromkeys(heads)))))

    def _spoken(self, topic: Topic) -> list[str]:
        """A topic's name as it stands in a sentence, and its next best phrase where that is nearly as good."""
        places = set(places_of(topic.messages, self._reading))
        for subject in self._reading.subjects:
            phrases = subject.keyphrases
            if phrases and subject.thread.utterances[0].place in places and name(phrases) == topic.name:
                return [p.text for p in phrases[:2] if p.weight >= 0.45 * phrases[0].weight]
        return [topic.name]

    def _tags(self) -> list[str]:
        return list(dict.fromkeys(plain(t.name).lower() for t in self._part.topics))[:6]

    def _standfirst(self) -> str:
        """What came of it, or the line that tells most; who wrote and when only where there is neither."""
        said = [u for u in self._reading.utterances if u.author and u.message.kind != "system" and self._holds(u.place)]
        # What is quoted here stands in plain text: no escapes.
        prose = Prose(self._prose.phrases, sum(u.place for u in said))
        if self._decisions:
            return prose.say("came_out", quote=self._decisions[-1].text)
        if best := max(self._lines(), key=lambda line: (line.weight, -line.by.place), default=None):
            return prose.say("as_said", who=best.by.author, quote=best.text)
        if self._questions:
            return prose.say("left_open", quote=self._questions[-1].text)
        people = list(dict.fromkeys(str(u.author) for u in said))
        return prose.say(
            "standfirst" if len(people) > 1 else "lone",
            people=prose.number(len(people), "people"),
            who=people[0],
            messages=prose.number(len(said), "messages"),
            span=prose.span(said),
        )

    def _lines(self) -> list[Line]:
        """The quotable lines of this post's topics."""
        return [line for s in self._reading.subjects for line in s.lines if line.by.place in self._own]
