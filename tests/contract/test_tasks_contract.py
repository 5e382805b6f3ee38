"""What every task queue promises those who work its tasks off; what it promises producers stands apart."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    multiple,
    rule,
    run_state_machine_as_test,
)

from contract.adapters import TASKS, LocalTasks
from contract.contenders import at_once
from egregora.tasks import Delivery, Queue, Task
from egregora.testing import ManualClock, MemoryTasks

LEASE = timedelta(seconds=60)


def task(payload: str = "{}", *, name: str | None = None, queue: Queue = "windows") -> Task:
    return Task(queue, payload, name)


def taken(tasks: LocalTasks, queue: Queue = "windows") -> Delivery:
    delivery = tasks.take(queue, LEASE)
    assert delivery is not None
    return delivery


def drain(tasks: LocalTasks) -> list[str]:
    payloads = []
    while delivery := tasks.take("windows", LEASE):
        payloads.append(delivery.task.payload)
        tasks.done(delivery)
    return payloads


def test_a_task_is_delivered_as_it_was_enqueued_and_ends(tasks: LocalTasks, clock: ManualClock) -> None:
    sent = Task("windows", '{"signature": "ä"}', "name", clock.now())
    assert tasks.enqueue([sent]) == 1
    delivery = taken(tasks)
    assert delivery.task == sent
    assert delivery.attempt == 1
    assert delivery.expires == clock.now() + LEASE
    tasks.done(delivery)
    clock.advance(100_000)
    assert tasks.take("windows", LEASE) is None
    assert tasks.waiting("windows") == (0, None)


def test_nothing_is_taken_from_an_empty_queue(tasks: LocalTasks) -> None:
    assert tasks.take("windows", LEASE) is None
    assert tasks.waiting("windows") == (0, None)


def test_queues_are_apart(tasks: LocalTasks) -> None:
    tasks.enqueue([task("w"), task("p", queue="publish")])
    assert tasks.waiting("windows")[0] == tasks.waiting("publish")[0] == 1
    assert taken(tasks, "publish").task.payload == "p"
    assert tasks.take("publish", LEASE) is None
    assert taken(tasks, "windows").task.payload == "w"


def test_tasks_are_taken_by_due_time_and_then_in_the_order_enqueued(tasks: LocalTasks, clock: ManualClock) -> None:
    start = clock.now()
    tasks.enqueue([Task("windows", "late", not_before=start + timedelta(seconds=2)), task("a"), task("b")])
    tasks.enqueue([Task("windows", "early", not_before=start - timedelta(seconds=1)), task("c")])
    assert drain(tasks) == ["early", "a", "b", "c"]
    clock.advance(1.999999)
    assert drain(tasks) == []
    clock.advance(0.000001)
    assert drain(tasks) == ["late"]


def test_a_task_whose_lease_ended_is_delivered_again(tasks: LocalTasks, clock: ManualClock) -> None:
    tasks.enqueue([task()])
    first = taken(tasks)
    clock.advance(59.9)
    assert tasks.take("windows", LEASE) is None
    clock.advance(0.1)
    second = taken(tasks)
    assert (second.id, second.task, second.attempt) == (first.id, first.task, 2)


def test_a_delivery_that_lost_its_lease_to_another_changes_nothing(tasks: LocalTasks, clock: ManualClock) -> None:
    tasks.enqueue([task(name="n")])
    first = taken(tasks)
    clock.advance(60)
    second = taken(tasks)
    tasks.done(first)
    tasks.retry(first, after=0)
    assert tasks.take("windows", LEASE) is None
    assert tasks.waiting("windows") == (1, second.expires)
    tasks.done(second)
    tasks.retry(second, after=0)
    tasks.done(second)
    assert tasks.waiting("windows") == (0, None)


def test_a_late_end_counts_where_nobody_took_the_task_meanwhile(tasks: LocalTasks, clock: ManualClock) -> None:
    tasks.enqueue([task()])
    delivery = taken(tasks)
    clock.advance(1000)
    tasks.done(delivery)
    assert tasks.waiting("windows") == (0, None)


def test_a_task_given_back_rests_twice_as_long_each_time_up_to_a_bound(tasks: LocalTasks, clock: ManualClock) -> None:
    tasks.enqueue([task()])
    rests = []
    for _ in range(40):
        tasks.retry(taken(tasks))
        _, due = tasks.waiting("windows")
        assert due is not None
        rests.append((due - clock.now()).total_seconds())
        clock.advance(rests[-1])
    assert rests == [1, 2, 4, 8, 16, 32, 64, 128, 256, *[300] * 31]


def test_a_task_given_back_with_a_time_is_due_then(tasks: LocalTasks, clock: ManualClock) -> None:
    tasks.enqueue([task()])
    tasks.retry(taken(tasks), after=7.5)
    assert tasks.take("windows", LEASE) is None
    clock.advance(7.5)
    delivery = taken(tasks)
    assert delivery.attempt == 2
    tasks.retry(delivery, after=0)
    assert taken(tasks).attempt == 3


def test_waiting_counts_the_queued_and_the_leased_and_says_when_to_look_again(
    tasks: LocalTasks, clock: ManualClock
) -> None:
    start = clock.now()
    tasks.enqueue([task("a"), Task("windows", "b", not_before=start + timedelta(seconds=90))])
    assert tasks.waiting("windows") == (2, start)
    delivery = taken(tasks)
    assert tasks.waiting("windows") == (2, delivery.expires)
    tasks.done(delivery)
    assert tasks.waiting("windows") == (1, start + timedelta(seconds=90))


def test_leases_of_the_dead_can_be_ended_at_once(tasks: LocalTasks, clock: ManualClock) -> None:
    tasks.enqueue([task("leased"), task("given back"), Task("windows", "delayed", not_before=clock.now() + LEASE)])
    dead = taken(tasks)
    tasks.retry(taken(tasks), after=10)
    assert tasks.release() == 1
    assert tasks.release() == 0
    again = taken(tasks)
    assert (again.task.payload, again.attempt) == ("leased", 2)
    tasks.done(dead)
    assert tasks.waiting("windows")[0] == 3
    assert tasks.take("windows", LEASE) is None


def test_threads_that_take_at_once_get_each_task_once(tasks: LocalTasks) -> None:
    sent = [str(number) for number in range(80)]
    at_once(4, lambda number: tasks.enqueue([task(payload) for payload in sent[number::4]]))
    got = at_once(4, lambda _: drain(tasks))
    assert sorted(payload for each in got for payload in each) == sorted(sent)


class SideBySide(RuleBasedStateMachine):
    """Any sequence of calls, on an adapter and on the one in memory: every answer is the same."""

    adapter = ""
    deliveries: Bundle[tuple[Delivery, Delivery]] = Bundle("deliveries")
    queues = st.sampled_from(["windows", "publish"])
    seconds = st.sampled_from([0, 0.5, 1, 59, 60, 3600])

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.clock = ManualClock()
        self.real = self.stack.enter_context(TASKS[self.adapter](folder, self.clock))
        self.fake = MemoryTasks(self.clock)

    @rule(queue=queues, names=st.lists(st.sampled_from([None, "n1", "n2"]), max_size=3), delay=st.none() | seconds)
    def enqueue(self, queue: Queue, names: list[str | None], delay: float | None) -> None:
        not_before = None if delay is None else self.clock.now() + timedelta(seconds=delay)
        batch = [Task(queue, f"{{{name}}}", name, not_before) for name in names]
        assert self.real.enqueue(batch) == self.fake.enqueue(batch)

    @rule(target=deliveries, queue=queues)
    def take(self, queue: Queue) -> MultipleResults[tuple[Delivery, Delivery]] | tuple[Delivery, Delivery]:
        real, fake = self.real.take(queue, LEASE), self.fake.take(queue, LEASE)
        if real is None or fake is None:
            assert real is fake
            return multiple()
        assert (real.task, real.attempt, real.expires) == (fake.task, fake.attempt, fake.expires)
        return real, fake

    @rule(pair=deliveries)
    def done_and_kept(self, pair: tuple[Delivery, Delivery]) -> None:
        self.real.done(pair[0])
        self.fake.done(pair[1])

    @rule(pair=consumes(deliveries), after=st.none() | seconds)
    def retry(self, pair: tuple[Delivery, Delivery], after: float | None) -> None:
        self.real.retry(pair[0], after)
        self.fake.retry(pair[1], after)

    @rule(seconds=seconds)
    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule()
    def release(self) -> None:
        assert self.real.release() == self.fake.release()

    @rule(queue=queues)
    def waiting(self, queue: Queue) -> None:
        assert self.real.waiting(queue) == self.fake.waiting(queue)

    def teardown(self) -> None:
        self.stack.close()


@pytest.mark.parametrize("adapter", sorted(set(TASKS) - {"memory"}))
def test_any_sequence_of_calls_is_answered_as_in_memory(adapter: str) -> None:
    machine = type("Machine", (SideBySide,), {"adapter": adapter})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
