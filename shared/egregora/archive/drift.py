"""Drift: how a whole column of one export differs from another's.

A contact that was renamed between two exports, or a phone in another time zone, changes one column of every message
and leaves the others as they were. So messages that stand once in each export with the same body are seen as one, and
what their neighbours agree on, three of any five, is taken for drift:

    clocks    by stretches, for an archive may hold exports of several phones, and zones change with the season
    names     where the clocks agree; one person may have borne several names in what is there already
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from egregora.archive.likeness import bodies
from egregora.ids import HANDLE
from egregora.message import Message

VOTES = 3
"""Messages that must agree before a difference is taken for drift."""

_AROUND = VOTES - 1
"""Neighbours looked at on either side: the least of which `VOTES` are the majority."""

_SURE = 0.8
"""Share of a person's sightings that must bear the names that are taken for theirs."""

_SEEN = 0.05
"""Share of a person's messages that must be sighted, where both exports hold some: strangers share some words too."""

_KEPT = 200
"""Sightings of each author that are kept of one piece."""

_QUARTER = timedelta(minutes=15)
WIDEST = timedelta(hours=26)
"""Zones lie a multiple of a quarter of an hour apart, and at most this far."""

H = TypeVar("H", bound=Hashable)

Read = tuple[Message, str]
"""A message and its body."""


@dataclass(frozen=True, slots=True)
class Drift:
    """What to change in a new export to speak of people and times as the old one does."""

    shifts: tuple[tuple[str, timedelta], ...] = ()
    """Rising: from which time in the new export on, and by how much its clock is to be moved; the first also before."""
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Author in the new export -> that person's names in the old one, in the order of the messages."""

    def __bool__(self) -> bool:
        return bool(self.shifts or self.names)

    def adjust(self, message: Message) -> Message:
        """The message as the old export would have it; handles that its text mentions are changed as well.

        Who bore several names, the one in the new export among them, keeps it.
        """
        return renamed(self.shifted(message), {new: old[0] for new, old in self.names.items() if new not in old})

    def shifted(self, message: Message) -> Message:
        """The message with its time set to the clock of the old export."""
        if not (self.shifts and message.time) or not (shift := _at(self.shifts, message.time)):
            return message
        return replace(message, time=_moved(message.time, shift))


def renamed(message: Message, names: Mapping[str, str]) -> Message:
    """`message` with authors, of it and of its reactions, and handles in its text as `names` has them."""
    if not names:
        return message
    changes: dict[str, object] = {}
    if message.author and message.author in names:
        changes["author"] = names[message.author]
    if any(reaction.author in names for reaction in message.reactions):
        changes["reactions"] = tuple(
            replace(reaction, author=names.get(reaction.author or "", reaction.author))
            for reaction in message.reactions
        )
    if "@" in message.text:
        text = HANDLE.sub(lambda found: names.get(found[0], found[0]), message.text)
        if text != message.text:
            changes["text"] = text
    return replace(message, **changes) if changes else message


def measure(old: Sequence[Message], new: Sequence[Message]) -> Drift:
    """Find the drift of `new` against `old`; a false `Drift` where there is none, or too little to tell."""
    comparison = Comparison()
    comparison.add(old, new)
    return comparison.drift()


class _Sighting(NamedTuple):
    """One message in both exports."""

    time: str
    """In the new one."""
    shift: timedelta
    author: str | None
    was: str | None


