"""What starts a message: a stamp in one of many shapes, of which a file keeps one from first line to last."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from egregora.ingest.whatsapp.markers import pattern as marker_pattern
from egregora.ingest.whatsapp.markers import squeeze
from egregora.ingest.whatsapp.text import MARK, MARKS, SPACE, ascii_digits, plain

LOOKED_AT = 90
"""Characters of a line that may hold a header."""

_JOINERS = (
    "klo|kl\\.?|um|à|às|a las|a les|at|alle|ore|ora|la|la ora|om|ob|о|об|в|у|u|o|os|orada|saat|lúc|pukul|pada|στις|"
    "de|a|á|ás|ve|v|ku|kell|plkst\\.|godz\\.|เวลา"
)
_TAILS = "г\\.?|р\\.?|r\\.?|g\\.?|m\\.?|ж\\.?"  # "of the year", after a date
_CLOCKS = "ч\\.?|год\\.?|uhr|uur|น\\.?|h"  # "o'clock", after a time


def _generic() -> re.Pattern[str]:
    markers = marker_pattern()
    s, m = SPACE, MARK
    date = (
        rf"(?:(?P<a>\d{{1,4}}){m}(?P<s1>[年년]{s}?|[/-]|\.{s}?){m}(?P<b>\d{{1,4}}){m}(?P<s2>[月월]{s}?|[/-]|\.{s}?){m}"
        rf"(?P<c>\d{{1,4}})(?![0-9]){m}(?P<tail>日|일|\.?(?:{s}?(?:{_TAILS})(?=[,،]|{s}))?|))"
    )
    joiner = rf"(?P<joiner>{m}[,،、]?{m}{s}*(?:(?:{_JOINERS}){s}+)?)"
    time = (
        rf"{m}(?:(?P<before>{markers}){m}{s}*)?{m}(?P<h>\d{{1,2}}){m}(?P<ts>[:.]|{s}?h{s}?){m}(?P<mi>\d\d)"
        rf"(?:{m}(?P=ts){m}(?P<sec>\d\d))?(?!\d){m}(?:{s}*(?P<after>{markers})(?!\w))?{m}(?P<clock>{s}?(?:{_CLOCKS}))?{m}"
    )
    close = rf"(?P<close>\]{m}{s}?|{s}*[-–—]{s}|[:;]{s}|{s})"
    return re.compile(rf"{m}(?P<open>\[?){m}{date}{joiner}{time}{close}", re.IGNORECASE)


_TIME_FIRST = re.compile(
    rf"{MARK}(?P<open>\[?){MARK}(?P<h>\d{{1,2}}):(?P<mi>\d\d)(?::(?P<sec>\d\d))?(?P<joiner>,?{SPACE})"
    rf"(?P<a>\d{{1,4}})(?P<s1>[/.-])(?P<b>\d{{1,2}})(?P<s2>[/.-])(?P<c>\d{{1,4}})(?P<close>\]{SPACE}?|{SPACE}[-–—]{SPACE})"
)

_COMMON = re.compile(
    rf"{MARK}(?P<open>\[?)(?P<a>[0-9]{{1,4}})(?P<s1>[/.-])(?P<b>[0-9]{{1,2}})(?P<s2>[/.-])(?P<c>[0-9]{{1,4}})"
    r"(?P<joiner>, )(?P<h>[0-9]{1,2})(?P<ts>:)(?P<mi>[0-9]{2})(?::(?P<sec>[0-9]{2}))?(?: (?P<after>[AaPp][Mm]))?"
    r"(?P<close>\] | - )"
)
"""What most headers match, as the generic pattern would, which takes long to make."""

_NUMBERS = re.compile(rf"[{MARKS}\[]*\d(?:\d*\D+\d){{4}}")
"""What every header holds: five numbers."""

_DATED = re.compile(
    rf"{MARK}\[?{MARK}\d{{1,4}}{MARK}(?:[/.-]|\.{SPACE}|[年년]{SPACE}?){MARK}\d{{1,2}}{MARK}"
    rf"(?:[/.-]|\.{SPACE}|[月월]{SPACE}?){MARK}\d{{1,4}}(?!\.?\d)"
)


@lru_cache(maxsize=1)
def generic() -> re.Pattern[str]:
    """One pattern for headers of every shape; made when first needed, for it is long."""
    return _generic()


@dataclass(frozen=True, slots=True)
class Shape:
    """What all headers of a file share. Separators are normalised; `year` is the place of a four-digit field, or -1."""

    bracket: bool
    first: str
    second: str
    tail: str
    year: int
    joiner: str
    clock: str
    seconds: bool
    oclock: str
    close: str
    time_first: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """One line's header: its shape, its parts with ASCII digits, the text itself and what follows it."""

    shape: Shape
    fields: tuple[str, str, str]
    time: tuple[int, int, int]
    marker: str
    marker_first: bool
    marker_upper: bool
    raw: str
    rest: str


