"""Which field of a record, or column of a table, tells what: by the names that people and programs give them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from egregora.ingest.documents.moments import Moments
from egregora.message import Message

_NAMES = {
    "text": """text body message content msg messagetext messagebody messagecontent comment contents description post
        nachricht inhalt mensaje texto contenido mensagem conteudo conteúdo messaggio testo contenuto texte contenu
        bericht tekst inhoud wiadomość treść сообщение текст повідомлення 内容 內容 消息 訊息 文本
        メッセージ 本文 메시지 내용""",
    "author": """author sender from user name username nick nickname authorname sendername fromname displayname speaker
        fullname by role participant autor absender von verfasser remitente usuario nombre de utilizador nome mittente
        remetente utente auteur expéditeur expediteur utilisateur nom afzender nadawca автор отправитель имя відправник
        作者 发送者 發送者 发送人 寄件者 送信者 名前 보낸사람 이름""",
    "day": "date day datum tag fecha data dia jour дата 日期 日付 날짜",
    "moment": """timestamp datetime createdat created createdtime creationtime createddate sentat sent senttime
        timestampms timestamputc ts postedat posted publishedat published eventtime when unixtime epoch zeitstempel
        zeitpunkt fechahora datahora horodatage marcatemporal 日時 时间戳""",
    "clock": "time clock zeit uhrzeit hora ora heure tijd czas время час 時間 时间 時刻 시간",
    "id": "id messageid msgid uuid guid",
    "author_id": "authorid senderid userid fromid uid",
    "reply_to": "replyto inreplyto replytoid replytomessageid parentid parent replyid",
    "thread": "thread threadid threadts",
}
_RANKS = {name: (role, rank) for role, names in _NAMES.items() for rank, name in enumerate(names.split())}
_SAYING = ("text", "body", "content", "name", "displayName", "display_name", "username", "id")
_NOT_WORD = re.compile(r"[\W_]+")
_MOST_IDS = 200_000


@lru_cache(4096)
def role_of(name: str) -> tuple[str, int] | None:
    """What a field is by its name, and how surely among those of its kind: 0 is surest; None where it says nothing."""
    return _RANKS.get(_NOT_WORD.sub("", name.casefold())) if len(name) < 60 else None


class Fields:
    """Finds the fields of records, all of one file; what cannot be known stays empty."""

    def __init__(self) -> None:
        self.moments = Moments()
        self.has_text = False
        """Whether any record has a field that is its text by name."""
        self._ids: set[int] = set()
        self._has_ids = True

    def note(self, record: Mapping[str, object]) -> None:
        """Take a record into account, in a first pass over all."""
        found = _roles(record)
        self.has_text = self.has_text or any((known := role_of(name)) and known[0] == "text" for name in record)
        self.moments.note(_time(found))
        if "id" in found and self._has_ids:
            digest = hash(_plain(found["id"]))
            # What repeats names something else than the record.
            self._has_ids = digest not in self._ids and len(self._ids) < _MOST_IDS
            self._ids.add(digest)

    def message(self, record: Mapping[str, object]) -> Message:
        """The message that a record is: its text, or all of its fields where no record has a text."""
        found = _roles(record)
        text = _plain(found.get("text"))
        if not self.has_text:
            text = "\n".join(f"{key}: {value}" for key, each in record.items() if (value := _plain(each)))
        return Message(
            id=_plain(found.get("id")) if self._has_ids else "",
            time=self.moments.read(_time(found)),
            author=_plain(found.get("author")).strip() or None,
            kind="text" if text else "empty",
            text=text,
            author_id=_plain(found.get("author_id")) or None,
            reply_to=_plain(found.get("reply_to")) or None,
            thread=_plain(found.get("thread")) or None,
        )


def _roles(record: Mapping[str, object]) -> dict[str, object]:
    """The values of a record by what they are; of several fields that may be the same, the surest that has one."""
    ranked: dict[str, tuple[int, object]] = {}
    for name, value in record.items():
        known = role_of(name)
        if known and value is not None and value != "" and (known[0] not in ranked or known[1] < ranked[known[0]][0]):
            ranked[known[0]] = known[1], value
    return {role: value for role, (_, value) in ranked.items()}


def _time(found: Mapping[str, object]) -> object:
    """What tells the time: one field, or a day and a time of the day in two."""
    if "moment" in found:
        return found["moment"]
    day, clock = found.get("day"), found.get("clock")
    if isinstance(day, str) and isinstance(clock, str):
        return f"{day.strip()} {clock.strip()}"
    return day if clock is None else clock


def _plain(value: object) -> str:
    """A value as text: of an object what names it or says something, of a list all that is said."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return next((each for key in _SAYING if isinstance(each := value.get(key), str)), "")
    if isinstance(value, list):
        return "\n".join(part for each in value if not isinstance(each, list) and (part := _plain(each)))
    return "" if value is None else str(value)
