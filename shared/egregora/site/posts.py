"""A post's own page, and its sidecar: the same as data."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from egregora.documents import Post, WindowDocument
from egregora.ids import Handle
from egregora.site import Page, Phase
from egregora.site.catalogue import finds
from egregora.site.dates import clock, day_label, day_of, span
from egregora.site.edition import Edition
from egregora.site.frame import Frame
from egregora.site.markup import body_html
from egregora.site.names import SOMEONE, Ref, named, named_values
from egregora.site.stories import Line, Story

Load = Callable[[str], WindowDocument]

_SENT = re.compile(
    r"^\u200e?(?:<[^<>:\n]{2,30}: ?[^<>\n]{1,90}(\.\w{2,5})>|[^\s<>:/]{1,90}(\.\w{2,5}) \([^()\n]{4,24}\))\s*"
)
"""The line by which an export tells of a file: ``IMG-20250210-WA0011.jpg (file attached)``, in any language."""
_SORTS = {
    "photo": {".jpg", ".jpeg", ".png", ".gif", ".webp", ".heic"},
    "video": {".mp4", ".mov", ".3gp", ".webm"},
    "recording": {".opus", ".ogg", ".mp3", ".m4a", ".aac", ".amr", ".wav"},
}


def post_pages(frame: Frame, edition: Edition, load: Load) -> Iterator[Page]:
    """Every post's page and sidecar."""
    stories = edition.stories
    for place, story in enumerate(stories):
        before = stories[place - 1].line if place else None
        after = stories[place + 1].line if place + 1 < len(stories) else None
        related = tuple(other.line for other in edition.related[place])
        yield _article(frame, edition, story, load, before, after, related)
        yield sidecar_page(frame, edition, story, load)


def _article(
    frame: Frame,
    edition: Edition,
    story: Story,
    load: Load,
    before: Line | None,
    after: Line | None,
    related: tuple[Line, ...],
) -> Page:
    path = f"{story.folder}index.html"
    root = "../" * path.count("/")
    refs = edition.names.shown(story.post.handles)
    context: dict[str, Any] = {
        "story": story.teaser,
        "topics": edition.topic_refs(story.topics),
        "before": before,
        "after": after,
        "related": related,
    }

    def render() -> bytes:
        document = load(story.card.key)
        return frame.render("post.html", path, root, context | _content(document, story.number, refs, root))

    inputs = frame.inputs(path, story.card.content, story.number, refs, context)
    return Page(path, inputs, Phase.POSTS, render)


def _content(document: WindowDocument, number: int, refs: Mapping[Handle, Ref], root: str) -> dict[str, Any]:
    """What only the document knows of a post, as its template shows it."""
    post = document.posts[number]
    found = finds(document, number)
    said = {part.person: part.summary for part in found.parts}
    return {
        "body": body_html(post.body, refs, root),
        "span": span(document.first, document.last),
        "messages": document.messages,
        "people": [
            {"ref": refs[handle], "part": named(said.get(handle, ""), refs)}
            for handle in dict.fromkeys(post.people)
            if handle in refs
        ],
        "decisions": [named(item.text, refs) for item in found.decisions],
        "questions": [{"text": named(item.text, refs), "who": _who(item.person, refs)} for item in found.questions],
        "actions": [
            {"text": named(item.text, refs), "who": _who(item.person, refs), "due": named(item.due or "", refs)}
            for item in found.actions
        ],
        "quotes": [{"text": named(item.text, refs), "who": _who(item.person, refs)} for item in found.quotes[:3]],
        "links": [
            {"url": item.url, "title": named(item.title or item.url, refs)}
            for item in found.links
            if item.url.startswith(("https://", "http://"))
        ],
        "cited": _cited(post, refs),
    }


def _who(person: str | None, refs: Mapping[Handle, Ref]) -> Ref | None:
    return refs.get(Handle(person), Ref(SOMEONE)) if person else None


def _cited(post: Post, refs: Mapping[Handle, Ref]) -> list[dict[str, Any]]:
    """The cited messages, in groups of one day each."""
    groups: list[dict[str, Any]] = []
    for citation in post.citations:
        day = day_of(citation.time)
        if not groups or groups[-1]["day"] != day:
            groups.append({"day": day, "date": day_label(day) if day else "", "size": 0, "messages": []})
        groups[-1]["size"] += 1
        sent = _SENT.match(citation.text)
        groups[-1]["messages"].append(
            {
                "who": _who(citation.author, refs) or Ref(SOMEONE),
                "time": clock(citation.time),
                "sent": _sort_of(sent[1] or sent[2]) if sent else "",
                "text": named(citation.text[sent.end() if sent else 0 :], refs),
            }
        )
    return groups


def _sort_of(suffix: str) -> str:
    """What a file is, by the suffix of its name."""
    return next((sort for sort, suffixes in _SORTS.items() if suffix.lower() in suffixes), "file")


def sidecar_page(frame: Frame, edition: Edition, story: Story, load: Load) -> Page:
    """A post as data, beside where its page is."""
    path = f"{story.folder}post.json"
    refs = edition.names.shown((*story.post.handles, *story.card.handles))
    topics = edition.topic_refs(story.topics)
    address = frame.address(f"{story.folder}index.html")

    def render() -> bytes:
        data = sidecar(load(story.card.key), story.number, refs) | {
            "url": address,
            "topics": [{"name": topic.name, "url": frame.address(topic.href)} for topic in topics],
        }
        return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()

    return Page(path, frame.inputs(path, story.card.content, story.number, refs, topics, address), Phase.POSTS, render)


def sidecar(document: WindowDocument, number: int, refs: Mapping[Handle, Ref]) -> dict[str, Any]:
    """A post and the window it comes from as plain data. People are names; whoever is not known is "someone"."""
    post = document.posts[number]
    data: dict[str, Any] = {
        "version": 1,
        "generator": "Egregora",
        "id": post.id,
        "title": post.title,
        "standfirst": post.standfirst,
        "body": post.body,
        "date": post.date,
        "tags": post.tags,
        "people": [refs[handle].name for handle in dict.fromkeys(post.people) if handle in refs],
        "citations": [citation.model_dump(mode="json") for citation in post.citations],
        "window": {
            "signature": document.signature,
            "model": document.model,
            "offline": document.offline,
            "first": document.first,
            "last": document.last,
            "messages": document.messages,
        },
        "enrichment": document.enrichment.model_dump(mode="json"),
    }
    result: dict[str, Any] = named_values(data, refs)
    return result
