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
    r"(?:[€$£]|R\$|CHF)\s?\d[\d.,]{0,14}\d|(?:[€$£]|R\$)\s?\d\b|\b\d[\d.,]{0,14}\s?(?:€|£|\$|euros?|reais|dollars?|pounds|quid|francs|Franken)(?!\w)"
)

_DIGIT = re.compile(r"\d")

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

    def note(name: str, kind: EntityType, place: int) -> None:
        entry = found.setdefault(name.lower(), Named(name, kind))
        if not entry.places or entry.places[-1] != place:
            entry.places.append(place)

    for u, words in usage.capitalised:
        for name, before in _runs(words, usage, reader):
            as_place[name.lower()] += before in reader.places
            note(name, "work" if before in reader.works else "other", u.place)
    for u in utterances:
        text = u.message.text
        if u.words and _DIGIT.search(text):
            for match in reader.patterns["dates"].finditer(text):
                note(match.group(), "date", u.place)
            for match in AMOUNT.finditer(text):
                note(match.group(), "other", u.place)
    for key, entry in found.items():
        if entry.type == "other" and as_place[key] * 2 >= len(entry.places) and as_place[key]:
            entry.type = "place"
    kept = [e for e in found.values() if _telling(e)]
    return sorted(kept, key=lambda e: (-len(e.places), e.places[0], e.name))[:MOST]


def _telling(entry: Named) -> bool:
    """Whether a name is worth noting: named more than once, or surely more than a capital letter."""
    return len(entry.places) > 1 or entry.type != "other" or (" " in entry.name and not _DIGIT.search(entry.name))


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
            numbered = word.isdigit()
            if not numbered and _stands(run, start, before, usage, reader):
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
        and low not in reader.tongues
        and low.removesuffix("'s").removesuffix("’s") not in usage.first_names
        and not (word.isupper() and not usage.acronym(word))
        and len(word) <= 30
    )


def _stands(run: list[str], start: int, before: str, usage: Usage, reader: Reader) -> bool:
    if len(run) > 5:
        return False
    if reader.nouns_capitalised:
        return (before in reader.places and len(run) == 1 and not usage.common_noun(run[0])) or (
            len(run) > 1 and start > 0
        )
    return all(usage.proper(word) for word in run[:1]) if start == 0 else True
