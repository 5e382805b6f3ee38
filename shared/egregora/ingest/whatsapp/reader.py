"""The reader of WhatsApp exports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath
from typing import Literal
from unicodedata import normalize

from egregora.errors import Unreadable
from egregora.ingest import ByteSource, Chat, ChatReport, Export, FileReport, Report, Warning, join  # noqa: A004
from egregora.ingest.whatsapp import notices, people, titles
from egregora.ingest.whatsapp.columns import Room
from egregora.ingest.whatsapp.detection import certainty, sample
from egregora.ingest.whatsapp.header import Look
from egregora.ingest.whatsapp.names import clean
from egregora.ingest.whatsapp.order import Decision, Witnesses, decide
from egregora.ingest.whatsapp.pattern import Patterns, patterns
from egregora.ingest.whatsapp.stamps import date_reader, day_of, numbers
from egregora.ingest.whatsapp.stream import Facts, messages
from egregora.ingest.whatsapp.survey import Survey, media_days, survey
from egregora.ingest.whatsapp.text import decode, texts

_CUTS = (40_000, 10_000)
"""Messages at which WhatsApp cuts an export, without media and with."""

_NEAR = 0.01

_NAMELESS = "?"
"""Whoever is called by nothing that can be seen."""


@dataclass(frozen=True, slots=True)
class WhatsApp:
    """Reads the text of an export. `now` is when it is read: no message is later."""

    now: datetime
    room: Room = field(default_factory=Room, repr=False)
    format: Literal["whatsapp"] = "whatsapp"

    def detect(self, source: ByteSource, head: bytes) -> float:
        """How surely the lines are of one header shape with a time, and written by people."""
        named_text = PurePosixPath(source.name).suffix.casefold() in {".txt", ""}
        return certainty(decode(head)) * (1.0 if named_text else 0.4)

    def read(self, sources: Sequence[ByteSource], group: Sequence[ByteSource]) -> Export:
        """Survey the chats among `sources`; each streams its messages. Raises `Unreadable`."""
        return join(self._read(source, [s for s in group if s is not source]) for source in self._chats(sources))

    def _chats(self, sources: Sequence[ByteSource]) -> Sequence[ByteSource]:
        """Of the texts of one archive or folder, those that are chats and not what was sent in them."""
        exported = [s for s in sources if _base(s) == "_chat.txt"]
        if exported:
            depth = min(s.name.count("/") for s in exported)
            return [s for s in exported if s.name.count("/") == depth]
        if len(sources) < 2:
            return sources
        sent: set[str] = set()
        for source in sources:
            sent |= _sent_in(source, {_base(s) for s in sources if s is not source})
        return [s for s in sources if _base(s) not in sent]

    def _read(self, source: ByteSource, siblings: Sequence[ByteSource]) -> Export:
        seen = sample(source)
        if not seen.headers:
            raise Unreadable("no line starts with a date and a time as WhatsApp writes them", where=source.name)
        made = patterns(seen.headers)
        left = self.room.left
        found = survey(source, made, self.room)
        decision = self._decide(source, made, seen, found)
        impossible = frozenset(d for d in found.dates if day_of(numbers(d), decision.order) is None)
        if impossible:
            self.room.left = left
            found = survey(source, made, self.room, impossible)
        if not found.total:
            raise Unreadable(
                "none of its dates exists; export the chat again and leave the file as it is", where=source.name
            )
        facts = Facts(
            values=found.values,
            kept=found.kept,
            days=list(map(date_reader(made.date, decision.order), found.dates)),
            authors={
                raw: clean(raw) or _NAMELESS
                for raw in found.lines
                if not found.is_label(raw) and raw not in found.longer
            },
            longer={raw: tuple(sorted(names, key=len, reverse=True)) for raw, names in found.longer.items()},
            labels=frozenset(raw for raw in found.lines if found.is_label(raw)),
            files=frozenset(normalize("NFC", _base(s)) for s in siblings),
            damaged=found.damaged,
        )
        return _export(source, facts, found, decision)

    def _decide(self, source: ByteSource, made: Patterns, seen: Look, found: Survey) -> Decision:
        return decide(
            Witnesses(
                year=seen.shape.year,
                counts=found.fields(),
                runs=found.runs(),
                media=lambda: media_days(source, made),
                today=self.now.date(),
                month_first=_month_first(seen, found),
            )
        )


def _base(source: ByteSource) -> str:
    return PurePosixPath(source.name).name


def _sent_in(source: ByteSource, names: set[str]) -> set[str]:
    """Which of `names` stand in a text as attachments do: before a parenthesis or inside angle brackets."""
    sent: set[str] = set()
    for block in texts(source):
        sent |= {name for name in names - sent if f"{name} (" in block or f"{name}>" in block or f"{name} >" in block}
    return sent


def _month_first(seen: Look, found: Survey) -> bool | None:
    """What language and clock suggest: American where English notices go with AM and PM; elsewhere the day leads."""
    language = notices.language([*found.notices, *found.label_texts.values()])
    if language is None:
        return None
    if language != "en":
        return False
    american = seen.shape.first == "/" and all(h.marker_upper for h in seen.headers)
    return True if american else None


def _export(source: ByteSource, facts: Facts, found: Survey, decision: Decision) -> Export:
    name, named = _name(source, found)
    chat = Chat(
        id="",
        name=name,
        platform="whatsapp",
        authors=_authors(facts, found),
        messages=partial(messages, source, facts),
        mentioned=_mentioned(facts, found, name),
        messages_count=found.total - found.system,
        system_count=found.system,
        first=facts.days[found.run_day[0]] + found.first,
        last=facts.days[found.run_day[-1]] + found.last,
        named=named,
    )
    counts = ChatReport(
        chat.id, name, "whatsapp", chat.messages_count, chat.system_count, first=chat.first, last=chat.last
    )
    file = FileReport(source.name, "whatsapp", (counts,))
    return Export((chat,), Report((file,), tuple(_warnings(source, found, decision))))


def _authors(facts: Facts, found: Survey) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for raw in found.lines:
        if raw in facts.authors:
            names.setdefault(facts.authors[raw])
        for longer in found.longer.get(raw, ()):
            names.setdefault(clean(longer))
    return tuple(names)


def _mentioned(facts: Facts, found: Survey, chat_name: str) -> tuple[str, ...]:
    """People in notices, and those whose only lines are notices of what they did, who are no authors."""
    written = set(_authors(facts, found))
    named = {person: None for text in (*found.notices, *found.label_texts.values()) for person in people.named(text)}
    actors = {
        n: None for raw in found.labelled if (n := clean(raw)) and found.label_texts[raw].strip(" \u200e").startswith(n)
    }
    return tuple(n for n in {**actors, **named} if n not in written and n != chat_name)


def _name(source: ByteSource, found: Survey) -> tuple[str, bool]:
    """The chat's name, and whether it says which chat this is."""
    named = titles.from_path(source.name) or _label(found) or titles.from_folder(source.name)
    return (named, True) if named else (titles.from_file(source.name), False)


def _label(found: Survey) -> str | None:
    """What the first labelled notice calls the group, or the notice of its creation."""
    for raw, text in found.label_texts.items():
        if found.is_label(raw) and not text.strip(" \u200e").startswith(clean(raw)):
            return clean(raw)
    return next((name for text in found.notices if (name := notices.group_name(text))), None)


def _warnings(source: ByteSource, found: Survey, decision: Decision) -> list[Warning]:
    met = found.met.warnings(source.name)
    if decision.ambiguous:
        met.append(_warning(source, "date_order_ambiguous", "nothing tells day from month; read day first"))
    if decision.foreign:
        met.append(_warning(source, "calendar", "years of another calendar were converted"))
    if not found.opened and any(abs(found.total - cut) <= cut * _NEAR for cut in _CUTS):
        detail = "WhatsApp leaves out the oldest messages of an export this long"
        met.append(_warning(source, "possibly_truncated_head", detail))
    return met


def _warning(source: ByteSource, code: str, detail: str) -> Warning:
    return Warning(code, detail=detail, where=source.name)
