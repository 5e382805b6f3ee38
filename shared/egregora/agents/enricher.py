"""The Enricher: reads a window and says what is in it."""

from __future__ import annotations

from dataclasses import dataclass

from egregora.agents.closed_sets import ClosedSets
from egregora.agents.delimiters import enclose
from egregora.agents.desk import Desk
from egregora.agents.prompts import fill
from egregora.agents.reading import Reading
from egregora.forms import Enrichment
from egregora.journal import Usage
from egregora.models import Material, Request


@dataclass(frozen=True, slots=True)
class Enriched:
    """What the Enricher found, in message names (`Reading.with_ids` makes ids of them), and what it took.

    `dropped` counts the references, handles, links and quotes that were in no closed set.
    """

    enrichment: Enrichment
    usage: Usage
    dropped: int


class Enricher:
    """Finds summary, topics, people's parts, entities, decisions, questions, actions, quotes and links."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._instructions = fill(desk.recipe.enricher_prompt, desk.recipe.writing)

    def enrich(self, reading: Reading) -> Enriched:
        """Read a window. One that shows nothing asks no model.

        Raises `Split`, `Block`, `BadAnswer`, `Retry`, `RateLimited` or `Reject` as its model does.
        """
        transcript = reading.transcript
        if not transcript.names:
            return Enriched(Enrichment(language="und", summary=""), Usage(), dropped=0)
        writing = self._desk.recipe.writing
        request = Request(
            agent="enricher",
            instructions=self._instructions,
            content=enclose(self._desk.key, [("CHAT", transcript.text)]),
            schema=Enrichment,
            material=Material(reading.messages, max_posts=writing.max_posts, language=writing.language),
            temperature=self._desk.recipe.temperature,
        )
        sets = ClosedSets(transcript.names, reading.known_people)
        handed = self._desk.ask(request, sets.check_enrichment, Enrichment, reading)
        return Enriched(handed.form, handed.usage, handed.dropped)
