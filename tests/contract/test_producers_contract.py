"""What every task queue promises those who enqueue."""

from __future__ import annotations

from datetime import timedelta

from contract.contenders import at_once
from contract.producers import Producing
from egregora.tasks import Queue, Task


def task(payload: str = "{}", *, name: str | None = None, queue: Queue = "windows") -> Task:
    return Task(queue, payload, name)


def test_nothing_is_delivered_where_nothing_was_enqueued(producing: Producing) -> None:
    assert producing.tasks.enqueue([]) == 0
    assert producing.deliver("windows") == []


def test_tasks_are_delivered_in_their_queue_as_they_were_enqueued(producing: Producing) -> None:
    assert producing.tasks.enqueue([task('{"a": "ä"}'), task(queue="publish"), task('{"b": 2}')]) == 3
    assert sorted(producing.deliver("windows")) == ['{"a": "ä"}', '{"b": 2}']
    assert producing.deliver("publish") == ["{}"]
    assert producing.deliver("windows") == []


def test_tasks_without_a_name_are_never_taken_for_one_another(producing: Producing) -> None:
    assert producing.tasks.enqueue([task("same"), task("same")]) == 2
    assert producing.tasks.enqueue([task("same")]) == 1
    assert producing.deliver("windows") == ["same"] * 3


def test_a_task_waits_for_its_time(producing: Producing) -> None:
    now = producing.now()
    producing.tasks.enqueue(
        [
            Task("windows", "past", not_before=now - timedelta(seconds=60)),
            Task("windows", "later", not_before=now + timedelta(seconds=600)),
        ]
    )
    assert producing.deliver("windows") == ["past"]
    producing.advance(500)
    assert producing.deliver("windows") == []
    producing.advance(100)
    assert producing.deliver("windows") == ["later"]


def test_a_name_is_taken_while_its_task_lives_and_a_while_after(producing: Producing) -> None:
    assert producing.tasks.enqueue([task("first", name="n")]) == 1
    assert producing.tasks.enqueue([task("second", name="n")]) == 0
    assert producing.deliver("windows") == ["first"]
    producing.advance(3500)
    assert producing.tasks.enqueue([task("third", name="n")]) == 0
    assert producing.deliver("windows") == []
    producing.advance(100)
    assert producing.tasks.enqueue([task("fourth", name="n")]) == 1
    assert producing.deliver("windows") == ["fourth"]


def test_a_name_is_unique_within_its_queue_and_within_one_call(producing: Producing) -> None:
    both = [task("a", name="n"), task("b", name="n"), task("c"), task("d", name="n", queue="publish")]
    assert producing.tasks.enqueue(both) == 3
    assert producing.tasks.enqueue(both) == 1
    assert sorted(producing.deliver("windows")) == ["a", "c", "c"]
    assert producing.deliver("publish") == ["d"]


def test_threads_that_enqueue_one_name_add_one_task(producing: Producing) -> None:
    assert sum(at_once(8, lambda number: producing.tasks.enqueue([task(str(number), name="n")]))) == 1
    assert len(producing.deliver("windows")) == 1


def test_threads_that_enqueue_at_once_lose_nothing(producing: Producing) -> None:
    sent = [str(number) for number in range(40)]
    at_once(4, lambda number: producing.tasks.enqueue([task(payload) for payload in sent[number::4]]))
    assert sorted(producing.deliver("windows")) == sorted(sent)
