"""Finding a conversation's own people in its texts: full display names, mentions and numbers.

A full name counts wherever it is a word of its own, in any case, also written as in addresses (``grace-hopper``).
What could be anything else counts only where it surely is a person:

- a name that is a common word ("Will", "May"): with a capital, in a mention, in a notice;
- a name of a single letter, of digits or of symbols alone: in a mention, in a notice;
- the first word of a longer name, where nobody shares it: in a mention; and, unless it is a common word or it is not
  asked for, with a capital.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from egregora.ids import Handle
from egregora.privacy.handles import BIDI, Handles, normal_name, phone_digits
from egregora.privacy.numbers import Numbers
from egregora.privacy.spelling import core, fold, is_common_word, is_telling, spellings
from egregora.privacy.writing_systems import begins_word, ends_word, words_of

Match = tuple[int, int, Handle]

_JOINT = rf"(?:[\s_.+\-{BIDI}]|%20)"
_MENTION = re.compile(rf"[@＠][{BIDI}]?\Z")
_BEFORE = re.compile(rf"(?:[@＠][{BIDI}]*)?(?:~\s?)?\Z")


class Where(Enum):
    """Where a form means the person."""

    ANYWHERE = 1
    CAPITALISED = 2
    MENTIONED = 3
    IN_NOTICES = 4


@dataclass(frozen=True, slots=True)
class Form:
    """One way a person is written in a folded text."""

    first: str
    pattern: str
    length: int
    handle: Handle
    where: Where


class Participants:
    """Everybody of one conversation, and how to find them in a text."""

    def __init__(self, handles: Handles, names: Iterable[str], *, first_names: bool = False) -> None:
        self.first_names: list[str] = []
        """First words of longer names that mean one person, with a capital."""
        self._by_first_name = first_names
        self.names: dict[str, Handle] = {}
        self.numbers: dict[str, Handle] = {}
        for name in names:
            if digits := phone_digits(name):
                self.numbers[digits] = handles.of_name(name)
            elif plain := normal_name(name):
                self.names.setdefault(plain, handles.of_name(name))
        self._finder = _Finder(self._forms())
        self._numbers = Numbers(self.numbers)
        self._words = frozenset(word for name in self.names for word in words_of(fold(name)) if is_telling(word))
        self._hints = tuple(sorted({form for word in self._words if len(word) > 2 for form in spellings(word)}))

    def matches(self, text: str, *, notice: bool = False) -> Iterator[Match]:
        """Start, end and handle of every participant in `text`; `notice`: it is a system message."""
        yield from self._finder.matches(text, notice)
        yield from self._numbers.matches(text)

    def named_by(self, text: str) -> Iterator[Handle]:
        """Everybody whom `text` means, or is the name of."""
        yield from (handle for *_, handle in self.matches(text))
        whole = fold(normal_name(text))
        yield from (handle for name, handle in self.names.items() if fold(name) == whole)

    def named_in(self, text: str) -> bool:
        """Whether `text` names a participant, also by a single word of a longer name, or holds one's number."""
        return any(True for _ in self.named_by(text)) or not self._words.isdisjoint(words_of(fold(text)))

    def hinted_in(self, text: str) -> bool:
        """Whether a word of a participant's name, of three letters or more, stands anywhere in `text`."""
        folded = fold(text)
        return any(hint in folded for hint in self._hints) or self.named_in(text)

    def _forms(self) -> Iterator[Form]:
        firsts = Counter(words[0].casefold() for name in self.names if (words := core(name).split()))
        taken = {name.casefold() for name in self.names}
        for name, handle in self.names.items():
            bare = core(name)
            yield from _whole(name, handle)
            if bare and bare.casefold() not in taken:
                taken.add(bare.casefold())
                yield from _whole(bare, handle)
            first = bare.split(maxsplit=1)[0] if " " in bare else ""
            if firsts[first.casefold()] == 1 and first.casefold() not in taken:
                yield from _spelt([first], handle, Where.MENTIONED)
                if self._by_first_name and len(first) > 2 and is_telling(first) and first[0].isupper():
                    self.first_names.append(first)
                    yield from _spelt([first], handle, Where.CAPITALISED)


class _Finder:
    """Finds many forms at once: one pattern tells where any may stand, and each there is tried for itself."""

    def __init__(self, forms: Iterable[Form]) -> None:
        longest_first = sorted(forms, key=lambda form: (-form.length, form.pattern, form.where.value))
        self._any = re.compile("|".join(dict.fromkeys(form.pattern for form in longest_first)) or r"(?!)")
        self._by_first: dict[str, list[Form]] = {}
        for form in longest_first:
            self._by_first.setdefault(form.first, []).append(form)
        # Made when first needed: of a large group few are ever spoken of.
        self._patterns: dict[str, re.Pattern[str]] = {}

    def matches(self, text: str, notice: bool) -> Iterator[Match]:
        folded = fold(text)
        position = 0
        while found := self._any.search(folded, position):
            start = found.start()
            match = self._at(text, folded, start, notice)
            if match:
                end, handle = match
                lead = _BEFORE.search(text, max(position, start - 8), start)
                position = end + (text[end : end + 1] == "\u2069")
                yield (lead.start() if lead else start), position, handle
            else:
                position = start + 1

    def _at(self, text: str, folded: str, start: int, notice: bool) -> tuple[int, Handle] | None:
        """Where the longest form that means a person at `start` ends, and whose it is."""
        for form in self._by_first[folded[start]]:
            if form.where is Where.IN_NOTICES and not notice:
                continue
            match = self._pattern(form).match(folded, start)
            if match and _means(form.where, text, start, match.end()):
                return match.end(), form.handle
        return None

    def _pattern(self, form: Form) -> re.Pattern[str]:
        pattern = self._patterns.get(form.pattern)
        if pattern is None:
            pattern = self._patterns[form.pattern] = re.compile(form.pattern)
        return pattern


def _means(where: Where, text: str, start: int, end: int) -> bool:
    if where is Where.MENTIONED:
        return bool(_MENTION.search(text, max(0, start - 2), start)) and ends_word(text, end)
    if where is Where.CAPITALISED and not text[start].isupper():
        return False
    if where is Where.IN_NOTICES and not any(map(str.isalnum, text[start:end])):
        return not text[max(0, start - 1) : start].strip() and not text[end : end + 1].strip()
    return begins_word(text, start) and ends_word(text, end)


def _whole(name: str, handle: Handle) -> Iterator[Form]:
    """A full name, where it may be taken for the person."""
    if is_telling(name):
        yield from _spelt(name.split(), handle, Where.ANYWHERE)
        return
    wheres = [Where.MENTIONED, Where.IN_NOTICES, *([Where.CAPITALISED] if is_common_word(name) else [])]
    for where in wheres:
        yield from _spelt(name.split(), handle, where)


def _spelt(words: list[str], handle: Handle, where: Where) -> Iterator[Form]:
    """The forms of a name of several words; each starts with a plain character, for such patterns are found fast."""
    letters = sum(map(len, words))
    joint = _JOINT + ("{0,3}" if letters >= 8 else "{1,3}")
    rest = "".join(f"{joint}(?:{'|'.join(map(_literal, spellings(fold(word))))})" for word in words[1:])
    for first in spellings(fold(words[0])):
        pattern = re.escape(first[0]) + _literal(first[1:]) + rest
        yield Form(first[0], pattern, letters + len(words), handle, where)


def _literal(text: str) -> str:
    return re.escape(text).replace("\ufe0f", "\ufe0f?")
