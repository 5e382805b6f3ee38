"""Sentences of one language, filled in: who, when, how many, and what was said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from egregora.models.offline.keyphrases import capital
from egregora.models.offline.lexicon import Phrases
from egregora.models.offline.markdown import clip, plain
from egregora.models.offline.utterances import Utterance

QUOTE_LETTERS = 170
_ENDS = ".!?…。！？؟।"


class Prose:
    """Fills phrases in, taking turns among the variants of each so that neighbours differ.

    `seed` decides where the turns begin. `render` makes quoted words fit where they go: plain text, or Markdown.
    """

    def __init__(self, phrases: Phrases, seed: int, render: Callable[[str], str] = plain) -> None:
        self.phrases = phrases
        self._seed = seed
        self._render = render
        self._turns: Counter[str] = Counter()

    def say(self, form: str, *, quote: str | None = None, **fields: Any) -> str:
        """One sentence of the kind `form`; `quote` is put between the language's quotation marks."""
        variants = self.phrases.variants.get(form)
        if variants is None:
            template = self.phrases.forms[form]
        else:
            template = variants[(self._seed + len(form) + self._turns[form]) % len(variants)]
            self._turns[form] += 1
        if quote is not None:
            last = template.endswith(("{quote}", "{quote}."))
            template = template.removesuffix(".") if last else template
            fields["quote"] = self.quoted(quote, last=last)
        return capital(template.format(**fields))

    def quoted(self, text: str, *, last: bool = False) -> str:
        """`text` between quotation marks; at a sentence's end with a full stop where it has no end of its own."""
        said = clip(plain(text), QUOTE_LETTERS)
        stop = ""
        if last and said[-1:] not in _ENDS and said[-1:].isalnum():
            stop = "."
        elif not last:
            said = said.rstrip(".")
        opening, closing = self.phrases.quotes
        return f"{opening}{self._render(said)}{closing}{stop}"

    def number(self, count: int, form: str, **fields: str) -> str:
        """`count` in the singular or plural of `form`."""
        one, many = self.phrases.variants[form]
        words = self.phrases.numbers
        n = words[count - 1] if form == "people" and 0 < count <= len(words) else str(count)
        return (one if count == 1 else many).format(n=n, **fields)

    def names(self, people: Sequence[str], most: int = 3) -> str:
        """People in a row: ``@a, @b and two others``."""
        if not people:
            return self.phrases.forms["someone"]
        if len(people) <= most:
            return self.row(people)
        rest = len(people) - most + 1
        one, many = self.phrases.variants["others"]
        count = self.phrases.numbers[rest - 1] if rest <= len(self.phrases.numbers) else str(rest)
        return (one if rest == 1 else many).format(names=", ".join(people[: most - 1]), n=count)

    def row(self, items: Sequence[str]) -> str:
        """Items in a row, the last two joined by "and"."""
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self.phrases.joiner} {items[-1]}"

    def date(self, day: date, *, year: bool = False) -> str:
        """A day, in words."""
        form = self.phrases.forms["date_year" if year else "date"]
        return form.format(day=day.day, month=self.phrases.months[day.month - 1], year=day.year)

    def span(self, utterances: Sequence[Utterance]) -> str:
        """From when to when, with the year; empty where there is no time."""
        moments = [u.moment for u in utterances if u.moment]
        if not moments:
            return ""
        first, last = min(moments).date(), max(moments).date()
        if first == last:
            return self.phrases.forms["on"].format(date=self.date(first, year=True))
        if (first.year, first.month) == (last.year, last.month):
            return self.phrases.forms["span_month"].format(first=first.day, last=self.date(last, year=True))
        return self.phrases.forms["span"].format(
            first=self.date(first, year=first.year != last.year), last=self.date(last, year=True)
        )

    def day(self, moment: datetime) -> str:
        """A weekday with its date."""
        return self.phrases.forms["when_day"].format(
            weekday=self.phrases.weekdays[moment.weekday()], date=self.date(moment.date())
        )


class Timeline:
    """Says when something was, as seen from what was told before it."""

    def __init__(self, prose: Prose, *, one_day: bool) -> None:
        self._prose = prose
        self._last: datetime | None = None
        self._one_day = one_day

    def when(self, moment: datetime | None) -> str:
        """A phrase of time to stand behind a verb; empty where nothing need be said."""
        if moment is None:
            return ""
        last, self._last = self._last, moment
        parts = self._prose.phrases.variants["when_parts"]
        if last is None:
            return parts[moment.hour // 6] if self._one_day else self._prose.day(moment)
        days = (moment.date() - last.date()).days
        if days == 0:
            return parts[moment.hour // 6] if (moment - last).total_seconds() > 3 * 3600 else ""
        if days == 1:
            return self._prose.phrases.forms["when_next"]
        return self._prose.day(moment)
