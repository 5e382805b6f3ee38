"""Cheap scans that rule most messages out before the exact matchers look at any.

A batch of texts is joined and scanned as one string, so that a name nobody mentions costs one `in` per batch. What is
ruled out holds nothing to protect; what is left may or may not.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from egregora.privacy.participants import Participants, core, is_common_word, is_telling, spellings
from egregora.privacy.writing_systems import LETTER

_DIGITS = re.compile(r"\d(?:[^\w\n]{0,5}\d){5}")
_AT = re.compile("[@＠]")
_COMMAND = re.compile("egregora")
# Letters whose upper and lower case Python's own folding and its regular expressions pair differently.
_FICKLE = re.compile(r"[ßſİıςσΣµμ'’‘`´ʼ‐‑–\-\ufe0f]+")


class Prefilter:
    """Finds the texts of a batch that may hold a participant, a number or an address."""

    def __init__(self, participants: Participants) -> None:
        telling = [name for name in map(core, participants.names) if is_telling(name)]
        telling += [name for name in participants.names if is_telling(name)]
        self._needles = _needles(telling)
        common = [name for name in map(core, participants.names) if is_common_word(name)]
        self._capitals = _plain({form for name in common for form in (name.title(), name.upper())})

    def candidates(self, texts: Sequence[str]) -> set[int]:
        """Positions in `texts` of all that need a closer look."""
        joined = "\n".join(texts)
        lowered = joined.lower()
        found = _positions(joined, _DIGITS)
        if "@" in joined or "＠" in joined:
            found.extend(_positions(joined, _AT))
        found.extend(_hits(joined, self._capitals))
        in_lowered = [*_hits(lowered, self._needles)]
        if "egregora" in lowered:
            in_lowered += _positions(lowered, _COMMAND)
        picked = set(_owners(found, texts))
        # Lowering may lengthen a text, so its positions are counted in lowered texts.
        picked.update(_owners(in_lowered, texts if len(lowered) == len(joined) else [t.lower() for t in texts]))
        return picked


def _needles(names: Iterable[str]) -> list[tuple[str, re.Pattern[str]]]:
    """For each name a stretch that every spelling of it holds, in lower case, and a pattern for where it counts."""
    needles: dict[str, re.Pattern[str]] = {}
    for name in names:
        words = name.split()
        longest = max(words, key=len)
        for spelling in spellings(longest):
            lowered = spelling.lower()
            needle = max(_FICKLE.split(lowered), key=len) or lowered
            whole = len(words) == 1 and needle == lowered and re.fullmatch(f"{LETTER}+", needle)
            pattern = re.escape(needle)
            if whole:
                pattern += f"(?!{LETTER})(?<!{LETTER}{pattern})"
            needles[needle] = re.compile(pattern)
    return list(needles.items())


def _plain(words: Iterable[str]) -> list[tuple[str, re.Pattern[str]]]:
    return [(word, re.compile(re.escape(word))) for word in sorted(words)]


def _hits(text: str, needles: list[tuple[str, re.Pattern[str]]]) -> Iterator[int]:
    for needle, pattern in needles:
        if needle in text:
            yield from _positions(text, pattern)


def _positions(text: str, pattern: re.Pattern[str]) -> list[int]:
    return [match.start() for match in pattern.finditer(text)]


def _owners(positions: list[int], texts: Sequence[str]) -> Iterator[int]:
    """Which of `texts`, joined by one character each, holds each position."""
    if positions:
        starts = list(accumulate((len(text) + 1 for text in texts[:-1]), initial=0))
        for position in positions:
            yield bisect_right(starts, position) - 1
