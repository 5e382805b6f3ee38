"""The one pattern by which a file of a known shape is split into messages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from egregora.ingest.whatsapp import markers
from egregora.ingest.whatsapp.header import Header, Shape
from egregora.ingest.whatsapp.text import MARK, MARKS, SPACE

PREFIX = r"[^:\n]{0,128}(?::(?![ \n]|\Z)[^:\n]{0,128}){0,3}(?::(?=[ \n]|\Z))?"
"""From a header to the author's colon; without a colon at its end it is a notice's start."""

LABEL_MARK = "\u200e"
"""What an iPhone puts before notices that it gives an author."""

LONGEST_LINE = 400


@dataclass(frozen=True, slots=True)
class Patterns:
    """Patterns over a block of text, in which every line starts with ``\\n``.

    `split` has three groups, the header's halves and what may be an author, and parts a block into messages;
    `date_half` says which half has the date. `survey` has the date, what stands before the first colon with that colon
    and a space after it, and, only where authors may write notices, the first line of a body that starts with a mark.
    `lines` has the date, what `PREFIX` says, and the first line of a body. `date` and `time` search one half: groups
    a, b, c and h, mi, sec, before, after.
    """

    split: re.Pattern[str]
    date_half: int
    survey: re.Pattern[str]
    lines: re.Pattern[str]
    date: re.Pattern[str]
    time: re.Pattern[str]


def patterns(headers: Iterable[Header]) -> Patterns:
    """Make the patterns for the shape that all `headers` share.

    Plain ASCII headers get patterns that look for nothing else, which is twice as fast. One phone writes an export in
    one go, so what the first few hundred headers do, all do; only a mark of direction before a line is always allowed.
    """
    seen = list(headers)
    bare = (h.raw.lstrip(MARKS).translate(_ASCII_SIGNS) for h in seen)
    build = _Build(
        shape=seen[0].shape,
        strict=all(map(str.isascii, bare)),
        marker=markers.pattern({h.marker for h in seen if h.marker}),
        before=any(h.marker_first for h in seen),
    )
    start = rf"\n{build.header(date_group=True)}"
    marked = rf"((?:(?<=: ){LABEL_MARK}[^\n]{{0,{LONGEST_LINE}}})?)" if seen[0].shape.bracket else ""
    return Patterns(
        split=re.compile(rf"\n{build.header(halves=True)}(?:([^:\n]{{0,128}}): )?"),
        date_half=2 if build.shape.time_first else 1,
        survey=re.compile(rf"{start}([^:\n]{{0,128}}(?:: ?)?){marked}"),
        lines=re.compile(rf"{start}({PREFIX})([^\n]{{0,{LONGEST_LINE}}})"),
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

    def header(self, *, date_group: bool = False, halves: bool = False) -> str:
        shape, mark = self.shape, self.mark
        date, time = self.date(), self.time()
        if date_group:
            date = f"({date})"
        first, second = (time, date) if shape.time_first else (date, time)
        start = MARK + (rf"\[{mark}" if shape.bracket else "") + first + self.joiner()
        end = f"{second}{mark}{self.close()}"
        return f"({start})({end})" if halves else start + end

    @property
    def mark(self) -> str:
        return "" if self.strict else MARK

    def number(self, low: int, high: int, name: str | None) -> str:
        digit = "[0-9]" if self.strict else r"\d"
        text = f"{digit}{{{high}}}" if low == high else f"{digit}{{{low},{high}}}"
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
        gap = f"{SPACE}*" if self.shape.first in "年년" or comma else f"{SPACE}+"
        word = f"(?i:{re.escape(words)}){SPACE}+" if words else ""
        return f"{mark}{comma}{mark}{gap}{word}{mark}"

    def time(self, *, named: bool = False) -> str:
        names = ("h", "mi", "sec") if named else (None, None, None)
        m = self.mark
        separator = f"{m}{SPACE}?h{SPACE}?{m}" if self.shape.clock == "h" else f"{m}{re.escape(self.shape.clock)}{m}"
        text = self.clock(names[0], "[01]?[0-9]|2[0-4]", 1) + separator + self.clock(names[1], "[0-5][0-9]", 2)
        if self.shape.seconds:
            text += separator + self.clock(names[2], "[0-5][0-9]", 2)
        marker = f"(?i:{self.marker})"
        if self.marker and self.before:
            text = (f"(?:(?P<before>{marker})" if named else f"(?:{marker}") + f"{m}{SPACE}*)?{m}{text}"
        elif self.marker:
            text += f"{m}(?:{SPACE}*" + (f"(?P<after>{marker})" if named else marker) + ")?"
        if self.shape.oclock:
            text += f"{m}(?:{SPACE}?(?i:{re.escape(self.shape.oclock)}))?"
        return text

    def close(self) -> str:
        match self.shape.close:
            case "]":
                return rf"\]{self.mark}{SPACE}?"
            case "-":
                return f"{SPACE}*[-–—]{SPACE}"
            case "":
                return SPACE
            case sign:
                return re.escape(sign) + SPACE
