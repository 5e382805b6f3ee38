"""Asking the offline model as the agents do."""

from __future__ import annotations

from egregora.forms import Enrichment, Writing
from egregora.message import Message
from egregora.models import Material, Request
from egregora.models.offline import OfflineModel

MODEL = OfflineModel()


def enrich(messages: tuple[Message, ...], *, language: str = "auto") -> Enrichment:
    """What the enricher is answered."""
    material = Material(messages=messages, language=language)
    return Enrichment.model_validate_json(MODEL.answer(Request("enricher", "", "", Enrichment, material)).text)


def write(
    messages: tuple[Message, ...],
    *,
    max_posts: int = 2,
    language: str = "auto",
    enrichment: Enrichment | None = None,
) -> Writing:
    """What the writer is answered, on the enricher's answer where none is given."""
    found = enrichment or enrich(messages, language=language)
    material = Material(messages=messages, enrichment=found, max_posts=max_posts, language=language)
    return Writing.model_validate_json(MODEL.answer(Request("writer", "", "", Writing, material)).text)
