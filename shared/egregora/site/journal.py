"""The journal page: what is known of one window, whether or not anything was written from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from egregora.documents import DocumentType, WindowDocument
from egregora.ids import Handle, Partition, Signature, SourceId
from egregora.journal import State
from egregora.site import SiteInput, StatusRow
from egregora.site.catalogue import WindowCard
from egregora.site.names import Ref, named


class JournalPage(BaseModel):
    """One window as the journal tells of it, names as the site shows them.

    `state` None: not started. `model` and `summary` are there once something was written from the window.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    type: Literal[DocumentType.JOURNAL] = DocumentType.JOURNAL
    signature: Signature
    source: SourceId
    partition: Partition
    state: State | None
    reason: str | None
    first: str | None
    last: str | None
    messages: int
    model: str | None = None
    offline: bool = False
    language: str | None = None
    summary: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    """US dollars."""


def rows(site: SiteInput) -> Iterator[tuple[StatusRow, WindowCard | None]]:
    """Every window that the site tells of, with its card where its document is shown.

    A window that stays up until what replaces it is written has left the plan: its row is made of its card.
    """
    cards = {card.signature: card for card in site.cards}
    planned = {row.signature: row for row in site.status}
    for row in planned.values():
        yield row, cards.get(row.signature)
    for card in cards.values():
        if card.signature not in planned:
            bounds = (card.first, card.last, card.messages)
            yield StatusRow(card.signature, card.source, card.partition, "DONE", *bounds), card


def journal_page(row: StatusRow, document: WindowDocument | None, refs: Mapping[Handle, Ref]) -> JournalPage:
    """The page of the window of `row`; `document` is what is shown of it."""
    page = JournalPage(
        signature=row.signature,
        source=row.source,
        partition=row.partition,
        state=row.state,
        reason=row.reason,
        first=row.first,
        last=row.last,
        messages=row.messages,
        input_tokens=row.usage.input_tokens,
        output_tokens=row.usage.output_tokens,
        cost=row.usage.cost,
    )
    if document is None:
        return page
    told = {
        "model": document.model,
        "offline": document.offline,
        "language": document.enrichment.language,
        "summary": named(document.enrichment.summary, refs),
    }
    return page.model_copy(update=told)
