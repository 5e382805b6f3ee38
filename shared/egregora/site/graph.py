"""The graph: who talked about what, drawn on the server; and what was said to belong together."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import Any

from egregora.site import Page, Phase
from egregora.site.edition import Edition, top
from egregora.site.frame import Frame

PEOPLE, TOPICS, RELATIONS, ENTITIES = 10, 18, 24, 24
TIES = 3
"""Lines from one topic to people, and to other topics."""
WIDTH, HEIGHT = 1000, 680
ROUNDS = 60
ROOM = (118, 52)
"""The least distance between two nodes, sideways or upwards, so that neither label is covered."""


def graph_page(frame: Frame, edition: Edition) -> Page:
    """The busiest people and topics, joined where they meet in a story."""
    people = list(edition.people.values())[:PEOPLE]
    topics = edition.top_topics(edition.topics.values())[:TOPICS]
    nodes: list[dict[str, Any]] = [
        {"ref": person.ref, "kind": "person", "weight": len(person.stories)} for person in people if person.stories
    ] + [{"ref": topic.ref, "kind": "topic", "weight": len(topic.stories)} for topic in topics]
    places = {str(node["ref"].href): place for place, node in enumerate(nodes)}
    edges = _edges(edition, places, [node["weight"] for node in nodes])
    relations, entities = _said(edition)
    context = {"nodes": nodes, "edges": edges, "relations": relations, "entities": entities}
    page = frame.page("graph/index.html", Phase.HUBS, "graph.html", context)

    def render() -> bytes:
        drawn = context | {"drawing": draw(nodes, edges)}
        return frame.render("graph.html", page.path, "../", drawn)

    return Page(page.path, page.inputs, page.phase, render)


def _edges(edition: Edition, places: dict[str, int], weights: Sequence[int]) -> list[tuple[int, int, int]]:
    """Each topic's most telling meetings with people and with topics: (node, node, stories), most telling first."""
    meetings: Counter[tuple[int, int]] = Counter()
    for story in edition.stories:
        refs = (*edition.names.refs(story.people), *edition.topic_refs(story.topics))
        found = sorted({places[ref.href] for ref in refs if ref.href in places})
        meetings.update(combinations(found, 2))
    people = sum(1 for href in places if href.startswith("people/"))
    # Everybody meets everybody: what tells is who meets which topic more than others do, and which topics meet.
    ranked = sorted(
        (
            (count / math.sqrt(weights[one] * weights[other]), one, other, count)
            for (one, other), count in meetings.items()
            if other >= people
        ),
        key=lambda edge: (-edge[0], edge[1:]),
    )
    kept: Counter[tuple[int, bool]] = Counter()
    edges = []
    for _, one, other, count in ranked:
        kind = (other, one < people)
        if kept[kind] < TIES:
            kept[kind] += 1
            edges.append((one, other, count))
    return edges


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
            if entity.type == "date":
                continue
            key = " ".join(entity.name.casefold().split())
            entities[key] += entity.messages
            kinds.setdefault(key, (text(entity.name), entity.type))
    ranked = sorted(relations.items(), key=lambda item: (-item[1], item[0]))[:RELATIONS]
    return (
        [{"subject": s, "predicate": p, "object": o, "count": count} for (s, p, o), count in ranked],
        [{"name": kinds[key][0], "type": kinds[key][1], "count": count} for key, count in top(entities, ENTITIES)],
    )


def draw(nodes: Sequence[dict[str, Any]], edges: Sequence[tuple[int, int, int]]) -> dict[str, Any]:
    """Places for the nodes and lines between them, in units of a WIDTH by HEIGHT box."""
    places = _layout(len(nodes), edges)
    heaviest = max((node["weight"] for node in nodes), default=1)
    strongest = max((count for *_, count in edges), default=1)
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "lines": [
            {"from": places[one], "to": places[other], "strength": math.ceil(3 * count / strongest)}
            for one, other, count in reversed(edges)
        ],
        "nodes": [
            {**node, "at": place, "radius": round(6 + 12 * math.sqrt(node["weight"] / heaviest), 1)}
            for node, place in zip(nodes, places, strict=True)
        ],
    }


def _layout(count: int, edges: Sequence[tuple[int, int, int]]) -> list[tuple[int, int]]:
    """Force-directed placement from a fixed start, so that the same graph is always drawn the same way.

    After Fruchterman and Reingold, "Graph drawing by force-directed placement" (1991).
    """
    golden = math.pi * (3 - math.sqrt(5))
    spots = [
        (math.sqrt(n + 0.5) * math.cos(n * golden), math.sqrt(n + 0.5) * math.sin(n * golden)) for n in range(count)
    ]
    ideal = 1.6
    for turn in range(ROUNDS):
        heat = 0.9 * (1 - turn / ROUNDS) + 0.02
        push = [[-0.06 * x, -0.09 * y] for x, y in spots]
        for one, other in combinations(range(count), 2):
            dx, dy = spots[one][0] - spots[other][0], spots[one][1] - spots[other][1]
            force = ideal * ideal / max(dx * dx + dy * dy, 0.01)
            push[one][0] += dx * force
            push[one][1] += dy * force
            push[other][0] -= dx * force
            push[other][1] -= dy * force
        for one, other, strength in edges:
            dx, dy = spots[one][0] - spots[other][0], spots[one][1] - spots[other][1]
            force = 0.12 * math.sqrt(dx * dx + dy * dy) / ideal * min(strength, 4)
            push[one][0] -= dx * force
            push[one][1] -= dy * force
            push[other][0] += dx * force
            push[other][1] += dy * force
        spots = [_moved(spot, pushed, heat) for spot, pushed in zip(spots, push, strict=True)]
    return _fitted(spots)


def _moved(spot: tuple[float, float], push: Sequence[float], heat: float) -> tuple[float, float]:
    length = math.sqrt(push[0] ** 2 + push[1] ** 2) or 1.0
    step = min(length, heat) / length
    return spot[0] + push[0] * step, spot[1] + push[1] * step


def _fitted(spots: Sequence[tuple[float, float]]) -> list[tuple[int, int]]:
    """Stretch the places over the box, with room for labels at its edges."""
    if not spots:
        return []
    xs, ys = [x for x, _ in spots], [y for _, y in spots]
    wide, tall = max(xs) - min(xs) or 1.0, max(ys) - min(ys) or 1.0
    return _apart(
        [(90 + (x - min(xs)) / wide * (WIDTH - 180), 40 + (y - min(ys)) / tall * (HEIGHT - 90)) for x, y in spots]
    )


def _apart(spots: list[tuple[float, float]]) -> list[tuple[int, int]]:
    """Move what lies on top of one another apart, until labels have room or the rounds are used up."""
    for _ in range(ROUNDS):
        for one, other in combinations(range(len(spots)), 2):
            (x, y), (u, v) = spots[one], spots[other]
            wide, tall = ROOM[0] - abs(x - u), ROOM[1] - abs(y - v)
            if wide <= 0 or tall <= 0:
                continue
            # Upwards or sideways, whichever way is shorter; half of it each, and never out of the box.
            upwards = tall < wide
            dx = 0.0 if upwards else math.copysign(wide / 2, x - u)
            dy = math.copysign(tall / 2, y - v) if upwards else 0.0
            spots[one], spots[other] = _inside(x + dx, y + dy), _inside(u - dx, v - dy)
    return [(round(x), round(y)) for x, y in spots]


def _inside(x: float, y: float) -> tuple[float, float]:
    return min(max(x, 90.0), WIDTH - 90.0), min(max(y, 40.0), HEIGHT - 50.0)
