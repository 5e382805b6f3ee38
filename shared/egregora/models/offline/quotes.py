"""Lines worth keeping: long enough to say something, short enough to stand alone, and noticed by others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from egregora.models.offline.lexicon import Reader
from egregora.models.offline.threads import pause
from egregora.models.offline.utterances import HANDLE, QUESTION, URL, Utterance

SHORTEST, LONGEST = 24, 220
"""Bytes of the shortest quotable line, for some scripts say much in few letters; letters of the longest."""
BEST = 95
"""Letters of a line that is easiest to read."""
SOON = 600.0
"""Seconds within which laughter belongs to what was said."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence or two of one message, word for word, and how telling it is."""

    text: str
    by: Utterance
    weight: float
    laughs: int


def lines(utterances: Sequence[Utterance], weights: Mapping[str, float], reader: Reader) -> list[Line]:
    """The quotable lines of a thread, in order; `weights` say how much each term tells of it."""
    found = []
    for at, u in enumerate(utterances):
        if not u.telling or u.laughing or not (u.sentences or u.urls):
            continue
        text = _passage(u)
        if text is None:
            continue
        laughs = _laughs(utterances, at)
        found.append(Line(text, u, _weight(text, u, weights, reader, laughs), laughs))
    return found


def _passage(u: Utterance) -> str | None:
    """The most of a message that can be quoted whole: all of it, or its first sentences."""
    if u.urls:
        sides = (side.strip(" :-–—>") for line in u.message.text.splitlines() for side in URL.split(line))
        best = max(sides, key=len, default="")
        return best if _fits(best) else None
    text = u.message.text.strip()
    if "\n" not in text and _fits(text) and len(u.sentences) <= 4:
        return text
    fitting = [s for s in u.sentences if _fits(s)]
    return max(fitting, key=lambda s: (-abs(len(s) - BEST), s)) if fitting else None


def _fits(text: str) -> bool:
    return len(text) <= LONGEST and len(text.encode("utf-8", "replace")) >= SHORTEST


def _weight(text: str, u: Utterance, weights: Mapping[str, float], reader: Reader, laughs: int) -> float:
    length = math.exp(-(((len(text) - BEST) / 70) ** 2))
    telling = sum(weights.get(term, 0.0) for term in dict.fromkeys(u.terms[:40])) / math.sqrt(2 + len(u.terms))
    weight = (
        (0.3 + telling) * (0.4 + length) * (1 + 0.5 * min(laughs, 4)) * (1 + 0.25 * min(len(u.message.reactions), 4))
    )
    if text[-1] in ".!…。！":
        weight *= 1.1
    if QUESTION.search(text):
        weight *= 0.7
    if HANDLE.search(text) or "[" in text:
        weight *= 0.7
    if reader.search("small_talk", text):
        weight *= 0.3
    return weight


def _laughs(utterances: Sequence[Utterance], at: int) -> int:
    """How many others laughed right after."""
    who = set()
    for v in utterances[at + 1 : at + 4]:
        if v.author == utterances[at].author or pause(utterances[at], v) > SOON:
            continue
        if not v.laughing:
            break
        who.add(v.author)
    return len(who)
