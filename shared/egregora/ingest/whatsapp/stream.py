"""The second pass: messages, one block of text at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, compress, count, islice, repeat
from operator import add, contains, getitem, not_

from egregora.ingest import ByteSource
from egregora.ingest.whatsapp import kinds
from egregora.ingest.whatsapp.names import clean
from egregora.ingest.whatsapp.pattern import PREFIX, Cut, messages_in
from egregora.ingest.whatsapp.survey import Columns, is_labelled_notice
from egregora.ingest.whatsapp.text import LABEL_MARK, Damage, blocks
from egregora.message import Kind, Message

_MOST_TIMES = 100_000
_MOST_READINGS = 2_000
_LONGEST_KEPT = 60
_PREFIX = re.compile(PREFIX)
_LABEL = LABEL_MARK.encode()
_STARTS = repeat(slice(4))
_TEXT: Kind = "text"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the first pass decided.

    `columns` has every message's day and prefix. `authors` maps what stands before the colon to a display name;
    `longer` maps it to names that hold a colon instead; `labels` are those that only ever stand before notices. What is
    in none of them belongs to a notice itself. `labelled` says that authors write notices too, after a mark, and
    `damaged` that some bytes are no text.
    """

    cut: Cut = field(repr=False)
    columns: Columns = field(repr=False)
    date: Callable[[str], str] = field(repr=False)
    time: Callable[[str], str] = field(repr=False)
    authors: dict[str, str]
    longer: dict[str, tuple[str, ...]]
    labels: frozenset[str]
    files: frozenset[str]
    labelled: bool
    damaged: bool


def messages(source: ByteSource, facts: Facts) -> Iterator[Message]:
    """Every message of a file in its order; a block of text is held, and a message that goes on beyond it."""
    stream = _Stream(facts)
    parted = messages_in(blocks(source, Damage() if facts.damaged else None), facts.cut, source.name)
    return chain.from_iterable(stream.block(*part) for part in parted)


class _Times(dict[bytes, str]):
    """Times by the part of a header that tells them, read when first met."""

    def __init__(self, read: Callable[[str], str]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: bytes) -> str:
        if len(self) > _MOST_TIMES:
            self.clear()
        value = self[text] = self._read(text.decode())
        return value


class _Stream:
    def __init__(self, facts: Facts) -> None:
        columns = facts.columns
        self._facts = facts
        self._times = _Times(facts.time)
        self._readings: dict[str, kinds.Reading] = {}
        days = [facts.date(day.decode()) for day in columns.days]
        self._days = chain.from_iterable(map(repeat, map(days.__getitem__, columns.run_day), columns.run_length))
        self._prefixes = list(columns.prefixes)
        self._numbers = iter(columns.prefix)
        self._authors = [
            facts.authors.get(prefix[:-2].decode(errors="replace")) if prefix else None for prefix in self._prefixes
        ]

    def block(self, origin: bytes, parts: list[bytes]) -> list[Message]:
        """The messages that begin in a block: all as ordinary ones, then those that are more, once again.

        An ordinary one has an author, and a line that neither starts nor ends as those of WhatsApp's own do.
        """
        times, bodies, rests = parts[1::3], list(map(bytes.decode, parts[2::3])), parts[3::3]
        numbers = list(islice(self._numbers, len(times)))
        stamps = map(add, islice(self._days, len(times)), map(self._times.__getitem__, times))
        authors = list(map(self._authors.__getitem__, numbers))
        special = list(compress(count(), map(kinds.STARTS.__contains__, map(getitem, bodies, _STARTS))))
        if _LABEL in origin:
            special += compress(count(), map(contains, bodies, repeat(LABEL_MARK)))
        for place in compress(count(), rests):
            bodies[place] = body = bodies[place] + rests[place].decode()
            if kinds.may_be_more(body):
                special.append(place)
        found = list(map(Message, repeat(""), stamps, authors, repeat(_TEXT), bodies))
        for place in special:
            if authors[place] is not None:
                found[place] = self.reading(found[place])
        for place in compress(count(), map(not_, authors)):
            found[place] = self.message(found[place], self._prefixes[numbers[place]].decode())
        return found

    def message(self, found: Message, before: str) -> Message:
        """A message whose author, if it has one, is still to be told from what stands before its text."""
        author, body = self._author(before + found.text)
        if author is None:
            return Message("", found.time, None, "system", body)
        return self.reading(Message("", found.time, author, _TEXT, body))

    def reading(self, found: Message) -> Message:
        """A message of an author as what it is, of whatever kind."""
        body = found.text
        kind, edited, attachments = self._readings.get(body) or self._read(body)
        author = None if kind == "system" else found.author
        return Message("", found.time, author, kind, body, None, edited, attachments)

    def _read(self, body: str) -> kinds.Reading:
        if not kinds.may_be_more(body):
            return kinds.TEXT
        if self._facts.labelled and body.startswith(LABEL_MARK) and is_labelled_notice(body):
            reading = kinds.NOTICE
        else:
            reading = kinds.read(body, self._facts.files)
        if len(body) < _LONGEST_KEPT and not reading.attachments and len(self._readings) < _MOST_READINGS:
            self._readings[body] = reading
        return reading

    def _author(self, rest: str) -> tuple[str | None, str]:
        if ":" not in rest:
            return None, rest
        facts = self._facts
        match = _PREFIX.match(rest)
        prefix = match[0] if match else ""
        raw = prefix[:-1]
        if prefix[-1:] != ":":
            return None, rest
        author = facts.authors.get(raw)
        if author is not None or raw in facts.labels:
            return author, rest[len(prefix) :].removeprefix(" ")
        for name in facts.longer.get(raw, ()):
            if rest.startswith(f"{name}:"):
                return clean(name), rest[len(name) + 1 :].removeprefix(" ")
        return None, rest
