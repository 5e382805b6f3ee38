"""From the rows of ``result.json`` to messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from egregora.ingest import instants
from egregora.ingest.attachments import Files
from egregora.ingest.reactions import given
from egregora.ingest.survey import Survey
from egregora.ingest.telegram.notices import notice
from egregora.ingest.telegram.rows import Contact, Entity, Row, Said, Service, Unsupported, plain
from egregora.message import Attachment, Kind, Message, Reaction

_BELOW_HOUR: Final = [f"{second // 60:02}:{second % 60:02}Z" for second in range(3600)]


class Conversion:
    """Makes messages of rows. `people` fills with everybody whom they name besides authors."""

    def __init__(self, files: Files, people: dict[str, None] | None = None) -> None:
        self.unsupported = 0
        self._files = files
        self._people = people

    def message(self, row: Row) -> Message | None:
        """The message that a row is; None for one of a kind unknown to the exporting app."""
        if not isinstance(row, Said):
            if isinstance(row, Service):
                return self._service(row)
            self.unsupported += 1
            return None
        kind: Kind = "text"
        text = row.text
        if not isinstance(text, str):
            self._note_mentions(text)
            text = plain(text)
        attachments: tuple[Attachment, ...] = ()
        if row.photo or row.file:
            kind, attachments = self._media(row)
            text = text or row.sticker_emoji or ""
        elif not text:
            kind, text = self._wordless(row)
        # Positional, for this line runs once for every message.
        return Message(
            "" if row.id is None else str(row.id), moment(row), row.from_ or None, kind, text,
            None if row.from_id is None else str(row.from_id), row.edited is not None, attachments,
            _answered(row) if row.reply_to_message_id else None, tuple(_reactions(row)) if row.reactions else (),
        )  # fmt: skip

    def survey(self, rows: Sequence[Row], survey: Survey) -> None:
        """Take note of rows. Those of known people that hold nothing but words are counted and no more."""
        known, plain_rows = survey.authors, 0
        for row in rows:
            if (
                row.__class__ is Said and row.from_ in known and row.text.__class__ is str and not row.reactions
                and row.contact_information is None and survey.first
            ):  # fmt: skip
                plain_rows += 1
            elif message := self.message(row):
                survey.add(message)
        survey.messages += plain_rows
        times = (moment(row) for row in reversed(rows) if not isinstance(row, Unsupported))
        survey.last = next(filter(None, times), survey.last)

    def _service(self, row: Service) -> Message:
        self._note(row.actor, row.inviter, *row.members)
        number = "" if row.id is None else str(row.id)
        if row.action != "phone_call":
            return Message(number, moment(row), None, "system", notice(row))
        caller = None if row.actor_id is None else str(row.actor_id)
        return Message(number, moment(row), row.actor or None, "call", notice(row), caller)

    def _note_mentions(self, text: tuple[str | Entity, ...]) -> None:
        for part in text:
            if not isinstance(part, str) and part.type in {"mention", "mention_name"}:
                self._note(part.text.strip("@ "))

    def _note(self, *names: str | None) -> None:
        if self._people is not None:
            self._people.update((name, None) for name in names if name)

    def _media(self, row: Said) -> tuple[Kind, tuple[Attachment, ...]]:
        path = row.photo or row.file or ""
        if not _is_reason(path):
            return "attachment", (self._files.attachment(path),)
        return ("attachment", (Attachment(row.file_name),)) if row.file_name else ("media_omitted", ())

    def _wordless(self, row: Said) -> tuple[Kind, str]:
        if row.poll:
            answers = (f"- {plain(answer.text)} ({answer.voters})" for answer in row.poll.answers)
            return "poll", "\n".join((plain(row.poll.question), *answers))
        if row.location_information or row.place_name:
            place = row.location_information
            spot = f"{place.latitude}, {place.longitude}" if place else None
            return "location", "\n".join(part for part in (row.place_name, row.address, spot) if part)
        if row.contact_information:
            return "text", self._contact(row.contact_information)
        return ("text", row.game_title) if row.game_title else ("empty", "")

    def _contact(self, contact: Contact) -> str:
        name = f"{contact.first_name} {contact.last_name}".strip()
        self._note(name)
        return ", ".join(part for part in (name, contact.phone_number) if part)


def moment(row: Said | Service) -> str | None:
    """When a row was written: an instant where the export has one, else the exporting computer's own time."""
    if row.date_unixtime is not None:
        try:
            hour, second = divmod(int(row.date_unixtime), 3600)
            return _hour(hour) + _BELOW_HOUR[second]
        except ValueError:
            pass
    return instants.from_iso(row.date)


@lru_cache(maxsize=64)
def _hour(hour: int) -> str:
    start = instants.from_epoch(hour * 3600, 1)
    if start is None:
        raise ValueError
    return start.removesuffix("00:00Z")


def _answered(row: Said) -> str | None:
    """The message replied to; one in another chat has a number that means another one here."""
    return None if row.reply_to_peer_id else str(row.reply_to_message_id)


def _reactions(row: Said) -> Iterator[Reaction]:
    for reacted in row.reactions:
        yield from given(reacted.emoji or reacted.type, [one.from_ for one in reacted.recent], reacted.count)


def _is_reason(path: str) -> bool:
    """Whether a path is none but says in parentheses why the file is not there."""
    return path.endswith(")") and "(File " in path