@lru_cache(maxsize=512)
def parse(line: str) -> Header | None:
    """Read the header at the start of `line`, whatever its shape; None where there is none."""
    head = line[:LOOKED_AT]
    match = _COMMON.match(head)
    if not match and _NUMBERS.match(head):
        match = generic().match(head) or _TIME_FIRST.match(head)
    return _header(match, line[match.end() :]) if match else None


def _header(match: re.Match[str], rest: str) -> Header | None:
    parts = {key: ascii_digits(plain(value)) if value else "" for key, value in match.groupdict().items()}
    fields = (parts["a"], parts["b"], parts["c"])
    years = [i for i, f in enumerate(fields) if len(f) == 4]
    if len(years) > 1 or any(len(f) == 3 for f in fields):
        return None
    bracket = parts["open"] == "["
    close = parts["close"].strip()
    close = "-" if close and close in "-–—" else close
    spaced = parts["s1"] == ". " and parts.get("tail") == "."
    if bracket != (close == "]") or (close == "" and not spaced):
        return None  # "13. 6. 2018. 21:25:15 a: m" is the one shape without a mark between stamp and author
    time = (int(parts["h"]), int(parts["mi"]), int(parts["sec"] or 0))
    if time[0] > 24 or time[1] > 59 or time[2] > 60:
        return None
    shape = Shape(
        bracket=bracket,
        first=parts["s1"].strip(),
        second=parts["s2"].strip(),
        tail=parts.get("tail", "").strip(),
        year=years[0] if years else -1,
        joiner=" ".join(parts["joiner"].casefold().split()),
        clock=parts.get("ts", ":").strip(),
        seconds=bool(parts["sec"]),
        oclock=parts.get("clock", "").strip().casefold(),
        close=close,
        time_first="ts" not in parts,
    )
    marker = parts.get("before") or parts.get("after") or ""
    return Header(
        shape,
        fields,
        time,
        squeeze(marker),
        bool(parts.get("before")),
        marker in {"AM", "PM"},
        match[0],
        rest[:LOOKED_AT],
    )


def looks_dated(line: str) -> bool:
    """Whether a line starts with something like a date of three fields."""
    return _DATED.match(line) is not None


@dataclass(frozen=True, slots=True)
class Look:
    """What a sample of lines says: the headers of the shape that most of them have, and how many lines look dated."""

    headers: tuple[Header, ...]
    dated: int

    @property
    def shape(self) -> Shape:
        """The one shape."""
        return self.headers[0].shape


def look(lines: Iterable[str]) -> Look:
    """Find the shape that most headers among `lines` have; on a tie, the first."""
    found: list[Header] = []
    dated = 0
    for line in lines:
        header = parse(line)
        if header:
            found.append(header)
        dated += header is not None or looks_dated(line)
    if not found:
        return Look((), dated)
    shape = Counter(h.shape for h in found).most_common(1)[0][0]
    return Look(tuple(h for h in found if h.shape == shape), dated)
