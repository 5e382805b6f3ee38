"""What the agents must answer with: the forms that a model is bound to.

Message references are the short names ``m1``, ``m2``, ... that the transcript gives each message; people are handles.
Both are checked against the window afterwards (:mod:`egregora.agents.closed_sets`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

References = Annotated[list[str], Field(description="names of messages of this window, such as m12")]
Person = Annotated[str, Field(description="a handle as it stands in the transcript: @ and ten hex digits")]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class Topic(_Form):
    """Something the group talked about."""

    name: str = Field(description="two to five words, in the language of the conversation")
    summary: str = Field(description="one or two sentences")
    messages: References = []


class Part(_Form):
    """What one person did in this conversation."""

    person: Person
    summary: str = Field(description="one sentence, about what was said and done here only")
    messages: References = []


class Entity(_Form):
    """A place, thing, work, organisation, event or product that was named. Never a participant."""

    name: str
    type: Literal["place", "organisation", "work", "product", "event", "date", "other"]
    messages: References = []


class Relation(_Form):
    """How two entities, or a person and an entity, belong together."""

    subject: str = Field(description="an entity's name or a person's handle")
    predicate: str = Field(description="a short verb phrase")
    object: str = Field(description="an entity's name or a person's handle")
    messages: References = []


class Decision(_Form):
    """Something the group settled."""

    text: str
    people: list[Person] = []
    messages: References = []


class Question(_Form):
    """Something asked that the window leaves unanswered."""

    text: str
    person: Person | None = None
    messages: References = []


class ActionItem(_Form):
    """Something a person took on."""

    text: str
    person: Person | None = None
    due: str | None = Field(default=None, description="as it was said")
    messages: References = []


class Quote(_Form):
    """A line worth keeping, word for word."""

    text: str
    person: Person
    messages: References = []


class Link(_Form):
    """An address that was shared."""

    url: str
    title: str = Field(default="", description="what it is, from the words around it")
    messages: References = []


class Enrichment(_Form):
    """What the Enricher finds in a window."""

    language: str = Field(description="BCP 47 tag of the language mostly spoken")
    summary: str = Field(description="three to six sentences")
    topics: list[Topic] = []
    parts: list[Part] = []
    entities: list[Entity] = []
    relations: list[Relation] = []
    decisions: list[Decision] = []
    questions: list[Question] = []
    actions: list[ActionItem] = []
    quotes: list[Quote] = []
    links: list[Link] = []


class DraftPost(_Form):
    """A post as the Writer hands it in."""

    title: str
    standfirst: str = Field(description="one or two sentences under the title")
    body: str = Field(description="Markdown without a top heading and without HTML")
    tags: list[str] = []
    people: list[Person] = []
    messages: References = Field(default=[], description="the messages this post rests on")


class Observation(_Form):
    """Something about a person that this window shows: habits, interests, part in the group."""

    person: Person
    text: str
    messages: References = []


class Writing(_Form):
    """What the Writer hands in: zero or more posts, and observations on people."""

    posts: list[DraftPost] = []
    observations: list[Observation] = []
