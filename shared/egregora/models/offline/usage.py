"""How a window uses its words: which stand where nouns stand, how they are written, and which are people's names."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from egregora.models.offline.lexicon import Reader
from egregora.models.offline.utterances import Utterance


@dataclass(slots=True)
class WordUse:
    """How often a word stands where."""

    times: int = 0
    as_noun: int = 0
    as_head: int = 0
    """Right behind a determiner, where no noun before it could have been meant."""
    as_verb: int = 0
    counted: int = 0
    """Right behind a number."""
    as_modifier: int = 0
    """Right before another word that carries a topic."""
    behind_place: int = 0
    """Right behind a word that places follow."""
    inside: int = 0
    """Past a sentence's first word, where a capital letter tells something."""
    capital: int = 0
    addressed: int = 0
    """Where people are addressed or spoken of."""
    written: dict[str, int] = field(default_factory=dict)
    articles: dict[str, int] = field(default_factory=dict)


class Usage:
    """Counts over every sentence of a window, by lower-case word."""

    def __init__(self, utterances: Sequence[Utterance], reader: Reader) -> None:
        self._reader = reader
        self._uses: dict[str, WordUse] = {}
        self.capitalised: list[tuple[Utterance, tuple[str, ...]]] = []
        """Sentences with a capital letter inside, and whose they are."""
        for utterance in utterances:
            for sentence in utterance.words:
                if self._read(sentence):
                    self.capitalised.append((utterance, sentence))
                    self._persons(sentence)
                else:
                    self._persons(sentence[:2])
            self._vocatives(utterance)
        self.first_names = {word for word, use in self._uses.items() if use.addressed and _is_person(use)}
        """Names by which people are addressed or spoken of."""

    def _read(self, words: tuple[str, ...]) -> bool:
        """Count the words of a sentence; tells whether a capital stands where it tells something."""
        determiners, verbs_after, stop = self._reader.determiners, self._reader.verbs_after, self._reader.stop
        articles, places = self._reader.articles, self._reader.places
        before, article, noun_ahead, capitals = "", "", False, False
        last: WordUse | None = None
        shouted = len(words) > 1 and all(map(str.isupper, words))
        for place, word in enumerate(words):
            low = word.lower()
            if low in stop:
                noun_ahead = low in determiners
                article = articles.get(low, "")
                last = None
            else:
                use = self._uses.get(low)
                if use is None:
                    use = self._uses[low] = WordUse()
                use.times += 1
                use.as_noun += noun_ahead or before.isdigit()
                use.as_head += noun_ahead and last is None
                use.counted += before.isdigit()
                use.as_verb += before in verbs_after
                use.behind_place += before in places
                if last is not None:
                    last.as_modifier += 1
                capital = word[0] != low[0] and not shouted and (len(word) <= 3 or not word.isupper())
                if place:
                    use.inside += 1
                    if capital:
                        use.capital += 1
                        capitals = True
                if place or not capital:
                    form = low if shouted else word
                    use.written[form] = use.written.get(form, 0) + 1
                use.articles[article] = use.articles.get(article, 0) + 1
                article, last = "", use
            before = low
        return capitals

    def _persons(self, words: tuple[str, ...]) -> None:
        """Note names that stand as people's do: "Anna said", "ask Anna", "Anna's turn"."""
        for word, after in itertools.pairwise(words):
            if after.lower() in self._reader.person_verbs and self._is_name(word):
                self._uses[word.lower()].addressed += 1
            if word.lower() in self._reader.person_before and self._is_name(after):
                self._uses[after.lower()].addressed += 1
        for word in words:
            if word.endswith(("'s", "’s")) and self._is_name(word[:-2]) and word[:-2].lower() in self._uses:
                self._uses[word[:-2].lower()].addressed += 1

    def _vocatives(self, utterance: Utterance) -> None:
        """Note names by which people are addressed: "Thanks Anna", "Ben, can you ..."."""
        text = utterance.message.text
        for words in utterance.words:
            if len(words) > 1 and words[0].lower() in self._reader.thanks and self._is_name(words[1]):
                self._uses[words[1].lower()].addressed += 2
        if utterance.words and "," in text:
            first, last = utterance.words[0][0], utterance.words[-1][-1]
            if text.startswith(f"{first},") and self._is_name(first):
                self._uses[first.lower()].addressed += 2
            if f", {last}" in text[-len(last) - 4 :] and self._is_name(last):
                self._uses[last.lower()].addressed += 1

    def _is_name(self, word: str) -> bool:
        low = word.lower()
        return (
            word != low
            and word[0].isupper()
            and word[1:].islower()
            and low not in self._reader.stop
            and low not in self._reader.calendar
        )

    def nounness(self, word: str) -> float:
        """From 0 to 1, how much `word` is used as a noun is."""
        low = word.lower()
        use = self._uses.get(low, _UNUSED)
        # "The wind carries": what ends as verbs do is a noun only right behind a determiner.
        noun = (use.as_head if low.endswith("s") else use.as_noun) + 1.5 * use.capital
        likely = 0.15 if low.endswith(self._reader.verb_endings) else 0.4
        return (noun + likely) / (noun + 1.2 * use.as_verb + 1)

    def verb(self, word: str) -> bool:
        """Whether `word` was never seen where a noun stands, and looks like a verb or stands like one."""
        low = word.lower()
        use = self._uses.get(low, _UNUSED)
        likely = use.as_verb or low.endswith(self._reader.verb_endings)
        return bool(likely) and not use.as_head and not use.capital

    def seen_as_noun(self, word: str) -> bool:
        """Whether `word` was seen right behind a determiner, or with a capital where that tells something."""
        use = self._uses.get(word.lower(), _UNUSED)
        return use.as_head > 0 or use.capital > 0

    def closes(self, word: str) -> bool:
        """Whether `word` can close a phrase of nouns, as in "the lock gate", and unlike "the wind carries"."""
        use = self._uses.get(word.lower(), _UNUSED)
        return self.seen_as_noun(word) or (use.as_noun > 0 and not word.lower().endswith("s"))

    def unit(self, word: str) -> bool:
        """Whether `word` mostly stands behind numbers, as pounds, euros and votes do."""
        use = self._uses.get(word.lower(), _UNUSED)
        return use.counted * 2 >= use.times > 0

    def times(self, word: str) -> int:
        """How often `word` is used."""
        return self._uses.get(word.lower(), _UNUSED).times

    def acronym(self, word: str) -> bool:
        """Whether `word` is always written in capitals, and more than once: what is shouted mostly is not."""
        forms = self._uses.get(word.lower(), _UNUSED).written
        return len(forms) == 1 and all(form.isupper() and count > 1 for form, count in forms.items())

    def modifies(self, word: str) -> float:
        """From 0 to 1, how much `word` is used to describe what follows it."""
        use = self._uses.get(word.lower(), _UNUSED)
        return use.as_modifier / use.times if use.times else 0.0

    def proper(self, word: str) -> bool:
        """Whether `word` is written with a capital wherever that tells something."""
        use = self._uses.get(word.lower(), _UNUSED)
        return use.capital > 0 and use.capital >= 0.7 * use.inside

    def common_noun(self, word: str) -> bool:
        """Whether `word` stands behind determiners, as names of places rarely do."""
        return self._uses.get(word.lower(), _UNUSED).as_noun > 0

    def written(self, word: str) -> str:
        """`word` as it is mostly written inside sentences."""
        low = word.lower()
        forms = self._uses.get(low, _UNUSED).written
        calm = {form: count for form, count in forms.items() if not form.isupper() or self.acronym(form)}
        if not calm:
            return low.capitalize() if self._reader.nouns_capitalised else low
        return max(calm.items(), key=lambda item: (item[1], item[0].islower(), item[0]))[0]

    def article(self, word: str) -> str:
        """The article that `word` mostly stands with; empty where it has none."""
        forms = self._uses.get(word.lower(), _UNUSED).articles
        form, count = max(forms.items(), key=lambda item: (item[1], item[0]), default=("", 0))
        return form if count * 2 > sum(forms.values()) else ""


_UNUSED = WordUse()


def _is_person(use: WordUse) -> bool:
    """Whether a word stands as a person's name more often than as a place's or a thing's."""
    named = use.capital > 0 and use.capital >= 0.7 * use.inside
    things = 2 * use.behind_place + sum(count for article, count in use.articles.items() if article)
    return named and use.addressed > things
