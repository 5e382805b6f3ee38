"""What people did with words: proposals and who agreed, questions and who answered, tasks and who took them on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from egregora.models.offline.lexicon import Reader
from egregora.models.offline.threads import pause
from egregora.models.offline.utterances import HANDLE, QUESTION, Utterance

REACH = 6
"""Remarks after a question or a proposal in which an answer is looked for."""
PATIENCE = 12 * 3600.0
"""Seconds after which a remark no longer answers."""
SHORT = 9
"""Words up to which a remark can be mere assent."""
LONGEST = 280
"""Letters of a sentence that can be told as a decision, a question or a task."""

WHOLE = 140
"""Letters of a message that is told whole rather than by its deciding sentence."""

_LEADING = re.compile(r"^(?:@[0-9a-f]{10}[\s,:]*)+")
_BARE = re.compile(r"^\W*(?:\d{1,3}[.)]\s*)?$")


@dataclass(frozen=True, slots=True)
class Settled:
    """Something that was decided: the sentence that says it, who said it, who went along, what it rests on."""

    text: str
    by: Utterance
    people: tuple[str, ...]
    places: tuple[int, ...]
    said: bool = True
    """Whether someone called it decided; else it was proposed, and others agreed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and the remark that answered it where one did."""

    text: str
    by: Utterance
    answer: Utterance | None


@dataclass(frozen=True, slots=True)
class Taken:
    """A task that someone took on."""

    text: str
    by: Utterance
    due: str | None
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Exchanges:
    """All of a window's exchanges, each list in the order of messages."""

    settled: tuple[Settled, ...]
    asked: tuple[Asked, ...]
    taken: tuple[Taken, ...]

    @property
    def open(self) -> list[Asked]:
        """Questions that nobody answered."""
        return [question for question in self.asked if question.answer is None]


def exchanges(utterances: Sequence[Utterance], reader: Reader) -> Exchanges:
    """Find the exchanges of a window."""
    spoken = [u for u in utterances if u.author is not None and (u.sentences or u.urls)]
    settled: list[Settled] = []
    asked: list[Asked] = []
    taken: list[Taken] = []
    for at, u in enumerate(spoken):
        _decision(spoken, at, u, reader, settled)
        _question(spoken, at, u, reader, asked)
        _task(spoken, at, u, reader, taken)
    return Exchanges(_distinct(settled), _repeated(asked), tuple(taken))


def following(spoken: Sequence[Utterance], at: int) -> list[Utterance]:
    """The remarks that may answer the one at `at`: near, soon, and replies to it wherever they stand nearby."""
    near = spoken[at + 1 : at + 1 + REACH]
    near = [u for u in near if pause(spoken[at], u) <= PATIENCE]
    mine = spoken[at].message.id
    later = spoken[at + 1 + REACH : at + 60] if mine else []
    return near + [u for u in later if u.message.reply_to == mine]


def _decision(spoken: Sequence[Utterance], at: int, u: Utterance, reader: Reader, found: list[Settled]) -> None:
    for sentence in u.sentences:
        if len(sentence) > LONGEST or QUESTION.search(sentence):
            continue
        if reader.search("decisions", sentence) and not reader.search("undecided", sentence):
            _add_decision(spoken, at, u, sentence, reader, found)
            return
    proposal = next((s for s in u.sentences if len(s) <= LONGEST and reader.search("proposals", s)), None)
    if proposal is None or len(u.terms) < 1:
        return
    after = [v for v in following(spoken, at) if v.author != u.author]
    agreed = [v for v in after if _assents(v, reader)]
    against = [v for v in after if v.sentences and reader.search("objection", v.sentences[0])]
    people = list(dict.fromkeys(str(v.author) for v in agreed))
    if len(people) >= (1 if _two_people(spoken, at) else 2) and len(people) > len(against):
        found.append(
            Settled(_strip(proposal), u, (str(u.author), *people), (u.place, *(v.place for v in agreed)), said=False)
        )


def _add_decision(
    spoken: Sequence[Utterance], at: int, u: Utterance, sentence: str, reader: Reader, found: list[Settled]
) -> None:
    """Take down a decision; one that says only "agreed!" points to what was said before it."""
    stems = set(u.terms)
    if len(stems) >= 2 and len(sentence.split()) >= 4:
        agreed = [v for v in following(spoken, at)[:4] if v.author != u.author and _assents(v, reader)]
        people = dict.fromkeys((str(u.author), *(str(v.author) for v in agreed)))
        found.append(Settled(_whole(u, sentence), u, tuple(people), (u.place,)))
        return
    if len(stems) >= 2 and len(u.message.text) <= WHOLE:
        found.append(Settled(_whole(u, sentence), u, (str(u.author),), (u.place,)))
        return
    for v in reversed(spoken[max(0, at - 4) : at]):
        text = next((s for s in v.sentences if len(s) <= LONGEST and _settleable(s, reader)), None)
        if text is not None and v.terms and pause(v, u) <= PATIENCE:
            people = dict.fromkeys((str(v.author), str(u.author)))
            found.append(Settled(_strip(text), v, tuple(people), (v.place, u.place)))
            return


