"""The second pass: messages, one block of text at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, compress, count, islice, repeat
from operator import add, not_

from egregora.ingest import ByteSource
from egregora.ingest.whatsapp import kinds
from egregora.ingest.whatsapp.names import clean
from egregora.ingest.whatsapp.pattern import PREFIX, Cut, messages_in
from egregora.ingest.whatsapp.survey import Columns, is_labelled_notice
from egregora.ingest.whatsapp.text import LABEL_MARK, Damage, blocks
from egregora.message import Kind, Message

_MOST_TIMES = 100_000
_MOST_READINGS = 2_000
_PREFIX = re.compile(PREFIX)
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
    return chain.from_iterable(stream.block(parts) for _, parts in parted)


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

    def block(self, parts: list[bytes]) -> list[Message]:
        """The messages that begin in a block: all as ordinary ones, then those that may be more, once again.

        An ordinary one has an author, and a line that neither starts nor ends as those of WhatsApp's own do.
        """
        times, lines, rests = parts[1::3], list(map(bytes.decode, parts[2::3])), parts[3::3]
        stamps = list(map(add, islice(self._days, len(times)), map(self._times.__getitem__, times)))
        numbers = list(islice(self._numbers, len(times)))
        authors = list(map(self._authors.__getitem__, numbers))
        found = list(map(Message, repeat(""), stamps, authors, repeat(_TEXT), lines))
        starts = kinds.STARTS
        special = [place for place, line in enumerate(lines) if line[:4] in starts or LABEL_MARK in line]
        for place in chain(compress(count(), rests), special):
            if (author := authors[place]) is not None:
                found[place] = self.reading(stamps[place], author, lines[place] + rests[place].decode())
        for place in compress(count(), map(not_, authors)):
            before = self._prefixes[numbers[place]].decode()
            found[place] = self.message(stamps[place], before + lines[place] + rests[place].decode())
        return found

    def message(self, time: str, rest: str) -> Message:
        """One message from what follows its header."""
        author, body = self._author(rest)
        return Message("", time, None, "system", body) if author is None else self.reading(time, author, body)

    def reading(self, time: str, author: str, body: str) -> Message:
        """One message of an author, whatever its kind."""
        if not kinds.may_be_more(body):
            return Message("", time, author, "text", body)
        if self._facts.labelled and body.startswith(LABEL_MARK) and is_labelled_notice(body):
            return Message("", time, None, "system", body)
        reading = self._readings.get(body)
        if reading is None:
            reading = kinds.read(body, self._facts.files)
            if len(body) < 60 and not reading.attachments and len(self._readings) < _MOST_READINGS:
                self._readings[body] = reading
        return Message("", time, author, reading.kind, body, None, reading.edited, reading.attachments)

    def _author(self, rest: str) -> tuple[str | None, str]:
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
