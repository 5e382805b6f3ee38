"""Alignment: which messages of two exports are one, by their order as well as by what they say.

The manner is that of patience sorting: keys that occur once on each side are anchors, the longest chain of anchors in
both orders stands, equal neighbours of anchors join them, and what lies between is aligned in the same way again.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence

from egregora.message import Message

Pair = tuple[int, int]
Likeness = Callable[[Message, Message], bool]

TABLE = 40_000
"""Cells of the largest table of all against all; a larger gap without anchors goes by running numbers."""


def align(
    old: Sequence[Message], new: Sequence[Message], keys: Callable[[Message], Hashable], same: Likeness
) -> list[Pair]:
    """Pairs of places in `old` and `new` that hold one message, rising on both sides.

    Messages that are `same` have equal keys.
    """
    old_keys, new_keys = [keys(message) for message in old], [keys(message) for message in new]
    pairs: list[Pair] = []
    gaps = [(0, len(old), 0, len(new))]
    while gaps:
        low, high, left, right = gaps.pop()
        while low < high and left < right and same(old[low], new[left]):
            pairs.append((low, left))
            low, left = low + 1, left + 1
        while low < high and left < right and same(old[high - 1], new[right - 1]):
            high, right = high - 1, right - 1
            pairs.append((high, right))
        if low == high or left == right:
            continue
        anchors = _anchors(old_keys[low:high], new_keys[left:right])
        anchors = [(low + i, left + j) for i, j in anchors if same(old[low + i], new[left + j])]
        if anchors:
            pairs.extend(anchors)
            gaps.extend(between(anchors, (low, high, left, right)))
        elif (high - low) * (right - left) <= TABLE:
            pairs.extend((low + i, left + j) for i, j in common(old[low:high], new[left:right], same))
        else:
            numbered = _chain(_numbered(old_keys[low:high]), _numbered(new_keys[left:right]))
            pairs.extend((low + i, left + j) for i, j in numbered if same(old[low + i], new[left + j]))
    return sorted(pairs)


def between(pairs: Sequence[Pair], bounds: tuple[int, int, int, int]) -> Iterator[tuple[int, int, int, int]]:
    """The stretches (from, to in old; from, to in new) before, between and after `pairs`, where both hold something."""
    low, high, left, right = bounds
    for i, j in (*pairs, (high, right)):
        if low < i and left < j:
            yield low, i, left, j
        low, left = i + 1, j + 1


def common(old: Sequence[Message], new: Sequence[Message], like: Likeness) -> list[Pair]:
    """The longest common subsequence, by a table of all against all."""
    rows = [[0] * (len(new) + 1)]
    for message in reversed(old):
        below, row = rows[-1], [0]
        for j in range(len(new) - 1, -1, -1):
            longest = below[j + 1] + 1 if like(message, new[j]) else 0
            row.append(max(longest, below[j], row[-1]))
        rows.append(row[::-1])
    rows.reverse()
    pairs: list[Pair] = []
    i = j = 0
    while i < len(old) and j < len(new):
        if rows[i][j] == rows[i + 1][j]:
            i += 1
        elif rows[i][j] == rows[i][j + 1]:
            j += 1
        else:
            pairs.append((i, j))
            i, j = i + 1, j + 1
    return pairs


def _anchors(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Pair]:
    """The longest chain of keys that occur once in each."""
    counts_old, counts_new = Counter(old), Counter(new)
    once = {key for key, count in counts_old.items() if count == 1 and counts_new.get(key) == 1}
    places = {key: place for place, key in enumerate(old) if key in once}
    return rising([(places[key], j) for j, key in enumerate(new) if key in once])


def _chain(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Pair]:
    places = {key: place for place, key in enumerate(old)}
    return rising([(places[key], j) for j, key in enumerate(new) if key in places])


def _numbered(keys: Sequence[Hashable]) -> list[Hashable]:
    """Each key with its running number among equals, so that none occurs twice."""
    seen: Counter[Hashable] = Counter()
    numbered: list[Hashable] = []
    for key in keys:
        numbered.append((key, seen[key]))
        seen[key] += 1
    return numbered


def rising(pairs: Sequence[Pair]) -> list[Pair]:
    """The longest chain of `pairs`, which come in the order of their second places, that rises in the first as well."""
    tops: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for place, (i, _) in enumerate(pairs):
        at = bisect_left(tops, i)
        before.append(ends[at - 1] if at else -1)
        tops[at : at + 1] = [i]
        ends[at : at + 1] = [place]
    chain: list[Pair] = []
    place = ends[-1] if ends else -1
    while place >= 0:
        chain.append(pairs[place])
        place = before[place]
    return chain[::-1]
