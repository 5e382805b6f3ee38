"""One queue: which task is delivered when, and what an answer leads to.

    waiting ──due──► ready ──rate, concurrency──► running ──2xx──► ended
       ▲                                             │──attempts and time used up──► ended (given up)
       └────────────── backoff ──────────────────────┘

Neither threads nor a clock: `now` is a parameter, in seconds since the epoch.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from google.cloud import tasks_v2

KEEP_NAMES = 3600.0
"""Seconds."""


class NameTaken(Exception):
    """A task of this name lives, or ended a short while ago."""


@dataclass(frozen=True)
class Answer:
    """What a delivery led to: `status` None where no answer came in time; `retry_after` in seconds."""

    status: int | None
    retry_after: float | None = None

    @property
    def good(self) -> bool:
        """Whether the task is done."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(eq=False, slots=True)
class Entry:
    """A task in a queue, and what became of its deliveries so far."""

    serial: int
    task: tasks_v2.Task
    created: float
    due: float
    named: bool
    dispatches: int = 0
    responses: int = 0
    executions: int = 0
    """Answers other than 5xx."""
    first: float = 0.0
    """When it was first delivered."""
    previous: int | None = None
    """The status of the last answer."""
    running: bool = False
    gone: bool = False


@dataclass
class Counts:
    """What a queue has seen since it was made."""

    creates: int = 0
    """Calls of CreateTask, those that were refused included."""
    refused: int = 0
    """Calls that found their name taken."""
    dispatches: int = 0
    answers: Counter[int | None] = field(default_factory=Counter)
    """By status; None: no answer in time."""
    given_up: int = 0


@dataclass(frozen=True)
class Limits:
    """What a queue is configured to, with the service's own defaults; times in seconds."""

    rate: float = 500.0
    """Deliveries a second, on average; as many, and at least one, may be sent at once after a rest."""
    concurrent: int = 1000
    max_attempts: int = 100
    max_retry_duration: float = 0.0
    min_backoff: float = 0.1
    max_backoff: float = 3600.0
    max_doublings: int = 16

    @classmethod
    def of(cls, config: tasks_v2.Queue) -> Limits:
        """What a configuration says; what it leaves out has its default."""
        limits, retry = config.rate_limits, config.retry_config
        said: dict[str, Any] = {
            "rate": limits.max_dispatches_per_second,
            "concurrent": limits.max_concurrent_dispatches,
            "max_attempts": retry.max_attempts,
            "max_retry_duration": seconds_of(retry, "max_retry_duration"),
            "min_backoff": seconds_of(retry, "min_backoff"),
            "max_backoff": seconds_of(retry, "max_backoff"),
            "max_doublings": retry.max_doublings,
        }
        return cls(**{name: value for name, value in said.items() if value})

    @property
    def burst(self) -> float:
        """How many may be sent at once after a rest."""
        return max(1.0, math.ceil(self.rate))

    def backoff(self, failures: int) -> float:
        """Rest after failure number `failures`: doubled `max_doublings` times, then growing evenly."""
        factor = 2 ** min(failures - 1, self.max_doublings) * max(1, failures - self.max_doublings)
        return float(min(self.min_backoff * factor, self.max_backoff))

    def used_up(self, attempts: int, since_first: float) -> bool:
        """Whether a task is given up: both limits are reached, as far as there are any."""
        if self.max_attempts < 0 and not self.max_retry_duration:
            return False
        return attempts >= self.max_attempts and since_first >= self.max_retry_duration

    def message(self, name: str, *, paused: bool) -> tasks_v2.Queue:
        """The queue as the service describes it."""
        states = tasks_v2.Queue.State
        return tasks_v2.Queue(
            name=name,
            state=states.PAUSED if paused else states.RUNNING,
            rate_limits={
                "max_dispatches_per_second": self.rate,
                "max_burst_size": int(self.burst),
                "max_concurrent_dispatches": self.concurrent,
            },
            retry_config={
                "max_attempts": self.max_attempts,
                "max_retry_duration": timedelta(seconds=self.max_retry_duration),
                "min_backoff": timedelta(seconds=self.min_backoff),
                "max_backoff": timedelta(seconds=self.max_backoff),
                "max_doublings": self.max_doublings,
            },
        )


def moment_of(message: Any, name: str) -> float | None:
    """The moment in a field; None where it is not set."""
    return float(getattr(message, name).timestamp()) if name in message else None


def seconds_of(message: Any, name: str) -> float:
    """The duration in a field, in seconds; 0 where it is not set."""
    return float(getattr(message, name).total_seconds()) if name in message else 0.0


