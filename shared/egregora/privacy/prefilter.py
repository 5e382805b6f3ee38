"""Cheap scans that rule most messages out before the exact matchers look at any.

A batch of texts is joined and scanned as one string, for all names at once, so that a name nobody mentions costs
nothing. What is ruled out holds nothing to protect; what is left may or may not.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, chain, compress, count
from operator import not_

from ahocorasick_rs import AhoCorasick, Implementation

from egregora.latin import is_latin
from egregora.privacy.numbers import many_digits
from egregora.privacy.participants import Participants
from egregora.privacy.spelling import core, fold, is_common_word, is_telling, spellings
from egregora.privacy.writing_systems import LETTER, is_spaced

Counts = Callable[[str, str, int, int], bool]
"""Whether a stretch counts where it stands: in a folded text, and so in the text, from its start to its end."""

Needle = tuple[str, Counts]
"""A stretch to look for in a folded text, and where it counts."""

_LETTER = re.compile(LETTER)
_BETWEEN = re.compile(r"\W+")


class Prefilter:
    """Finds the texts of a batch that may hold a participant, a number, an address or a request."""

    def __init__(self, participants: Participants) -> None:
        forms = {form for name in participants.names for form in (name, core(name))}
        capitals = {name for name in forms if is_common_word(name)} | set(participants.first_names)
        names = [needle for name in sorted(forms) if is_telling(name) for needle in _needles(fold(name))]
        names += [(spelling, _capitalised) for name in sorted(capitals) for spelling in spellings(fold(name))]
        self._in_texts = _Search([*names, *((form, _anywhere) for form in ("@", "＠", "egregora"))])
        self._in_keys = _Search(names)
        # However a number is written, it ends in these.
        self._in_numbers = _Search((number[-7:], _anywhere) for number in participants.numbers)

    def candidates(self, texts: Sequence[str]) -> set[int]:
        """Positions in `texts` of all that need a closer look."""
        found: set[int] = set()
        # One emoji makes a joined text several times as wide, and all that is done with it slower.
        narrow = [text.isascii() or is_latin(text) for text in texts]
        for chosen in (narrow, list(map(not_, narrow))):
            places, group = list(compress(count(), chosen)), list(compress(texts, chosen))
            joined = "\n".join(group)
            found.update(places[owner] for owner in _owners(chain(many_digits(joined), self._in_texts(joined)), group))
        return found

    def named(self, keys: Sequence[str]) -> set[int]:
        """Positions in `keys`, ids that a platform made, of all that may hold a participant's name or number."""
        compact = [_BETWEEN.sub("", key) for key in keys]
        return _owners(self._in_keys("\n".join(keys)), keys) | _owners(self._in_numbers("\n".join(compact)), compact)


class _Search:
    """Looks for many stretches in one pass."""

    def __init__(self, needles: Iterable[Needle]) -> None:
        wanted = list(dict.fromkeys(needles))
        self._counts = [counts for _, counts in wanted]
        self._automaton = AhoCorasick([stretch for stretch, _ in wanted], implementation=Implementation.DFA)

    def __call__(self, text: str) -> Iterator[int]:
        """Where in `text` they count."""
        folded = fold(text)
        for needle, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            if self._counts[needle](folded, text, start, end):
                yield start


def _owners(places: Iterable[int], texts: Sequence[str]) -> set[int]:
    """Which of `texts`, joined by one character each, hold the `places`."""
    found = list(places)
    starts = list(accumulate([len(text) + 1 for text in texts], initial=0)) if found else []
    return {bisect_right(starts, place) - 1 for place in found}


def _needles(name: str) -> Iterator[Needle]:
    """For every spelling of a folded name a stretch that it holds."""
    word = max(name.split(), key=len)
    for spelling in spellings(word):
        stretch = max(spelling.split("\ufe0f"), key=len)
        yield stretch, _alone if stretch == name and is_spaced(name) else _anywhere


def _anywhere(folded: str, text: str, start: int, end: int) -> bool:
    return True


def _alone(folded: str, text: str, start: int, end: int) -> bool:
    return not (_LETTER.match(folded, end) or (start and _LETTER.match(folded, start - 1)))


def _capitalised(folded: str, text: str, start: int, end: int) -> bool:
    return text[start].isupper()
