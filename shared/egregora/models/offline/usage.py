"""How a window uses its words: which stand where nouns stand, how they are written, and which are people's names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from egregora.models.offline.lexicon import Reader
from egregora.models.offline.utterances import Utterance


class Usage:
    """Counts over every sentence of a window, by lower-case word."""

    def __init__(self, utterances: Sequence[Utterance], reader: Reader) -> None:
        self._reader = reader
        self._as_noun: Counter[str] = Counter()
        self._as_verb: Counter[str] = Counter()
        self._inside: Counter[str] = Counter()
        """Occurrences past a sentence's first word, where a capital letter tells something."""
        self._capital: Counter[str] = Counter()
        self._written: dict[str, Counter[str]] = {}
        self._articles: dict[str, Counter[str]] = {}
        self.first_names: set[str] = set()
        for utterance in utterances:
            for sentence in utterance.words:
                self._read(sentence)
            self._vocatives(utterance)

    def _read(self, words: tuple[str, ...]) -> None:
        determiners, verbs_after, stop = self._reader.determiners, self._reader.verbs_after, self._reader.stop
        before, article, noun_ahead = "", "", False
        shouting = len(words) > 1 and all(map(str.isupper, words))
        for place, word in enumerate(words):
            low = word.lower()
            if low not in stop:
                if noun_ahead or before.isdigit():
                    self._as_noun[low] += 1
                if before in verbs_after:
                    self._as_verb[low] += 1
                if place:
                    self._inside[low] += 1
                    if word[0].isupper() and not shouting:
                        self._capital[low] += 1
                if place or not word[0].isupper():
                    self._written.setdefault(low, Counter())[word] += 1
                self._articles.setdefault(low, Counter())[article if noun_ahead else ""] += 1
            else:
                noun_ahead = low in determiners
            article = self._reader.articles.get(low, "") if low in stop else ""
            before = low

    def _vocatives(self, utterance: Utterance) -> None:
        """Note first names by which people are addressed: "Thanks Anna", "Ben, can you ..."."""
        text = utterance.message.text
        for words in utterance.words:
            if len(words) > 1 and words[0].lower() in self._reader.thanks and self._is_name(words[1]):
                self.first_names.add(words[1].lower())
        if utterance.words and utterance.words[0]:
            first, last = utterance.words[0][0], utterance.words[-1][-1]
            if self._is_name(first) and text.startswith(f"{first},"):
                self.first_names.add(first.lower())
            if self._is_name(last) and f", {last}" in text[-len(last) - 4 :]:
                self.first_names.add(last.lower())

    def _is_name(self, word: str) -> bool:
        low = word.lower()
        return word[0].isupper() and word[1:].islower() and low not in self._reader.stop | self._reader.calendar

    def nounness(self, word: str) -> float:
        """From 0 to 1, how much `word` is used as a noun is."""
        low = word.lower()
        noun = self._as_noun[low] + 1.5 * self._capital[low]
        return (noun + 0.4) / (noun + 1.2 * self._as_verb[low] + 1)

    def proper(self, word: str) -> bool:
        """Whether `word` is written with a capital wherever that tells something."""
        low = word.lower()
        return self._capital[low] > 0 and self._capital[low] >= 0.7 * self._inside[low]

    def common_noun(self, word: str) -> bool:
        """Whether `word` stands behind determiners, as names of places rarely do."""
        low = word.lower()
        return self._as_noun[low] > 0

    def written(self, word: str) -> str:
        """`word` as it is mostly written inside sentences."""
        low = word.lower()
        forms = self._written.get(low)
        if not forms:
            return low if not self._reader.nouns_capitalised else word
        best = max(forms.items(), key=lambda item: (item[1], item[0].islower(), item[0]))[0]
        return low if best.isupper() and len(best) > 5 else best

    def article(self, word: str) -> str:
        """The article that `word` mostly stands with; empty where it has none."""
        forms = self._articles.get(word.lower())
        if not forms:
            return ""
        form, count = max(forms.items(), key=lambda item: (item[1], item[0]))
        return form if count * 2 > sum(forms.values()) else ""
