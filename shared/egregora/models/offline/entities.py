"""Names in the text: places, works, dates, amounts, and other names written with capitals."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from egregora.models.offline.lexicon import Reader
from egregora.models.offline.usage import Usage
from egregora.models.offline.utterances import Utterance

MOST = 24
AMOUNT = re.compile(
    r"(?:[€$£]|R\$|CHF)\s?\d[\d.,]*\d|(?:[€$£]|R\$)\s?\d\b|\b\d[\d.,]*\s?(?:€|£|\$|euros?|reais|dollars?|pounds|quid|francs|Franken)(?!\w)"
)

EntityType = Literal["place", "organisation", "work", "product", "event", "date", "other"]


@dataclass(slots=True)
class Named:
    """A name, what it seems to be, and where it stands."""

    name: str
    type: EntityType
    places: list[int] = field(default_factory=list)


def entities(utterances: Sequence[Utterance], usage: Usage, reader: Reader) -> list[Named]:
    """Names worth noting, those that stand in most messages first."""
    found: dict[str, Named] = {}
    as_place: Counter[str] = Counter()
    for u in utterances:
        for words in u.words:
            for name, before in _runs(words, usage, reader):
                key = name.lower()
                as_place[key] += before in reader.places
                kind: EntityType = "work" if before in reader.works else "other"
                entry = found.setdefault(key, Named(name, kind))
                if not entry.places or entry.places[-1] != u.place:
                    entry.places.append(u.place)
        for kind, pattern in (("date", reader.patterns["dates"]), ("other", AMOUNT)):
            for match in pattern.finditer(u.message.text) if any(map(str.isdigit, u.message.text)) else ():
                entry = found.setdefault(match.group().lower(), Named(match.group(), kind))  # type: ignore[arg-type]
                if not entry.places or entry.places[-1] != u.place:
                    entry.places.append(u.place)
    for key, entry in found.items():
        if entry.type == "other" and as_place[key] * 2 >= len(entry.places) and as_place[key]:
            entry.type = "place"
    kept = [
        e for e in found.values() if len(e.places) > 1 or e.type != "other" or " " in e.name or e.name[-1:].isdigit()
    ]
    return sorted(kept, key=lambda e: (-len(e.places), e.places[0], e.name))[:MOST]


def _runs(words: tuple[str, ...], usage: Usage, reader: Reader) -> list[tuple[str, str]]:
    """Runs of capitalised words, and the word before each; a sentence's first word counts only in company."""
    if len(words) > 1 and all(map(str.isupper, words)):
        return []
    found: list[tuple[str, str]] = []
    run: list[str] = []
    start = 0
    for place in range(len(words) + 1):
        word = words[place] if place < len(words) else ""
        if word and _capital(word, usage, reader):
            if not run:
                start = place
            run.append(word)
            continue
        if run:
            before = words[start - 1].lower() if start else ""
            if _stands(run, start, before, usage, reader):
                found.append((" ".join(run), before))
            run = []
    return found


def _capital(word: str, usage: Usage, reader: Reader) -> bool:
    low = word.lower()
    return (
        word[0].isupper()
        and len(word) > 1
        and low not in reader.stop
        and low not in reader.calendar
        and low not in usage.first_names
        and len(word) <= 30
    )


def _stands(run: list[str], start: int, before: str, usage: Usage, reader: Reader) -> bool:
    if len(run) > 5:
        return False
    if reader.nouns_capitalised:
        return (before in reader.places and len(run) == 1 and not usage.common_noun(run[0])) or (len(run) > 1 and start > 0)
    return all(usage.proper(word) for word in run[:1]) if start == 0 else True
