"""What texts and pages have in common: times, marks and reactions, always in English."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from egregora.ingest.attachments import Files
from egregora.ingest.days import MONTHS
from egregora.ingest.instants import from_iso
from egregora.message import Attachment, Kind, Message, Reaction

STAMP = (
    r"(?P<month>[A-Z][a-z]{2}) (?P<day>\d\d), (?P<year>\d{4}) {1,2}"
    r"(?P<hour>\d{1,2}):(?P<clock>\d\d:\d\d) (?P<half>[AP])M"
)
"""A time, local to the computer that exported."""

DELETED = "This message was deleted from the conversation!"
RESPONDED = "This message responded to an earlier message."
_EFFECTS = frozenset(
    f"Sent with {effect}"
    for effect in (
        "Confetti", "Echo", "Fireworks", "Balloons", "Heart", "Lasers", "Shooting Star", "Shooting Start", "Sparkles",
        "Spotlight", "Slam", "Loud", "Gentle", "Invisible Ink",
    )
)  # fmt: skip
_TAPBACK = re.compile(r"(?P<what>.{1,40}?) by (?P<who>.+)")
_EMOJIS = {"Loved": "❤️", "Liked": "👍", "Disliked": "👎", "Laughed": "😂", "Emphasized": "‼️", "Questioned": "❓"}
_FILE = re.compile(
    r"(?:attachments/|[~/].*/(?:Messages|SMS)/Attachments/).*[^/]|(?:Sticker from [^:]+: )(?P<sticker>\S.*)"
)
_UNSENT = re.compile(r"(?:\S.{0,80} )?unsent (?:a|this) message(?: part)?.{0,80}!?")
_EDITED = re.compile(r"Edited .{1,60} later: (?P<text>.*)")
_LOCATIONS = frozenset({"Started sharing location!", "Stopped sharing location!"})


def time_of(found: re.Match[str]) -> str | None:
    """A time as ISO 8601; None where there is none such."""
    month, hour = MONTHS.get(found["month"], 0), int(found["hour"])
    text = f"{found['year']}-{month:02}-{found['day']}T{hour % 12 + 12 * (found['half'] == 'P'):02}:{found['clock']}"
    return from_iso(text) if hour <= 12 else None


def reaction(text: str) -> Reaction | None:
    """A tapback: what it says and whose it is."""
    found = _TAPBACK.fullmatch(text.strip())
    return Reaction(_EMOJIS.get(found["what"], found["what"]), found["who"]) if found else None


@dataclass(slots=True)
class Draft:
    """A message that is being read, its `lines` still with the exporter's marks in them."""

    time: str | None
    author: str
    id: str = ""
    reply_to: str | None = None
    lines: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    edited: bool = False

    def message(self, files: Files) -> Message:
        """The message, without the marks."""
        kind: Kind = "text"
        said: list[str] = []
        for line in self.lines:
            if line == DELETED or _UNSENT.fullmatch(line):
                kind = "deleted"
            elif edit := _EDITED.fullmatch(line):
                self.edited = True
                said = [edit["text"]]
            elif found := _FILE.fullmatch(line):
                self.attachments.append(files.attachment(found["sticker"] or line))
            elif line == "Attachment missing!":
                kind = "media_omitted"
            elif line in _LOCATIONS:
                kind = "location"
                said.append(line)
            elif line not in _EFFECTS and line != RESPONDED:
                said.append(line)
        text = "\n".join(said).strip("\n")
        if kind == "text" and not text:
            kind = "attachment" if self.attachments else "empty"
        elif kind == "text" and self.attachments:
            kind = "attachment"
        return Message(
            id=self.id,
            time=self.time,
            author=self.author or None,
            kind=kind,
            text=text,
            edited=self.edited,
            attachments=tuple(self.attachments),
            reply_to=self.reply_to,
            reactions=tuple(self.reactions),
        )
