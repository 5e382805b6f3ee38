"""What the tables hold of a site: a few rows at once, and those of one window after another.

A window's digest says what its rows are made from before its document is read: the document's content, its place in
the journal, the names that stand in it, the addresses of its posts, and the code that makes rows of them.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Table

from egregora import __version__
from egregora.documents import DocumentType, Post, WindowDocument
from egregora.forms import ActionItem, Enrichment, Question, Quote
from egregora.ids import Handle, Signature, sha256
from egregora.sinks.database import tables as t
from egregora.site import SiteInput, StatusRow, catalogue, journal, names
from egregora.site.catalogue import WindowCard, finds
from egregora.site.dates import day_of
from egregora.site.names import Names, Ref, handles, named
from egregora.site.stories import tell, topic_refs

Row = dict[str, Any]
Rows = dict[Table, list[Row]]


@dataclass(frozen=True, slots=True)
class Window:
    """A window to be shown: `refs` are the people in it, `paths` its posts' addresses on the site by number.

    `digest` says what its rows are made from.
    """

    status: StatusRow
    card: WindowCard | None
    refs: Mapping[Handle, Ref] = field(repr=False)
    paths: Sequence[str]
    digest: str


def windows(site: SiteInput) -> dict[Signature, Window]:
    """Every window that the site tells of. No document is read."""
    known = Names(site.people)
    paths: dict[Signature, dict[int, str]] = {}
    for story in tell(site.cards, known, topic_refs(site.cards, known)):
        paths.setdefault(story.card.signature, {})[story.number] = story.folder
    found = {}
    for status, card in journal.rows(site):
        addresses = paths.get(status.signature, {})
        refs = known.shown(_everybody(card)) if card else {}
        places = [addresses[number] for number in sorted(addresses)]
        found[status.signature] = Window(status, card, refs, places, _digest(status, card, refs, places))
    return found


def _digest(status: StatusRow, card: WindowCard | None, refs: Mapping[Handle, Ref], paths: Sequence[str]) -> str:
    page = journal.journal_page(status, None, {}).model_dump_json()
    shown = msgspec.json.encode([(who, ref.name, ref.href) for who, ref in sorted(refs.items())])
    return sha256(_code(), page, card.content if card else "", shown, *paths)


def shared_rows(site: SiteInput, name: str) -> Rows:
    """The rows of the site `name` that belong to no window: its sources and its people."""
    known = Names(site.people)
    sources = [
        {
            "id": source.id,
            "title": source.title,
            "messages": source.messages,
            "first": source.first,
            "last": source.last,
            "warnings": "\n".join(source.warnings),
        }
        for source in site.sources
    ]
    people = [{"slug": _slug(ref), "name": ref.name} for ref in known.refs(site.people)]
    return _of_site(name, {t.sources: sources, t.people: people})


def window_rows(window: Window, document: WindowDocument | None, name: str) -> Rows:
    """All rows of a window of the site `name`. `document` is None where the window has no card."""
    page = journal.journal_page(window.status, document, window.refs)
    rows: Rows = {t.windows: [page.model_dump(mode="json") | {"digest": window.digest}]}
    if document is not None and window.card is not None:
        rows |= _counts(window.card, window.refs)
        for number, post in enumerate(document.posts):
            _add(rows, _post(post, number, window.card.posts[number].date, window))
        _add(rows, _findings(document, window.refs))
    for found in rows.values():
        for row in found:
            row["signature"] = window.status.signature
    for row in rows.get(t.posts, ()):
        row["row_id"] = int(sha256(name, row["signature"], str(row["number"]))[:15], 16)
    return _of_site(name, rows)


def _everybody(card: WindowCard) -> Iterator[Handle]:
    """Everyone whose name may stand in the rows of a window."""
    yield from card.handles
    yield from card.people
    for post in card.posts:
        yield from post.handles
    for note in card.notes:
        yield note.person
        yield from handles(note.text)


def _counts(card: WindowCard, refs: Mapping[Handle, Ref]) -> Rows:
    """Who wrote how much, when, and what about."""
    topics, post_topics = [], []
    for topic in card.topics:
        called = " ".join(named(topic.name, refs).split())
        topics.append({"topic": topic.key, "name": called, "summary": named(topic.summary, refs)})
        post_topics += [{"post": post, "topic": topic.key} for post in topic.posts]
    return {
        t.window_people: [
            {"person": _slug(refs[who]), "messages": count} for who, count in card.people.items() if who in refs
        ],
        t.window_days: [{"day": day, "messages": count} for day, count in card.days.items() if day_of(day) == day],
        t.topics: topics,
        t.post_topics: post_topics,
        t.observations: [
            {"number": number, "person": _slug(refs[note.person]), "text": named(note.text, refs)}
            for number, note in enumerate(card.notes)
            if note.person in refs
        ],
    }


def _post(post: Post, number: int, date: str | None, window: Window) -> Rows:
    refs = window.refs
    told = {
        "type": DocumentType.POST.value,
        "number": number,
        "id": post.id,
        "path": window.paths[number],
        "title": " ".join(named(post.title, refs).split()),
        "standfirst": named(post.standfirst, refs),
        "body": named(post.body, refs),
        "date": date,
        "day": day_of(date) or None,
    }
    cited = [
        {
            "post": number,
            "number": place,
            "message": citation.id,
            "time": citation.time,
            "person": _who(citation.author, refs),
            "text": named(citation.text, refs),
        }
        for place, citation in enumerate(post.citations)
    ]
    people = [{"post": number, "person": person} for person in _slugs(post.people, refs)]
    return {t.posts: [told], t.citations: cited, t.post_people: people}


def _findings(document: WindowDocument, refs: Mapping[Handle, Ref]) -> Rows:
    """What the window's enrichment holds, each thing with the post that it stands in."""
    parts: list[tuple[int | None, Enrichment]]
    parts = [(number, finds(document, number)) for number in range(len(document.posts))] or [
        (None, document.enrichment)
    ]

    def listed(name: str) -> Iterator[tuple[Row, Any]]:
        found = ((post, item) for post, part in parts for item in getattr(part, name))
        for number, (post, item) in enumerate(found):
            yield {"number": number, "post": post}, item

    def said(item: Question | ActionItem | Quote) -> Row:
        return {"text": named(item.text, refs), "person": _who(item.person, refs)}

    return {
        t.entities: [
            at | {"name": named(x.name, refs), "type": x.type, "messages": len(set(x.messages)) or 1}
            for at, x in listed("entities")
        ],
        t.relations: [
            at | {part: named(getattr(x, part), refs) for part in ("subject", "predicate", "object")}
            for at, x in listed("relations")
        ],
        t.decisions: [at | {"text": named(x.text, refs)} for at, x in listed("decisions")],
        t.decision_people: [
            {"decision": at["number"], "person": person}
            for at, x in listed("decisions")
            for person in _slugs(x.people, refs)
        ],
        t.questions: [at | said(x) for at, x in listed("questions")],
        t.actions: [at | said(x) | {"due": named(x.due or "", refs) or None} for at, x in listed("actions")],
        t.quotes: [at | said(x) for at, x in listed("quotes")],
        t.links: [
            at | {"url": named(x.url, refs), "title": named(x.title, refs)}
            for at, x in listed("links")
            if x.url.startswith(("https://", "http://"))
        ],
    }


