"""A few plain facts on people: what each settled, took on, brought in, asked or answered in this window."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from egregora.forms import Enrichment, Observation
from egregora.models.offline.prose import Prose
from egregora.models.offline.reading import Reading, places_of

MOST = 5
HELPFUL = 3
"""Questions answered from which that is worth saying."""


@dataclass(frozen=True, slots=True)
class Fact:
    """The phrase for a fact, what fills it in, and the messages that show it; it is on the author of the first."""

    places: list[int]
    form: str
    quote: str | None = None
    fields: dict[str, str] = field(default_factory=dict)


def observations(reading: Reading, enrichment: Enrichment, prose: Prose) -> list[Observation]:
    """At most one of each person, the most telling kinds first."""
    found: dict[str, Observation] = {}
    prose = Prose(prose.phrases, len(reading.utterances))
    for fact in _facts(reading, enrichment):
        person = reading.utterances[fact.places[0]].author if fact.places else None
        if person and person not in found:
            text = prose.say(fact.form, quote=fact.quote, **fact.fields)
            names = [reading.utterances[place].name for place in fact.places]
            found[person] = Observation(person=person, text=text, messages=names)
        if len(found) == MOST:
            break
    return list(found.values())


def _facts(reading: Reading, enrichment: Enrichment) -> Iterator[Fact]:
    for decision in enrichment.decisions[-2:]:
        yield Fact(places_of(decision.messages[:1], reading), "decide_observation", decision.text)
    for action in enrichment.actions[-2:]:
        yield Fact(places_of(action.messages[-1:], reading), "act_observation", action.text)
    for link in enrichment.links[:1]:
        if link.title:
            yield Fact(places_of(link.messages[:1], reading), "bring_observation", link.title)
    for question in enrichment.questions[-1:]:
        yield Fact(places_of(question.messages[:1], reading), "ask_observation", question.text)
    answers = [q.answer for q in reading.exchanges.asked if q.answer]
    for person, count in Counter(u.author for u in answers).most_common(2):
        if count >= HELPFUL:
            yield Fact([u.place for u in answers if u.author == person], "answer_observation", None, {"n": str(count)})
    for topic in enrichment.topics[:2]:
        yield Fact(places_of(topic.messages[:1], reading), "started_observation", topic.name)
