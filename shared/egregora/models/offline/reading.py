"""One reading of a window, which both agents' answers are made from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from egregora.message import Message
from egregora.models.offline import entities as names
from egregora.models.offline import exchanges as dealings
from egregora.models.offline import language, lexicon, links, quotes, threads, usage
from egregora.models.offline.keyphrases import Keyphrase, Naming
from egregora.models.offline.utterances import MEDIA, Utterance, texts, utterances


@dataclass(frozen=True, slots=True)
class Subject:
    """A thread with its name, and the lines of it that can be quoted."""

    thread: threads.Thread
    keyphrases: tuple[Keyphrase, ...]
    lines: tuple[quotes.Line, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that was found in a window."""

    languages: tuple[str, ...]
    reader: lexicon.Reader
    usage: usage.Usage
    utterances: tuple[Utterance, ...]
    subjects: tuple[Subject, ...]
    minor: tuple[Subject, ...]
    """Subjects that came up only briefly, without lines."""
    exchanges: dealings.Exchanges
    entities: tuple[names.Named, ...]
    links: tuple[links.SharedLink, ...]

    @property
    def spoken(self) -> list[Utterance]:
        """Messages in which something was said."""
        return [u for u in self.utterances if u.author and (u.sentences or u.urls)]

    @property
    def telling(self) -> list[Utterance]:
        """Those that can be a matter of conversation."""
        return [u for u in self.utterances if u.telling]

    def voices(self) -> Counter[str]:
        """Messages of each person, whatever their kind, most first."""
        sent = Counter(u.author for u in self.utterances if u.author and u.message.kind != "system")
        return Counter(dict(sorted(sent.items(), key=lambda item: (-item[1], item[0]))))

    def media(self) -> Counter[str]:
        """Photos and files of each person."""
        return Counter(u.author for u in self.utterances if u.author and u.message.kind in MEDIA)


@lru_cache(maxsize=4)
def read(messages: tuple[Message, ...]) -> Reading:
    """Read a window. The writer is asked soon after the enricher, about the same messages: the last few are kept."""
    plain = texts(messages)
    languages = language.languages([text for text in plain if text.strip()])
    reader = lexicon.reader(languages)
    found = utterances(messages, plain, reader)
    used = usage.Usage(found, reader)
    large, small = threads.threads(found)
    naming = Naming(reader, used)
    subjects = tuple(
        Subject(t, tuple(naming.keyphrases(t)), tuple(quotes.lines(t.utterances, t.weights, reader))) for t in large
    )
    return Reading(
        languages=languages,
        reader=reader,
        usage=used,
        utterances=found,
        subjects=subjects,
        minor=tuple(Subject(t, tuple(naming.keyphrases(t, 1)), ()) for t in small[:6]),
        exchanges=dealings.exchanges(found, reader),
        entities=tuple(names.entities(found, used, reader)),
        links=links.links(found),
    )
