"""Messages as the rest of the model sees them: sentences, words, addresses, and what kind of remark each is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

import msgspec

from egregora.message import Message
from egregora.models.offline.lexicon import Reader

HANDLE = re.compile(r"@[0-9a-f]{10}\b")
URL = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s<>\"“”«»]+|\bwww\.[^\s<>\"“”«»]+", re.IGNORECASE)
# Every repetition is bounded or anchored: a message may be 64 KB of one character.
MARK = re.compile(
    r"<[^<>\n]{0,40}[ :][^<>\n]{0,40}>|\[[a-z][a-z _-]{1,24}\]"
    r"|\b[\w-]{1,60}\.\w{2,5} \((?:file attached|[^()\n]{4,24})\)"
    r"|^[^\w\n]{0,4}(?:image|video|audio|gif|sticker|document|contact card|Bild|imagem|imagen|vídeo|áudio|figurinha"
    r"|documento|Dokument|vidéo) (?:omitted|weggelassen|ocultad[ao]|omitid[ao]|absente?)[^\w\n]{0,4}$"
    r"|^(?:poll|umfrage|enquete|encuesta|sondage|option|opção|opción)\s?:|\(\d{1,5} \w{1,12}\)$",
    re.IGNORECASE | re.MULTILINE,
)
_MARKS = (
    "\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e\u1000-\u109f\u1780-\u17ff"
)
# Kanji and katakana runs stand for words; hiragana, like function words, carries no topic.
WORD = re.compile(
    rf"[\u4e00-\u9fff々]+|[\u30a1-\u30faー]+|[^\W_\u3041-\u309f\u4e00-\u9fff\u30a1-\u30fa][^\W_\u3041-\u309f\u4e00-\u9fff\u30a1-\u30fa{_MARKS}]*"
    rf"(?:[{_MARKS}]+[^\W_\u3041-\u309f\u4e00-\u9fff\u30a1-\u30fa]*)*(?:['’\-&][^\W_]+)*"
)
ELISION = re.compile(r"\b([cdjlmnst]|qu)['’](?=[^\W\d_])", re.IGNORECASE)
SENTENCE = re.compile(r"(?<=[.!?…])[\"'”»)]*\s+|(?<=[。！？؟।])\s*|\n+")
CLAUSE = re.compile(r"(?<=[.!?…,;:()])\s+|[。！？؟।،、]|\n+")
_LAUGH = re.compile(
    r"(?:[bm]?w?[ah]*(?:ha|ah){2,}h*|(?:je|ja|ji|xa){2,}j?|j?a?(?:ja){2,}|(?:he){2,}h?|(?:hi){2,}|k{3,}|(?:rs){2,}|hue(?:hue)+|lo+l+|lmf?ao+|rofl|"
    r"mdr+|ptdr+|x+d+|w{3,}|5{3,}|笑+|草)\b",
    re.IGNORECASE,
)
LAUGH_LETTERS = 24
"""Of a word, by which laughter is told."""
LAUGHING_FACES = frozenset("😂🤣😹😆😅💀")
QUESTION = re.compile(r"[?？؟]")
_SPACE = re.compile(r"\s+")
_TRAILING = ".,;:!?)]}'\"…*_~|"

SOURCES = frozenset({"text", "attachment", "poll"})
"""Kinds of message whose text is read."""
MEDIA = frozenset({"attachment", "media_omitted"})


class Utterance(msgspec.Struct, frozen=True, gc=False):
    """A message and what was read from it.

    `place` is its index in the window; `sentences` are stretches of the message's own text, word for word, without
    addresses. `words` are as they stand, clause by clause, `terms` the stems of those among them that carry a topic.
    """

    place: int
    author: str | None
    moment: datetime | None
    message: Message
    sentences: tuple[str, ...] = ()
    words: tuple[tuple[str, ...], ...] = ()
    terms: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    laughing: bool = False
    greeting: bool = False
    telling: bool = False
    """Whether it says something that can be a matter of conversation."""

    @property
    def name(self) -> str:
        """What answers call the message."""
        return f"m{self.place + 1}"

    @property
    def asks(self) -> bool:
        """Whether a question mark stands in it."""
        return any(QUESTION.search(sentence) for sentence in self.sentences)


def texts(messages: Sequence[Message]) -> list[str]:
    """What is said in each message, without addresses, handles and marks; empty for what is no remark."""
    return [_plain(message.text) if _is_source(message) else "" for message in messages]


def utterances(messages: Sequence[Message], plain: Sequence[str], reader: Reader) -> tuple[Utterance, ...]:
    """Read every message; `plain` is what :func:`texts` gave for them."""
    stems = Stems(reader)
    return tuple(
        _utterance(place, message, text, reader, stems)
        for place, (message, text) in enumerate(zip(messages, plain, strict=True))
    )


class Stems:
    """Folds words to what their inflections share, each once."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: dict[str, str] = {}

    def __call__(self, word: str) -> str:
        """Give the stem of a word; empty where the word carries no topic."""
        stem = self._known.get(word)
        if stem is None:
            stem = self._known[word] = self._fold(word)
        return stem

    def _fold(self, word: str) -> str:
        low = word.lower().replace("’", "'")
        if low in self._reader.stop or (len(low) < 3 and low.isascii()) or not any(map(str.isalpha, low)):
            return ""
        if is_laughter(low):
            return ""
        bare = low
        for suffix in self._reader.suffixes:
            if len(bare) - len(suffix) >= 4 and bare.endswith(suffix):
                bare = bare[: -len(suffix)]
                break
        return "" if bare in self._reader.stop else bare


