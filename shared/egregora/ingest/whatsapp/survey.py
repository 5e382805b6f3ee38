"""The first pass: what holds for a whole file, without keeping a body."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import compress, groupby

from egregora.errors import Unreadable
from egregora.ingest import ByteSource
from egregora.ingest.whatsapp import kinds, notices
from egregora.ingest.whatsapp.names import ColonNames
from egregora.ingest.whatsapp.order import Fields
from egregora.ingest.whatsapp.pattern import LONGEST_LINE, PREFIX, Patterns
from egregora.ingest.whatsapp.stamps import numbers
from egregora.ingest.whatsapp.text import Damage, blocks

_PREFIX = re.compile(PREFIX)

_MOST_AUTHORS = 200_000
_MOST_DATES = 200_000
_MOST_NOTICES = 20_000
_OPENING_LINES = 5
_LONGEST_MESSAGE = 16 * 1024 * 1024


@dataclass(slots=True)
class Survey:
    """Counts and facts of a file.

    `lines` counts messages by what stands before their colon, in order of appearance; `labelled` those among them that
    are notices. `notices` are the distinct ones without an author, as far as `_MOST_NOTICES`; `opened` says
    that one of the first lines is such as stands at the start of a chat. `head_lines` precede the first header.
    """

    total: int = 0
    system: int = 0
    lines: Counter[str] = field(default_factory=Counter)
    labelled: Counter[str] = field(default_factory=Counter)
    label_texts: dict[str, str] = field(default_factory=dict)
    notice_starts: set[str] = field(default_factory=set)
    notices: dict[str, None] = field(default_factory=dict)
    dates: Counter[str] = field(default_factory=Counter)
    runs: list[Fields] = field(default_factory=list)
    first_headers: list[tuple[str, str]] = field(default_factory=list)
    last_headers: list[tuple[str, str]] = field(default_factory=list)
    opened: bool = False
    head_lines: int = 0
    longer: dict[str, Counter[str]] = field(default_factory=dict)
    damage: Damage = field(default_factory=Damage)

    def fields(self) -> dict[Fields, int]:
        """Messages by date, as numbers."""
        counts: Counter[Fields] = Counter()
        for text, n in self.dates.items():
            counts[numbers(text)] += n
        return counts

    def is_label(self, prefix: str) -> bool:
        """Whether what stands before the colon is nobody's name: all its lines are notices."""
        return self.lines[prefix] == self.labelled[prefix]


def survey(source: ByteSource, patterns: Patterns, skip: frozenset[str] = frozenset()) -> Survey:
    """Read a file once. Headers with a date among `skip` are text. Raises `Unreadable` where it is no conversation."""
    surveyor = _Surveyor(source.name, patterns, skip)
    for block in blocks(source, surveyor.result.damage):
        surveyor.block(block)
    return surveyor.finish()


