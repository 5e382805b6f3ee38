"""Merging: one history out of two exports of one conversation.

    the same, longer, or cut elsewhere    one pass over both
    anything else                         align, by platform ids or by author, minute and text
                                          a column differs throughout: adjust the new export, align again
                                          between aligned neighbours: the same message in other words
                                          what is left and alike: two phones, two orders

Order is never made by sorting: late deliveries and the hour that repeats in autumn stay where the files have them.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import accumulate, chain, compress, count
from operator import attrgetter, itemgetter, ne

from egregora.archive.alignment import TABLE, Pair, align, between, common, rising
from egregora.archive.drift import VOTES, measure
from egregora.archive.gain import gained
from egregora.archive.likeness import Key, alike, key, platform_id, same
from egregora.message import Message


def merge(old: Sequence[Message], new: Sequence[Message]) -> list[Message]:
    """Merge `new` into `old`.

    Messages of `old` keep their ids and their order, and are the same objects where `new` says nothing more of them.
    What only `new` holds goes between its neighbours, with authors and times as `old` has them where a contact was
    renamed or a clock ran in another zone. Ids are given after merging, not before: `new` holds platform ids or none.
    """
    if not (old and new):
        return list(old or new)
    columns = attrgetter("id", *_COLUMNS) if any(message.id for message in new) else attrgetter(*_COLUMNS)
    start, other, shared = _agreement(old, new, columns)
    before, after = (old[:start], new[:other]), (old[start + len(shared) :], new[other + len(shared) :])
    if not (_apart(before[0], after[1]) and _apart(before[1], after[0])):
        return _woven(old, new)
    return [*before[0], *before[1], *shared, *_ended(*after, columns)]


def _apart(early: Sequence[Message], late: Sequence[Message]) -> bool:
    """Whether nothing of one run can stand in the other: it can where an archive holds two clocks.

    A late delivery, and a word that is said again, do not bring runs together.
    """
    if not (early and late):
        return True
    latest = max((message.time[:16] for message in early if message.time), default="")
    if latest <= min((message.time[:16] for message in late if message.time), default=latest):
        return True
    return len({text for _, _, text in set(map(key, early)) & set(map(key, late))}) < VOTES


_COLUMNS = ("time", "author", "kind", "text", "author_id", "edited", "attachments", "reply_to", "reactions", "thread")

_CERTAIN = 8
"""Messages in a row by which one export is recognised in the midst of another that later differs."""

Columns = Callable[[Message], object]


def _agreement(old: Sequence[Message], new: Sequence[Message], columns: Columns) -> tuple[int, int, list[Message]]:
    """Where one export begins in the midst of the other, and what both share from there on.

    Of several places the one with the longest run counts; where two say as much, neither does.
    """
    best: tuple[int, int, list[Message]] = (0, 0, [])
    sure = False
    for start, other in _starts(old, new):
        shared = _shared(old[start:], new[other:], columns)
        whole = len(shared) == min(len(old) - start, len(new) - other)
        if len(shared) > len(best[2]):
            best, sure = (start, other, shared), whole or start == other or len(shared) >= _CERTAIN
        elif len(shared) == len(best[2]):
            sure = sure and not whole
        if whole and len(shared) >= _CERTAIN:
            break
    return best if sure else (0, 0, [])


def _starts(old: Sequence[Message], new: Sequence[Message]) -> Iterator[Pair]:
    """Where both may start to agree: where one export has the first message of the other."""
    yield from ((place, 0) for place in _found(old, new[0]))
    yield from ((0, place) for place in _found(new, old[0]))


def _found(messages: Sequence[Message], wanted: Message) -> Iterator[int]:
    """Where `wanted` stands in `messages`, written the same; without times, only the first place tells something."""
    if same(messages[0], wanted):
        yield 0
        if not wanted.time:
            return
    texts, place = [message.text for message in messages], 0
    with suppress(ValueError):
        while True:
            place = texts.index(wanted.text, place + 1)
            if same(messages[place], wanted):
                yield place
                if not wanted.time:
                    return


def _shared(old: Sequence[Message], new: Sequence[Message], columns: Columns) -> list[Message]:
    """Both from their first messages on, merged one by one, as far as they agree."""
    shared = list(old[: len(new)])
    for place in compress(count(), map(ne, map(columns, shared), map(columns, new))):
        if not same(old[place], new[place]):
            return shared[:place]
        shared[place] = gained(old[place], new[place])
    return shared


def _ended(old: Sequence[Message], new: Sequence[Message], columns: Columns) -> list[Message]:
    """The merge of two runs that differ at their start: how they agree at their end, and the rest aligned."""
    if not (old and new):
        return list(old or new)
    shared = _shared(old[::-1], new[::-1], columns)[::-1]
    return _woven(old[: len(old) - len(shared)], new[: len(new) - len(shared)]) + shared


def _woven(old: Sequence[Message], new: Sequence[Message]) -> list[Message]:
    pairs, crossed = _matched(old, new)
    if min(len(old), len(new)) - len(pairs) - len(crossed) >= VOTES and (drift := measure(old, new)):
        new = [drift.adjust(message) for message in new]
        pairs, crossed = _matched(old, new)
    merged, left = list(old), set(range(len(new)))
    for i, j in chain(pairs, crossed):
        merged[i] = gained(old[i], new[j])
        left.discard(j)
    woven: list[Message] = []
    row = column = 0
    for i, j in (*pairs, (len(old), len(new))):
        woven += _by_time(merged[row:i], [new[place] for place in range(column, j) if place in left])
        woven += merged[i : i + 1]
        row, column = i + 1, j + 1
    return woven


def _matched(old: Sequence[Message], new: Sequence[Message]) -> tuple[list[Pair], list[Pair]]:
    """Places that hold one message: those that rise on both sides, and those out of order."""
    pairs = _pairs(old, new)
    pairs = sorted(chain(pairs, _reworded(old, new, pairs)))
    return pairs, _crossed(old, new, pairs)


def _pairs(old: Sequence[Message], new: Sequence[Message]) -> list[Pair]:
    shared = {platform_id(message) for message in old} & {platform_id(message) for message in new} - {""}

    def by_id_or_content(message: Message) -> str | Key:
        return message.id if message.id in shared else key(message)

    def one(before: Message, after: Message) -> bool:
        if before.id in shared or after.id in shared:
            return before.id == after.id
        return same(before, after)

    return align(old, new, by_id_or_content, one)


def _reworded(old: Sequence[Message], new: Sequence[Message], pairs: Sequence[Pair]) -> list[Pair]:
    """Between aligned neighbours: one message in other words, edited, or withdrawn."""
    found: list[Pair] = []
    for low, high, left, right in between(pairs, (0, len(old), 0, len(new))):
        before, after = _minutes(old, low, high), _minutes(new, left, right)
        both = [
            (before[minute][i], after[minute][j])
            for minute in before.keys() & after.keys()
            if len(before[minute]) * len(after[minute]) <= TABLE
            for i, j in common([old[place] for place in before[minute]], [new[place] for place in after[minute]], alike)
        ]
        found += rising(sorted(both, key=lambda pair: pair[1]))
    return found


def _minutes(messages: Sequence[Message], start: int, end: int) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for place in range(start, end):
        places.setdefault((messages[place].time or "")[:16], []).append(place)
    return places


def _crossed(old: Sequence[Message], new: Sequence[Message], pairs: Sequence[Pair]) -> list[Pair]:
    """What is left on both sides and certainly one message, though two phones have it in another order."""
    rows, columns = {i for i, _ in pairs}, {j for _, j in pairs}
    waiting: dict[str | Key, list[int]] = {}
    for place, message in enumerate(old):
        if place not in rows:
            for name in _names(message):
                waiting.setdefault(name, []).append(place)
    found: list[Pair] = []
    for place, message in enumerate(new):
        if place not in columns:
            twins = (i for name in _names(message) for i in waiting.get(name, ()) if i not in rows)
            twin = next((i for i in twins if platform_id(old[i]) == message.id != "" or same(old[i], message)), None)
            if twin is not None:
                rows.add(twin)
                found.append((twin, place))
    return found


def _names(message: Message) -> list[str | Key]:
    """What a message may be found by, wherever it stands: a text without a time says too little."""
    names: list[str | Key] = [platform_id(message)] if platform_id(message) else []
    return [*names, key(message)] if message.time else names


def _by_time(old: list[Message], new: list[Message]) -> list[Message]:
    """Two runs with nothing in common, each in its order, woven by time; one wholly first if it can be."""
    if not (old and new):
        return old or new
    if max(_times(new)) <= min(_times(old)) and max(_times(old)) > min(_times(new)):
        return new + old
    placed = heapq.merge(zip(_latest(old), old, strict=True), zip(_latest(new), new, strict=True), key=itemgetter(0))
    return [message for _, message in placed]


def _times(messages: Sequence[Message]) -> list[str]:
    return [message.time or "" for message in messages]


def _latest(messages: Sequence[Message]) -> Iterator[str]:
    """The latest time so far, so that a late delivery and a message without time stay after those before them."""
    return accumulate(_times(messages), max)
