"""The one pattern by which a file of a known shape is cut into messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from egregora.ingest.lines import LONGEST, too_long
from egregora.ingest.whatsapp import markers
from egregora.ingest.whatsapp.header import Header, Shape
from egregora.ingest.whatsapp.text import MARK, MARKS, SPACE

PREFIX = r"[^:\n]{0,128}(?::(?![ \n]|\Z)[^:\n]{0,128}){0,3}(?::(?=[ \n]|\Z))?"
"""From a header to the author's colon; without a colon at its end it is a notice's start."""

LONGEST_LINE = 400

_DASH = "[-–—]"


@dataclass(frozen=True, slots=True)
class Cut:
    """What cuts a block: into the text before its first message and, for each, four parts.

    These are its date and its time, in places that differ; its prefix, which is what may be an author with colon and
    space, or empty; and its text. Where there is a `wider` pattern, which would have cut more, all that is left out of
    the parts is ASCII.
    """

    split: Callable[[bytes], list[bytes]]
    date: int
    time: int
    wider: re.Pattern[bytes] | None = None
    prefix: ClassVar = 3
    text: ClassVar = 4
    step: ClassVar = 4

    def check(self, texts: bytes) -> None:
        """See that nothing was missed in texts that were cut, nor is damaged; a cut that is the widest misses nothing.

        Raises `Missed`, and `UnicodeDecodeError`.
        """
        if self.wider:
            texts.decode()
            if self.wider.search(texts):
                raise Missed


class Missed(Exception):
    """A message starts within what was cut as a text, or a text was cut at what starts none."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """Patterns over a block of text, in which every line starts with ``\\n``.

    `message` matches the start of one, with groups date, time and prefix as `Cut` tells them; `exact` does for headers
    to the letter like those seen, where these are alike. `lines` has the date, what `PREFIX` says, and the first line
    of a body. `date` and `time` search their part: groups a, b, c and h, mi, sec, before, after. `strict` says that
    headers are ASCII but for spaces and dashes, and `labels` that authors may write notices, after a mark.
    """

    message: str
    exact: re.Pattern[bytes] | None
    time_first: bool
    strict: bool
    labels: bool
    lines: re.Pattern[str]
    date: re.Pattern[str]
    time: re.Pattern[str]

    def cuts(self, skip: Collection[str] = ()) -> list[Cut]:
        """What cuts a block, the narrowest and quickest first. A header with a date among `skip` is text."""
        date, time = (2, 1) if self.time_first else (1, 2)
        if not self.strict or skip:
            return [Cut(_split_text(re.compile(self.message), frozenset(skip)), date, time)]
        wide = _on_bytes(self.message)
        exact = [Cut(self.exact.split, date, time, wide)] if self.exact else []
        return [*exact, Cut(wide.split, date, time)]


_KEEP = "surrogateescape"
"""A block may begin or end within a character, where a line is endless."""


def _on_bytes(pattern: str) -> re.Pattern[bytes]:
    """A pattern's work done on UTF-8.

    Of characters that are not ASCII one is a choice, and many are a run of their bytes.
    """
    for kind in (MARK[:-1], SPACE, _DASH):
        pattern = pattern.replace(f"{kind}*", _bytes(kind.encode()[1:-1]) + "*")
        pattern = pattern.replace(f"{kind}?", f"(?:{'|'.join(kind[1:-1])}|)").replace(
            kind, f"(?:{'|'.join(kind[1:-1])})"
        )
    return re.compile(pattern.encode())


def _bytes(values: bytes) -> str:
    return "[" + "".join(f"\\x{byte:02x}" for byte in sorted(set(values))) + "]"


def _split_text(pattern: re.Pattern[str], skip: frozenset[str]) -> Callable[[bytes], list[bytes]]:
    def split(block: bytes) -> list[bytes]:
        text = block.decode(errors=_KEEP)
        parts, last = [], 0
        for match in pattern.finditer(text):
            if match["date"] not in skip:
                parts += [text[last : match.start()], *match.groups()]
                last = match.end()
        return [part.encode(errors=_KEEP) for part in (*parts, text[last:])]

    plain = pattern.split
    return split if skip else lambda block: [part.encode(errors=_KEEP) for part in plain(block.decode(errors=_KEEP))]


def messages_in(blocks: Iterable[bytes], cut: Cut, name: str) -> Iterator[tuple[int, list[bytes]]]:
    """What blocks are cut into, with the block's number, every message whole: with what stands in blocks that follow.

    The end of the last line is left out. Raises `Unreadable`, naming the file, where a message has no end.
    """
    origin, held = 0, list[bytes]()
    last, length = list[bytes](), 0
    for number, block in enumerate(blocks):
        parts = cut.split(block)
        if held:
            last.append(parts[0])
            length += len(parts[0])
            parts[0] = b""
            if length > LONGEST:
                raise too_long(name)
        if len(parts) > 1:
            if held:
                held[-1] = b"".join(last)
                yield origin, held
            origin, held = number, parts
            last, length = [parts[-1]], len(parts[-1])
        elif not held:
            yield number, parts
    if held:
        held[-1] = b"".join(last).removesuffix(b"\n")
        yield origin, held


def patterns(headers: Iterable[Header]) -> Patterns:
    """Make the patterns for the shape that all `headers` share.

    Plain ASCII headers get patterns that look for nothing else, and in the bytes themselves. One phone writes an
    export in one go, so what the first few hundred headers do, all do; only a mark of direction before a line is
    always allowed.
    """
    seen = list(headers)
    bare = (h.raw.lstrip(MARKS).translate(_ASCII_SIGNS) for h in seen)
    build = _Build(
        shape=seen[0].shape,
        strict=all(map(str.isascii, bare)),
        marker=markers.pattern({h.marker for h in seen if h.marker}),
        before=any(h.marker_first for h in seen),
    )
    exact = (replace(build, exact=True, padded=padded).message_for(h.raw for h in seen) for padded in (True, False))
    return Patterns(
        message=build.message(),
        exact=next(filter(None, exact), None),
        time_first=build.shape.time_first,
        strict=build.strict,
        labels=build.shape.bracket,
        lines=re.compile(rf"\n{build.header(('date',))}({PREFIX})([^\n]{{0,{LONGEST_LINE}}})"),
        date=re.compile(build.date(named=True)),
        time=re.compile(build.time(named=True)),
    )


_ASCII_SIGNS = {ord(c): " " for c in SPACE[1:-1]} | {ord(c): "-" for c in "–—"}


@dataclass(frozen=True, slots=True)
class _Build:
    shape: Shape
    strict: bool
    marker: str
    before: bool
    exact: bool = False
    padded: bool = False

    def message(self) -> str:
        return f"\n{self.header(('date', 'time'))}(?P<prefix>[^:\n]{{0,512}}+: |)"

    def message_for(self, raw: Iterable[str]) -> re.Pattern[bytes] | None:
        """The pattern for a message, if it is ASCII and all these headers are matched by it."""
        text = self.message()
        pattern = re.compile(text.encode()) if text.isascii() else None
        lines = (b"\n" + header.encode() for header in raw)
        return pattern if pattern and all(map(pattern.fullmatch, lines)) else None

    def header(self, wanted: Collection[str]) -> str:
        shape, mark = self.shape, self.mark
        date, time = _group("date", self.date(), wanted), _group("time", self.time(), wanted)
        first, second = (time, date) if shape.time_first else (date, time)
        before = "" if self.exact else f"{MARK}+"
        start = before + (rf"\[{mark}" if shape.bracket else "") + first + self.joiner()
        pattern = f"{start}{second}{mark}{self.close()}"
        return pattern.replace(SPACE, " ") if self.exact else pattern

    @property
    def mark(self) -> str:
        return "" if self.strict else MARK

    def usual(self, text: str, pattern: str) -> str:
        """A pattern that mostly matches one text, which is tried first, or alone, where that is quick."""
        return text if self.exact else f"(?:{text}|{pattern})" if self.strict else pattern

    def number(self, low: int, high: int, name: str | None) -> str:
        if self.padded:
            text = high * "."  # the values tell what is none
        elif self.strict:
            text = low * "[0-9]" + (high - low) * "[0-9]?+"  # no digit follows, so that none need be given back
        else:
            text = rf"\d{{{low},{high}}}"
        return f"(?P<{name}>{text})" if name else text

    def clock(self, name: str | None, numbers: str, low: int) -> str:
        """A part of a time: one that exists, as far as its digits are ASCII."""
        text = numbers if self.strict else rf"{numbers}|[^\D0-9]{{{low},2}}"
        return f"(?P<{name}>{text})" if name else f"(?:{text})"

    def date(self, *, named: bool = False) -> str:
        fields = [
            self.number(4, 4, n) if i == self.shape.year else self.number(1, 2, n)
            for i, n in enumerate("abc" if named else (None, None, None))
        ]
        m, optional = self.mark, f"{SPACE}?"
        first, second = (
            re.escape(s) + (optional if s in ".年년月월" else "") for s in (self.shape.first, self.shape.second)
        )
        tail = self.mark + optional + re.escape(self.shape.tail) if self.shape.tail else ""
        return f"{fields[0]}{m}{first}{m}{fields[1]}{m}{second}{m}{fields[2]}{tail}"

    def joiner(self) -> str:
        words = self.shape.joiner
        mark, comma = self.mark, ""
        if words[:1] in {",", "،", "、"}:
            comma, words = re.escape(words[0]), words[1:].strip()
        gap = self.usual(" ", f"{SPACE}*") if self.shape.first in "年년" or comma else f"{SPACE}+"
        word = f"(?i:{re.escape(words)}){SPACE}+" if words else ""
        return f"{mark}{comma}{mark}{gap}{word}{mark}"

    def time(self, *, named: bool = False) -> str:
        names = ("h", "mi", "sec") if named else (None, None, None)
        m = self.mark
        separator = f"{m}{SPACE}?h{SPACE}?{m}" if self.shape.clock == "h" else f"{m}{re.escape(self.shape.clock)}{m}"
        hours = "[0-2][0-9]" if self.padded else "[01]?[0-9]|2[0-4]"
        text = self.clock(names[0], hours, 1) + separator + self.clock(names[1], "[0-5][0-9]", 2)
        if self.shape.seconds:
            text += separator + self.clock(names[2], "[0-5][0-9]", 2)
        marker = f"(?i:{self.marker})"
        if self.marker and self.before:
            text = (f"(?:(?P<before>{marker})" if named else f"(?:{marker}") + f"{m}{SPACE}*)?{m}{text}"
        elif self.marker:
            text += f"{m}(?:{SPACE}*" + (f"(?P<after>{marker})" if named else marker) + "|)"
        if self.shape.oclock:
            text += f"{m}(?:{SPACE}?(?i:{re.escape(self.shape.oclock)}))?"
        return text

    def close(self) -> str:
        match self.shape.close:
            case "]":
                return rf"\]{self.mark}" + self.usual(" ", f"{SPACE}?")
            case "-":
                return self.usual(" - ", f"{SPACE}*{_DASH}{SPACE}")
            case "":
                return SPACE
            case sign:
                return re.escape(sign) + SPACE


def _group(name: str, pattern: str, wanted: Collection[str]) -> str:
    return f"(?P<{name}>{pattern})" if name in wanted else pattern
