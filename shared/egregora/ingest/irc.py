"""IRC logs as irssi, WeeChat and ZNC write them: one file a channel, or one a day.

    irssi     10:01 <@ann> hi        10:02  * ann waves      10:03 -!- bob [b@host] has joined #room
    WeeChat   2023-05-13 10:01:00<TAB>@ann<TAB>hi    …<TAB> *<TAB>ann waves    …<TAB>--><TAB>bob (b@host) has …
    ZNC       [10:01:00] <ann> hi    [10:02:00] * ann waves  [10:03:00] *** Joins: bob (b@host)

irssi names the day in lines of their own, ZNC in the file's name. Times are those of the computer that logged.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import PurePosixPath
from typing import Literal

from egregora.ingest import ByteSource, Export, Warning, join  # noqa: A004
from egregora.ingest.days import MONTHS
from egregora.ingest.instants import from_iso
from egregora.ingest.lines import Notes, head_lines, lines
from egregora.ingest.survey import Survey, export
from egregora.message import Message

_TIME = r"(?P<time>\d{2}:\d{2}(?::\d{2})?)"
_DATE = r"(?:(?P<date>\d{4}-\d{2}-\d{2})[ T])?"
_NICK = r"[^\s<>:]{1,64}"
_SAID = rf"<[ @+%&~!]?(?P<nick>{_NICK})>(?: (?P<said>.*))?"
_NOTICE = rf"-(?P<from>{_NICK})(?::[#&][^\s-]*)?- (?P<notice>.*)"
_DID = rf" ?\* [@+%&~!]?(?P<actor>{_NICK}) (?P<did>.*)"
_LINE = re.compile(rf"\[?{_DATE}{_TIME}\]? (?:{_SAID}|(?:-!-|\*\*\*) (?P<event>.*)|{_DID}|{_NOTICE})")
_WEECHAT = re.compile(rf"{_DATE}{_TIME}\t(?P<prefix>[^\t]{{0,80}})\t(?P<text>.*)")
_ARROWS = frozenset({"-->", "<--", "--", "=!=", "<->", ""})
_DAY = re.compile(
    r"--- (?:Log opened|Day changed) \w{3} (?P<month>\w{3}) (?P<day>\d{2}) (?:\d{2}:\d{2}:\d{2} )?(?P<year>\d{4})"
)
_MARK = re.compile(r"--- Log (?:opened|closed) |--- Day changed ")
_NAMED_DAY = re.compile(r"(?<!\d)(?P<year>(?:19|20)\d{2})[-_.]?(?P<month>\d{2})[-_.]?(?P<day>\d{2})(?!\d)")
_CHANNEL = re.compile(r"(?P<channel>[#&][^\s/\\,]+)[^#&]*\Z")
_JOINED = re.compile(r"\bjoined (?P<channel>[#&][^\s,]+)")
_SUFFIXES = frozenset({".log", ".txt", ".weechatlog", ".irc"})
_COLOURS = re.compile(r"\x03(?:\d{1,2}(?:,\d{1,2})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]")
_ENOUGH = 0.6


@dataclass(frozen=True, slots=True)
class Irc:
    """The reader of IRC logs."""

    now: datetime
    format: Literal["irc"] = "irc"

    def detect(self, source: ByteSource, head: bytes) -> float:
        """How many of the first lines are written as one of the three programs writes them."""
        first = [line for line in head_lines(head) if line.strip()][:200]
        known = [line for line in first if _LINE.match(line) or _WEECHAT.match(line) or _MARK.match(line)]
        spoken = any((m := _read(line)) and m.author for line in known)
        marked = any(map(_MARK.match, first))
        if not first or len(known) < _ENOUGH * len(first) or not (spoken or marked):
            return 0.0
        return 0.96 if len(known) > 1 or marked else 0.55

    def read(self, sources: Sequence[ByteSource], group: Sequence[ByteSource]) -> Export:
        """One chat for each channel; files of one channel are joined, in the order of their days."""
        channels: defaultdict[str, list[ByteSource]] = defaultdict(list)
        for source in sources:
            channels[_undated(source.name)].append(source)
        return join(_channel(sorted(files, key=_day_and_name)) for files in channels.values())


def _channel(files: Sequence[ByteSource]) -> Export:
    survey, warnings, joined = Survey(), [], None
    for file in files:
        met, undated = Notes(), 0
        for message in _messages((file,), met):
            survey.add(message)
            undated += message.time is None
            if message.kind == "system" and not joined:
                joined = _JOINED.search(message.text)
        warnings += met.warnings(file.name)
        if undated:
            warnings.append(Warning("no_date", undated, "neither a line nor the file's name tells the day", file.name))
    channel = _CHANNEL.search(_undated(files[0].name)) or joined
    name = channel["channel"] if channel else _undated(PurePosixPath(files[0].name).name) or "IRC"
    return export(files, [survey.chat("irc", name, partial(_messages, files), named=bool(channel))], warnings)


def _undated(path: str) -> str:
    """A path without suffix and without the day that ends it."""
    parent, slash, base = path.rpartition("/")
    stem = PurePosixPath(base).stem if PurePosixPath(base).suffix.casefold() in _SUFFIXES else base
    return (parent + slash + _NAMED_DAY.sub("", stem)).rstrip("/_-. ")


def _day_and_name(source: ByteSource) -> tuple[str, str]:
    found = _NAMED_DAY.search(PurePosixPath(source.name).name)
    return ("".join(found.groups()) if found else "", source.name)


def _messages(files: Sequence[ByteSource], met: Notes | None = None) -> Iterator[Message]:
    for file in files:
        day = _day_of(_NAMED_DAY.search(PurePosixPath(file.name).name))
        for number, line in enumerate(lines(file, met), 1):
            if mark := _MARK.match(line):
                day = _day_of(_DAY.match(line)) or (None if mark[0].startswith("--- Day") else day)
            elif message := _read(line, day):
                yield message
            elif met and line.strip():
                met.add("bad_lines", number)


def _read(line: str, day: str | None = None) -> Message | None:
    """The message of a line; None where it is no line of a log."""
    line = _COLOURS.sub("", line)
    if found := _LINE.match(line):
        time = _time(found, day)
        if found["event"] is not None:
            return Message("", time, None, "system", found["event"])
        nick = found["nick"] or found["actor"] or found["from"]
        return _said(time, nick, found["said"] or found["did"] or found["notice"] or "")
    if found := _WEECHAT.match(line):
        time, nick, text = _time(found, day), found["prefix"].strip(), found["text"]
        if nick in _ARROWS:
            return Message("", time, None, "system", text)
        if nick == "*":
            nick, _, text = text.partition(" ")
        return _said(time, nick.lstrip("@+%&~!") or nick, text)
    return None


def _said(time: str | None, nick: str, text: str) -> Message:
    return Message("", time, nick or None, "text" if text else "empty", text)


def _time(found: re.Match[str], day: str | None) -> str | None:
    day = found["date"] or day
    return from_iso(f"{day}T{found['time']}") if day else None


def _day_of(found: re.Match[str] | None) -> str | None:
    if found is None:
        return None
    month = MONTHS.get(found["month"]) or found["month"]
    try:
        return date(int(found["year"]), int(month), int(found["day"])).isoformat()
    except ValueError:
        return None