def _settleable(sentence: str, reader: Reader) -> bool:
    return any(reader.search(name, sentence) is not None for name in ("proposals", "decisions", "requests", "due"))


def _two_people(spoken: Sequence[Utterance], at: int) -> bool:
    """Whether this is, hereabouts, a conversation between two."""
    return len({u.author for u in spoken[max(0, at - 2 * REACH) : at + 2 * REACH]}) == 2


def _whole(u: Utterance, sentence: str) -> str:
    """All of a short message rather than one sentence out of it."""
    text = u.message.text.strip()
    return _strip(text if len(text) <= WHOLE and "\n" not in text and not u.urls else sentence)


def _assents(u: Utterance, reader: Reader) -> bool:
    first = u.sentences[0] if u.sentences else ""
    if not first or sum(map(len, u.words)) > SHORT:
        return "👍" in u.message.text and len(u.message.text) < 20
    return bool(reader.search("agreement", first)) or "👍" in u.message.text


def _question(spoken: Sequence[Utterance], at: int, u: Utterance, reader: Reader, found: list[Asked]) -> None:
    for sentence in u.sentences:
        text = _strip(sentence)
        mark = QUESTION.search(text)
        if mark is None or len(text) > LONGEST or mark.start() < len(text) - 12:
            continue
        if reader.search("small_talk", text) or not _says_enough(text, u):
            continue
        found.append(Asked(text, u, _answer(spoken, at, u, reader)))
        return


def _says_enough(text: str, u: Utterance) -> bool:
    return bool(u.terms) and (len(text.split()) >= 4 or (not text.isascii() and len(text) >= 6))


def _answer(spoken: Sequence[Utterance], at: int, u: Utterance, reader: Reader) -> Utterance | None:
    """The remark that answers: a reply, something on the same words, or the first plain statement after it."""
    mine = set(u.terms)
    for distance, v in enumerate(following(spoken, at)):
        if v.author == u.author or not v.sentences or (v.laughing and not v.terms):
            continue
        if reader.search("unsure", v.message.text):
            continue
        if v.message.reply_to and v.message.reply_to == u.message.id:
            return v
        asks_back = bool(QUESTION.search(v.sentences[-1]))
        if not asks_back and (distance < 3 or mine & set(v.terms) or _assents(v, reader)):
            return v
    return None


def _task(spoken: Sequence[Utterance], at: int, u: Utterance, reader: Reader, found: list[Taken]) -> None:
    for sentence in u.sentences:
        if len(sentence) > LONGEST or QUESTION.search(sentence):
            continue
        if reader.search("actions", sentence) and not reader.search("not_actions", sentence) and u.terms:
            found.append(Taken(_strip(sentence), u, _due(sentence, reader), (u.place,)))
            return
    if u.sentences and sum(map(len, u.words)) <= SHORT and reader.search("acceptance", u.sentences[0]):
        before = [v for v in reversed(spoken[max(0, at - 4) : at]) if v.author != u.author and pause(v, u) <= PATIENCE]
        for v in before:
            request = next((s for s in v.sentences if reader.search("requests", s) and len(s) <= LONGEST), None)
            if request:
                found.append(Taken(_strip(request), u, _due(request, reader), (v.place, u.place)))
                return


def _due(sentence: str, reader: Reader) -> str | None:
    match = reader.search("due", sentence)
    return match.group().strip() if match else None


def _strip(sentence: str) -> str:
    """A sentence without the handles it is addressed to."""
    bare = _LEADING.sub("", sentence).strip()
    return bare if HANDLE.sub("", bare).strip() and not _BARE.match(bare) else sentence


def _distinct(settled: Sequence[Settled]) -> tuple[Settled, ...]:
    """Drop a decision that rests on a message told already, and a proposal that was soon called decided."""
    kept: list[Settled] = []
    seen: set[int] = set()
    for at, decision in enumerate(settled):
        if not decision.said and any(_closes(later, decision) for later in settled[at + 1 : at + 4]):
            continue
        if decision.by.place not in seen:
            kept.append(decision)
            seen.update(decision.places)
    return tuple(kept)


def _closes(later: Settled, proposal: Settled) -> bool:
    """Whether `later` says of `proposal` that it is decided."""
    near = later.by.place - proposal.by.place <= 2 * REACH
    return later.said and near and not set(later.by.terms).isdisjoint(proposal.by.terms)


def _repeated(asked: Sequence[Asked]) -> tuple[Asked, ...]:
    """Of a question asked again later, keep the last asking only where it stayed open, else the first."""
    kept: list[Asked] = []
    for question in asked:
        terms = set(question.by.terms)
        same = next(
            (i for i, k in enumerate(kept) if terms and len(terms & set(k.by.terms)) >= 0.6 * len(terms) > 1), None
        )
        if same is None:
            kept.append(question)
        elif kept[same].answer is None:
            kept[same] = question
    return tuple(kept)