def _of_site(name: str, rows: Rows) -> Rows:
    """`rows` as rows of the site `name`, without the one character that PostgreSQL has no way to keep."""

    def kept(value: Any) -> Any:
        return value.replace("\0", "") if isinstance(value, str) else value

    return {
        table: [{"site": name} | {key: kept(value) for key, value in row.items()} for row in found]
        for table, found in rows.items()
        if found
    }


def _add(rows: Rows, more: Rows) -> None:
    for table, found in more.items():
        rows.setdefault(table, []).extend(found)


def _slug(ref: Ref) -> str:
    """What a person is called in addresses: ``people/<slug>/index.html``."""
    return ref.href.split("/")[1]


def _slugs(people: Sequence[str], refs: Mapping[Handle, Ref]) -> list[str]:
    return [_slug(refs[Handle(who)]) for who in dict.fromkeys(people) if who in refs]


def _who(person: str | None, refs: Mapping[Handle, Ref]) -> str | None:
    return next(iter(_slugs([person], refs)), None) if person else None


@cache
def _code() -> str:
    """Digest of the code that makes rows: with it in every window's digest, rows made by an older one are made anew."""
    modules = (sys.modules[__name__], catalogue, journal, names, t)
    return sha256(__version__, *(inspect.getsource(module) for module in modules))