@dataclass(slots=True)
class _Surveyor:
    name: str
    patterns: Patterns
    skip: frozenset[str]
    result: Survey = field(default_factory=Survey)
    colons: ColonNames = field(default_factory=ColonNames)
    unmarked_labels: set[str] = field(default_factory=set)
    last_date: str = ""
    last_block: str = ""
    open_length: int = 0

    def block(self, block: str) -> None:
        r = self.result
        dates, prefixes, marked = self.columns(block)
        if not dates:
            self.open_length += len(block)
            if r.total == 0:
                r.head_lines += block.count("\n")
            elif self.open_length > _LONGEST_MESSAGE:
                raise Unreadable(
                    "one message is longer than 16 MiB; this is no chat export, or a damaged one", where=self.name
                )
            return
        if r.total == 0:
            self.opening(block)
        self.open_length = 0
        self.last_block = block
        r.total += len(dates)
        self.dates(dates)
        self.prefixes(Counter(prefixes), block)
        if any(marked):
            self.marked(prefixes, marked)
        if len(r.lines) > _MOST_AUTHORS or len(r.dates) > _MOST_DATES:
            raise Unreadable("has more authors or dates than any conversation; this is no chat export", where=self.name)

    def columns(self, block: str) -> tuple[list[str], list[str], list[str]]:
        """Dates, what stands before colons, and marked first lines: one of each a message, but none marked at all."""
        parts = self.patterns.survey.split(block)
        step = self.patterns.survey.groups + 1
        columns = (parts[1::step], self.whole(parts, step), parts[3::step] if step > 3 else [])
        if self.skip.isdisjoint(columns[0]):
            return columns
        kept = [day not in self.skip for day in columns[0]]
        dates, prefixes, marked = (list(compress(column, kept)) for column in columns)
        return dates, prefixes, marked

    def whole(self, parts: list[str], step: int) -> list[str]:
        """What stands before each message's colon as `PREFIX` has it: few have a colon without a space after it."""
        prefixes = parts[2::step]
        doubtful = {p for p in set(prefixes) if p[-1:] == ":"}
        if doubtful:
            for n, prefix in enumerate(prefixes):
                if prefix in doubtful:
                    match = _PREFIX.match(prefix + parts[(n + 1) * step])
                    prefixes[n] = match[0] if match else ""
        return prefixes

    def dates(self, dates: list[str]) -> None:
        r = self.result
        r.dates.update(dates)
        for text, _ in groupby(dates):
            if text != self.last_date:
                self.last_date = text
                if len(r.runs) < _MOST_DATES:
                    r.runs.append(numbers(text))

    def prefixes(self, counts: Counter[str], block: str) -> None:
        r = self.result
        authors: set[str] = set()
        for prefix, n in counts.items():
            raw = _author(prefix)
            if raw is None:
                self.notice(prefix, n)
                continue
            if raw not in r.lines and notices.is_notice(raw):
                r.notice_starts.add(raw)
                self.notice(prefix, n)
                continue
            r.lines[raw] += n
            authors.add(raw)
        wanted = self.colons.suspect(authors)
        if wanted:
            for day, prefix, body in self.patterns.lines.findall(block):
                if prefix[:-1] in wanted and prefix[-1:] == ":" and day not in self.skip:
                    self.colons.line(prefix[:-1], body)

    def notice(self, text: str, n: int) -> None:
        r = self.result
        r.system += n
        if len(r.notices) < _MOST_NOTICES:
            r.notices.setdefault(text)

    def marked(self, prefixes: list[str], marked: list[str]) -> None:
        r = self.result
        for prefix, body in zip(prefixes, marked, strict=True):
            raw = _author(prefix) if body else None
            if raw is not None and raw not in r.notice_starts and is_labelled_notice(body):
                r.labelled[raw] += 1
                r.label_texts.setdefault(raw, body)

    def opening(self, block: str) -> None:
        """Look at the first lines: an Android phone may give the notice of encryption the group's name as author."""
        r = self.result
        r.first_headers = _headers(self.patterns, block)
        start = next(m.start() for m in self.patterns.survey.finditer(block) if m[1] not in self.skip)
        before = block[:start]
        r.head_lines = r.head_lines + before.count("\n") if r.head_lines or before.strip() else 0
        for count, match in enumerate(self.patterns.lines.finditer(block)):
            if count >= _OPENING_LINES:
                break
            day, prefix, body = match.groups()
            if day in self.skip:
                continue
            r.opened = r.opened or notices.is_opening(prefix + body)
            if prefix[-1:] == ":" and not body.startswith(" \u200e") and notices.is_opening(body):
                self.unmarked_labels.add(prefix[:-1])
                r.labelled[prefix[:-1]] += 1
                r.label_texts.setdefault(prefix[:-1], body)

    def finish(self) -> Survey:
        r = self.result
        for raw in self.unmarked_labels:
            if not r.is_label(raw):  # somebody who quotes the notice among other messages
                del r.labelled[raw]
        r.longer = {raw: names for raw, names in self.colons.found().items() if not r.labelled[raw]}
        r.system += r.labelled.total()
        r.last_headers = _headers(self.patterns, self.last_block)
        return r


def _author(prefix: str) -> str | None:
    """What stands before the colon that ends `prefix`, with or without a space after it; None for a notice."""
    return prefix[:-2] if prefix.endswith(": ") else prefix[:-1] if prefix.endswith(":") else None


def _headers(patterns: Patterns, block: str) -> list[tuple[str, str]]:
    return [(m[1], m[2]) for m in patterns.split.finditer(block)]


def is_labelled_notice(body: str) -> bool:
    """Whether a body that starts with a mark, under an iPhone's brackets, is a notice: whatever is nothing else.

    Only its first `LONGEST_LINE` characters are looked at, for the first pass keeps no more.
    """
    first = body.lstrip(" ").partition("\n")[0][:LONGEST_LINE].rstrip()
    reading = kinds.read(first)
    return reading.kind == "text" and not reading.edited and not first.endswith((":", "："))  # a poll's first line


def media_days(source: ByteSource, patterns: Patterns) -> Iterator[tuple[Fields, date]]:
    """Pairs of a message's date and the day in the name of the media sent with it."""
    for block in blocks(source):
        for day, _, body in patterns.lines.findall(block):
            digits = kinds.media_dates(body.strip())
            if digits:
                try:
                    yield numbers(day), date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
                except ValueError:
                    continue
