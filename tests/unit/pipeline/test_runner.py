import logging
import threading
from datetime import timedelta

import pytest

from egregora.errors import Block, RateLimited, Reject, Retry, Split
from egregora.forms import Enrichment
from egregora.logs import logger
from egregora.models import Request
from egregora.pipeline.payloads import decode_window_task
from egregora.pipeline.processing import Outcome, Result, process_window
from egregora.pipeline.refusals import find_refusal
from egregora.pipeline.runner import Runner, Tally
from egregora.pipeline.slicing import slice_export
from egregora.settings import Settings, WindowSettings
from egregora.tasks import Task
from egregora.testing import ManualClock, ScriptedModel
from egregora.testing.deployment import MemoryWorld
from exports import conversation, export_of

ANSWER = Enrichment(language="en", summary="They met.")


def test_an_outage_is_told_while_it_lasts_and_no_longer() -> None:
    world, told = MemoryWorld(), list[Tally]()
    model = ScriptedModel(enricher=[Retry("no connection")] * 2 + [ANSWER])
    deployment = world.deployment(model)
    slice_export(deployment, export_of(conversation(10)))
    Runner(deployment, world.tasks, workers=1, progress=told.append).run()
    assert [tally.delayed for tally in told] == ["no connection", "no connection", ""]
    assert [tally.done for tally in told] == [0, 0, 1]


def test_a_run_counts_posts_and_ends_with_nothing_waiting() -> None:
    world, told = MemoryWorld(), list[Tally]()
    deployment = world.deployment(settings=Settings(windows=WindowSettings(strategy="messages", size=10)))
    slice_export(deployment, export_of(conversation(30)))
    tally = Runner(deployment, world.tasks, workers=1, progress=told.append).run()
    entries = [stored.entry for stored in world.journal.select()]
    assert (tally.done, tally.posts, tally.waiting) == (3, sum(entry.posts for entry in entries), 0)
    assert tally.posts > 0
    assert tally.usage.calls == sum(entry.usage.calls for entry in entries)
    assert [one.waiting for one in told] == [2, 1, 0]


def test_only_a_delivery_that_finished_a_window_adds_to_the_tally() -> None:
    world = MemoryWorld()
    deployment = world.deployment()
    slice_export(deployment, export_of(conversation(10)))
    world.work_off(deployment)
    [stored] = world.journal.select()
    assert stored.entry.posts > 0
    for result in set(Result) - {Result.DONE, Result.SPLIT, Result.BLOCKED, Result.FAILED}:
        assert Tally().plus(Outcome(result, stored.entry)) == Tally()
    assert Tally(posts=1).plus(Outcome(Result.DONE, stored.entry)) == Tally(done=1, posts=1 + stored.entry.posts)


class TimedClock(ManualClock):
    """Notes how long it was slept."""

    def __init__(self) -> None:
        super().__init__()
        self.slept = list[float]()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        super().sleep(seconds)


def test_a_run_waits_as_long_as_it_is_asked_to_and_says_so_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    clock = TimedClock()
    world = MemoryWorld(clock)
    deployment = world.deployment(ScriptedModel(enricher=[RateLimited("slow down", after=41.5), ANSWER]))
    slice_export(deployment, export_of(conversation(10)))
    began = world.clock.now()
    logger.addHandler(caplog.handler)
    try:
        with caplog.at_level(logging.INFO, "egregora"):
            assert world.work_off(deployment).done == 1
    finally:
        logger.removeHandler(caplog.handler)
    assert clock.now() - began == timedelta(seconds=41.5)
    assert max(clock.slept) == 1, "what comes in meanwhile is soon seen"
    [stored] = world.journal.select()
    waits, done = caplog.records
    assert waits.getMessage() == "a window waits"
    assert vars(waits)["facts"] == {"window": stored.entry.signature, "reason": "slow down", "after": 41.5}
    assert done.getMessage() == "window done"
    facts = Outcome(Result.DONE, stored.entry).facts
    assert vars(done)["facts"] == {"window": stored.entry.signature} | facts


def test_a_payload_that_is_none_is_refused_and_the_rest_is_worked_off() -> None:
    world = MemoryWorld()
    deployment = world.deployment()
    world.tasks.enqueue([Task("windows", "no payload")])
    slice_export(deployment, export_of(conversation(10)))
    tally = world.work_off(deployment)
    assert (tally.done, tally.waiting) == (1, 0)
    refusal = find_refusal(world.blobs, "task", "no payload")
    assert refusal
    assert refusal.reason == "the task's payload cannot be read"


