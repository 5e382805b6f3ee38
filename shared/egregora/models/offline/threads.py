"""What was talked about when: stretches of conversation, and the threads they belong to.

A window is cut where people paused and where the words change (TextTiling over blocks of messages, with the pause as
a second witness); stretches that speak of the same things become one thread, as a plan that comes up again does.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from egregora.models.offline.utterances import Utterance

LONG_PAUSE = 3 * 3600.0
"""Seconds of silence that end a stretch for certain."""
BLOCK = 5
"""Remarks compared as one in looking for a change of words."""
CLIMB = 12
"""Blocks on either side within which a valley's depth is measured."""
LEAST = 3
"""Telling remarks that a stretch needs to stand alone."""
ALIKE = 0.12
"""Cosine from which a stretch belongs to an earlier thread."""
MOST_THREADS = 10
MOST_STRETCHES = 80

Vector = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Thread:
    """Utterances on one subject, in order, and the weight of its words."""

    utterances: tuple[Utterance, ...]
    weights: dict[str, float]
    """How telling each term is of this thread against the others."""

    @property
    def telling(self) -> list[Utterance]:
        """Those that say something."""
        return [u for u in self.utterances if u.telling]

    @property
    def size(self) -> int:
        """How much was said: telling remarks, and people who made them."""
        telling = self.telling
        return len(telling) + 2 * len({u.author for u in telling})


def threads(utterances: Sequence[Utterance]) -> tuple[list[Thread], list[Thread]]:
    """Find the threads worth telling, and the small ones, each in the order of their first message."""
    stretches = _merge_fragments(_cut(utterances))
    if not stretches:
        return [], []
    frequency = Counter(term for stretch in stretches for term in dict.fromkeys(t for u in stretch for t in u.terms))
    rare = {term: math.log(1 + len(stretches) / count) for term, count in frequency.items()}
    vectors = [_vector(stretch, rare) for stretch in stretches]
    grouped = _group(vectors)
    found = [_thread([stretches[i] for i in group], rare) for group in grouped]
    ranked = sorted(found, key=lambda t: (-t.size, t.utterances[0].place))
    large = [t for t in ranked if len(t.telling) >= LEAST][:MOST_THREADS] or ranked[:1]
    small = [t for t in ranked if t not in large]
    in_order = lambda t: t.utterances[0].place  # noqa: E731 - a name for the order, nothing more
    return sorted(large, key=in_order), sorted(small, key=in_order)


def join(a: Thread, b: Thread) -> Thread:
    """Two threads as one."""
    members = tuple(sorted((*a.utterances, *b.utterances), key=lambda u: u.place))
    return Thread(members, dict(_unit(_sum([a.weights, b.weights]))))


def cosine(a: Vector, b: Vector) -> float:
    """Likeness of two vectors of length one."""
    if len(a) > len(b):
        a, b = b, a
    return sum(weight * b[term] for term, weight in a.items() if term in b)


def pause(before: Utterance, after: Utterance) -> float:
    """Seconds between two utterances; 0 where either has no time."""
    if before.moment is None or after.moment is None:
        return 0.0
    return max(0.0, (after.moment - before.moment).total_seconds())


def _cut(utterances: Sequence[Utterance]) -> list[list[Utterance]]:
    """Cut at long pauses, then within what lies between."""
    spoken = [u for u in utterances if u.author is not None and (u.words or u.urls)]
    sittings: list[list[Utterance]] = []
    for u in spoken:
        if not sittings or (pause(sittings[-1][-1], u) > LONG_PAUSE and u.message.reply_to is None):
            sittings.append([])
        sittings[-1].append(u)
    return [stretch for sitting in sittings for stretch in _tile(sitting)]


def _tile(sitting: list[Utterance]) -> list[list[Utterance]]:
    """Cut one sitting where the words before and after have least in common."""
    if len(sitting) < 3 * BLOCK:
        return [sitting]
    blocks = [sitting[i : i + BLOCK] for i in range(0, len(sitting), BLOCK)]
    bags = [Counter(term for u in block for term in u.terms) for block in blocks]
    likeness = []
    for i in range(1, len(blocks)):
        before = bags[i - 1] + bags[i - 2] if i > 1 else bags[i - 1]
        after = bags[i] + bags[i + 1] if i + 1 < len(bags) else bags[i]
        likeness.append(cosine(_unit(before), _unit(after)))
    depths = [_depth(likeness, i) + _pause_score(blocks[i][-1], blocks[i + 1][0]) for i in range(len(likeness))]
    mean = sum(depths) / len(depths)
    spread = math.sqrt(sum((d - mean) ** 2 for d in depths) / len(depths))
    least = max(0.15, mean + spread / 2)
    cuts = [0]
    for i, depth in enumerate(depths):
        if depth >= least and all(depth >= d for d in depths[max(0, i - 1) : i + 2]):
            cut = _settle(sitting, (i + 1) * BLOCK)
            if cut - cuts[-1] >= BLOCK:
                cuts.append(cut)
    return [sitting[a:b] for a, b in zip(cuts, [*cuts[1:], len(sitting)], strict=True) if a < b]


