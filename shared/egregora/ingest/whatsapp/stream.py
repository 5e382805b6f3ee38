"""The second pass: messages, one block of text at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from operator import add

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


class _Known(dict[str, str]):
    """Times by the part of a header that tells them, read when first met."""

    def __init__(self, read: Callable[[str], str]) -> None:
        super().__init__()
        self._read = read
        self.doubtful = False
        """Whether some part told nothing, so that its header is none."""

    def __missing__(self, text: str) -> str:
        if len(self) > _MOST_STAMPS:
            self.clear()
        value = self[text] = self._read(text)
        self.doubtful = self.doubtful or not value
        return value


class _Stream:
    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._dates = _Known(facts.date)
        self._times = _Known(facts.time)
        self._readings: dict[str, kinds.Reading] = {}
        self._open: list[str] = []
        self._open_time: str | None = None

    def block(self, block: str) -> list[Message]:
        """The messages that end in a block.

        It is split into text, then four parts for each message: the halves of its header, what may be its author, and
        what follows. The last message stays open, for it may go on in the next block.
        """
        parts = self._facts.split.split(block)
        stamps = self._stamps(parts)
        if self._dates.doubtful:
            parts = self._rejoined(parts)
            stamps = self._stamps(parts)
        self._open.append(parts[0])
        if not stamps:
            return []
        found = self.finish(whole=True)
        self._open = [_rest(parts[-2], parts[-1])]
        self._open_time = stamps.pop()
        self.run(found, stamps, parts[3:-4:4], parts[4:-4:4], marked=LABEL_MARK in block)
        return found

    def _stamps(self, parts: list[str]) -> list[str]:
        """The time of each header in a split block."""
        date, time = self._facts.date_half, 3 - self._facts.date_half
        return list(
            map(add, map(self._dates.__getitem__, parts[date::4]), map(self._times.__getitem__, parts[time::4]))
        )

    def finish(self, *, whole: bool = False) -> list[Message]:
        """Close the open message: at the file's end, without the end of its last line."""
        time, text = self._open_time, "".join(self._open) if self._open_time is not None else ""
        self._open = []
        return [] if time is None else [self.message(time, text if whole else text.removesuffix("\n"))]

    def run(
        self, found: list[Message], stamps: list[str], prefixes: list[str], bodies: list[str], *, marked: bool
    ) -> None:
        """The hot path: whatever needs a second look goes to `message` or `reading`."""
        put, starts, ends = found.append, kinds.STARTS, kinds.ENDS
        authors = map(self._facts.authors.get, prefixes)
        for stamp, author, prefix, body in zip(stamps, authors, prefixes, bodies, strict=True):
            if author is None:
                put(self.message(stamp, _rest(prefix, body)))
            elif (
                body[-1:] in ends
                or body[:4] in starts
                or (marked and LABEL_MARK in body)
                or ("\n" in body and (">\n" in body or ")\n" in body or "）\n" in body))
            ):
                put(self.reading(stamp, author, body))
            else:
                put(Message("", stamp, author, "text", body))

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

    def _rejoined(self, parts: list[str]) -> list[str]:
        """Give lines that only look like headers back to the text before them."""
        joined = parts[:1]
        for one, two, prefix, body in zip(parts[1::4], parts[2::4], parts[3::4], parts[4::4], strict=True):
            if self._dates[(one, two)[self._facts.date_half - 1]]:
                joined += (one, two, prefix, body)
            else:
                joined[-1] += f"\n{one}{two}{_rest(prefix, body)}"
        return joined


def _rest(prefix: str | None, body: str) -> str:
    """What stands after a header, put together again."""
    return body if prefix is None else f"{prefix}: {body}"