def test_a_window_that_another_run_holds_is_delivered_again_until_it_has_ended() -> None:
    world = MemoryWorld()
    deployment = world.deployment()
    slice_export(deployment, export_of(conversation(10)))

    def crash(call: str, when: str) -> None:
        if (call, when) == ("model.answer", "before"):
            raise ConnectionAbortedError

    delivery = world.tasks.take("windows", timedelta(seconds=1))
    assert delivery
    with pytest.raises(ConnectionAbortedError):
        process_window(world.deployment(hook=crash), decode_window_task(delivery.task.payload))
    world.clock.advance(2)
    began = world.clock.now()
    tally = world.work_off(deployment)
    assert (tally.done, tally.waiting) == (1, 0)
    assert world.clock.now() - began >= timedelta(seconds=deployment.settings.run.lease - 2)


def test_what_a_worker_cannot_help_ends_the_run_and_its_window_waits() -> None:
    world = MemoryWorld()
    deployment = world.deployment(settings=Settings(windows=WindowSettings(strategy="messages", size=10)))
    slice_export(deployment, export_of(conversation(30)))

    def progress(tally: Tally) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Runner(deployment, world.tasks, workers=1, progress=progress).run()
    assert sum(stored.entry.state == "DONE" for stored in world.journal.select()) == 1
    refusing = world.deployment(ScriptedModel(enricher=[Reject("no such key")]), settings=deployment.settings)
    with pytest.raises(Reject, match="no such key"):
        world.work_off(refusing)
    assert world.work_off(deployment).done == 2


def test_a_run_counts_what_was_spent_on_windows_that_split_but_nothing_twice() -> None:
    world, told = MemoryWorld(), list[Tally]()
    deployment = world.deployment(
        ScriptedModel(enricher=lambda request: Split() if len(request.material.messages) > 5 else ANSWER)
    )
    slice_export(deployment, export_of(conversation(10)))
    first = world.tasks.take("windows", timedelta(seconds=1))
    assert first
    world.clock.advance(2)
    world.tasks.enqueue([first.task])  # delivered twice, as queues do
    tally = Runner(deployment, world.tasks, workers=1, progress=told.append).run()
    entries = [stored.entry for stored in world.journal.select()]
    assert (tally.split, tally.done) == (1, 2)
    assert tally.usage.calls == sum(entry.usage.calls for entry in entries)
    assert tally.usage.calls > 0


def test_where_one_worker_cannot_go_on_the_others_begin_no_more() -> None:
    world, stopped = MemoryWorld(), list[threading.Thread]()
    begun = threading.Event()

    def enrich(request: Request) -> Reject | Enrichment:
        if request.material.messages[0].text.startswith("0:"):
            stopped.append(threading.current_thread())
            begun.set()
            return Reject("no such key")
        assert begun.wait(60)
        stopped[0].join(60)
        return ANSWER

    by_ten = Settings(windows=WindowSettings(strategy="messages", size=10))
    deployment = world.deployment(ScriptedModel(enricher=enrich), settings=by_ten)
    slice_export(deployment, export_of(conversation(60)))
    with pytest.raises(Reject, match="no such key"):
        world.work_off(deployment, workers=2)
    assert sum(stored.entry.state == "DONE" for stored in world.journal.select()) <= 1


def test_a_worker_stays_while_another_is_at_what_may_bring_more() -> None:
    world, both = MemoryWorld(), threading.Barrier(2, timeout=30)

    def enrich(request: Request) -> Split | Enrichment:
        if len(request.material.messages) > 5:
            return Split()
        both.wait()  # each half is worked on by a worker of its own
        return ANSWER

    deployment = world.deployment(ScriptedModel(enricher=enrich))
    slice_export(deployment, export_of(conversation(10)))
    assert world.work_off(deployment, workers=2).done == 2


def test_a_run_whose_window_another_finished_meanwhile_counts_and_undoes_nothing() -> None:
    world = MemoryWorld()
    other = world.deployment(ScriptedModel(name="m"))

    def write(request: Request) -> Block:
        world.clock.advance(other.settings.run.lease + 1)
        delivery = world.tasks.take("windows", timedelta(minutes=1))
        assert delivery
        assert process_window(other, decode_window_task(delivery.task.payload)).result is Result.DONE
        world.tasks.done(delivery)
        return Block("late")

    deployment = world.deployment(ScriptedModel(name="m", writer=write))
    slice_export(deployment, export_of(conversation(10)))
    assert world.work_off(deployment) == Tally()
    assert [stored.entry.state for stored in world.journal.select()] == ["DONE"]
