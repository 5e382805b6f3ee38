"""The Writer: turns a window and what was found in it into posts and observations."""

from __future__ import annotations

from dataclasses import dataclass

from egregora.agents.closed_sets import ClosedSets
from egregora.agents.delimiters import enclose
from egregora.agents.desk import Desk
from egregora.agents.prompts import fill
from egregora.agents.reading import Reading
from egregora.forms import Enrichment, Writing
from egregora.journal import Usage
from egregora.models import Material, Request


@dataclass(frozen=True, slots=True)
class Written:
    """What the Writer handed in, in message names (`Reading.cited` finds the messages), and what it took.

    `dropped` is as in `Enriched`.
    """

    writing: Writing
    usage: Usage
    dropped: int


class Writer:
    """Writes zero or more posts, and observations on people."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._instructions = fill(desk.recipe.writer_prompt, desk.recipe.writing)

    def write(self, reading: Reading, enrichment: Enrichment) -> Written:
        """Write about a window; `enrichment` is the Enricher's, in message names. One that shows nothing asks no model.

        Raises `Split`, `Block`, `BadAnswer`, `Retry`, `RateLimited` or `Reject` as its model does.
        """
        transcript = reading.transcript
        if not transcript.names:
            return Written(Writing(), Usage(), dropped=0)
        writing = self._desk.recipe.writing
        findings = enrichment.model_dump_json(exclude_defaults=True)
        parts = [("CONTEXT", reading.context_text), ("CHAT", transcript.text), ("FINDINGS", findings)]
        request = Request(
            agent="writer",
            instructions=self._instructions,
            content=enclose(self._desk.key, [part for part in parts if part[1]]),
            schema=Writing,
            material=Material(reading.messages, reading.context, enrichment, writing.max_posts, writing.language),
            temperature=self._desk.recipe.temperature,
        )
        sets = ClosedSets(transcript.names, reading.known_people, context=reading.context)
        handed = self._desk.ask(
            request, lambda form: sets.check_writing(form, max_posts=writing.max_posts), Writing, reading
        )
        return Written(handed.form, handed.usage, handed.dropped)
