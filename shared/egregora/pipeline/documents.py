"""From what the agents hand in to the document that is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

from egregora.agents.reading import Reading
from egregora.archive.slices import Slice
from egregora.documents import Citation, PersonNote, Post, WindowDocument
from egregora.forms import DraftPost, Enrichment, Observation, Writing
from egregora.ids import HANDLE, Handle, MessageId, Signature, sha256
from egregora.message import Message, said, without_edit_mark
from egregora.models import is_offline
from egregora.pipeline.payloads import WindowTask

CITATION_LENGTH = 500

T = TypeVar("T")


def document_key(signature: Signature, attempt: int) -> str:
    """Where the document of one attempt is kept; a stale attempt's stays unlinked."""
    return f"documents/{signature}/{attempt}.json"


def read_window(window: Slice, signature: Signature, bytes_per_token: float) -> Reading:
    """A slice as the agents see it; whoever its messages mention may be spoken of."""
    messages, context = (tuple(map(without_edit_mark, part)) for part in (window.messages, window.context))
    mentioned = {
        Handle(handle) for message in messages if "@" in message.text for handle in HANDLE.findall(message.text)
    }
    return Reading(
        messages,
        context,
        people=frozenset(mentioned),
        bytes_per_token=bytes_per_token,
        asker=signature,
        slice=window.digest,
    )


def make_document(
    task: WindowTask,
    attempt: int,
    window: Slice,
    reading: Reading,
    enrichment: Enrichment,
    writing: Writing,
) -> WindowDocument:
    """Put together what is kept of a window: message names become ids, citations carry the cited words."""
    people = [m for m in said(window.messages) if m.author]
    times = [m.time for m in window.messages if m.time]
    hours = Counter(int(time[11:13]) for time in times)
    return WindowDocument(
        signature=task.signature,
        attempt=attempt,
        source=task.source,
        partition=task.partition,
        slice=task.slice,
        recipe=task.recipe,
        model=task.model,
        offline=is_offline(task.model),
        first=times[0] if times else None,
        last=times[-1] if times else None,
        messages=len(people),
        people=_tally(Handle(m.author) for m in people if m.author),
        hours=tuple(hours[hour] for hour in range(24)) if times else (),
        days=_tally(m.time[:10] for m in people if m.time),
        enrichment=reading.with_ids(enrichment),
        posts=tuple(_post(window, reading, draft, number) for number, draft in enumerate(writing.posts)),
        notes=tuple(_note(reading, observation) for observation in writing.observations),
    )


def _post(window: Slice, reading: Reading, draft: DraftPost, number: int) -> Post:
    """A post's id comes from where its window begins, so that it stays when the window grows or is written anew."""
    start = window.messages[0]
    segment = f"{start.segment}" if start.segment else ""
    cited = reading.cited(draft.messages)
    words = " ".join((draft.title, draft.standfirst, draft.body, *draft.tags))
    people = [*(m.author for m in cited if m.author), *draft.people, *HANDLE.findall(words)]
    people += [handle for m in cited for handle in HANDLE.findall(m.text)]
    return Post(
        id=sha256(window.source, window.partition, start.id, segment, str(number))[:10],
        title=draft.title,
        standfirst=draft.standfirst,
        body=draft.body,
        tags=tuple(draft.tags),
        people=tuple(dict.fromkeys(Handle(handle) for handle in people)),
        citations=tuple(_citation(message) for message in cited),
        date=next((m.time for m in cited if m.time), start.time),
    )


def _citation(message: Message) -> Citation:
    text = message.text
    if len(text) > CITATION_LENGTH:
        text = text[: CITATION_LENGTH - 1].rstrip() + "…"
    author = Handle(message.author) if message.author else None
    return Citation(id=MessageId(message.id), time=message.time, author=author, text=text)


def _note(reading: Reading, observation: Observation) -> PersonNote:
    return PersonNote(
        person=Handle(observation.person), text=observation.text, messages=reading.ids(observation.messages)
    )


def _tally(values: Iterable[T]) -> dict[T, int]:
    return dict(Counter(values))
