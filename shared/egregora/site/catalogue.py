"""A card for every window: all that the pages beside its own posts need, without reading its document again."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from hashlib import sha256

from pydantic import BaseModel, ConfigDict

from egregora.documents import Post, WindowDocument
from egregora.forms import Enrichment
from egregora.ids import HANDLE, Handle, Partition, Signature, SourceId, slug
from egregora.site.names import handles


class _Card(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class TopicCard(_Card):
    """A topic of one window. `key` is the same wherever it comes up; `posts` are those that deal with it."""

    key: str
    name: str
    summary: str = ""
    posts: tuple[int, ...] = ()


class EntityCard(_Card):
    """Something that was named, and in how many messages."""

    name: str
    type: str
    messages: int


class RelationCard(_Card):
    """How two things, or a person and a thing, belong together; may hold handles."""

    subject: str
    predicate: str
    object: str


class NoteCard(_Card):
    """An observation on a person."""

    person: Handle
    text: str


class PostCard(_Card):
    """A post as lists show it. `handles` is everyone whose name its own page shows."""

    id: str
    title: str
    standfirst: str
    date: str | None
    people: tuple[Handle, ...] = ()
    topics: tuple[str, ...] = ()
    citations: int = 0
    first: str | None = None
    last: str | None = None
    handles: tuple[Handle, ...] = ()


class WindowCard(_Card):
    """One window. `key` says where its document is kept.

    `content` is a digest of the document without the number of its attempt: of two runs that wrote the same, one died.
    """

    version: int = 1
    key: str
    content: str
    signature: Signature
    source: SourceId
    partition: Partition
    model: str
    offline: bool
    language: str
    first: str | None
    last: str | None
    messages: int
    people: dict[Handle, int] = {}
    hours: tuple[int, ...] = ()
    days: dict[str, int] = {}
    posts: tuple[PostCard, ...] = ()
    topics: tuple[TopicCard, ...] = ()
    entities: tuple[EntityCard, ...] = ()
    relations: tuple[RelationCard, ...] = ()
    notes: tuple[NoteCard, ...] = ()
    decisions: int = 0
    questions: int = 0
    actions: int = 0
    quotes: int = 0
    links: int = 0
    handles: tuple[Handle, ...] = ()
    """Everyone who stands in the enrichment: whose names every sidecar of the window shows."""


def topic_key(name: str) -> str:
    """What makes two names the same topic: their letters, without case or spacing. Safe in a path, never empty."""
    folded = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    # A handle is a person, who may be called something else tomorrow: it makes no part of an address.
    words = slug(HANDLE.sub(" ", folded), length=40) or "topic"
    return f"{words}-{sha256(folded.encode()).hexdigest()[:8]}"


def summarise(document: WindowDocument, key: str) -> WindowCard:
    """Make the card of a window's document, which is kept at `key`."""
    found = document.enrichment
    return WindowCard(
        key=key,
        content=sha256(document.model_copy(update={"attempt": 0}).model_dump_json().encode()).hexdigest(),
        signature=document.signature,
        source=document.source,
        partition=document.partition,
        model=document.model,
        offline=document.offline,
        language=found.language,
        first=document.first,
        last=document.last,
        messages=document.messages,
        people=document.people,
        hours=document.hours,
        days=document.days,
        posts=tuple(_post_card(document, number) for number in range(len(document.posts))),
        topics=_topics(document),
        entities=tuple(
            EntityCard(name=e.name, type=e.type, messages=len(set(e.messages)) or 1) for e in found.entities
        ),
        relations=tuple(
            RelationCard(subject=r.subject, predicate=r.predicate, object=r.object) for r in found.relations
        ),
        notes=tuple(NoteCard(person=note.person, text=note.text) for note in document.notes),
        decisions=len(found.decisions),
        questions=len(found.questions),
        actions=len(found.actions),
        quotes=len(found.quotes),
        links=len(found.links),
        handles=tuple(sorted(handles(found.model_dump_json()))),
    )


def finds(document: WindowDocument, number: int) -> Enrichment:
    """The parts of the window's enrichment that belong with its post `number`, each with exactly one post.

    An item goes to the post that cites most of its messages; one that no post cites goes to the first.
    """
    posts, found = document.posts, document.enrichment
    cited = [{citation.id for citation in post.citations} for post in posts]

    def mine(messages: Sequence[str]) -> bool:
        shares = [len(ids.intersection(messages)) for ids in cited]
        return shares.index(max(shares)) == number

    kept = {
        name: [item for item in getattr(found, name) if mine(item.messages)]
        for name in ("topics", "parts", "entities", "relations", "decisions", "questions", "actions", "quotes", "links")
    }
    kept["parts"] = [part for part in found.parts if part.person in posts[number].people]
    return found.model_copy(update=kept)


def _post_card(document: WindowDocument, number: int) -> PostCard:
    post = document.posts[number]
    found = finds(document, number)
    shown = found.model_copy(update={"topics": [], "entities": [], "relations": [], "summary": ""})
    times = sorted(citation.time for citation in post.citations if citation.time)
    return PostCard(
        id=post.id,
        title=post.title,
        standfirst=post.standfirst,
        date=post.date or document.first,
        people=post.people,
        topics=tuple(dict.fromkeys(key for key, _ in _names_of_topics(document, number))),
        citations=len(post.citations),
        first=times[0] if times else document.first,
        last=times[-1] if times else document.last,
        handles=tuple(sorted(handles(post.model_dump_json() + shown.model_dump_json()))),
    )


def _names_of_topics(document: WindowDocument, number: int) -> list[tuple[str, str]]:
    """Keys and names of what post `number` is about: its tags, and the topics whose messages it cites."""
    post: Post = document.posts[number]
    cited = {citation.id for citation in post.citations}
    own = [topic.name for topic in document.enrichment.topics if cited.intersection(topic.messages)]
    if not own:
        own = [topic.name for topic in finds(document, number).topics]
    return [(topic_key(name), name) for name in (*own, *post.tags) if name.strip()]


def _topics(document: WindowDocument) -> tuple[TopicCard, ...]:
    """Every topic that a post of the window deals with, in the order they come up."""
    names: dict[str, str] = {}
    posts: dict[str, list[int]] = {}
    for number in range(len(document.posts)):
        for key, name in _names_of_topics(document, number):
            names.setdefault(key, name)
            posts.setdefault(key, []).append(number)
    said: dict[str, str] = {}
    for topic in document.enrichment.topics:
        said.setdefault(topic_key(topic.name), topic.summary)
    return tuple(
        TopicCard(key=key, name=name, summary=said.get(key, ""), posts=tuple(dict.fromkeys(posts[key])))
        for key, name in names.items()
    )
