"""Histories that nobody would think of: uploads, changes, losses and faults in any order; at rest all must hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, get_args

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from egregora.errors import Retry, Unreadable
from egregora.ids import SourceId
from egregora.ingest import Export
from egregora.message import Message
from egregora.pipeline.sweeping import forget, sweep
from egregora.settings import WindowSettings, WritingSettings
from egregora.tasks import Queue, Task
from egregora.testing import Around, Call
from exports import conversation, export_of
from faults import WIDE
from faults.breaking import CRASHES, Breaking, faults_of, is_about_answers
from faults.invariants import Said, check, said
from faults.system import LIMIT, QUEUES, SETTINGS, CrashError, System, Upload, Witness

WHOLE = conversation(48)
LEAVING = Message(time="2024-03-02T08:00:00", author="Chidi", text="/egregora opt-out")
CHATS = ("Harbour Street", "Climbers")
MONTH = 31 * 24 * 3600.0

Work = Literal["upload", "windows", "publish", "reprocess"]
WORK: tuple[Work, ...] = get_args(Work)

moments = st.one_of(st.just(0), st.integers(1, 40))
"""Which call of a delivery breaks; 0: none."""
turns = st.integers(0, 1000)
"""What a choice among few is made by."""


@dataclass(frozen=True, slots=True)
class Sent(Upload):
    """An upload, and what it will have brought once it is in the archive."""

    chat: str = ""
    messages: tuple[Message, ...] = ()


def send(number: int, chat: str, messages: Sequence[Message], *, damaged: bool = False) -> Sent:
    """Make an upload; a damaged one brings nothing."""

    def opened() -> Export:
        if damaged:
            raise Unreadable("the zip ends in the middle")
        return export_of(messages, name=chat)

    return Sent(opened, f"upload {number}", chat, () if damaged else tuple(messages))


class Histories(RuleBasedStateMachine):
    """One deployment; every rule is something that happens to it."""

    def __init__(self) -> None:
        super().__init__()
        self.system = System(Witness(limit=LIMIT))
        self.archive: dict[str, set[Message]] = {chat: set() for chat in CHATS}
        self.sent: list[Sent] = []
        self.lost = 0
        self.swept = False

    @rule(chat=st.sampled_from(CHATS), start=st.integers(0, 40), length=st.integers(1, 48), damaged=st.booleans())
    def upload(self, chat: str, start: int, length: int, damaged: bool) -> None:
        """Grown, overlapping, repeated, apart; some are damaged."""
        self._send(chat, WHOLE[start : start + length], damaged=damaged and length % 4 == 0)

    @rule(turn=turns)
    def upload_again(self, turn: int) -> None:
        """The same file, perhaps long after it came first."""
        if self.sent:
            self.system.events.append(self.sent[turn % len(self.sent)])

    @rule(chat=st.sampled_from(CHATS))
    def opt_out(self, chat: str) -> None:
        """Somebody asks to be left out."""
        self._send(chat, [*WHOLE, LEAVING])

    @rule(turn=turns, moment=moments, how=turns)
    def deliver_upload(self, turn: int, moment: int, how: int) -> None:
        """One of the events, whichever."""
        if self.system.events:
            self._slice(self.system.events[turn % len(self.system.events)], self._breaking(moment, how))

    @rule(queue=st.sampled_from(QUEUES), moment=moments, how=turns)
    def deliver_task(self, queue: Queue, moment: int, how: int) -> None:
        """The next task of a queue."""
        self.system.deliver(queue, self._breaking(moment, how))

    @rule(count=st.integers(1, 6))
    def deliver_windows(self, count: int) -> None:
        """Some in a row, with nothing amiss."""
        for _ in range(count):
            self.system.deliver("windows")

    @rule(queue=st.sampled_from(QUEUES), port=st.sampled_from(("blobs", "journal", "tasks", "model", "sink")))
    def deliver_in_an_outage(self, queue: Queue, port: str) -> None:
        """A service is away for the length of a delivery."""

        def away(call: Call) -> Any:
            if call.name.startswith(port):
                raise Retry("unavailable")
            return call()

        self.lost += 1
        self.system.deliver(queue, away)

    @rule(queue=st.sampled_from(QUEUES))
    def deliver_twice(self, queue: Queue) -> None:
        """A task is in its queue once more, behind the others."""
        delivery = self.system.take(queue)
        if delivery:
            self.system.world.tasks.retry(delivery, 0)
            self.system.world.tasks.enqueue([Task(queue, delivery.task.payload)])

    @rule(work=st.sampled_from(WORK), meanwhile=st.sampled_from(WORK), moment=st.integers(1, 40), late=st.booleans())
    def meet(self, work: Work, meanwhile: Work, moment: int, late: bool) -> None:
        """In the middle of one process's work another does its own, perhaps once the first one's lease has ended."""

        def other(call: Call) -> Any:
            if late:
                self.system.world.clock.advance(self.system.settings.run.lease + 1)
            self._do(meanwhile)
            return call()

        self.lost += 2 * late  # an answer each of the two agents
        self._do(work, Breaking(moment, other))

    @rule(queue=st.sampled_from(QUEUES))
    def pass_over(self, queue: Queue) -> None:
        """A task comes after those behind it."""
        delivery = self.system.take(queue)
        if delivery:
            self.system.world.tasks.retry(delivery, 0)

    @rule(queue=st.sampled_from(QUEUES))
    def lose(self, queue: Queue) -> None:
        """A task vanishes."""
        delivery = self.system.take(queue)
        if delivery:
            self.system.world.tasks.done(delivery)

    @rule(moment=moments, how=turns)
    def reprocess(self, moment: int, how: int) -> None:
        """The daily run."""
        self.system.reprocess(self._breaking(moment, how))

    @rule(months=st.booleans())
    def sweep(self, months: bool) -> None:
        """What nothing refers to goes, perhaps after a long time."""
        if months:
            self.system.world.clock.advance(MONTH)
        self.swept = True
        sweep(self.system.deployment())

    @rule(chat=st.sampled_from(CHATS), moment=moments)
    def forget(self, chat: str, moment: int) -> None:
        """A conversation is to be forgotten; where the command dies it is given again."""
        source = SourceId(chat.lower().replace(" ", "-"))
        self.swept = True
        with suppress(CrashError):
            forget(self.system.deployment(Breaking(moment, CRASHES[moment % 2])), source)
        forget(self.system.deployment(), source)
        self.system.publish()
        self.archive[chat].clear()

    @rule(seconds=st.sampled_from((-600.0, 600.0, 30.0)))
    def jump(self, seconds: float) -> None:
        """The clock is set."""
        self.system.world.clock.advance(seconds)

    @rule(tokens=st.sampled_from((600, 900)), posts=st.sampled_from((1, 2)))
    def change_settings(self, tokens: int, posts: int) -> None:
        """Windows are cut otherwise, or another recipe holds."""
        windows, writing = WindowSettings(tokens=tokens, context=200), WritingSettings(max_posts=posts)
        self.system.settings = SETTINGS.model_copy(update={"windows": windows, "writing": writing})

    @rule(name=st.sampled_from(("scripted-1", "scripted-2")), mood=st.sampled_from("ab"), limit=st.booleans())
    def change_model(self, name: str, mood: str, limit: bool) -> None:
        """Another model; or the same, which answers otherwise and takes more or less."""
        self.system = self.system.by(Witness(name, mood=mood, limit=LIMIT if limit else 1_000_000))

    def teardown(self) -> None:
        """Nothing more happens; then all must be right."""
        for upload in list(self.system.events):
            for _ in range(3):
                if upload in self.system.events:
                    self._slice(upload)
        self.system.rest()
        expected = Counter[Said]()
        for messages in self.archive.values():
            gone = {message.author for message in messages if message is LEAVING}
            expected.update(said(message for message in messages if message.author not in gone))
        check(self.system, expected, lost=10_000 if self.swept else self.lost, steady=False)

    def _send(self, chat: str, messages: Sequence[Message], *, damaged: bool = False) -> None:
        self.sent.append(send(len(self.sent), chat, messages, damaged=damaged))
        self.system.events.append(self.sent[-1])

    def _do(self, work: Work, around: Around | None = None) -> None:
        if work == "reprocess":
            self.system.reprocess(around)
        elif work != "upload":
            self.system.deliver(work, around)
        elif self.system.events:
            self._slice(self.system.events[0], around)

    def _slice(self, upload: Upload, around: Around | None = None) -> None:
        assert isinstance(upload, Sent)
        if self.system.slice(upload, around):
            self.archive[upload.chat].update(upload.messages)

    def _breaking(self, moment: int, how: int) -> Breaking:
        def fault(call: Call) -> Any:
            ways = [*CRASHES, *faults_of(call)]
            self.lost += is_about_answers(call) or call.name.startswith("blobs")
            return ways[how % len(ways)](call)

        return Breaking(moment, fault)


TestHistories = pytest.mark.slow(Histories.TestCase)
TestHistories.settings = settings(max_examples=2000 if WIDE else 80, stateful_step_count=30, deadline=None)
