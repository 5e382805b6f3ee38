"""Closed sets: an answer may name only what is there.

Message names, handles, the entities of relations, links and quotes are each looked up in the window. What is not found
is taken out and counted; what then rests on no message goes with it. What comes out holds nothing unknown, and
going through it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

from egregora.agents.evidence import Evidence
from egregora.forms import DraftPost, Enrichment, Entity, Link, Quote, Relation, Writing
from egregora.ids import HANDLE
from egregora.message import Message

Form = TypeVar("Form", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Checked(Generic[Form]):
    """A form with only what is known in it: of `total` look-ups, `unknown` found nothing, as `problems` say."""

    form: Form
    total: int
    unknown: int
    problems: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """Unknown over total."""
        return self.unknown / self.total if self.total else 0.0

    @property
    def poor(self) -> bool:
        """Whether so much is unknown (more than a third) that the answer should be repaired."""
        return 3 * self.unknown > self.total


class _Cited(Protocol):
    @property
    def messages(self) -> list[str]: ...


class ClosedSets:
    """What a window's answers may name: its shown messages by name, people's handles, and the links in its texts."""

    def __init__(
        self, names: Mapping[str, Message], people: frozenset[str], *, context: Sequence[Message] = ()
    ) -> None:
        self._evidence = Evidence(names, people, context)

    def check_enrichment(self, enrichment: Enrichment) -> Checked[Enrichment]:
        """Take out of an enrichment what is unknown."""
        check = _Check(self._evidence)
        entities = check.entities(enrichment.entities)
        known = {entity.name.casefold(): entity.name for entity in entities}
        form = enrichment.model_copy(
            update={
                "summary": check.prose(enrichment.summary),
                "topics": check.cited(enrichment.topics, prose=("name", "summary")),
                "parts": check.cited(enrichment.parts, prose=("summary",), person="needed"),
                "entities": entities,
                "relations": check.relations(enrichment.relations, known),
                "decisions": check.cited(enrichment.decisions, prose=("text",)),
                "questions": check.cited(enrichment.questions, prose=("text",), person="optional"),
                "actions": check.cited(enrichment.actions, prose=("text", "due"), person="optional"),
                "quotes": check.quotes(enrichment.quotes),
                "links": check.links(enrichment.links),
            }
        )
        return check.over(form)

    def check_writing(self, writing: Writing, *, max_posts: int) -> Checked[Writing]:
        """Take out of a writing what is unknown, and the posts above `max_posts`."""
        check = _Check(self._evidence)
        posts: list[DraftPost] = check.cited(writing.posts, prose=("title", "standfirst", "body"))
        posts = [_changed(post, {"tags": [check.prose(tag) for tag in post.tags]}) for post in posts]
        for _ in posts[max_posts:]:
            check.look_up(False, f"at most {max_posts} posts are asked for")
        observations = check.cited(writing.observations, prose=("text",), person="needed")
        return check.over(writing.model_copy(update={"posts": posts[:max_posts], "observations": observations}))


class _Check:
    """One pass over one answer, with its counts."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._total = 0
        self._problems: list[str] = []

    def over(self, form: Form) -> Checked[Form]:
        return Checked(form, self._total, len(self._problems), tuple(self._problems))

    def look_up(self, found: bool, problem: str) -> bool:
        """Count one look-up, and what is wrong where nothing was found."""
        self._total += 1
        if not found:
            self._problems.append(problem)
        return found

    def cited(self, items: Sequence[Any], *, prose: Sequence[str], person: str = "") -> list[Any]:
        """Items that rest on messages, with texts, people and references cleaned.

        `person` says whether there is a person to each item who is ``needed`` or ``optional``.
        """
        kept = []
        for item in items:
            update: dict[str, object] = {"messages": self._references(item)}
            for field in prose:
                text = getattr(item, field)
                update[field] = None if text is None else self.prose(text)
            if "people" in type(item).model_fields:
                update["people"] = self._people(item.people)
            if person:
                update["person"] = self._person(item.person)
            if update["messages"] and (person != "needed" or update["person"]):
                kept.append(_changed(item, update))
        return kept

    def entities(self, items: Sequence[Entity]) -> list[Entity]:
        """Entities; a person is none."""
        cleaned: list[Entity] = self.cited(items, prose=("name",))
        return [e for e in cleaned if self.look_up(not HANDLE.fullmatch(e.name), f"{_say(e.name)} is a person")]

    def relations(self, items: Sequence[Relation], entities: Mapping[str, str]) -> list[Relation]:
        """Relations between entities that stand in the answer, or known people."""
        kept = []
        for item in self.cited(items, prose=("predicate",)):
            ends = {"subject": self._end(item.subject, entities), "object": self._end(item.object, entities)}
            if all(ends.values()):
                kept.append(_changed(item, ends))
        return kept

    def quotes(self, items: Sequence[Quote]) -> list[Quote]:
        """Quotes that stand in a message they cite, each given to whoever wrote that message."""
        kept = []
        for item in items:
            cited = self._references(item)
            holding = [name for name in cited if self._evidence.says(name, item.text)]
            if not cited or not self.look_up(bool(holding), f"{_say(item.text)} is not word for word in {cited[0]}"):
                continue
            author = self._evidence.names[holding[0]].author
            self.look_up(
                author == self._evidence.person(item.person), f"{_say(item.text)} is not {_say(item.person)}'s"
            )
            if author:
                same = [name for name in holding if self._evidence.names[name].author == author]
                kept.append(_changed(item, {"messages": same, "person": author}))
        return kept

    def links(self, items: Sequence[Link]) -> list[Link]:
        """Links whose address somebody shared."""
        kept: list[Link] = self.cited(items, prose=("title",))
        return [k for k in kept if self.look_up(self._evidence.shared(k.url), f"{_say(k.url)} was not shared")]

    def prose(self, text: str) -> str:
        """Running text without handles and addresses that are unknown."""
        cleaned, found, unknown = self._evidence.clean(text)
        for _ in range(found):
            self.look_up(True, "")
        for token in unknown:
            self.look_up(False, f"{_say(token)} is not in the conversation")
        return cleaned

    def _references(self, item: _Cited) -> list[str]:
        names = [reference.strip().lower() for reference in item.messages]
        kept = [name for name in names if name in self._evidence.names]
        self._total += len(kept)
        for name in names if len(kept) < len(names) else ():
            if name not in self._evidence.names:
                self.look_up(False, f"there is no message {_say(name)}")
        if not names:
            self.look_up(False, f"a {type(item).__name__.lower()} names no message that it rests on")
        return list(dict.fromkeys(kept))

    def _people(self, handles: Iterable[str]) -> list[str]:
        people = [self._person(handle) for handle in handles]
        return list(dict.fromkeys(person for person in people if person))

    def _person(self, handle: str | None) -> str | None:
        if handle is None:
            return None
        person = self._evidence.person(handle)
        self.look_up(person is not None, f"there is no person {_say(handle)}")
        return person

    def _end(self, end: str, entities: Mapping[str, str]) -> str | None:
        cleaned, _, _ = self._evidence.clean(end)
        found = entities.get(cleaned.casefold()) or self._evidence.person(end)
        self.look_up(found is not None, f"{_say(end)} is neither an entity of the answer nor a person")
        return found


def _changed(item: Form, update: Mapping[str, object]) -> Form:
    """A copy of `item`; or, as most of a good answer is as it should be, itself."""
    if all(getattr(item, field) == value for field, value in update.items()):
        return item
    return item.model_copy(update=update)


def _say(text: str) -> str:
    """A piece of an answer, as it is shown to the model that gave it: on one line, and short."""
    line = " ".join(text.split())
    return f'"{line[:60]}…"' if len(line) > 60 else f'"{line}"'
