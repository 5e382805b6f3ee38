"""One reading of a window, which both agents' answers are made from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from egregora.message import Message
from egregora.models.offline import entities as names
from egregora.models.offline import exchanges as dealings
from egregora.models.offline import language, lexicon, links, quotes, threads, usage
from egregora.models.offline.keyphrases import Keyphrase, Naming
from egregora.models.offline.utterances import Utterance, texts, utterances

MOST_MINOR = 6

_NAME = re.compile(r"m[0-9]{1,9}")


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
    minor: tuple[tuple[threads.Thread, str], ...]
    """What came up only briefly, and a word for it."""
    exchanges: dealings.Exchanges
    entities: tuple[names.Named, ...]
    links: tuple[links.SharedLink, ...]

    @property
    def telling(self) -> list[Utterance]:
        """Those that can be a matter of conversation."""
        return [u for u in self.utterances if u.telling]

    def voices(self) -> Counter[str]:
        """Messages of each person, whatever their kind, most first."""
        sent = Counter(u.author for u in self.utterances if u.author and u.message.kind != "system")
        return Counter(dict(sorted(sent.items(), key=lambda item: (-item[1], item[0]))))


def places_of(references: Sequence[str], reading: Reading) -> list[int]:
    """The places that names of messages stand for, in order; what names none is passed over."""
    numbers = (int(name[1:]) - 1 for name in references if _NAME.fullmatch(name))
    return sorted({place for place in numbers if 0 <= place < len(reading.utterances)})


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
        Subject(t, tuple(phrases), tuple(quotes.lines(t.utterances, t.weights, reader)))
        for t, phrases in _united([(t, naming.keyphrases(t)) for t in large], naming)
    )
    return Reading(
        languages=languages,
        reader=reader,
        usage=used,
        utterances=found,
        subjects=subjects,
        minor=tuple((t, word) for t in small[:MOST_MINOR] if (word := naming.word(t))),
        exchanges=dealings.exchanges(found, reader),
        entities=tuple(names.entities(found, used, reader)),
        links=links.links(found),
    )


def _united(
    named: list[tuple[threads.Thread, list[Keyphrase]]], naming: Naming
) -> list[tuple[threads.Thread, list[Keyphrase]]]:
    """Make one of threads that would bear the same name."""
    united: list[tuple[threads.Thread, list[Keyphrase]]] = []
    for thread, phrases in named:
        same = next(
            (i for i, (_, known) in enumerate(united) if phrases and known and _same(known[0], phrases[0])), None
        )
        if same is None:
            united.append((thread, phrases))
        else:
            both = threads.join(united[same][0], thread)
            united[same] = (both, naming.keyphrases(both))
    return united


def _same(a: Keyphrase, b: Keyphrase) -> bool:
    return a.stems <= b.stems or b.stems <= a.stems
