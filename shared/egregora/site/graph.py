"""The graph: who talked about what, drawn on the server; and what was said to belong together."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from egregora.site import Page, Phase
from egregora.site.edition import Edition, PersonFile, TopicFile, top
from egregora.site.frame import Frame

PEOPLE, TOPICS, RELATIONS, ENTITIES = 10, 18, 24, 24
TIES = 3
"""People that a topic is joined to."""
WIDTH, HEIGHT = 1000, 700
INNER, OUTER = (150, 130), (300, 285)
"""Half the width and height of the ring of people and of the ring of topics, which leaves room for labels outside."""


def graph_page(frame: Frame, edition: Edition) -> Page:
    """The busiest people in an inner ring, the busiest topics around them, joined where they meet in a story."""
    people = [person for person in edition.people.values() if person.stories][:PEOPLE]
    topics = edition.top_topics(edition.topics.values())[:TOPICS]
    ties = {place: _ties(topic, people) for place, topic in enumerate(topics)}
    topics_in_order = _around(topics, ties, len(people))
    relations, entities = _said(edition)
    context = {
        "people": [{"ref": person.ref, "weight": len(person.stories)} for person in people],
        "topics": [{"ref": topics[place].ref, "weight": len(topics[place].stories)} for place in topics_in_order],
        "ties": [sorted(ties[place].items()) for place in topics_in_order],
        "relations": relations,
        "entities": entities,
    }
    path = "graph/index.html"

    def render() -> bytes:
        return frame.render("graph.html", path, "../", context | {"drawing": draw(context)})

    return Page(path, frame.inputs("graph.html", path, context), Phase.HUBS, render)


def _ties(topic: TopicFile, people: Sequence[PersonFile]) -> dict[int, int]:
    """The people who count most in a topic's stories, which name them in that order; and in how many stories."""
    places = {person.handle: place for place, person in enumerate(people)}
    share: dict[int, float] = defaultdict(float)
    for story in topic.stories:
        for rank, handle in enumerate(story.people):
            if handle in places:
                share[places[handle]] += 1 / (1 + rank)
    ranked = sorted(share, key=lambda place: (-share[place], place))[:TIES]
    return {place: topic.people[people[place].handle] for place in ranked}


def _around(topics: Sequence[TopicFile], ties: Mapping[int, Mapping[int, int]], people: int) -> list[int]:
    """Topics in the order in which they stand around, each as near to its people as can be."""

    def direction(place: int) -> float:
        x = sum(math.cos(_angle(person, people)) for person in ties[place])
        y = sum(math.sin(_angle(person, people)) for person in ties[place])
        return math.atan2(round(y, 6), round(x, 6)) if ties[place] else 0.0

    def strain(turn: int) -> float:
        turned = order[turn:] + order[:turn]
        return sum(1 - math.cos(_angle(slot, len(turned)) - direction(place)) for slot, place in enumerate(turned))

    order = sorted(range(len(topics)), key=lambda place: (direction(place), topics[place].key))
    best = min(range(len(order)), key=lambda turn: (round(strain(turn), 6), turn), default=0)
    return order[best:] + order[:best]


def _angle(place: int, count: int) -> float:
    """The direction of a place in a ring of `count`, the first one upwards."""
    return 2 * math.pi * place / max(count, 1) - math.pi / 2


def draw(context: Mapping[str, Any]) -> dict[str, Any]:
    """Nodes and lines with their places, in units of a WIDTH by HEIGHT box."""
    people, topics, ties = context["people"], context["topics"], context["ties"]
    heaviest = max((node["weight"] for node in (*people, *topics)), default=1)
    strongest = max((count for found in ties for _, count in found), default=1)
    inner = [_place(place, len(people), INNER if len(people) > 1 else (0, 0)) for place in range(len(people))]
    outer = [_place(place, len(topics), OUTER) for place in range(len(topics))]
    lines = [
        {"from": outer[topic], "to": inner[person], "strength": math.ceil(3 * count / strongest)}
        for topic, found in enumerate(ties)
        for person, count in found
    ]
    nodes = [_node(node, "topic", at, heaviest) for node, at in zip(topics, outer, strict=True)]
    nodes += [_node(node, "person", at, heaviest) for node, at in zip(people, inner, strict=True)]
    return {"width": WIDTH, "height": HEIGHT, "lines": lines, "nodes": nodes}


def _place(place: int, count: int, ring: tuple[int, int]) -> tuple[int, int]:
    angle = _angle(place, count)
    return round(WIDTH / 2 + ring[0] * math.cos(angle)), round(HEIGHT / 2 + ring[1] * math.sin(angle))


def _node(node: Mapping[str, Any], kind: str, at: tuple[int, int], heaviest: int) -> dict[str, Any]:
    """A node with its circle and the place of its label: below a person, beside a topic, away from the middle."""
    radius = round(5 + 11 * math.sqrt(node["weight"] / heaviest), 1)
    x, y = at
    beside = kind == "topic" and abs(x - WIDTH / 2) > OUTER[0] * 0.2
    if beside:
        right = x > WIDTH / 2
        label = (x + (radius + 6 if right else -radius - 6), float(y + 5), "start" if right else "end")
    elif kind == "topic" and y < HEIGHT / 2:
        label = (float(x), y - radius - 8, "middle")
    else:
        label = (float(x), y + radius + 16, "middle")
    return {**node, "kind": kind, "at": at, "radius": radius, "label": label}


def _said(edition: Edition) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The relations and entities that come up most, over all windows."""
    relations: Counter[tuple[str, str, str]] = Counter()
    entities: Counter[str] = Counter()
    kinds: dict[str, tuple[str, str]] = {}
    text = edition.names.text
    for card in edition.cards:
        for relation in card.relations:
            relations[text(relation.subject), text(relation.predicate), text(relation.object)] += 1
        for entity in card.entities:
            if entity.type != "date":
                key = " ".join(entity.name.casefold().split())
                entities[key] += entity.messages
                kinds.setdefault(key, (text(entity.name), entity.type))
    ranked = sorted(relations.items(), key=lambda item: (-item[1], item[0]))[:RELATIONS]
    return (
        [{"subject": s, "predicate": p, "object": o, "count": count} for (s, p, o), count in ranked],
        [{"name": kinds[key][0], "type": kinds[key][1], "count": count} for key, count in top(entities, ENTITIES)],
    )