class TaskQueue:
    """A queue of tasks with its limits; a name stays taken for `KEEP_NAMES` after its task ended."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.paused = False
        self.counts = Counts()
        self.running = 0
        self._entries: dict[int, Entry] = {}
        self._last = 0
        self._waits = itertools.count()
        self._waiting: list[tuple[float, int, Entry]] = []
        self._ready: deque[Entry] = deque()
        self._live_names: set[str] = set()
        self._ended_names: dict[str, float] = {}
        self._tokens = limits.burst
        self._refilled = 0.0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._entries.values()))

    def add(self, task: tasks_v2.Task, due: float, now: float, *, named: bool) -> Entry:
        """Take a task in. Raises `NameTaken`."""
        self.counts.creates += 1
        self._forget_names(now)
        if named and (task.name in self._live_names or task.name in self._ended_names):
            self.counts.refused += 1
            raise NameTaken
        self._last += 1
        entry = Entry(self._last, task, now, due, named)
        self._entries[entry.serial] = entry
        if named:
            self._live_names.add(task.name)
        self._wait(entry, due)
        return entry

    def take(self, now: float, choose: Callable[[int], int]) -> Entry | None:
        """The next task to deliver, if there is one and the limits allow; `choose` picks one of the n that are due."""
        self._admit(now)
        if self.paused or self.running >= self.limits.concurrent or not self._ready or self._refill(now) < 1:
            return None
        self._tokens -= 1
        index = choose(len(self._ready))
        entry = self._ready[index]
        del self._ready[index]
        entry.running = True
        entry.first = entry.first or now
        entry.dispatches += 1
        self.running += 1
        self.counts.dispatches += 1
        return entry

    def has_due(self, now: float) -> bool:
        """Whether a task is due that only the limits keep back."""
        self._admit(now)
        return bool(self._ready) and not self.paused

    def next_moment(self, now: float) -> float | None:
        """When `take` may have something that it has not now, unless something else happens before."""
        self._admit(now)
        if self.paused or self.running >= self.limits.concurrent:
            return None
        if self._ready:
            return now + max(0.0, 1 - self._refill(now)) / self.limits.rate
        return self._waiting[0][0] if self._waiting else None

    def end(self, entry: Entry, answer: Answer, now: float) -> None:
        """Take in what a delivery led to."""
        entry.running = False
        self.running -= 1
        if answer.status is not None:
            entry.previous = answer.status
            entry.responses += 1
            entry.executions += answer.status < 500
        if entry.gone:
            return
        if answer.good:
            self._drop(entry, now)
        elif self.limits.used_up(entry.dispatches, now - entry.first):
            self.counts.given_up += 1
            self._drop(entry, now)
        else:
            rest = self.limits.backoff(entry.dispatches)
            if answer.status in {429, 503} and answer.retry_after is not None:
                rest = max(rest, answer.retry_after)
            self._wait(entry, now + rest)

    def delete(self, entry: Entry, now: float) -> None:
        """End a task before its time: it is delivered no more, and its name stays taken for a while."""
        if entry in self._ready:
            self._ready.remove(entry)
        self._drop(entry, now)

    def find(self, name: str) -> Entry | None:
        """The task of this full name, if it lives."""
        return next((entry for entry in self._entries.values() if entry.task.name == name), None)

    def expedite(self, entry: Entry, now: float) -> None:
        """Make a waiting task due at once, and give up its name: one that is asked for at its proper time is new."""
        if entry.named:
            self._live_names.discard(entry.task.name)
            entry.named = False
        self._wait(entry, now)

    def _drop(self, entry: Entry, now: float) -> None:
        entry.gone = True
        del self._entries[entry.serial]
        if entry.named:
            self._live_names.discard(entry.task.name)
            self._ended_names[entry.task.name] = now + KEEP_NAMES

    def _wait(self, entry: Entry, due: float) -> None:
        entry.due = due
        heapq.heappush(self._waiting, (due, next(self._waits), entry))

    def _admit(self, now: float) -> None:
        """Move what has fallen due from waiting to ready; what was ended or put off anew falls out."""
        while self._waiting:
            due, _, entry = self._waiting[0]
            valid = entry.due == due and not entry.gone and not entry.running
            if valid and due > now:
                return
            heapq.heappop(self._waiting)
            if valid:
                self._ready.append(entry)

    def _refill(self, now: float) -> float:
        self._tokens = min(self.limits.burst, self._tokens + max(0.0, now - self._refilled) * self.limits.rate)
        self._refilled = now
        return self._tokens

    def _forget_names(self, now: float) -> None:
        while self._ended_names:
            name = next(iter(self._ended_names))
            if self._ended_names[name] > now:
                return
            del self._ended_names[name]
