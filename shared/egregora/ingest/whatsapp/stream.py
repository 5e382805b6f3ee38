"""The second pass: messages, one block of text at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice, repeat
from operator import add

from egregora.ingest import ByteSource
from egregora.ingest.lines import Notes
from egregora.ingest.whatsapp import kinds
from egregora.ingest.whatsapp.columns import Columns, Kept, Values
from egregora.ingest.whatsapp.names import clean
from egregora.ingest.whatsapp.pattern import PREFIX, messages_in
from egregora.ingest.whatsapp.survey import is_labelled_notice
from egregora.ingest.whatsapp.text import LABEL_MARK, blocks
from egregora.message import Kind, Message

_MOST_READINGS = 2_000
_LONGEST_KEPT = 60
_PREFIX = re.compile(PREFIX)
_TEXT: Kind = "text"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the first pass decided.

    `days` are the dates of the file's values, ISO 8601 up to the T. `authors` maps what stands before the colon to a
    display name; `longer` maps it to names that hold a colon instead; `labels` are those that only ever stand before
    notices. What is in none of them belongs to a notice itself. `damaged` says that some bytes are no text.
    """

    values: Values = field(repr=False)
    kept: Kept = field(repr=False)
    days: list[str] = field(repr=False)
    authors: dict[str, str]
    longer: dict[str, tuple[str, ...]]
    labels: frozenset[str]
    files: frozenset[str]
    damaged: bool


def messages(source: ByteSource, facts: Facts) -> Iterator[Message]:
    """Every message of a file in its order; a block of text is held, and a message that goes on beyond it."""
    return chain.from_iterable(map(_Stream(facts).messages, chain(facts.kept.columns, _not_kept(source, facts))))


def _not_kept(source: ByteSource, facts: Facts) -> Iterator[Columns]:
    if facts.kept.more is not None:
        more = islice(blocks(source, Notes() if facts.damaged else None), facts.kept.more, None)
        for _, parts in messages_in(more, facts.values.cut, source.name):
            if len(parts) > 1:
                yield facts.values.columns(parts)[0]


class _Stream:
    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._readings: dict[str, kinds.Reading] = {}
        self._prefixes = list(facts.values.prefixes)
        self._authors = [facts.authors.get(prefix[:-2].decode()) if prefix else None for prefix in self._prefixes]
        self._nobody = bytes(author is None for author in self._authors)

    def messages(self, columns: Columns) -> list[Message]:
        """The messages that begin in a block: all as somebody's text, then those that may be more once again."""
        days = chain.from_iterable(repeat(self._facts.days[day], length) for day, length in columns.days)
        authors = map(self._authors.__getitem__, columns.prefixes)
        stamps = map(add, days, columns.times)
        found = list(map(Message, repeat(""), stamps, authors, repeat(_TEXT), columns.texts()))
        for place in columns.doubtful:
            message = found[place]
            if message.author is not None:
                found[place] = self.reading(message)
        for place in columns.marked(self._nobody):
            found[place] = self.message(found[place], self._prefixes[columns.prefixes[place]].decode())
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
        reading = self._readings.get(body) or self._read(body)
        if reading is kinds.TEXT:
            return found
        kind, edited, attachments = reading
        author = None if kind == "system" else found.author
        return Message("", found.time, author, kind, body, None, edited, attachments)

    def _read(self, body: str) -> kinds.Reading:
        if not kinds.may_be_more(body):
            return kinds.TEXT
        if self._facts.values.labels and body.startswith(LABEL_MARK) and is_labelled_notice(body):
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
