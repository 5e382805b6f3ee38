"""The pages of the HTML export.

The program that writes them escapes everything that people wrote, and puts every part of a message into a ``div`` of a
known class. So the pages are cut at the messages, and each part is found by its class.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape

import msgspec

from egregora.ingest import ByteSource, instants
from egregora.ingest.attachments import Files
from egregora.ingest.lines import Notes
from egregora.ingest.markup import inline, parts
from egregora.ingest.reactions import given
from egregora.message import Attachment, Kind, Message, Reaction

_START = re.compile(rb'<div class="message ')
_OPENING = re.compile(r'<div class="message (?P<classes>[\w ]+)" id="message(?P<id>-?\d+)"')
_TITLE = re.compile(rb'<div class="text bold">([^<]*)')
_TIME = re.compile(
    r'<div class="pull_right date details" title="'
    r'(\d\d)\.(\d\d)\.(\d{4}) (\d\d:\d\d:\d\d)(?: UTC(?P<offset>[+-]\d\d:\d\d)?)?"'
)
_INSIDE = r"((?:[^<]++|<(?!/?div\b))*+)"
_FROM = re.compile(r'<div class="from_name">([^<]*)')
_NOTICE = re.compile(r'<div class="body details">' + _INSIDE)
_TEXT = re.compile(r'<div class="text">' + _INSIDE)
_REPLY = re.compile(r'<div class="reply_to details">[^<]*<a href="[^"]*#go_to_message(\d+)"')
_MEDIA = re.compile(
    r'<(?:a|div) class="(?:(?:photo|sticker|animated|video_file)_wrap|media) clearfix pull_left'
    r'(?: block_link)?(?: media_(?P<sort>\w+))?[\w ]*"(?: href="(?P<link>[^"]*)")?'
)
_LABEL = re.compile(r'<div class="(title bold|description|status details)">([^<]*)')
_POLL = re.compile(r'<div class="(?:question bold|answer)">' + _INSIDE)
_MENTION = re.compile(r'(?:href="https://t\.me/\w+"|return ShowMentionName\(\)")>@?([^<]+)</a>')
_REACTED = '<span class="reaction'
_EMOJI = re.compile(r'<span class="emoji">([^<]*)')
_REACTOR = re.compile(r' title="([^"]*)"')
_COUNT = re.compile(r'<span class="count">\s*(\d{1,9})')
_VIA = re.compile(r" via @\w+\Z")

_WORDED = frozenset({"location", "live_location", "venue", "contact", "game", "invoice", "call"})


def title(head: bytes) -> str:
    """The name of the chat in a page's head; empty where there is none."""
    found = _TITLE.search(head)
    return inline(found[1].decode(errors="replace")) if found else ""


@dataclass(slots=True)
class Pages:
    """The pages of one chat, in their order. `people` fills with those who are mentioned, `met` with damage by file."""

    sources: Sequence[ByteSource]
    files: Files
    people: dict[str, None] | None = None
    met: Mapping[str, Notes] = field(default_factory=dict)

    def messages(self) -> Iterator[Message]:
        """Every message. Notices have no time in the pages; they get that of the message before them, or behind."""
        author: str | None = None
        time: str | None = None
        untimed: list[Message] = []
        for source in self.sources:
            for part in parts(source, _START, self.met.get(source.name)):
                opening = _OPENING.match(part)
                if opening is None:
                    continue
                if "service" in opening["classes"]:
                    if not opening["id"].startswith("-"):  # else it is a date that stands between messages
                        untimed.append(Message(opening["id"], time, None, "system", inline(_first(_NOTICE, part))))
                else:
                    own, _, forwarded = part.partition('<div class="forwarded body">')
                    time = _time(own) or time
                    author = _VIA.sub("", inline(_first(_FROM, own))) or author
                    untimed.append(self._message(opening["id"], time, author, own + forwarded))
                if time or len(untimed) > 1000:
                    yield from (_timed(message, time) for message in untimed)
                    untimed = []
        yield from untimed

    def _message(self, id: str, time: str | None, author: str | None, part: str) -> Message:  # noqa: A002 - its name
        text = _first(_TEXT, part)
        self._note(map(unescape, _MENTION.findall(text)))
        reply = _REPLY.search(part)
        kind, body, attachments = self._media(part, inline(text))
        return Message(
            id, time, author, kind, body, None, False, attachments, reply[1] if reply else None, tuple(_reactions(part))
        )

    def _media(self, part: str, text: str) -> tuple[Kind, str, tuple[Attachment, ...]]:
        if 'class="media_poll"' in part:
            return "poll", "\n- ".join(inline(line).removeprefix("- ") for line in _POLL.findall(part)), ()
        media = _MEDIA.search(part)
        if media is None:
            return ("text" if text else "empty"), text, ()
        sort, link = media["sort"] or "", unescape(media["link"] or "")
        labels = {name: inline(words) for name, words in _LABEL.findall(part)}
        said = "\n".join(label for label in labels.values() if label)
        if sort in _WORDED:
            if sort == "contact":
                self._note([labels.get("title bold", "")])
            return _SORTS.get(sort, "text"), text or said, ()
        if link:
            return "attachment", text, (self.files.attachment(link),)
        name = labels.get("title bold", "")
        known = sort == "file" and "." in name
        return ("attachment", text, (Attachment(name),)) if known else ("media_omitted", text, ())

    def _note(self, names: Iterable[str]) -> None:
        if self.people is not None:
            self.people.update((name, None) for name in names if name)


_SORTS: dict[str, Kind] = {
    "location": "location",
    "live_location": "location",
    "venue": "location",
    "call": "call",
}


def _reactions(part: str) -> Iterator[Reaction]:
    for one in part.split(_REACTED)[1:]:
        emoji = inline(_first(_EMOJI, one))
        if emoji:
            names = [inline(name) for name in _REACTOR.findall(one)]
            yield from given(emoji, names, int(_first(_COUNT, one) or 0))


def _timed(message: Message, time: str | None) -> Message:
    return message if message.time else msgspec.structs.replace(message, time=time)


def _first(pattern: re.Pattern[str], part: str) -> str:
    found = pattern.search(part)
    return found[1] if found else ""


def _time(part: str) -> str | None:
    """The time in a message's title: an instant where an offset stands with it, else the exporting computer's time."""
    found = _TIME.search(part)
    if found is None:
        return None
    day, month, year, clock, offset = found.groups()
    return instants.from_iso(f"{year}-{month}-{day}T{clock}{offset or ''}")
