"""From names to handles: every message that leaves a reader passes here before anything keeps it.

    text ──► e-mails ──► participants ──► bank, card, id numbers ──► phones
               mark         handle                mark                mark

Each step sees only what the steps before it left, and all are repeated until none finds anything, so that protecting
what is protected changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import compress, count

from msgspec.structs import replace

from egregora.ids import Handle
from egregora.message import Attachment, Message, Reaction
from egregora.privacy import directives as requests
from egregora.privacy import redaction
from egregora.privacy.directives import Directive
from egregora.privacy.file_names import generic_name, is_contact, is_generated
from egregora.privacy.handles import HANDLE, Handles, phone_digits
from egregora.privacy.numbers import MANY_DIGITS
from egregora.privacy.participants import Participants
from egregora.privacy.prefilter import Prefilter
from egregora.settings import PrivacySettings

_MARK = re.compile(rf"({HANDLE.pattern}|\[(?:phone|e-mail|card|iban|id|person)\])")

Step = Callable[[str], Iterator[redaction.Span]]
"""Finds what is to be replaced, and by what."""


class Protector:
    """Protects the messages of one chat, whose `authors` and people `mentioned` in notices are known beforehand.

    `platform` makes handles of messages that carry their author's id and no name. Requests that people make in the
    chat are taken out and gather in `directives`, in the order of the messages.
    """

    def __init__(
        self,
        handles: Handles,
        authors: Sequence[str],
        mentioned: Sequence[str],
        settings: PrivacySettings,
        *,
        platform: str = "",
    ) -> None:
        self.directives: list[Directive] = []
        self._handles = handles
        self._platform = platform
        self._settings = settings
        self._participants = Participants(handles, (*authors, *mentioned), first_names=settings.first_names)
        self._prefilter = Prefilter(self._participants)
        self._authors: dict[str, Handle] = {name: handles.of_name(name) for name in authors}

    @property
    def authors(self) -> list[tuple[str, Handle]]:
        """Every display name met so far or named beforehand as an author, with its handle."""
        return list(self._authors.items())

    def protect(self, messages: Sequence[Message]) -> list[Message]:
        """`messages` with handles for names and marks for numbers; requests are not among them.

        All are gone through together, as ordinary ones, and those that may hold more for themselves: a thousand at a
        time cost least.
        """
        closely = self._prefilter.candidates([message.text for message in messages])
        if [m for m in messages if m.id or m.reply_to or m.thread]:
            closely |= self._prefilter.named([_keys(message) for message in messages])
        authors = self._authors
        special = [m.author not in authors or m.kind == "system" or m.attachments or m.reactions for m in messages]
        closely.update(compress(count(), special))
        found = [replace(m, author=authors.get(m.author or ""), author_id=None) for m in messages]
        requested = []
        for position in sorted(closely):
            if protected := self._closely(messages[position]):
                found[position] = protected
            else:
                requested.append(position)
        for position in reversed(requested):
            del found[position]
        return found

    def text(self, text: str, *, notice: bool = False) -> str:
        """`text` with handles for participants and marks for numbers; the same object where it holds neither."""
        parts = _MARK.split(text)
        steps = list(self._steps(text, notice))
        while True:
            length = len(parts)
            for step in steps:
                parts = _apply(step, parts)
            if len(parts) == length:
                return _join(parts) if length > 1 else text

    def _steps(self, text: str, notice: bool) -> Iterator[Step]:
        """What there is to look for in `text`, in the order of the module's picture."""
        redact = self._settings.redact
        if redact and ("@" in text or "＠" in text):
            yield self._emails
        yield lambda part: self._participants.matches(part, notice=notice)
        if redact and MANY_DIGITS.search(text):
            yield redaction.numbers
            yield self._phones

    def _emails(self, text: str) -> Iterator[redaction.Span]:
        for start, end, mark in redaction.emails(text):
            yield start, end, self._participants.names.get(text[start:end], mark)

    def _phones(self, text: str) -> Iterator[redaction.Span]:
        for start, end, mark in redaction.phones(text, self._settings.region):
            yield start, end, self._participants.numbers.get(phone_digits(text[start:end]), mark)

    def _author(self, message: Message) -> Handle | None:
        if message.author:
            return self._authors.setdefault(message.author, self._handles.of_name(message.author))
        return self._handles.of_id(self._platform, message.author_id) if message.author_id else None

    def _closely(self, message: Message) -> Message | None:
        """Protect every part of a message; None where it was a request."""
        handle = self._author(message)
        if handle and message.kind == "text" and (request := requests.parse(message.text, handle, message.time)):
            self._note(request)
            return None
        return Message(
            id=self._key(message.id) or "",
            time=message.time,
            author=handle,
            kind=message.kind,
            text=self.text(message.text, notice=message.kind == "system"),
            edited=message.edited,
            attachments=tuple(self._attachment(attachment) for attachment in message.attachments),
            reply_to=self._key(message.reply_to),
            reactions=tuple(self._reaction(reaction) for reaction in message.reactions),
            thread=self._key(message.thread),
            segment=message.segment,
        )

    def _note(self, request: Directive) -> None:
        """Keep a request, unless it is an alias that would pass for somebody else or tell a number."""
        alias = request.value
        if alias is not None:
            held = {*_MARK.findall(self.text(alias)), *self._participants.named_by(alias)} - {request.handle}
            if held or requests.looks_like_handle(alias):
                return
        self.directives.append(request)

    def _key(self, key: str | None) -> str | None:
        """A platform's own id: names are taken out, numbers are what ids are made of."""
        return _join(_apply(self._participants.matches, _MARK.split(key))) if key else key

    def _reaction(self, reaction: Reaction) -> Reaction:
        author = reaction.author
        return Reaction(reaction.emoji, self._authors.get(author) or self._handles.of_name(author) if author else None)

    def _attachment(self, attachment: Attachment) -> Attachment:
        name = attachment.name
        if is_generated(name):
            return attachment
        readings = (name, re.sub(r"[_.]+", " ", name))
        protected = any(self.text(reading, notice=True) != reading for reading in readings)
        if protected or is_contact(name) or self._participants.hinted_in(name):
            return Attachment(generic_name(name), attachment.present)
        return attachment


def _keys(message: Message) -> str:
    """Every id in a message that the platform made."""
    return " ".join((message.id, message.reply_to or "", message.thread or ""))


def _apply(step: Step, parts: list[str]) -> list[str]:
    """Cut what `step` finds out of the parts at even places; those at odd places are done."""
    result: list[str] = []
    for place, part in enumerate(parts):
        if place % 2 or not part:
            result.append(part)
            continue
        last = 0
        for start, end, mark in sorted(step(part)):
            if start >= last:
                result += (part[last:start], mark)
                last = end
        result.append(part[last:])
    return result


def _join(parts: list[str]) -> str:
    """Put parts together; a handle keeps a space to letters and digits beside it, or it would not be one."""
    text = parts[0]
    for place in range(1, len(parts), 2):
        mark, after = parts[place], parts[place + 1]
        if mark.startswith("@"):
            text += " " * _is_word(text[-1:]) + mark + " " * _is_word(after[:1])
        else:
            text += mark
        text += after
    return text


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"
