"""The enricher's answer: what a window holds, in the form that agents ask for."""

from __future__ import annotations

from egregora.forms import (
    ActionItem,
    Decision,
    Enrichment,
    Entity,
    Link,
    Part,
    Question,
    Quote,
    Relation,
    Topic,
)
from egregora.models.offline.keyphrases import capital, name
from egregora.models.offline.markdown import plain
from egregora.models.offline.prose import Prose
from egregora.models.offline.quotes import Line
from egregora.models.offline.reading import Reading, Subject
from egregora.models.offline.utterances import Utterance

MOST_PARTS = 12
MOST_QUOTES = 10
MOST_RELATIONS = 8
MOST_ITEMS = 12
"""Decisions, open questions, tasks: more than these are no longer read."""


def enrich(reading: Reading, prose: Prose) -> Enrichment:
    """Tell what was found; every reference is to a message of the window."""
    topics = [_topic(reading, subject, prose) for subject in reading.subjects]
    return Enrichment(
        language=reading.languages[0],
        summary=_summary(reading, topics, prose),
        topics=topics,
        parts=_parts(reading, prose),
        entities=[Entity(name=plain(e.name), type=e.type, messages=_names(e.places)) for e in reading.entities],
        relations=_relations(reading, prose),
        decisions=[
            Decision(text=plain(d.text), people=list(d.people), messages=_names(d.places))
            for d in reading.exchanges.settled[-MOST_ITEMS:]
        ],
        questions=[
            Question(text=plain(q.text), person=q.by.author, messages=[q.by.name])
            for q in reading.exchanges.open[-MOST_ITEMS:]
        ],
        actions=[
            ActionItem(text=plain(t.text), person=t.by.author, due=t.due, messages=_names(t.places))
            for t in reading.exchanges.taken[-MOST_ITEMS:]
        ],
        quotes=_quotes(reading),
        links=[Link(url=link.url, title=plain(link.title), messages=_names(link.places)) for link in reading.links],
    )


def _names(places: tuple[int, ...] | list[int]) -> list[str]:
    return [f"m{place + 1}" for place in dict.fromkeys(places)]


def authors(utterances: list[Utterance]) -> list[str]:
    """Who wrote, those who wrote most first."""
    counts: dict[str, int] = {}
    for u in utterances:
        if u.author:
            counts[u.author] = counts.get(u.author, 0) + 1
    return sorted(counts, key=lambda person: (-counts[person], person))


def _topic(reading: Reading, subject: Subject, prose: Prose) -> Topic:
    spoken = list(subject.thread.utterances)
    title = name(subject.keyphrases) or prose.phrases.forms["untitled"]
    people = authors(spoken)
    about = subject.keyphrases[0].text if subject.keyphrases else title[:1].lower() + title[1:]
    summary = [
        prose.say(
            "topic_many" if len(people) > 1 else "topic_one",
            who=prose.names(people),
            subject=about,
            subject_upper=capital(about),
            messages=prose.number(len(spoken), "messages"),
        )
    ]
    places = {u.place for u in spoken}
    settled = [d for d in reading.exchanges.settled if d.by.place in places]
    if settled:
        summary.append(prose.say("topic_settled", quote=settled[-1].text))
    elif subject.lines:
        first = subject.lines[0]
        summary.append(prose.say("topic_began", who=first.by.author, quote=first.text))
    return Topic(name=title, summary=" ".join(summary), messages=[u.name for u in spoken])


def _summary(reading: Reading, topics: list[Topic], prose: Prose) -> str:
    voices = reading.voices()
    if not voices:
        return ""
    sentences = [
        prose.say(
            "standfirst" if len(voices) > 1 else "lone",
            people=prose.number(len(voices), "people"),
            who=next(iter(voices)),
            messages=prose.number(sum(voices.values()), "messages"),
            span=prose.span([u for u in reading.utterances if u.author]),
        )
    ]
    if topics:
        weights = {t.name: s.thread.size for t, s in zip(topics, reading.subjects, strict=True)}
        heads = sorted(dict.fromkeys(t.name for t in topics), key=lambda n: -weights[n])[:4]
        sentences.append(prose.say("mostly", topics=", ".join(heads)))
    sentences += [prose.say("came_out", quote=d.text) for d in reading.exchanges.settled[-2:]]
    sentences += [prose.say("left_open", quote=q.text) for q in reading.exchanges.open[-1:]]
    return " ".join(sentences)


def _parts(reading: Reading, prose: Prose) -> list[Part]:
    """What each of the busiest people did: counts, and what they began, settled, took on or shared."""
    voices = reading.voices()
    total = sum(voices.values())
    found = []
    for person in list(voices)[:MOST_PARTS]:
        said = [
            prose.phrases.forms["part_wrote"].format(messages=prose.number(voices[person], "messages"), total=total)
        ]
        rests: list[int] = []
        opened = [s for s in reading.subjects if s.keyphrases and s.thread.telling[0].author == person]
        if opened:
            names = prose.row([s.keyphrases[0].text for s in opened[:2]])
            said.append(prose.phrases.forms["part_opened"].format(topics=names))
            rests += [s.thread.telling[0].place for s in opened[:2]]
        answers = [q.answer.place for q in reading.exchanges.asked if q.answer and q.answer.author == person]
        if answers:
            said.append(prose.number(len(answers), "part_answered"))
            rests += answers[:3]
        shared = [link.by.place for link in reading.links if link.by.author == person]
        if shared:
            said.append(prose.number(len(shared), "part_shared"))
            rests += shared[:3]
        rests += [u.place for u in reading.telling if u.author == person][: 3 if not rests else 0]
        found.append(Part(person=person, summary=f"{prose.row(said)}.", messages=_names(sorted(rests))))
    return found


def _relations(reading: Reading, prose: Prose) -> list[Relation]:
    """Only what can be read off with certainty: who was the first to name something that others took up."""
    found = []
    for entity in reading.entities:
        first, *later = [reading.utterances[place] for place in entity.places]
        if first.author and entity.type != "date" and any(u.author != first.author for u in later):
            predicate = prose.phrases.forms["named_first"]
            found.append(
                Relation(subject=first.author, predicate=predicate, object=plain(entity.name), messages=[first.name])
            )
    return found[:MOST_RELATIONS]


def _quotes(reading: Reading) -> list[Quote]:
    ranked = sorted(
        (line for s in reading.subjects for line in s.lines if not line.by.urls), key=lambda n: (-n.weight, n.by.place)
    )
    chosen: list[Line] = []
    per_person: dict[str, int] = {}
    for line in ranked:
        person = str(line.by.author)
        if per_person.get(person, 0) < 3:
            per_person[person] = per_person.get(person, 0) + 1
            chosen.append(line)
    chosen = sorted(chosen[:MOST_QUOTES], key=lambda n: n.by.place)
    return [Quote(text=line.text, person=str(line.by.author), messages=[line.by.name]) for line in chosen]
