"""The telling of one topic: which remarks to quote, in which order, and how each one stands to the one before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from egregora.models.offline.exchanges import Exchanges
from egregora.models.offline.lexicon import Reader
from egregora.models.offline.markdown import escaped, plain
from egregora.models.offline.prose import QUOTE_LETTERS, Prose, Timeline
from egregora.models.offline.quotes import Line
from egregora.models.offline.threads import pause
from egregora.models.offline.utterances import QUESTION, Utterance

Kind = Literal[
    "open_state", "open_ask", "open_propose", "state", "add", "reply", "ask", "answer", "propose", "laugh", "link"
]

TALK = 3
"""Remarks of an exchange that is shown as it went."""
TALK_LETTERS = 150
TALK_PAUSE = 900.0

_ASKS = re.compile(r"[?？؟]\W*$")


@dataclass(frozen=True, slots=True)
class Beat:
    """One remark to tell."""

    by: Utterance
    text: str
    laughs: int = 0
    answers: Utterance | None = None
    """The question that it answers, told before it."""


@dataclass(frozen=True, slots=True)
class Section:
    """A topic as Markdown, without its heading, and the messages it rests on."""

    markdown: str
    cited: tuple[Utterance, ...]


def section(
    utterances: Sequence[Utterance],
    lines: Sequence[Line],
    exchanges: Exchanges,
    reader: Reader,
    prose: Prose,
    *,
    told: set[int],
    one_day: bool,
) -> Section | None:
    """Tell a topic; None where nothing can be quoted.

    `told` holds the places of remarks that stand elsewhere in the post, which is about one day where `one_day` is set.
    """
    usable = [line for line in lines if line.by.place not in told]
    if not usable:
        return None
    talk = _talk(utterances, usable, told)
    shown = {u.place for u in talk}
    usable = [line for line in usable if line.by.place not in shown]
    beats = _beats(utterances, usable, exchanges, told | shown)
    timeline = Timeline(prose, one_day=one_day)
    before = [beat for beat in beats if not talk or beat.by.place < talk[0].place]
    after = [beat for beat in beats if talk and beat.by.place > talk[-1].place]
    parts = [_paragraph(before, reader, prose, timeline, opening=True)]
    if talk:
        parts.append(_exchange(talk, prose, timeline, opening=not before))
        parts.append(_paragraph(after, reader, prose, timeline, opening=False))
    cited = [u for beat in beats for u in ((beat.answers, beat.by) if beat.answers else (beat.by,))]
    return Section("\n\n".join(part for part in parts if part), (*cited, *talk))


def _beats(utterances: Sequence[Utterance], lines: Sequence[Line], exchanges: Exchanges, told: set[int]) -> list[Beat]:
    """Choose the opening, an answered question, and the most telling lines, in their order."""
    size = sum(u.telling for u in utterances)
    room = 2 + (size > 8) + (size > 16) + (size > 40)
    places = {u.place for u in utterances}
    weights = {line.by.place: line for line in lines}
    chosen: dict[int, Beat] = {}
    opening = next((line for line in lines), None)
    if opening:
        chosen[opening.by.place] = Beat(opening.by, opening.text, opening.laughs)
    pairs = [
        (question, weights[question.answer.place])
        for question in exchanges.asked
        if question.answer and question.by.place in places - told and question.answer.place in weights
    ]
    if pairs and room > 2:
        question, line = max(pairs, key=lambda pair: (pair[1].weight, -pair[1].by.place))
        chosen.pop(question.by.place, None)
        chosen[line.by.place] = Beat(line.by, line.text, answers=question.by)
    said: dict[str | None, int] = {}
    for line in sorted(lines, key=lambda n: (-n.weight, n.by.place)):
        if len(chosen) >= room:
            break
        if line.by.place not in chosen and said.get(line.by.author, 0) < 2:
            said[line.by.author] = said.get(line.by.author, 0) + 1
            chosen[line.by.place] = Beat(line.by, line.text, line.laughs)
    asked = {beat.answers.place for beat in chosen.values() if beat.answers}
    return [beat for place, beat in sorted(chosen.items()) if place not in asked]


def _paragraph(beats: Sequence[Beat], reader: Reader, prose: Prose, timeline: Timeline, *, opening: bool) -> str:
    sentences: list[str] = []
    before: Utterance | None = None
    for beat in beats:
        if beat.answers is not None:
            question = beat.answers
            text = _question(question)
            sentences.append(_tell("open_ask" if opening and not sentences else "ask", question, text, prose, timeline))
            kind: Kind = "answer"
        else:
            kind = _kind(beat, before, reader, opening=opening and not sentences)
        sentences.append(_tell(kind, beat.by, beat.text, prose, timeline))
        before = beat.by
    return " ".join(sentences)


def _question(u: Utterance) -> str:
    """A question with what leads up to it, where that is short enough to be read."""
    text = u.message.text.strip()
    if len(text) <= QUOTE_LETTERS and "\n" not in text and not u.urls:
        return text
    return next((s for s in u.sentences if QUESTION.search(s)), u.sentences[0])


def _tell(kind: Kind, by: Utterance, text: str, prose: Prose, timeline: Timeline) -> str:
    return prose.say(kind, who=by.author, when=timeline.when(by.moment), quote=text)


def _kind(beat: Beat, before: Utterance | None, reader: Reader, *, opening: bool) -> Kind:
    if beat.by.urls:
        return "link"
    proposes = bool(reader.search("proposals", beat.text))
    asks = _ASKS.search(beat.text) is not None
    if opening:
        return "open_propose" if proposes else "open_ask" if asks else "open_state"
    close = before is not None and beat.by.place - before.place <= 3 and pause(before, beat.by) < TALK_PAUSE
    if before is not None and not asks:
        if before.author == beat.by.author:
            return "add"
        if close:
            return "laugh" if beat.laughs else "reply"
    return "laugh" if beat.laughs else "propose" if proposes else "ask" if asks else "state"


def _talk(utterances: Sequence[Utterance], lines: Sequence[Line], told: set[int]) -> list[Utterance]:
    """The best few remarks in a row by two people or more; empty where none are worth showing whole."""
    if sum(u.telling for u in utterances) < 6:
        return []
    weights = {line.by.place: line.weight + 0.4 * line.laughs for line in lines}
    best: tuple[float, list[Utterance]] = (0.0, [])
    for i in range(1, len(utterances) - TALK + 1):
        run = list(utterances[i : i + TALK])
        if not all(map(_showable, run)) or any(u.place in told for u in run):
            continue
        if len({u.author for u in run}) < 2 or any(pause(a, b) > TALK_PAUSE for a, b in pairwise(run)):
            continue
        asked = any(u.asks and v.author != u.author for u, v in pairwise(run))
        laughed = i + TALK < len(utterances) and utterances[i + TALK].laughing
        weight = sum(weights.get(u.place, 0.1) for u in run) * (1 + 0.3 * asked + 0.4 * laughed)
        weight *= 1 + 0.15 * len({u.author for u in run})
        if weight > best[0]:
            best = (weight, run)
    return best[1]


def _showable(u: Utterance) -> bool:
    text = u.message.text.strip()
    return bool(u.words) and not u.urls and "\n" not in text and 3 <= len(text) <= TALK_LETTERS and not u.greeting


def _exchange(talk: Sequence[Utterance], prose: Prose, timeline: Timeline, *, opening: bool) -> str:
    lines = "\n>\n".join(f"> {u.author}: {escaped(plain(u.message.text))}" for u in talk)
    lead = prose.say("talk_opening" if opening else "talk", when=timeline.when(talk[0].moment))
    timeline.when(talk[-1].moment)
    return f"{lead}\n\n{lines}"
