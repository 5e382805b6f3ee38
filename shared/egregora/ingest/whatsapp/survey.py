"""The first pass: what holds for a whole file, without keeping a body."""

from __future__ import annotations

import re
from array import array
from codecs import getincrementaldecoder
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import compress, count, groupby, islice, repeat
from operator import not_

from egregora.errors import Unreadable
from egregora.ingest import ByteSource
from egregora.ingest.whatsapp import kinds, notices
from egregora.ingest.whatsapp.names import ColonNames
from egregora.ingest.whatsapp.order import Fields
from egregora.ingest.whatsapp.pattern import LONGEST_LINE, PREFIX, Patterns, messages_in
from egregora.ingest.whatsapp.stamps import numbers
from egregora.ingest.whatsapp.text import LABEL_MARK, Damage, blocks, texts

_PREFIX = re.compile(PREFIX)
_LABEL = LABEL_MARK.encode()

_MOST_MESSAGES = 32_000_000
_MOST_DATES = 200_000
_MOST_RUNS = 1_000_000
_MOST_NOTICES = 20_000
_OPENING_LINES = 5


class Numbered(dict[bytes, int]):
    """Distinct values, numbered from 0 as they appear."""

    def __missing__(self, value: bytes) -> int:
        self[value] = number = len(self)
        return number


@dataclass(slots=True)
class Columns:
    """What the first pass tells the second of every message, in a few bytes: its prefix, and its day by runs of one."""

    prefixes: Numbered = field(default_factory=Numbered)
    prefix: array[int] = field(default_factory=lambda: array("H"))
    days: Numbered = field(default_factory=Numbered)
    run_day: array[int] = field(default_factory=lambda: array("I"))
    run_length: array[int] = field(default_factory=lambda: array("I"))

    def add(self, days: list[bytes], prefixes: list[bytes]) -> None:
        """Take the messages of a block. Raises `OverflowError` beyond 65,536 prefixes."""
        self.prefix.extend(map(self.prefixes.__getitem__, prefixes))
        for day, run in groupby(days):
            number, length = self.days[day], len(list(run))
            if self.run_day and self.run_day[-1] == number:
                self.run_length[-1] += length
            else:
                self.run_day.append(number)
                self.run_length.append(length)

    @property
    def too_many(self) -> bool:
        """Whether there is more than any conversation has."""
        return len(self.prefix) > _MOST_MESSAGES or len(self.days) > _MOST_DATES or len(self.run_day) > _MOST_RUNS


@dataclass(slots=True)
class Survey:
    """Counts and facts of a file.

    `lines` counts messages by what stands before their colon, in order of appearance; `labelled` those among them that
    are notices. `notices` are the distinct ones without an author, as far as `_MOST_NOTICES`; `opened` says
    that one of the first lines is such as stands at the start of a chat. `head_lines` precede the first header.
    `headers` are dates and times of the first block that has any, then of the last.
    """

    columns: Columns = field(default_factory=Columns)
    system: int = 0
    lines: Counter[str] = field(default_factory=Counter)
    labelled: Counter[str] = field(default_factory=Counter)
    label_texts: dict[str, str] = field(default_factory=dict)
    notice_starts: set[str] = field(default_factory=set)
    notices: dict[str, None] = field(default_factory=dict)
    headers: list[tuple[str, str]] = field(default_factory=list)
    opened: bool = False
    head_lines: int = 0
    longer: dict[str, Counter[str]] = field(default_factory=dict)
    damage: Damage | None = None

    @property
    def total(self) -> int:
        """Messages of any kind."""
        return len(self.columns.prefix)

    @property
    def dates(self) -> list[str]:
        """Distinct dates as they are written, by number."""
        return [day.decode() for day in self.columns.days]

    def runs(self) -> list[Fields]:
        """Dates as numbers, in order, each once while it lasts."""
        fields = [numbers(day) for day in self.dates]
        return [fields[number] for number in self.columns.run_day]

    def fields(self) -> dict[Fields, int]:
        """Messages by date, as numbers."""
        counts: Counter[Fields] = Counter()
        for fields, length in zip(self.runs(), self.columns.run_length, strict=True):
            counts[fields] += length
        return counts

    def is_label(self, prefix: str) -> bool:
        """Whether what stands before the colon is nobody's name: all its lines are notices."""
        return self.lines[prefix] == self.labelled[prefix]


def survey(source: ByteSource, patterns: Patterns, skip: Collection[str] = ()) -> Survey:
    """Read a file once. Headers with a date among `skip` are text. Raises `Unreadable` where it is no conversation."""
    try:
        return _Surveyor(source.name, patterns, skip).read(source, None)
    except UnicodeDecodeError:
        return _Surveyor(source.name, patterns, skip).read(source, Damage())


