"""What a window yields, as it is kept at ``documents/<signature>/<attempt>.json``.

Texts hold handles, never names: publishing puts in what each person is to be called.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from egregora.forms import Enrichment
from egregora.ids import Handle, MessageId, Partition, RecipeDigest, Signature, SliceDigest, SourceId


class DocumentType(StrEnum):
    """The kinds of document that are delivered."""

    POST = "post"
    PROFILE = "profile"
    SIDECAR = "sidecar"
    JOURNAL = "journal"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class Citation(_Record):
    """A message that a post rests on, as the site shows it. `text` is at most 500 characters of the protected body."""

    id: MessageId
    time: str | None
    author: Handle | None
    text: str


class Post(_Record):
    """One post. `id` is 10 hex digits, made from the window's place and the post's number, never from its words."""

    id: str
    title: str
    standfirst: str
    body: str
    tags: tuple[str, ...] = ()
    people: tuple[Handle, ...] = ()
    """Everyone whose messages the post rests on or who is mentioned in its text."""
    citations: tuple[Citation, ...] = ()
    date: str | None = None
    """Time of the first message it rests on (ISO 8601, as in the message)."""


class PersonNote(_Record):
    """An observation on a person."""

    person: Handle
    text: str
    messages: tuple[MessageId, ...] = ()


class WindowDocument(_Record):
    """Everything one window yielded. In `enrichment` message names are replaced by message ids."""

    version: int = 1
    signature: Signature
    attempt: int
    source: SourceId
    partition: Partition
    slice: SliceDigest
    recipe: RecipeDigest
    model: str
    offline: bool = False
    """Made without a language model; every page that shows it says so."""
    first: str | None
    last: str | None
    messages: int
    people: dict[Handle, int]
    """Messages of each author in this window."""
    hours: tuple[int, ...] = ()
    """Messages by hour of the day, 24 counts; empty where messages have no time."""
    days: dict[str, int] = {}
    """Messages by day (``2024-03-17``)."""
    enrichment: Enrichment
    posts: tuple[Post, ...] = ()
    notes: tuple[PersonNote, ...] = ()