class Comparison:
    """Compares two exports piece by piece, in the order of the new one; of what it saw, a bounded part is kept."""

    def __init__(self) -> None:
        self._sightings: list[_Sighting] = []
        self._spoken: Counter[str | None] = Counter()

    def add(self, old: Sequence[Message], new: Sequence[Message]) -> None:
        """Look at a piece of the new export, and at what the old one holds of about the same time."""
        old, new = ([m for m in side if m.kind != "system" and m.time and m.text] for side in (old, new))
        first, last = (end((m.time or "" for m in old), default="") for end in (min, max))
        self._spoken.update(m.author for m in new if first <= (m.time or "") <= last)
        before, after = list(zip(old, bodies(old), strict=True)), list(zip(new, bodies(new), strict=True))
        there, here = _singles(before), _singles(after)
        seen = {place: _sighting(old[there[text]], new[place]) for text, place in here.items() if text in there}
        written = _written(before)
        for places in (range(len(new)), range(len(new) - 1, -1, -1)):
            seen |= _joining(written, after, seen, places)
        self._sightings += _thinned([seen[place] for place in sorted(seen)])

    def drift(self) -> Drift:
        """What was found so far."""
        steady = zip(self._sightings, _steady([sighting.shift for sighting in self._sightings]), strict=True)
        shifts: list[tuple[str, timedelta]] = []
        for sighting, shift in steady:
            plausible = shift is not None and abs(shift) <= WIDEST and not shift % _QUARTER
            if shift is not None and plausible and not (shifts and shifts[-1][1] == shift):
                shifts.append((sighting.time, shift))
        if not shifts:
            return Drift()
        shifts.sort()
        names = self._names([s for s in self._sightings if s.shift == _at(shifts, s.time)])
        return Drift(tuple(shifts) if any(shift for _, shift in shifts) else (), names)

    def _names(self, sightings: Sequence[_Sighting]) -> dict[str, tuple[str, ...]]:
        seen: dict[str, list[str]] = {}
        for sighting in sightings:
            if sighting.author and sighting.was:
                seen.setdefault(sighting.author, []).append(sighting.was)
        names: dict[str, tuple[str, ...]] = {}
        for author, all_names in seen.items():
            sure = tuple(dict.fromkeys(name for name in _steady(all_names) if name is not None))
            count = sum(name in sure or name == author for name in all_names)
            enough = count >= max(_SURE * len(all_names), _SEEN * min(self._spoken[author], 100 * _KEPT))
            if enough and set(sure) - {author}:
                names[author] = sure
        return names


def _sighting(old: Message, new: Message) -> _Sighting:
    return _Sighting(new.time or "", _minute(old) - _minute(new), new.author, old.author)


def _written(messages: Sequence[Read]) -> dict[tuple[str, str], set[str | None]]:
    """By minute and body: who wrote it."""
    authors: dict[tuple[str, str], set[str | None]] = {}
    for message, text in messages:
        authors.setdefault(((message.time or "")[:16], text), set()).add(message.author)
    return authors


def _joining(
    written: Mapping[tuple[str, str], set[str | None]],
    new: Sequence[Read],
    seen: Mapping[int, _Sighting],
    places: Iterable[int],
) -> dict[int, _Sighting]:
    """Messages next to what was `seen` that are also there by its clock, though others say the same elsewhere."""
    found: dict[int, _Sighting] = {}
    shift: timedelta | None = None
    for place in places:
        if place in seen:
            shift = seen[place].shift
        elif shift is not None:
            message, text = new[place]
            authors = written.get((_moved(message.time or "", shift)[:16], text))
            if authors is None:
                shift = None
            else:
                was = next(iter(authors)) if len(authors) == 1 else None
                found[place] = _Sighting(message.time or "", shift, message.author, was)
    return found


def _thinned(sightings: Sequence[_Sighting]) -> list[_Sighting]:
    """Some of each author's, evenly, and those where the clock changes."""
    every = {author: -(-count // _KEPT) for author, count in Counter(s.author for s in sightings).items()}
    met: Counter[str | None] = Counter()
    kept: list[_Sighting] = []
    for before, sighting, after in zip((None, *sightings), sightings, (*sightings[1:], None), strict=False):
        edge = any(other and other.shift != sighting.shift for other in (before, after))
        if edge or not met[sighting.author] % every[sighting.author]:
            kept.append(sighting)
        met[sighting.author] += 1
    return kept


def _steady(values: Sequence[H]) -> list[H | None]:
    """For each place, what most of those around it agree on; None where they do not."""
    found: list[H | None] = []
    for place in range(len(values)):
        value, count = Counter(values[max(0, place - _AROUND) : place + _AROUND + 1]).most_common(1)[0]
        found.append(value if count >= VOTES else None)
    return found


def _singles(messages: Sequence[Read]) -> dict[str, int]:
    """Places of the bodies that occur once."""
    counts = Counter(text for _, text in messages)
    return {text: place for place, (_, text) in enumerate(messages) if counts[text] == 1}


def _minute(message: Message) -> datetime:
    return datetime.fromisoformat((message.time or "")[:16])


def _at(shifts: Sequence[tuple[str, timedelta]], time: str) -> timedelta:
    return shifts[max(0, bisect_right(shifts, time, key=lambda stretch: stretch[0]) - 1)][1]


def _moved(time: str, shift: timedelta) -> str:
    """Move a time, leaving its precision and its mark as they are written; one at the calendar's end stays."""
    try:
        return (datetime.fromisoformat(time[:16]) + shift).isoformat(timespec="minutes") + time[16:]
    except OverflowError:
        return time