class _Surveyor:
    def __init__(self, name: str, patterns: Patterns, skip: Collection[str]) -> None:
        self.name = name
        self.patterns = patterns
        self.skip = skip
        self.result = Survey()
        self.colons = ColonNames()
        self.authors: dict[bytes, str] = {}
        self.unmarked_labels: set[str] = set()

    def read(self, source: ByteSource, damage: Damage | None) -> Survey:
        """The survey. Raises `UnicodeDecodeError` where bytes are no text, unless `damage` is there to count them."""
        self.result.damage = damage
        first = last = b""
        cut = self.patterns.cut("date", "prefix", self.skip)
        for block, parts in messages_in(_valid(blocks(source, damage)), cut, self.name):
            before, days, prefixes, bodies = parts[0], parts[1::3], parts[2::3], parts[3::3]
            if not self.result.total:
                self.opening(before, prefixes, bodies)
            if days:
                first, last = first or block, block
                self.messages(days, prefixes, bodies)
        return self.finish(first, last)

    def opening(self, before: bytes, prefixes: list[bytes], bodies: list[bytes]) -> None:
        """Look at the first lines: an Android phone may give the notice of encryption the group's name as author."""
        r = self.result
        if not prefixes:
            r.head_lines += before.count(b"\n")
            return
        r.head_lines = r.head_lines + before.count(b"\n") if r.head_lines or before.strip() else 0
        for prefix, body in islice(zip(prefixes, bodies, strict=True), _OPENING_LINES):
            text = _first_line(prefix + body)
            start, rest = _parted(text)
            r.opened = r.opened or notices.is_opening(text)
            if start[-1:] == ":" and not rest.startswith(f" {LABEL_MARK}") and notices.is_opening(rest):
                self.unmarked_labels.add(start[:-1])
                self.labelled(start[:-1], rest)

    def messages(self, days: list[bytes], prefixes: list[bytes], bodies: list[bytes]) -> None:
        columns = self.result.columns
        known = len(columns.prefixes)
        try:
            columns.add(days, prefixes)
        except OverflowError:
            raise self.too_many() from None
        if columns.too_many:
            raise self.too_many()
        for prefix in islice(columns.prefixes, known, None) if len(columns.prefixes) > known else ():
            if prefix:
                self.prefix(prefix)
        for place in compress(count(), map(not_, prefixes)):
            self.unnamed(_first_line(bodies[place]))
        if self.colons.suspects:
            for prefix, body in zip(prefixes, bodies, strict=True):
                if self.authors.get(prefix) in self.colons.suspects:
                    self.colons.line(self.authors[prefix], _first_line(body)[:LONGEST_LINE])
        if self.patterns.labels:
            for place in compress(count(), map(bytes.startswith, bodies, repeat(_LABEL))):
                author, text = self.authors.get(prefixes[place]), _first_line(bodies[place])
                if author is not None and is_labelled_notice(text):
                    self.labelled(author, text)

    def too_many(self) -> Unreadable:
        return Unreadable(
            "has more messages, authors or dates than any conversation; this is no chat export", where=self.name
        )

    def prefix(self, prefix: bytes) -> None:
        """Tell whether a new prefix is an author's, or a notice's beginning."""
        raw = prefix[:-2].decode(errors="replace")
        if self.is_author(raw):
            self.authors[prefix] = raw
        else:
            self.notice(prefix.decode(errors="replace"), 0)

    def unnamed(self, line: str) -> None:
        """Take a message without a prefix: a notice, or one of the few with nothing but a line end after the colon."""
        start, rest = _parted(line)
        if start[-1:] == ":" and self.is_author(start[:-1]):
            self.result.lines[start[:-1]] += 1
            self.colons.line(start[:-1], rest[:LONGEST_LINE])
        else:
            self.notice(start, 1)

    def is_author(self, raw: str) -> bool:
        r = self.result
        if raw not in r.lines and (raw in r.notice_starts or notices.is_notice(raw)):
            r.notice_starts.add(raw)
            return False
        if raw not in r.lines:
            r.lines[raw] = 0
            self.colons.suspect({raw})
        return True

    def notice(self, text: str, n: int) -> None:
        r = self.result
        r.system += n
        if len(r.notices) < _MOST_NOTICES:
            r.notices.setdefault(text)

    def labelled(self, raw: str, text: str) -> None:
        self.result.labelled[raw] += 1
        self.result.label_texts.setdefault(raw, text)

    def finish(self, first: bytes, last: bytes) -> Survey:
        r = self.result
        counts = Counter(r.columns.prefix)
        for prefix, number in r.columns.prefixes.items():
            if prefix in self.authors:
                r.lines[self.authors[prefix]] += counts[number]
            elif prefix:
                r.system += counts[number]
        for raw in self.unmarked_labels:
            if not r.is_label(raw):  # somebody who quotes the notice among other messages
                del r.labelled[raw]
        r.longer = {raw: names for raw, names in self.colons.found().items() if not r.labelled[raw]}
        r.system += r.labelled.total()
        cut = self.patterns.cut("date", "time", self.skip)
        for parts in map(cut, (first, last)):
            r.headers += [(day.decode(), time.decode()) for day, time in zip(parts[1::3], parts[2::3], strict=True)]
        return r


def _valid(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The parts of a text as they are. Raises `UnicodeDecodeError` where they are none."""
    decoder = getincrementaldecoder("utf-8")()
    for part in parts:
        decoder.decode(part)
        yield part
    decoder.decode(b"", final=True)


def _first_line(body: bytes) -> str:
    return body.partition(b"\n")[0][: 8 * LONGEST_LINE].decode(errors="replace")


def _parted(line: str) -> tuple[str, str]:
    """What `PREFIX` finds at the start of a line, and the rest."""
    match = _PREFIX.match(line)
    end = match.end() if match else 0
    return line[:end], line[end:]


def is_labelled_notice(body: str) -> bool:
    """Whether a body that starts with a mark, under an iPhone's brackets, is a notice: whatever is nothing else.

    Only its first `LONGEST_LINE` characters are looked at.
    """
    return _is_notice(body.lstrip(" ").partition("\n")[0][:LONGEST_LINE].rstrip())


@lru_cache(maxsize=1024)
def _is_notice(line: str) -> bool:
    reading = kinds.read(line)
    return reading.kind == "text" and not reading.edited and not line.endswith((":", "："))  # a poll's first line


def media_days(source: ByteSource, patterns: Patterns) -> Iterator[tuple[Fields, date]]:
    """Pairs of a message's date and the day in the name of the media sent with it."""
    for block in texts(source):
        for day, _, body in patterns.lines.findall(block):
            digits = kinds.media_dates(body.strip())
            if digits:
                try:
                    yield numbers(day), date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
                except ValueError:
                    continue
