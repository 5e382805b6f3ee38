"""Cheap scans that rule most messages out before the exact matchers look at any.

A batch of texts is joined and scanned as one string, so that a name nobody mentions costs one `in` per batch. What is
ruled out holds nothing to protect; what is left may or may not.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain

from egregora.privacy.numbers import MANY_DIGITS
from egregora.privacy.participants import Participants
from egregora.privacy.spelling import core, fold, is_common_word, is_telling, spellings
from egregora.privacy.writing_systems import LETTER, is_spaced

Needle = tuple[str, re.Pattern[str]]
"""A stretch to look for, and a pattern for where it counts."""

_AT = re.compile("[@＠]")
_COMMAND = ("egregora", re.compile("egregora"))


class Prefilter:
    """Finds the texts of a batch that may hold a participant, a number, an address or a request."""

    def __init__(self, participants: Participants) -> None:
        names = {form for name in participants.names for form in (name, core(name))}
        needles = chain.from_iterable(_needles(fold(name)) for name in sorted(names) if is_telling(name))
        self._folded = [*dict(needles).items(), _COMMAND]
        common = sorted(name for name in names if is_common_word(name))
        self._exact = [(form, re.compile(form)) for name in common for form in (name.title(), name.upper())]

    def candidates(self, texts: Sequence[str]) -> set[int]:
        """Positions in `texts` of all that need a closer look."""
        joined = "\n".join(texts)
        found = [_places(joined, MANY_DIGITS), _hits(joined, self._exact), _hits(fold(joined), self._folded)]
        if "@" in joined or "＠" in joined:
            found.append(_places(joined, _AT))
        places = list(chain.from_iterable(found))
        if not places:
            return set()
        starts = list(accumulate((len(text) + 1 for text in texts[:-1]), initial=0))
        return {bisect_right(starts, place) - 1 for place in places}


def _needles(name: str) -> Iterator[Needle]:
    """For every spelling of a folded name a stretch that it holds."""
    words = name.split()
    word = max(words, key=len)
    for spelling in spellings(word):
        needle = max(spelling.split("\ufe0f"), key=len)
        pattern = re.escape(needle)
        if needle == name and is_spaced(name):
            pattern += f"(?!{LETTER})(?<!{LETTER}{pattern})"
        yield needle, re.compile(pattern)


def _hits(text: str, needles: list[Needle]) -> Iterator[int]:
    for needle, pattern in needles:
        if needle in text:
            yield from _places(text, pattern)


def _places(text: str, pattern: re.Pattern[str]) -> Iterator[int]:
    return (match.start() for match in pattern.finditer(text))
