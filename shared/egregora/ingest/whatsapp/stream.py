"""The second pass: messages, one block of text at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from egregora.ingest import ByteSource
from egregora.ingest.whatsapp import kinds
from egregora.ingest.whatsapp.names import clean
from egregora.ingest.whatsapp.pattern import LABEL_MARK, PREFIX
from egregora.ingest.whatsapp.survey import is_labelled_notice
from egregora.ingest.whatsapp.text import blocks
from egregora.message import Message

_MOST_STAMPS = 100_000
_MOST_READINGS = 2_000
_PREFIX = re.compile(PREFIX)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the first pass decided.

    `authors` maps what stands before the colon to a display name; `longer` maps it to names that hold a colon instead;
    `labels` are those that only ever stand before notices. What is in none of them belongs to a notice itself.
    `labelled` says that authors write notices too, after a mark.
    """

    split: re.Pattern[str]
    date_half: int
    date: Callable[[str], str] = field(repr=False)
    time: Callable[[str], str] = field(repr=False)
    authors: dict[str, str]
    longer: dict[str, tuple[str, ...]]
    labels: frozenset[str]
    files: frozenset[str]
    labelled: bool

    def iso(self, halves: tuple[str, str]) -> str:
        """A header's time as ISO 8601; empty where its date does not exist."""
        day = self.date(halves[self.date_half - 1])
        return day and day + self.time(halves[2 - self.date_half])


def messages(source: ByteSource, facts: Facts) -> Iterator[Message]:
    """Yield every message of a file in its order, holding one block of text and the message that is still open."""
    stream = _Stream(facts)
    for block in blocks(source):
        yield from stream.block(block)
    yield from stream.finish()


class _Stream:
    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._dates: dict[str, str] = {}
        self._times: dict[str, str] = {}
        self._readings: dict[str, kinds.Reading] = {}
        self._open: list[str] = []
        self._open_time: str | None = None

    def block(self, block: str) -> Iterator[Message]:
        """The messages that end in a block. A header lies in two parts, before each part of text."""
        parts = self._facts.split.split(block)
        date, time = self._facts.date_half, 3 - self._facts.date_half
        if not self._resolve(parts[date::3], parts[time::3]):
            parts = self._rejoined(parts)
        if self._open_time is not None:
            self._open.append(parts[0])
        if len(parts) == 1:
            return
        if self._open_time is not None:
            yield self.message(self._open_time, "".join(self._open))
        yield from self.run(parts[date:-3:3], parts[time:-3:3], parts[3:-1:3])
        self._open, self._open_time = [parts[-1]], self._dates[parts[date - 4]] + self._times[parts[time - 4]]

    def finish(self) -> Iterator[Message]:
        if self._open_time is not None:
            yield self.message(self._open_time, "".join(self._open).removesuffix("\n"))

    def run(self, dates: list[str], times: list[str], rests: list[str]) -> Iterator[Message]:
        """The hot path: whatever needs a second look goes to `message`."""
        author_of, date_of, time_of = self._facts.authors.get, self._dates, self._times
        starts, ends, odd, second_look = kinds.STARTS, kinds.ENDS, kinds.ODD, self.reading
        for date, time, rest in zip(dates, times, rests, strict=True):
            prefix, _, body = rest.partition(": ")
            author = author_of(prefix)
            stamp = date_of[date] + time_of[time]
            if author is None:
                yield self.message(stamp, rest)
            elif (
                body[:4] in starts
                or body[-1:] in ends
                or body[:1] in odd
                or ("\n" in body and (">\n" in body or ")\n" in body or "）\n" in body))
            ):
                yield second_look(stamp, author, body)
            else:
                yield Message("", stamp, author, "text", body)

    def message(self, time: str, rest: str) -> Message:
        """One message from what follows its header."""
        author, body = self._author(rest)
        return Message("", time, None, "system", body) if author is None else self.reading(time, author, body)

    def reading(self, time: str, author: str, body: str) -> Message:
        """One message of an author, whatever its kind."""
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

    def _resolve(self, dates: list[str], times: list[str]) -> bool:
        """Make the times of all headers known; False where a date does not exist."""
        for known, read, new in ((self._dates, self._facts.date, dates), (self._times, self._facts.time, times)):
            if len(known) > _MOST_STAMPS:
                known.clear()
            for text in set(new).difference(known):
                known[text] = read(text)
        return all(map(self._dates.__getitem__, dates))

    def _rejoined(self, parts: list[str]) -> list[str]:
        """Give lines that only look like headers back to the text before them."""
        joined = parts[:1]
        for one, two, rest in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
            if self._dates[(one, two)[self._facts.date_half - 1]]:
                joined += (one, two, rest)
            else:
                joined[-1] += f"\n{one}{two}{rest}"
        return joined
