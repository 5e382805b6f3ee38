"""What a queue promises, on moments that are passed in."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from google.cloud import tasks_v2
from hypothesis import given
from hypothesis import strategies as st

from servers.cloud_tasks.queues import Answer, Entry, Limits, NameTaken, TaskQueue

GOOD = Answer(200)
BAD = Answer(500)
UNHURRIED = Limits(rate=500, min_backoff=10, max_backoff=300, max_doublings=3, max_attempts=-1)


def first(_: int) -> int:
    return 0


def queue(limits: Limits = UNHURRIED) -> TaskQueue:
    return TaskQueue(limits)


def add(tasks: TaskQueue, name: str = "", *, due: float = 0, now: float = 0) -> Entry:
    return tasks.add(tasks_v2.Task(name=name or "made-up"), due, now, named=bool(name))


def taken(tasks: TaskQueue, now: float = 0) -> Entry:
    entry = tasks.take(now, first)
    assert entry is not None
    return entry


def names(tasks: TaskQueue, now: float, choose: random.Random | None = None) -> list[str]:
    found = []
    while entry := tasks.take(now, choose.randrange if choose else first):
        found.append(entry.task.name)
        tasks.end(entry, GOOD, now)
    return found


def test_rests_double_then_grow_evenly_then_stay() -> None:
    tasks = queue()
    add(tasks)
    now, rests = 0.0, []
    for _ in range(8):
        tasks.end(taken(tasks, now), BAD, now)
        due = tasks.next_moment(now)
        assert due is not None
        assert tasks.take(due - 0.001, first) is None
        rests.append(due - now)
        now = due
    assert rests == [10, 20, 40, 80, 160, 240, 300, 300]


@given(least=st.floats(0.1, 100), most=st.floats(0.1, 5000), doublings=st.integers(0, 16), failures=st.integers(1, 500))
def test_rests_never_shrink_and_keep_within_their_bounds(
    least: float, most: float, doublings: int, failures: int
) -> None:
    limits = replace(UNHURRIED, min_backoff=least, max_backoff=most, max_doublings=doublings)
    rest, later = limits.backoff(failures), limits.backoff(failures + 1)
    assert min(least, most) <= rest <= later <= most


@pytest.mark.parametrize(
    ("attempts", "duration", "given_up_at"),
    [(3, 0, 3), (3, 100, 5), (5, 20, 5), (-1, 100, 5), (1, 0, 1)],
)
def test_a_task_is_given_up_once_attempts_and_time_are_both_used_up(
    attempts: int, duration: float, given_up_at: int
) -> None:
    """Attempts are at 0, 10, 30, 70, 150 seconds."""
    tasks = queue(replace(UNHURRIED, max_attempts=attempts, max_retry_duration=duration))
    add(tasks)
    now, made = 0.0, 0
    while len(tasks):
        tasks.end(taken(tasks, now), BAD, now)
        made += 1
        now = tasks.next_moment(now) or now
    assert made == given_up_at
    assert tasks.counts.given_up == 1


def test_without_bounds_a_task_is_never_given_up() -> None:
    assert not UNHURRIED.used_up(10_000, 1e9)


@pytest.mark.parametrize(
    ("answer", "rest"),
    [
        (Answer(429, 60), 60),
        (Answer(503, 60), 60),
        (Answer(503, 1), 10),
        (Answer(500, 60), 10),
        (Answer(None), 10),
    ],
)
def test_what_retry_after_asks_for_counts_on_429_and_503(answer: Answer, rest: float) -> None:
    tasks = queue()
    add(tasks)
    tasks.end(taken(tasks), answer, 0)
    assert tasks.next_moment(0) == rest


def test_a_name_is_taken_while_its_task_lives_and_an_hour_after() -> None:
    tasks = queue()
    add(tasks, "n")
    with pytest.raises(NameTaken):
        add(tasks, "n")
    assert names(tasks, 100) == ["n"]
    with pytest.raises(NameTaken):
        add(tasks, "n", now=3699)
    add(tasks, "n", now=3700)
    tasks.delete(next(iter(tasks)), 4000)
    with pytest.raises(NameTaken):
        add(tasks, "n", now=4001)
    assert (tasks.counts.creates, tasks.counts.refused) == (5, 3)


def test_tasks_are_delivered_by_their_time_and_then_as_they_came() -> None:
    tasks = queue()
    for name, due in (("late", 5.0), ("a", 0.0), ("b", 0.0), ("never", 1000.0), ("early", -1.0)):
        add(tasks, name, due=due)
    assert names(tasks, 10) == ["early", "a", "b", "late"]


def test_a_shuffled_order_is_the_same_for_the_same_seed_and_loses_nothing() -> None:
    def order(seed: int) -> list[str]:
        tasks = queue()
        for number in range(20):
            add(tasks, str(number))
        return names(tasks, 0, random.Random(seed))

    assert order(1) == order(1) != order(2)
    assert sorted(order(1)) == sorted(order(2)) == sorted(map(str, range(20)))


@given(rate=st.floats(0.5, 100), steps=st.lists(st.floats(0, 3), min_size=1, max_size=30))
def test_never_more_is_delivered_than_the_rate_and_one_burst(rate: float, steps: list[float]) -> None:
    tasks = queue(replace(UNHURRIED, rate=rate))
    for _ in range(100):
        add(tasks)
    now, delivered = 0.0, 0
    for step in steps:
        now += step
        delivered += len(names(tasks, now))
        assert delivered <= min(100, tasks.limits.burst + rate * now + 1e-6)
        if delivered < 100:  # the rate is also reached, and the next moment is no false promise
            moment = tasks.next_moment(now)
            assert moment is not None
            assert moment - now <= 1 / rate + 1e-6


def test_no_more_run_at_once_than_allowed() -> None:
    tasks = queue(replace(UNHURRIED, concurrent=2))
    for _ in range(3):
        add(tasks)
    running = [taken(tasks), taken(tasks)]
    assert tasks.take(0, first) is None
    assert tasks.next_moment(0) is None
    tasks.end(running[0], BAD, 0)
    assert tasks.take(0, first) is not None


def test_a_deleted_task_is_delivered_no_more() -> None:
    tasks = queue()
    running, ready, waiting = add(tasks), add(tasks), add(tasks, due=5)
    assert taken(tasks) is running
    for entry in (running, ready, waiting):
        tasks.delete(entry, 0)
    tasks.end(running, BAD, 0)
    assert tasks.next_moment(0) is None
    assert names(tasks, 1000) == []
    assert len(tasks) == tasks.running == 0


def test_a_paused_queue_delivers_nothing() -> None:
    tasks = queue()
    add(tasks)
    tasks.paused = True
    assert tasks.take(0, first) is None
    assert tasks.next_moment(0) is None
    assert not tasks.has_due(0)
    tasks.paused = False
    assert tasks.has_due(0)


def test_an_expedited_task_is_due_at_once_and_gives_its_name_up() -> None:
    tasks = queue()
    early = add(tasks, "n", due=1000)
    tasks.expedite(early, 0)
    again = add(tasks, "n", due=1000)
    assert names(tasks, 0) == ["n"]
    assert list(tasks) == [again]
    assert names(tasks, 1000) == ["n"]


def test_what_is_left_out_of_a_configuration_has_the_services_default() -> None:
    said = tasks_v2.Queue(rate_limits={"max_dispatches_per_second": 7}, retry_config={"max_attempts": -1})
    assert Limits.of(said) == Limits(rate=7, max_attempts=-1)
    assert Limits.of(Limits.of(said).message("q", paused=False)) == Limits.of(said)
