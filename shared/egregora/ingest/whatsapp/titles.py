"""What a chat is called: by its file, its first notice, or the folder it lies in."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from egregora.ingest.whatsapp.text import plain

_BRAND = r"(?:WhatsApp|Whatsapp|whatsapp|واتساب|واتس ?اب|ווטסאפ|व्हाट्सऐप|WA)"
_CHAT = "Chat|Chatt|chats|gesprek|samtale|keskustelu|beszélgetés|csevegés|vestlus|klepet|razgovor|hizketa"
_WITH = "mit|met|med|with|s|sa|z|käyttäjän|käyttäjälle|kanssa|vele|kasutajaga|-|–"
_PATTERNS = (
    # the name comes last
    rf"{_BRAND} Chats? (?:with|-|–) (?P<name>.+)$",
    rf"(?:Conversa|Conversas|Bate-papo) (?:do|no|com o|de) {_BRAND} (?:com|con) (?P<name>.+)$",
    rf"(?:Chat|Conversación|Xat|Conversa) (?:de|do|en) {_BRAND} (?:con|amb|con el grupo) (?P<name>.+)$",
    rf"(?:Discussion|Conversation) {_BRAND} (?:avec|with) (?P<name>.+)$",
    rf"Chat {_BRAND} (?:con|dengan) (?P<name>.+)$",
    rf"(?:Obrolan|Sembang|Perbualan) {_BRAND} dengan (?P<name>.+)$",
    rf"{_BRAND}[- ](?:{_CHAT})(?:verlauf)? (?:{_WITH}) (?P<name>.+)$",
    rf"(?:Чат|Переписка|Чат в|Бесіда|Чат у) {_BRAND} (?:с контактом|с|з контактом|з|із) (?P<name>.+)$",
    rf"(?:Czat|Chat|Konverzace|Konverzácia|Razgovor|Чат) (?:w |v |na )?{_BRAND} (?:z|s|so|sa|с|with) (?P<name>.+)$",
    rf"Conversa[țt]i[ea] {_BRAND} cu (?P<name>.+)$",
    rf"(?:Συνομιλία|Συζήτηση) (?:στο )?{_BRAND} με (?P<name>.+)$",
    rf"(?:צ'אט|צ׳אט|שיחת|דו-שיח|צאט) {_BRAND} עם (?P<name>.+)$",
    rf"(?:محادثة|دردشة|محادثات) {_BRAND} مع (?P<name>.+)$",
    rf"(?:گپ|گفتگوی|چت) {_BRAND} با (?P<name>.+)$",
    rf"(?:แชท|การแชท|แชต) {_BRAND} กับ (?P<name>.+)$",
    rf"(?:Cuộc trò chuyện|Đoạn chat|Trò chuyện) {_BRAND} với (?P<name>.+)$",
    rf"{_BRAND}[- ]?(?:Sohbeti|Chat|聊天|聊天记录|聊天記錄|对话|對話|チャット|トーク|대화) ?[-–—] ?(?P<name>.+)$",
    # the name comes first
    rf"^(?P<name>.+?) ile {_BRAND} Sohbeti$",
    rf"^(?P<name>.+?)(?:님과의|과의|와의) {_BRAND} ?(?:대화|채팅)",
    rf"^(?:与|與|和)? ?(?P<name>.+?) ?的 ?{_BRAND} ?(?:聊天|对话|對話)",
    rf"^{_BRAND} ?(?:与|與|和) ?(?P<name>.+?) ?的(?:聊天|对话|對話)",
    rf"^(?P<name>.+?) ?との ?{_BRAND} ?(?:チャット|トーク)",
    rf"^(?P<name>.+?) के साथ {_BRAND} (?:चैट|Chat)$",
    # a shape not known by its words
    rf"^(?:\S+ ){{0,3}}{_BRAND}(?:[- ]\S+)? (?:with|mit|con|com|avec|met|med|-|–) (?P<name>.+)$",
)
_COPY = re.compile(r"(?:\s*\(\d{1,3}\)|\s*-\s*(?:copy|Kopie|copia|cópia|copie))+$", re.IGNORECASE)
_NEUTRAL = re.compile(
    r"^_?(?:chats?|messages?|export|whatsapp|android|ios|iphone|text|archive|untitled)?[\W_]*\d*$", re.IGNORECASE
)
_DATE = re.compile(
    r"(?:^|(?<=[\s_.(-]))(?:\d{4}[-_.]\d{1,2}(?:[-_.]\d{1,2})?|\d{1,2}[-_.]\d{1,2}[-_.]\d{2,4}|(?:19|20)\d{6})(?=$|[\s_.)-])"
)
_SUFFIX = re.compile(r"\.(?:txt|zip)$", re.IGNORECASE)


def from_path(path: str) -> str | None:
    """The chat's name in a path that says so, the innermost part first; None where none does."""
    for part in reversed(PurePosixPath(path).parts):
        stem = _COPY.sub("", _SUFFIX.sub("", plain(part)).strip())
        for pattern in _PATTERNS if re.search(_BRAND, stem, re.IGNORECASE) else ():
            match = re.search(pattern, stem, re.IGNORECASE)
            if match and match["name"].strip(" -_"):
                return match["name"].strip(" -_")
    return None


def from_folder(path: str) -> str | None:
    """The innermost folder, archive or, last, file whose name is more than "chat" or a number."""
    parts = PurePosixPath(path).parts
    for part in reversed(parts[:-1]):
        stem = without_dates(_SUFFIX.sub("", plain(part)))
        if not _NEUTRAL.match(stem):
            return stem
    return None


def from_file(path: str) -> str:
    """The file's own name, for want of a better one."""
    stem = _SUFFIX.sub("", plain(PurePosixPath(path).name)).strip(" _")
    return stem or "chat"


def without_dates(name: str) -> str:
    """A name without the dates and numbers that people add to tell exports of one chat apart."""
    return _COPY.sub("", " ".join(_DATE.sub(" ", name).split())).strip(" -_")
