"""What the model knows of a language: one TOML file each under ``lexicons/``, and stop words from `stopwordsiso`.

Reading and writing are apart. A :class:`Reader` merges the words and patterns of every language that a window speaks;
:class:`Phrases` are those of the one language that posts are written in.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "pt", "es", "de", "fr")
"""Languages with a file of their own; others are read by stop words alone and written about in English."""

PATTERNS = (
    "decisions", "undecided", "proposals", "agreement", "objection", "unsure", "actions", "not_actions", "acceptance",
    "requests", "due", "dates", "small_talk",
)  # fmt: skip

_NEVER = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Reader:
    """Words and patterns to read a window by, in one language or several."""

    stop: frozenset[str]
    """Words that carry no topic: function words, chat filler, common verbs and adjectives."""
    greetings: frozenset[str]
    thanks: frozenset[str]
    """Words that a person's name is likely to follow."""
    foreign: frozenset[str]
    """Function words of the languages that the window does not speak: a line or two may all the same."""
    determiners: frozenset[str]
    verbs_after: frozenset[str]
    """Words that a verb, rather than a noun, is likely to follow."""
    person_verbs: frozenset[str]
    """Verbs whose subject is mostly a person."""
    person_before: frozenset[str]
    """Words that a person's name is likely to follow inside a sentence."""
    verb_endings: tuple[str, ...]
    articles: dict[str, str]
    """Words that a phrase may keep in front, and the form that they take there."""
    places: frozenset[str]
    connectors: frozenset[str]
    works: frozenset[str]
    """Kinds of thing whose name may follow: a film, a book."""
    tongues: frozenset[str]
    calendar: frozenset[str]
    """Names of months and weekdays."""
    suffixes: tuple[str, ...]
    """Endings of inflection, longest first."""
    nouns_capitalised: bool
    elides: bool
    """Whether little words lean on the next one: l'appartement."""
    modifiers_first: bool
    """Whether what describes a noun stands before it."""
    patterns: dict[str, re.Pattern[str]]

    def search(self, name: str, text: str) -> re.Match[str] | None:
        """Look for the turn of phrase `name` in `text`, whichever apostrophe it is written with."""
        return self.patterns[name].search(text.replace("’", "'") if "’" in text else text)


@dataclass(frozen=True, slots=True)
class Phrases:
    """The sentences of one language."""

    language: str
    joiner: str
    quotes: tuple[str, str]
    weekdays: tuple[str, ...]
    """As they stand in :attr:`forms` ``when_day``, with a preposition where the language needs one for each."""
    months: tuple[str, ...]
    numbers: tuple[str, ...]
    forms: dict[str, str]
    """Sentences that have one form."""
    variants: dict[str, list[str]]
    """Sentences that have several, or a singular and a plural."""


@cache
def _file(language: str) -> dict[str, Any]:
    text = files(__package__).joinpath("lexicons", f"{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def stop_words(language: str) -> frozenset[str]:
    """Function words of a language (ISO 639-1); empty where none are known."""
    import stopwordsiso

    return frozenset(stopwordsiso.stopwords(language)) if stopwordsiso.has_lang(language) else frozenset()


@lru_cache(maxsize=16)
def reader(languages: tuple[str, ...]) -> Reader:
    """Merge what is known of `languages` (ISO 639-1, the main one first)."""
    known = [_file(language) for language in languages if language in LANGUAGES]
    functional = frozenset().union(*(stop_words(language) for language in languages))
    # People drop into another language for a line or two; its function words with accents collide with no noun here.
    others = frozenset(w for language in LANGUAGES for w in stop_words(language) if not w.isascii())

    def words(key: str) -> frozenset[str]:
        return frozenset(word for data in known for word in data["words"].get(key, "").split())

    calendar = {name.lower() for data in known for name in (*data["weekdays"], *data["months"])}
    return Reader(
        stop=functional | others | words("filler") | words("greetings") | words("determiners") | words("verbs_after"),
        foreign=frozenset().union(*map(stop_words, LANGUAGES)) - functional,
        greetings=words("greetings"),
        thanks=words("thanks"),
        determiners=words("determiners"),
        verbs_after=words("verbs_after"),
        person_verbs=words("person_verbs"),
        person_before=words("person_before"),
        verb_endings=tuple(sorted(words("verb_endings"))),
        articles={form: article for data in known for form, article in data.get("articles", {}).items()},
        places=words("places"),
        connectors=words("connectors"),
        works=words("works"),
        tongues=words("tongues"),
        calendar=frozenset(calendar) | words("months_short"),
        suffixes=tuple(sorted(words("suffixes"), key=lambda s: (-len(s), s))),
        nouns_capitalised=languages[:1] == ("de",),
        elides="fr" in languages,
        modifiers_first=languages[:1] in {("en",), ("de",)},
        patterns={name: _compile(name, known) for name in PATTERNS},
    )


def _compile(name: str, known: list[dict[str, Any]]) -> re.Pattern[str]:
    """One pattern of all alternatives; those that begin at the edge of a word share the search for it."""
    groups: dict[str, list[str]] = {"^": [], r"\b": [], "": []}
    for data in known:
        names = {"{weekday}": "|".join(data["weekdays"]), "{month}": "|".join(data["months"])}
        for pattern in data["patterns"].get(name, []):
            for mark, names_of in names.items():
                pattern = pattern.replace(mark, names_of)  # noqa: PLW2901 - filled in step by step
            edge = next(edge for edge in groups if pattern.startswith(edge))
            groups[edge].append(pattern.removeprefix(edge))
    alternatives = [f"{edge}(?:{'|'.join(group)})" for edge, group in groups.items() if group]
    return re.compile("|".join(alternatives), re.IGNORECASE) if alternatives else _NEVER


@cache
def phrases(language: str) -> Phrases:
    """The sentences of `language` (BCP 47), in English where it has no file."""
    base = language.split("-", maxsplit=1)[0].lower()
    data = _file(base if base in LANGUAGES else "en")
    return Phrases(
        language=base if base in LANGUAGES else "en",
        joiner=data["and"],
        quotes=(data["quotes"][0], data["quotes"][1]),
        weekdays=tuple(data.get("weekdays_on", data["weekdays"])),
        months=tuple(data["months"]),
        numbers=tuple(data["numbers"]),
        forms={name: form for name, form in data["phrases"].items() if isinstance(form, str)},
        variants={name: form for name, form in data["phrases"].items() if isinstance(form, list)},
    )
