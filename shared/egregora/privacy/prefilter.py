"""Cheap scans that rule most messages out before the exact matchers look at any.

A batch of texts is joined and scanned as one string, so that a name nobody mentions costs one `in` per batch. What is
ruled out holds nothing to protect; what is left may or may not.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain, compress, count
from operator import not_

from egregora.latin import is_latin
from egregora.privacy.numbers import many_digits
from egregora.privacy.participants import Participants
from egregora.privacy.spelling import core, fold, is_common_word, is_telling, spellings
from egregora.privacy.writing_systems import LETTER, is_spaced

Needle = tuple[str, re.Pattern[str]]
"""A stretch to look for in a folded text, and a pattern for where it counts."""

_BETWEEN = re.compile(r"\W+")


class Prefilter:
    """Finds the texts of a batch that may hold a participant, a number, an address or a request."""

    def __init__(self, participants: Participants) -> None:
        names = {form for name in participants.names for form in (name, core(name))}
        needles = chain.from_iterable(_needles(fold(name)) for name in sorted(names) if is_telling(name))
        # Of two patterns for one stretch, the shorter finds what the other does.
        every = list(dict(sorted(needles, key=lambda needle: -len(needle[1].pattern))).items())
        self._names = [needle for needle in every if "%" not in needle[0]]
        self._in_addresses = [needle for needle in every if "%" in needle[0]]
        # However a number is written, it ends in these.
        self._numbers = _plain(number[-7:] for number in participants.numbers)
        capitals = sorted({name for name in names if is_common_word(name)} | set(participants.first_names))
        self._capitals = [
            (spelling, re.compile(f"{re.escape(spelling[0].upper())}(?i:{re.escape(spelling[1:])})"))
            for name in capitals
            for spelling in spellings(fold(name))
        ]

    def candidates(self, texts: Sequence[str]) -> set[int]:
        """Positions in `texts` of all that need a closer look."""
        found: set[int] = set()
        # One emoji makes a joined text several times as wide, and all that is done with it slower.
        narrow = list(map(is_latin, texts))
        for chosen in (narrow, list(map(not_, narrow))):
            places, group = list(compress(count(), chosen)), list(compress(texts, chosen))
            found.update(places[owner] for owner in self._among(group))
        return found

    def _among(self, texts: Sequence[str]) -> set[int]:
        joined = "\n".join(texts)
        return _owners(chain(many_digits(joined), _hits(joined, joined, _AT), self._words(joined, _COMMAND)), texts)

    def named(self, keys: Sequence[str]) -> set[int]:
        """Positions in `keys`, ids that a platform made, of all that may hold a participant's name or number."""
        joined = "\n".join(keys)
        named = _owners(self._words(joined), keys)
        compact = [_BETWEEN.sub("", key) for key in keys]
        numbers = "\n".join(compact)
        return named | _owners(_hits(numbers, numbers, self._numbers), compact)

    def _words(self, text: str, others: Sequence[Needle] = ()) -> Iterator[int]:
        folded = fold(text)
        names = [*self._names, *self._in_addresses] if "%" in folded else self._names
        return chain(_hits(folded, text, self._capitals), _hits(folded, folded, [*names, *others]))


def _owners(places: Iterable[int], texts: Sequence[str]) -> set[int]:
    """Which of `texts`, joined by one character each, hold the `places`."""
    found = list(places)
    starts = list(accumulate([len(text) + 1 for text in texts], initial=0)) if found else []
    return {bisect_right(starts, place) - 1 for place in found}


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


def _plain(forms: Iterable[str]) -> list[Needle]:
    return [(form, re.compile(re.escape(form))) for form in forms]


def _hits(folded: str, text: str, needles: Iterable[Needle]) -> Iterator[int]:
    """Places of needles in `folded` at which their patterns match in `text`, which is as long."""
    for needle, pattern in needles:
        place = folded.find(needle)
        while place >= 0:
            if pattern.match(text, place):
                yield place
            place = folded.find(needle, place + 1)


_AT, _COMMAND = _plain("@＠"), _plain(["egregora"])
