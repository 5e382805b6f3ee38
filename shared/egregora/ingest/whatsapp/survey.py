"""The first pass: what holds for a whole file."""

from __future__ import annotations

import re
from array import array
from codecs import getincrementaldecoder
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import islice

from egregora.errors import Unreadable
from egregora.ingest import ByteSource
from egregora.ingest.lines import Notes
from egregora.ingest.whatsapp import kinds, notices
from egregora.ingest.whatsapp.columns import NO_PREFIX, Columns, Kept, Room, Values, places
from egregora.ingest.whatsapp.names import ColonNames
from egregora.ingest.whatsapp.order import Fields
from egregora.ingest.whatsapp.pattern import LONGEST_LINE, PREFIX, Cut, Missed, Patterns, messages_in
from egregora.ingest.whatsapp.stamps import numbers
from egregora.ingest.whatsapp.text import LABEL_MARK, blocks, texts

_PREFIX = re.compile(PREFIX)

_MOST_PREFIXES = 65_536
_MOST_DATES = 200_000
_MOST_RUNS = 1_000_000
_MOST_NOTICES = 20_000
_OPENING_LINES = 5


@dataclass(slots=True)
class Survey:
    """Counts and facts of a file.

    `lines` counts messages by what stands before their colon, in order of appearance; `labelled` those among them that
    are notices. `notices` are the distinct ones without an author, as far as `_MOST_NOTICES`; `opened` says
    that one of the first lines is such as stands at the start of a chat. `head_lines` precede the first header.
    `run_day` and `run_length` are runs of one day, by its number, `first` and `last` the times of the first and the
    last message. `met` notes what was wrong, and `damaged` says that some bytes are no text.
    """

    values: Values
    kept: Kept
    total: int = 0
    system: int = 0
    run_day: array[int] = field(default_factory=lambda: array("I"))
    run_length: array[int] = field(default_factory=lambda: array("I"))
    first: str = ""
    last: str = ""
    lines: Counter[str] = field(default_factory=Counter)
    labelled: Counter[str] = field(default_factory=Counter)
    label_texts: dict[str, str] = field(default_factory=dict)
    notice_starts: set[str] = field(default_factory=set)
    notices: dict[str, None] = field(default_factory=dict)
    opened: bool = False
    head_lines: int = 0
    longer: dict[str, Counter[str]] = field(default_factory=dict)
    met: Notes = field(default_factory=Notes)
    damaged: bool = False

    @property
    def dates(self) -> list[str]:
        """Distinct dates as they are written, by number."""
        return [day.decode() for day in self.values.days]

    def runs(self) -> list[Fields]:
        """Dates as numbers, in order, each once while it lasts."""
        fields = list(map(numbers, self.dates))
        return [fields[number] for number in self.run_day]

    def fields(self) -> dict[Fields, int]:
        """Messages by date, as numbers."""
        counts: Counter[Fields] = Counter()
        for fields, length in zip(self.runs(), self.run_length, strict=True):
            counts[fields] += length
        return counts

    def is_label(self, prefix: str) -> bool:
        """Whether what stands before the colon is nobody's name: all its lines are notices."""
        return self.lines[prefix] == self.labelled[prefix]


def survey(source: ByteSource, patterns: Patterns, room: Room, skip: Collection[str] = ()) -> Survey:
    """Read a file once, and keep what there is `room` for. Headers with a date among `skip` are text.

    Raises `Unreadable` where it is no conversation.
    """
    cuts, damaged, left = patterns.cuts(skip), False, room.left
    while True:
        room.left = left
        try:
            return _Surveyor(source.name, patterns, cuts[0], room).read(source, damaged=damaged)
        except Missed:
            del cuts[0]
        except UnicodeDecodeError:
            damaged = True