def _is_source(message: Message) -> bool:
    return message.kind in SOURCES and not message.text.startswith("/egregora")


def _plain(text: str) -> str:
    if "//" in text or "www." in text.lower():
        text = URL.sub(" ", text)
    if "@" in text:
        text = HANDLE.sub(" ", text)
    return MARK.sub(" ", text)


def _utterance(place: int, message: Message, plain: str, reader: Reader, stems: Stems) -> Utterance:
    moment = message.moment
    naive = moment.replace(tzinfo=None) if moment else None
    if not _is_source(message):
        return Utterance(place, message.author, naive, message)
    untouched = plain == message.text
    sentences = tuple(part for part in map(str.strip, SENTENCE.split(message.text)) if part)
    if not untouched:
        sentences = tuple(part for part in sentences if not URL.search(part) and not MARK.search(part))
    spoken = ELISION.sub(r"\1 ", plain) if reader.elides else plain
    words = tuple([tuple(found) for part in CLAUSE.split(spoken) if (found := WORD.findall(part))])
    flat = [word for part in words for word in part]
    terms = tuple([stem for word in flat if (stem := stems(word))])
    urls = () if untouched else addresses(message.text)
    greeting = len(flat) <= 12 and {word.lower() for word in flat} <= reader.greetings
    return Utterance(
        place=place,
        author=message.author,
        moment=naive,
        message=message,
        sentences=sentences,
        words=words,
        terms=terms,
        urls=urls,
        laughing=_laughs(plain, flat),
        greeting=greeting,
        telling=bool(terms or urls) and not greeting and message.author is not None,
    )


def _laughs(plain: str, words: Sequence[str]) -> bool:
    if len(words) > 6:
        return False
    return not LAUGHING_FACES.isdisjoint(plain) or any(map(is_laughter, words))


def is_laughter(word: str) -> bool:
    """Whether a word is laughter: haha, kkkk, jaja, mdr."""
    return _LAUGH.fullmatch(word[:LAUGH_LETTERS]) is not None


def addresses(text: str) -> tuple[str, ...]:
    """The web addresses in `text`, without the punctuation of the sentence around them."""
    if "://" not in text and "www." not in text.lower():
        return ()
    found = []
    for match in URL.finditer(text):
        url = match.group()
        while url and url[-1] in _TRAILING and not (url[-1] == ")" and url.count("(") >= url.count(")")):
            url = url[:-1]
        if url.lower().startswith("www."):
            url = f"https://{url}"
        if url.lower().startswith(("http://", "https://")) and url.count(".") and len(url) <= 2000:
            found.append(url)
    return tuple(dict.fromkeys(found))


def squeeze(text: str) -> str:
    """Fold every run of white space to one space."""
    return _SPACE.sub(" ", text).strip()
