"""From lines to messages. A message goes on until the next line that starts with a time, or names a day.

app        10:30<TAB>Bob<TAB>text      a text of several lines stands in quotation marks; without a name: a notice
desktop    16:23 Bob text              where the name ends is told by what the lines that start with it share
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath
from typing import Literal

from egregora.errors import Unreadable
from egregora.ingest import ByteSource, Export, join
from egregora.ingest.days import MOST, Day, Decision, decide
from egregora.ingest.line import days, words
from egregora.ingest.lines import LONGEST, Notes, head_lines, lines, too_long
from egregora.ingest.survey import Survey, export
from egregora.ingest.whatsapp.markers import hour, pattern, squeeze
from egregora.ingest.whatsapp.text import plain
from egregora.message import Message

_MARKER = pattern()
_CLOCK = re.compile(
    rf"(?:(?P<before>{_MARKER}) ?)?(?P<hour>\d{{1,2}}):(?P<minute>\d\d)(?: ?(?P<after>{_MARKER}))?"
    r"(?P<gap>[\t ])(?P<rest>.*)",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?P<gap>[\t ])(?P<rest>.*)")
"""The usual clock, which is found sooner."""

_MOST_NAMES = 50_000


@dataclass(frozen=True, slots=True)
class Line:
    """The reader of LINE's texts."""

    now: datetime
    format: Literal["line"] = "line"

    def detect(self, source: ByteSource, head: bytes) -> float:
        """Lines that name days, and below them lines that start with a time; the app's own first line helps."""
        first = [plain(line) for line in head_lines(head)[:400]]
        titled = any(words.TITLE.match(line) for line in first[:3])
        dated = next((n for n, line in enumerate(first) if days.read(line)), None)
        if dated is None:
            return 0.0
        clocks = [found for line in first[dated:] if (found := _CLOCK.match(line))]
        tabbed = sum(found["gap"] == "\t" for found in clocks)
        if titled and clocks:
            return 0.97
        if tabbed and tabbed * 2 >= len(clocks):
            return 0.9
        return 0.6 if len(clocks) > 1 and len(clocks) * 3 > len(first) - dated else 0.0

    def read(self, sources: Sequence[ByteSource], group: Sequence[ByteSource]) -> Export:
        """A chat for each file. Raises `Unreadable`."""
        return join(map(_read, sources))


@dataclass(slots=True)
class _Entry:
    """A message as it stands in the file; the desktop version does not part the author from the text."""

    day: Day
    minute: str
    tabbed: bool
    parts: list[str]
    size: int = 0

    @property
    def text(self) -> str:
        """The body of all its lines, the author before it."""
        return "\n".join(self.parts).rstrip("\n")


@dataclass(slots=True)
class _Facts:
    """What the first pass finds out."""

    title: str = ""
    seen: dict[Day, None] = field(default_factory=dict)
    order: Decision = field(default_factory=Decision)
    names: dict[str, list[str]] = field(default_factory=dict)
    """What the desktop's lines that start with a word have in common, word by word."""
    repeated: set[str] = field(default_factory=set)
    """The words that more than one of its lines starts with."""

    def note(self, entry: _Entry) -> None:
        if len(self.seen) < MOST:
            self.seen[entry.day] = None
        if entry.tabbed:
            return
        said = entry.parts[0].split(" ")[:6]
        known = self.names.get(said[0])
        if known is not None:
            agree = next((n for n, (a, b) in enumerate(zip(known, said, strict=False)) if a != b), len(said) - 1)
            del known[agree:]
            self.repeated.add(said[0])
        elif len(self.names) < _MOST_NAMES:
            self.names[said[0]] = said

    def author(self, text: str) -> str:
        """Who wrote a line of the desktop version: the words that lines which start like it share."""
        first = text.partition(" ")[0]
        return " ".join(self.names[first]) or first if first in self.repeated else first


def _read(source: ByteSource) -> Export:
    facts, met = _Facts(), Notes()
    for entry in _entries(source, facts, met):
        facts.note(entry)
    if not facts.seen:
        raise Unreadable("holds no message below a line that names its day; export the chat again", where=source.name)
    facts.order = decide(facts.seen)
    survey = Survey().all(_messages(source, facts))
    name = words.name(facts.title) or words.name(_stem(source.name).removeprefix("[LINE]"))
    chat = survey.chat("line", name or _stem(source.name), partial(_messages, source, facts), named=name is not None)
    return export([source], [chat], [*met.warnings(source.name), *facts.order.warnings(source.name)])


def _stem(name: str) -> str:
    return PurePosixPath(name).stem.strip() or "LINE"


def _messages(source: ByteSource, facts: _Facts) -> Iterator[Message]:
    day: Day | None = None
    date: str | None = None
    for entry in _entries(source, _Facts(), Notes()):
        if entry.day is not day:
            day, when = entry.day, entry.day.date(facts.order.order)
            date = when.isoformat() if when else None
        author, text = _tabbed(entry) if entry.tabbed else _spaced(entry, facts)
        kind = words.kind(text) if author else "system"
        yield Message("", f"{date}T{entry.minute}" if date else None, None if kind == "system" else author, kind, text)


def _tabbed(entry: _Entry) -> tuple[str | None, str]:
    author, tab, text = entry.text.partition("\t")
    if not tab:
        return None, author
    if "\n" in text and text.startswith('"') and text.endswith('"'):
        text = text[1:-1].replace('""', '"')
    return author.strip() or None, text


def _spaced(entry: _Entry, facts: _Facts) -> tuple[str | None, str]:
    author = facts.author(entry.text)
    return author or None, entry.text[len(author) :].removeprefix(" ")


def _entries(source: ByteSource, facts: _Facts, met: Notes) -> Iterator[_Entry]:
    """Every message as it stands; fills in the title on the way."""
    day: Day | None = None
    entry: _Entry | None = None
    blank = True
    below = 0
    for number, line in enumerate(lines(source, met), 1):
        if day and (clock := _DIGITS.match(line) or _CLOCK.match(line)) and (minute := _minute(clock)):
            if entry:
                yield entry
            entry = _Entry(day, minute, clock["gap"] == "\t", [clock["rest"]], len(line))
            blank = False
            continue
        text = plain(line) if len(line) < 200 else line
        named = days.read(text)
        if named and (blank or (named.weekday and not _is_quoting(entry))):
            day = named
            if entry:
                yield entry
            entry = None
        elif entry:
            entry.parts.append(line)
            entry.size += len(line) + 1
            if entry.size > LONGEST:
                raise too_long(source.name)
        elif not facts.title and (title := words.TITLE.match(text)):
            facts.title, below = title["title"], number + 1  # there stands when it was exported
        elif text.strip() and number != below:
            met.add("bad_lines" if day else "head_lines_dropped", number)
        blank = not text.strip()
    if entry:
        yield entry


def _is_quoting(entry: _Entry | None) -> bool:
    """Whether a message of several lines has begun and not ended."""
    return entry is not None and entry.tabbed and '\t"' in entry.parts[0] and not entry.parts[-1].endswith('"')


def _minute(clock: re.Match[str]) -> str | None:
    written = int(clock["hour"])
    if written > 24 or clock["minute"] > "59":
        return None
    half = clock["before"] or clock["after"] or "" if clock.re is _CLOCK else ""
    return f"{hour(written, squeeze(half)) if half else written % 24:02}:{clock['minute']}:00"