class _Surveyor:
    def __init__(self, name: str, patterns: Patterns, cut: Cut, room: Room) -> None:
        self.name = name
        self.cut = cut
        self.result = Survey(Values(patterns, cut), Kept(room))
        self.colons = ColonNames()
        self.authors: list[str | None] = [None]
        self.counts: Counter[int] = Counter()
        self.unmarked_labels: set[str] = set()

    def read(self, source: ByteSource, *, damaged: bool = False) -> Survey:
        """The survey.

        Raises `UnicodeDecodeError` where bytes are no text, unless the source is known as `damaged`, and `Missed`.
        """
        r = self.result
        r.damaged = damaged
        found = blocks(source, r.met if damaged else None)
        for number, parts in messages_in(found if damaged or self.cut.wider else _valid(found), self.cut, self.name):
            if not r.total:
                self.opening(parts)
            if len(parts) > 1:
                columns, bodies = r.values.columns(parts)
                r.kept.add(number, columns)
                self.messages(columns, bodies)
        return self.finish()

    def opening(self, parts: list[bytes]) -> None:
        """Look at the first lines: an Android phone may give the notice of encryption the group's name as author."""
        r, before = self.result, parts[0]
        self.cut.check(before)
        if len(parts) == 1:
            r.head_lines += before.count(b"\n")
            return
        r.head_lines = r.head_lines + before.count(b"\n") if r.head_lines or before.strip() else 0
        starts = zip(parts[self.cut.prefix :: self.cut.step], parts[self.cut.text :: self.cut.step], strict=True)
        for prefix, body in islice(starts, _OPENING_LINES):
            text = _first_line(prefix + body)
            start, rest = _parted(text)
            r.opened = r.opened or notices.is_opening(text)
            if start[-1:] == ":" and not rest.startswith(f" {LABEL_MARK}") and notices.is_opening(rest):
                self.unmarked_labels.add(start[:-1])
                self.labelled(start[:-1], rest)

    def messages(self, columns: Columns, bodies: list[bytes]) -> None:
        r = self.result
        self.days(columns)
        self.counts.update(columns.prefixes)
        for prefix in islice(r.values.prefixes, len(self.authors), None):
            self.authors.append(self.author(prefix))
        for place in places(columns.prefixes, NO_PREFIX):
            self.unnamed(_first_line(bodies[place]))
        if self.colons.suspects:
            for number, body in zip(columns.prefixes, bodies, strict=True):
                author = self.authors[number]
                if author is not None and author in self.colons.suspects:
                    self.colons.line(author, _first_line(body)[:LONGEST_LINE])
        if r.values.labels:
            for place in columns.doubtful:
                author, text = self.authors[columns.prefixes[place]], _first_line(bodies[place])
                if author is not None and text.startswith(LABEL_MARK) and is_labelled_notice(text):
                    self.labelled(author, text)

    def days(self, columns: Columns) -> None:
        r = self.result
        r.first = r.first or columns.times[0]
        r.last = columns.times[-1]
        r.total += len(columns.times)
        for day, length in columns.days:
            if r.run_day and r.run_day[-1] == day:
                r.run_length[-1] += length
            else:
                r.run_day.append(day)
                r.run_length.append(length)
        if len(r.values.prefixes) > _MOST_PREFIXES or len(r.values.days) > _MOST_DATES or len(r.run_day) > _MOST_RUNS:
            raise Unreadable("has more authors or dates than any conversation; this is no chat export", where=self.name)

    def author(self, prefix: bytes) -> str | None:
        """The author that a new prefix is of; None where it is a notice's beginning, or empty."""
        raw = prefix[:-2].decode()
        if prefix and self.is_author(raw):
            return raw
        if prefix:
            self.notice(prefix.decode(), 0)
        return None

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

    def finish(self) -> Survey:
        r = self.result
        for author, (prefix, number) in zip(self.authors, r.values.prefixes.items(), strict=True):
            if author is not None:
                r.lines[author] += self.counts[number]
            elif prefix:
                r.system += self.counts[number]
        for raw in self.unmarked_labels:
            if not r.is_label(raw):  # somebody who quotes the notice among other messages
                del r.labelled[raw]
        r.longer = {raw: names for raw, names in self.colons.found().items() if not r.labelled[raw]}
        r.system += r.labelled.total()
        for line in range(1, r.head_lines + 1):
            r.met.add("head_lines_dropped", line)
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
