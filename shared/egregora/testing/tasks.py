"""Task queues in memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from egregora.clock import Clock
from egregora.tasks import Delivery, Queue, Task
from egregora.tasks.backoff import backoff
from egregora.tasks.sqlite import KEEP_NAMES


@dataclass(slots=True)
class _Waiting:
    id: int
    task: Task
    due: datetime
    attempt: int = 0
    leased: bool = False


class MemoryTasks:
    """Task queues in memory, for producers and consumers in many threads; its times are those of `SqliteTasks`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last = 0
        self._waiting: dict[int, _Waiting] = {}
        self._names: dict[tuple[Queue, str], datetime | None] = {}
        """Names taken, until when: None while their task has not ended."""

    def copy(self, clock: Clock) -> MemoryTasks:
        """The same queues, from here on by themselves."""
        made = MemoryTasks(clock)
        made._waiting = {number: replace(waiting) for number, waiting in self._waiting.items()}
        made._names, made._last = dict(self._names), self._last
        return made

    def enqueue(self, tasks: Sequence[Task]) -> int:
        """Add tasks, all or none, and return how many were new; one whose name is taken is passed over silently."""
        now = self._clock.now()
        with self._lock:
            self._names = {name: until for name, until in self._names.items() if until is None or until > now}
            return sum(self._add(task, now) for task in tasks)

    def take(self, queue: Queue, lease: timedelta) -> Delivery | None:
        """Lease the task that has waited longest past its time; None where nothing is due."""
        now = self._clock.now()
        with self._lock:
            due = [waiting for waiting in self._of(queue) if waiting.due <= now]
            if not due:
                return None
            first = min(due, key=lambda waiting: (waiting.due, waiting.id))
            first.due = now + lease
            first.attempt += 1
            first.leased = True
            return Delivery(first.id, first.task, first.attempt, first.due)

    def done(self, delivery: Delivery) -> None:
        """End a task. Harmless where the lease was lost meanwhile to another delivery."""
        with self._lock:
            if self._held(delivery):
                task = self._waiting.pop(delivery.id).task
                if task.name is not None:
                    self._names[task.queue, task.name] = self._clock.now() + KEEP_NAMES

    def retry(self, delivery: Delivery, after: float | None = None) -> None:
        """Give a task back, due after `after` seconds or else by exponential backoff over its attempts."""
        with self._lock:
            waiting = self._held(delivery)
            if waiting:
                waiting.leased = False
                rest = backoff(delivery.attempt) if after is None else timedelta(seconds=after)
                waiting.due = self._clock.now() + rest

    def waiting(self, queue: Queue) -> tuple[int, datetime | None]:
        """How many tasks are queued or leased, and when the next one falls due or its lease ends."""
        with self._lock:
            due = [waiting.due for waiting in self._of(queue)]
        return len(due), min(due, default=None)

    def release(self) -> int:
        """Make every leased task due at once, and return how many there were."""
        now = self._clock.now()
        with self._lock:
            leased = [waiting for waiting in self._waiting.values() if waiting.leased]
            for waiting in leased:
                waiting.due = min(waiting.due, now)
                waiting.leased = False
        return len(leased)

    def _add(self, task: Task, now: datetime) -> bool:
        if task.name is not None:
            if (task.queue, task.name) in self._names:
                return False
            self._names[task.queue, task.name] = None
        self._last += 1
        self._waiting[self._last] = _Waiting(self._last, task, task.not_before or now)
        return True

    def _of(self, queue: Queue) -> list[_Waiting]:
        return [waiting for waiting in self._waiting.values() if waiting.task.queue == queue]

    def _held(self, delivery: Delivery) -> _Waiting | None:
        """The task of a delivery that was not overtaken by another."""
        waiting = self._waiting.get(delivery.id)
        return waiting if waiting and waiting.attempt == delivery.attempt else None
