"""Port: a model that answers an agent's request.

A request says the same thing twice: as text, for a model that reads, and as `material`, the values the text was made
from, for a model that computes. What identifies a request is its text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from pydantic import BaseModel

from egregora.forms import Enrichment
from egregora.journal import Usage
from egregora.message import Message

Agent = Literal["enricher", "writer"]


@dataclass(frozen=True, slots=True)
class Material:
    """What a request's text was made from.

    `messages` are those of the window in order; message `n` (from 1) is called ``m<n>`` in text and answers. `context`
    precedes them and cannot be cited. Authors are handles. `enrichment` is given to the writer alone.
    """

    messages: tuple[Message, ...]
    context: tuple[Message, ...] = ()
    enrichment: Enrichment | None = None
    max_posts: int = 2
    language: str = "auto"


@dataclass(frozen=True, slots=True)
class Request:
    """What an agent asks.

    `instructions` come from a prompt file and are trusted; `content` is chat between delimiters and is not.
    `schema` is the pydantic model that the answer must fit. `repair`, where set, holds the last answer and what was
    wrong with it.
    """

    agent: Agent
    instructions: str
    content: str
    schema: type[BaseModel]
    material: Material = field(repr=False, compare=False)
    temperature: float = 0.4
    repair: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's answer: JSON text, as it came, and what it cost."""

    text: str
    usage: Usage


def is_offline(name: str) -> bool:
    """Whether the model of this name is no language model: it costs nothing, and what it makes says so."""
    return name.startswith("offline")


class Model(Protocol):
    """What an agent asks of a model."""

    name: str
    """Part of every signature, so it says all that makes answers differ: ``gemini-2.5-flash``, ``offline-1``."""

    max_input_tokens: int
    """Requests above this overflow."""

    def count_tokens(self, request: Request) -> int:
        """Count a request's input tokens by the model's own measure."""
        ...

    def answer(self, request: Request) -> Answer:
        """Answer a request.

        Raises `Split` where it is too large, `Block` where the model refuses, `BadAnswer` where the answer was cut
        off or is no JSON, `RateLimited` or `Retry` where it may succeed later, `Reject` where it never will (a wrong
        key, an unknown model).
        """
        ...
