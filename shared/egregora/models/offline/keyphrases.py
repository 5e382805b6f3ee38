"""What a thread is called: keyphrases that are nouns or names, used by several, and written as they write them.

YAKE proposes phrases and ranks them by how they stand in the text. What it cannot see is weighed on top: who else
used the words, whether they stand where nouns stand, and whether other threads use them as well.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from egregora.models.offline.lexicon import Reader
from egregora.models.offline.threads import Thread
from egregora.models.offline.usage import Usage
from egregora.models.offline.utterances import WORD, Stems, is_laughter

if TYPE_CHECKING:
    from yake_rust import Yake

LETTERS = 1000
"""Of a thread's text that YAKE is given; the remarks with the heaviest words come first."""
PROPOSALS = 30
LONGEST = 26
"""Letters of the longest word that a name may hold."""


@dataclass(frozen=True, slots=True)
class Keyphrase:
    """A phrase as it is written, the stems in it, and its weight."""

    text: str
    bare: str
    """The same without its article: names of topics go without, so that they meet again."""
    stems: frozenset[str]
    weight: float


class Naming:
    """Finds keyphrases, with one YAKE for all threads of a window."""

    def __init__(self, reader: Reader, usage: Usage) -> None:
        self._reader = reader
        self._usage = usage
        self._stems = Stems(reader)
        self._yake = _yake(reader)

    def keyphrases(self, thread: Thread, count: int = 6) -> list[Keyphrase]:
        """The phrases that tell most about `thread`, best first, no two of the same words."""
        voices: dict[str, set[str | None]] = {}
        said: dict[str, int] = {}
        for u in thread.utterances:
            for term in dict.fromkeys(u.terms):
                voices.setdefault(term, set()).add(u.author)
                said[term] = said.get(term, 0) + 1
        proposals = [text for text, _ in self._yake.get_n_best(_extract(thread), n=PROPOSALS)]
        weighed = [self._weigh(text, rank, thread, voices, said) for rank, text in enumerate(proposals)]
        ranked = sorted((k for k in weighed if k is not None), key=lambda k: (-k.weight, k.text))
        chosen: list[Keyphrase] = []
        for phrase in ranked:
            if all(not phrase.stems & other.stems for other in chosen):
                chosen.append(phrase)
        return chosen[:count]

    def word(self, thread: Thread) -> str:
        """The one word that tells most about a small thread, found without YAKE; empty where none does."""
        heard = {self._stems(word): word for u in thread.utterances for words in u.words for word in words}
        ranked = sorted(
            (
                (weight * self._nounness([heard[stem]]), heard[stem])
                for stem, weight in thread.weights.items()
                if stem in heard
            ),
            key=lambda pair: (-pair[0], pair[1]),
        )
        return next((self._write([word]) for _, word in ranked if self._fits(word)), "")

    def _weigh(
        self, text: str, rank: int, thread: Thread, voices: dict[str, set[str | None]], said: dict[str, int]
    ) -> Keyphrase | None:
        words = WORD.findall(text)
        stems = [self._stems(word) for word in words]
        if not words or not stems[0] or not stems[-1] or not all(map(self._fits, words)):
            return None
        if any(
            not stem and word.lower() not in self._reader.connectors for word, stem in zip(words, stems, strict=True)
        ):
            return None
        content = [(word, stem) for word, stem in zip(words, stems, strict=True) if stem]
        if len(content) > 1 and not self._stands([word for word, _ in content]):
            return None
        if len({stem for _, stem in content}) < len(content):
            return None
        noun = self._nounness([word for word, _ in content])
        proper = all(self._usage.proper(word) for word, _ in content)
        weight = (
            sum(
                thread.weights.get(stem, 0.0)
                * (1 + 0.5 * (len(voices.get(stem, ())) - 1))
                * math.log1p(said.get(stem, 0))
                for _, stem in content
            )
            / len(content) ** 0.6
        )
        opening = any(stem in u.terms for u in thread.telling[:2] for _, stem in content)
        weight *= 1.3 if opening else 1.0
        weight *= noun * (1.35 if proper and not self._reader.nouns_capitalised else 1.0) * (1 + 1 / (1 + rank / 4))
        bare = self._write(words)
        return Keyphrase(self._with_article(words[0], bare), bare, frozenset(stem for _, stem in content), weight)

    def _stands(self, words: Sequence[str]) -> bool:
        """Whether words stand together as a name or a term do: what heads them is a noun, and none is a verb."""
        head = words[-1] if self._reader.modifiers_first else words[0]
        return self._usage.closes(head) and not any(map(self._usage.verb, words))

    def _nounness(self, words: Sequence[str]) -> float:
        """How much the phrase stands as nouns stand: its last word above all, and nothing that leans on a next word."""
        head = self._usage.nounness(words[-1])
        mean = sum(map(self._usage.nounness, words)) / len(words)
        leaning = self._usage.modifies(words[-1]) if self._reader.modifiers_first else 0.0
        return head * mean * (1 - 0.6 * leaning)

    def _fits(self, word: str) -> bool:
        low = word.lower()
        return (
            len(word) <= LONGEST
            and low not in self._reader.calendar
            and low.removesuffix("'s").removesuffix("’s") not in self._usage.first_names
            and not (low in self._reader.foreign and not self._usage.seen_as_noun(word))
            and not self._usage.unit(word)
            and not word.isdigit()
            and not is_laughter(low)
        )

    def _write(self, words: Sequence[str]) -> str:
        return " ".join(
            word.lower() if word.lower() in self._reader.connectors else self._usage.written(form)
            for word, form in zip(words, [*map(self._owner, words[:-1]), words[-1]], strict=True)
        )

    def _with_article(self, first: str, bare: str) -> str:
        article = self._usage.article(first)
        return f"{article}{'' if article.endswith(('’', chr(39))) or not article else ' '}{bare}"

    def _owner(self, word: str) -> str:
        """`word` as it stands before another: with the genitive's ending where it is mostly written so."""
        return max((word, f"{word}'s", f"{word}’s"), key=self._usage.times)


def _yake(reader: Reader) -> Yake:
    from yake_rust import Yake

    return Yake(stopwords=set(reader.stop), ngrams=3, remove_duplicates=False)


def _extract(thread: Thread) -> str:
    """The remarks that hold most of the thread's own words, in their order, a blank line after each sentence."""
    weights = thread.weights
    ranked = sorted(
        thread.telling, key=lambda u: (-sum(weights.get(t, 0.0) for t in dict.fromkeys(u.terms[:40])), u.place)
    )
    taken, room = [], LETTERS
    for u in ranked:
        if room <= 0:
            break
        taken.append(u)
        room -= sum(len(word) + 1 for sentence in u.words for word in sentence)
    sentences = (" ".join(words) for u in sorted(taken, key=lambda u: u.place) for words in u.words)
    return "\n\n".join(sentences)[: LETTERS + 200]


def name(keyphrases: Sequence[Keyphrase]) -> str:
    """Name a thread after its best phrase alone: what comes up again is then called the same again."""
    return capital(keyphrases[0].bare) if keyphrases else ""


def capital(text: str) -> str:
    """`text` with its first letter in upper case."""
    return text[:1].upper() + text[1:]
