"""Port: queues of tasks, delivered at least once.

A producer enqueues; a consumer (Cloud Tasks' HTTP push, or the local runner's `Consumer`) is handed deliveries.
A name is taken from the moment a task is enqueued under it and stays taken for a while after it ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

Queue = Literal["windows", "publish"]


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work: `payload` is JSON text with no word of a conversation in it.

    `not_before` delays the first delivery. `name`, where given, makes the task unique within its queue.
    """

    queue: Queue
    payload: str
    name: str | None = None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A task in the consumer's hands until `expires`; `attempt` counts deliveries from 1."""

    id: int
    task: Task
    attempt: int
    expires: datetime


class TaskQueue(Protocol):
    """The producer's side."""

    def enqueue(self, tasks: Sequence[Task]) -> int:
        """Add tasks and return how many were new; one whose name is taken is passed over silently."""
        ...


class Consumer(Protocol):
    """The worker's side, where there is no service that pushes."""

    def take(self, queue: Queue, lease: timedelta) -> Delivery | None:
        """Lease the task that has waited longest past its time; None where nothing is due."""
        ...

    def done(self, delivery: Delivery) -> None:
        """End a task. Harmless where the lease was lost meanwhile to another delivery."""
        ...

    def retry(self, delivery: Delivery, after: float | None = None) -> None:
        """Give a task back, due after `after` seconds or else by exponential backoff over its attempts."""
        ...

    def waiting(self, queue: Queue) -> tuple[int, datetime | None]:
        """How many tasks are queued or leased, and when the next one falls due or its lease ends."""
        ...
