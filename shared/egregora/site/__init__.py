"""The website, as a pure function of what is known: `SiteInput` in, pages out.

    WindowDocument ── summarise ──► WindowCard ──┐
                                                 ├── build_site ──► Page... ── deliver ──► Sink
    names, status, settings ─────────────────────┘

A page says what it is made from (`inputs`) before it is rendered, so a publish renders only what changed; a full
publish and an incremental one give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Literal

from egregora.documents import WindowDocument
from egregora.ids import Handle, Partition, Signature, SourceId
from egregora.journal import State, Usage
from egregora.settings import SiteSettings

if TYPE_CHECKING:
    from egregora.site.catalogue import WindowCard


class Phase(IntEnum):
    """The order in which files are written; deletions run in reverse."""

    ASSETS = 1
    POSTS = 2
    MONTHS = 3
    HUBS = 4
    SEARCH = 5
    HOME = 6


@dataclass(frozen=True, slots=True)
class Page:
    """One file of the site: where it goes, what it is made from (a digest), and how to make it.

    A page whose `path` ends in ``/`` is a folder that a tool fills, with names known only once it has run: `files`
    makes its files by name, and `render` gives nothing. Its last file is written when the others are there. `files`
    may be called from another thread.
    """

    path: str
    inputs: str
    phase: Phase
    render: Callable[[], bytes] = field(repr=False, compare=False)
    files: Callable[[], Mapping[str, bytes]] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class SourceView:
    """A conversation as the site speaks of it. `title` holds no person's name unless settings allow real names."""

    id: SourceId
    title: str
    messages: int
    first: str | None
    last: str | None
    warnings: tuple[str, ...] = ()
    """One line each on its uploads and what was dropped, guessed or cut in them; never a word of the conversation."""


@dataclass(frozen=True, slots=True)
class StatusRow:
    """A window as the status page shows it."""

    signature: Signature
    source: SourceId
    partition: Partition
    state: State | None
    """None: not started."""
    first: str | None
    last: str | None
    messages: int
    reason: str | None = None
    usage: Usage = Usage()  # noqa: RUF009 - frozen


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """An upload or a task that could not be read at all, as the status page shows it: ISO 8601 time in UTC, reason."""

    kind: Literal["upload", "task"]
    at: str
    reason: str


@dataclass(frozen=True, slots=True)
class FailingRow:
    """A sink that the last publish did not reach, as the status page shows it: since when (as above), and why."""

    name: str
    at: str
    reason: str


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person as the site shows them: `name` by the settings, `slug` for addresses, unique within the site."""

    handle: Handle
    name: str
    slug: str


@dataclass(frozen=True, slots=True)
class SiteInput:
    """All that a site is made from.

    `cards` are in the order of the conversation. `people` holds everybody who may be shown; a handle that is not in
    it belongs to someone who opted out or is unknown, and is shown as "someone" without a page. `load` reads a
    window's document by its card's `key`.
    """

    settings: SiteSettings
    title: str
    sources: tuple[SourceView, ...]
    cards: tuple[WindowCard, ...]
    people: dict[Handle, PersonView]
    status: tuple[StatusRow, ...]
    load: Callable[[str], WindowDocument] = field(repr=False)
    refused: tuple[RefusedRow, ...] = ()
    """The newest refusals, newest first."""
    refusals: int = 0
    """How many there are in all."""
    failing: tuple[FailingRow, ...] = ()