def _depth(likeness: Sequence[float], i: int) -> float:
    """How deep a valley lies at `i`: the climb to the peak on either side, no further than `CLIMB` blocks away."""
    left = right = i
    while left > max(0, i - CLIMB) and likeness[left - 1] >= likeness[left]:
        left -= 1
    while right + 1 < min(len(likeness), i + CLIMB) and likeness[right + 1] >= likeness[right]:
        right += 1
    return likeness[left] + likeness[right] - 2 * likeness[i]


def _pause_score(before: Utterance, after: Utterance) -> float:
    """A pause of a minute counts nothing, one of an hour as much as a clear change of words."""
    return min(0.5, max(0.0, math.log10(1 + pause(before, after) / 60)) / 4)


def _settle(sitting: Sequence[Utterance], cut: int) -> int:
    """Move a cut to the longest pause near it."""
    near = range(max(1, cut - BLOCK // 2), min(len(sitting), cut + BLOCK // 2 + 1))
    return max(near, key=lambda i: (pause(sitting[i - 1], sitting[i]), -abs(i - cut)), default=cut)


def _merge_fragments(stretches: list[list[Utterance]]) -> list[list[Utterance]]:
    """Join a stretch too short to stand alone to the neighbour it is nearer to, unless a day lies between."""
    merged: list[list[Utterance]] = []
    for stretch in stretches:
        if merged and min(map(_telling, (merged[-1], stretch))) < LEAST and pause(merged[-1][-1], stretch[0]) < 86_400:
            merged[-1] = merged[-1] + stretch
        else:
            merged.append(stretch)
    sizes = [_telling(stretch) for stretch in merged]
    while len(merged) > MOST_STRETCHES:
        at = min(range(1, len(merged)), key=lambda i: (sizes[i - 1] + sizes[i], i))
        merged[at - 1 : at + 1] = [merged[at - 1] + merged[at]]
        sizes[at - 1 : at + 1] = [sizes[at - 1] + sizes[at]]
    return [stretch for stretch in merged if _telling(stretch)]


def _telling(stretch: Sequence[Utterance]) -> int:
    return sum(u.telling for u in stretch)


def _group(vectors: Sequence[Vector]) -> list[list[int]]:
    """Put each stretch with the earlier ones it is most like, or else by itself."""
    groups: list[list[int]] = []
    totals: list[dict[str, float]] = []
    centres: list[dict[str, float]] = []
    for i, vector in enumerate(vectors):
        likeness = [cosine(vector, centre) for centre in centres]
        best = max(range(len(groups)), key=lambda g: (likeness[g], groups[g][-1]), default=-1)
        if best >= 0 and likeness[best] >= ALIKE:
            groups[best].append(i)
            for term, weight in vector.items():
                totals[best][term] = totals[best].get(term, 0.0) + weight
            centres[best] = _unit(totals[best])
        else:
            groups.append([i])
            totals.append(dict(vector))
            centres.append(dict(vector))
    return groups


def _sum(vectors: Sequence[Vector]) -> dict[str, float]:
    total: dict[str, float] = {}
    for vector in vectors:
        for term, weight in vector.items():
            total[term] = total.get(term, 0.0) + weight
    return total


def _thread(stretches: Sequence[Sequence[Utterance]], rare: Mapping[str, float]) -> Thread:
    members = tuple(sorted((u for stretch in stretches for u in stretch), key=lambda u: u.place))
    return Thread(members, dict(_vector(members, rare)))


def _vector(stretch: Sequence[Utterance], rare: Mapping[str, float]) -> dict[str, float]:
    """Weigh each term by who and how many said it, and by how few other stretches hold it."""
    said = Counter(term for u in stretch for term in dict.fromkeys(u.terms))
    voices = Counter(term for term, _ in dict.fromkeys((term, u.author) for u in stretch for term in u.terms))
    return _unit({term: (math.log1p(n) + 0.5 * (voices[term] - 1)) * rare[term] for term, n in said.items()})


def _unit(vector: Mapping[str, float]) -> dict[str, float]:
    length = math.sqrt(sum(weight * weight for weight in vector.values()))
    return {term: weight / length for term, weight in vector.items()} if length else {}
