"""The queues at work: a thread that looks for what is due, and threads that deliver it."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from servers.cloud_tasks.pushing import Pusher, headers_of
from servers.cloud_tasks.queues import Answer, Entry, TaskQueue

_REMEMBERED = 10_000


@dataclass(frozen=True)
class Delivered:
    """A delivery that has ended: the task's full name, which of its attempts it was, and the status of the answer."""

    name: str
    attempt: int
    status: int | None


class Dispatcher:
    """All queues by their full name, and what is done with them. `changed` guards everything in here.

    At most `workers` deliveries are under way at once, over all queues; the queue with the fewest is served first.
    """

    def __init__(self, pusher: Pusher, *, workers: int) -> None:
        self.changed = threading.Condition()
        self.queues: dict[str, TaskQueue] = {}
        self.delivered: deque[Delivered] = deque(maxlen=_REMEMBERED)
        self.held = False
        self.order: random.Random | None = None
        """Where set, what is due is delivered in an order that it makes up."""
        self.doubles = 0
        """How many of the next deliveries are made twice, at the same time."""
        self._pusher = pusher
        self._under_way = 0
        self._ahead = 0.0
        self._fault: Exception | None = None
        self._closing = False
        self._workers = workers
        self._pool = ThreadPoolExecutor(workers, "delivery")
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)
        self._thread.start()

    def now(self) -> float:
        """Seconds since the epoch, by the server's clock."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Set the server's clock ahead."""
        with self.changed:
            self._ahead += seconds
            self.changed.notify_all()

    def wait(self, settled: Callable[[], bool], timeout: float) -> None:
        """Wait until `settled`, asked with the lock held, says so. Raises `TimeoutError` saying what is left."""
        with self.changed:
            done = self.changed.wait_for(lambda: self._fault or settled(), timeout)
            if self._fault:
                raise RuntimeError("a delivery could not be made") from self._fault
            if not done:
                left = {name.rpartition("/")[2]: len(queue) for name, queue in self.queues.items() if len(queue)}
                last = [each.status for each in list(self.delivered)[-5:]]
                raise TimeoutError(
                    f"after {timeout:g} s: {self._under_way} deliveries under way; tasks left: {left}; "
                    f"last answers: {last}"
                )

    def idle(self) -> bool:
        """Whether nothing is left and nothing under way."""
        return not self._under_way and not any(map(len, self.queues.values()))

    def resting(self) -> bool:
        """Whether nothing is under way and nothing due; what a paused queue or a hold keeps back does not count."""
        now = self.now()
        return not self._under_way and (self.held or not any(queue.has_due(now) for queue in self.queues.values()))

    def hurry(self) -> None:
        """Make the earliest task due where all that is left waits for its first time and nothing is under way."""
        left = [(entry.due, queue, entry) for queue in self.queues.values() for entry in queue]
        if self._under_way or not left or any(entry.dispatches for _, _, entry in left):
            return
        due, queue, entry = min(left, key=lambda each: each[0])
        if due > self.now():
            queue.expedite(entry, self.now())
            self.changed.notify_all()

    def cut(self) -> None:
        """Break off the deliveries under way: they get no answer."""
        self._pusher.cut()

    def clear(self) -> None:
        """Forget every queue and task, and end every control; wait for what is under way, its connections cut."""
        with self.changed:
            self.queues.clear()
            while self._under_way:
                self._pusher.cut()
                self.changed.wait(0.05)
            self.delivered.clear()
            self.held, self.order, self.doubles, self._ahead, self._fault = False, None, 0, 0.0, None

    def close(self) -> None:
        """Stop delivering; what is under way is cut off."""
        with self.changed:
            self._closing = True
            self.changed.notify_all()
        self._thread.join()
        self.clear()
        self._pool.shutdown()

    def _run(self) -> None:
        with self.changed:
            while not self._closing:
                taken = None if self._stopped() else self._take()
                if taken is None:
                    self.changed.wait(self._pause())
                    continue
                queue, entry = taken
                headers = headers_of(entry)
                if self.doubles:
                    self.doubles -= 1
                    queue.counts.dispatches += 1
                    self._start(queue, entry, headers, decides=False)
                self._start(queue, entry, headers, decides=True)

    def _stopped(self) -> bool:
        return self.held or self._under_way >= self._workers

    def _take(self) -> tuple[TaskQueue, Entry] | None:
        now = self.now()
        for queue in sorted(self.queues.values(), key=lambda queue: queue.running):
            entry = queue.take(now, self.order.randrange if self.order else _first)
            if entry:
                return queue, entry
        return None

    def _pause(self) -> float | None:
        """Seconds until a task may fall due; None: until something happens."""
        if self._stopped():
            return None
        now = self.now()
        moments = [moment for queue in self.queues.values() if (moment := queue.next_moment(now)) is not None]
        return max(0.0, min(moments) - now) if moments else None

    def _start(self, queue: TaskQueue, entry: Entry, headers: dict[str, str], *, decides: bool) -> None:
        self._under_way += 1
        self._pool.submit(self._deliver, queue, entry, headers, entry.dispatches, decides)

    def _deliver(self, queue: TaskQueue, entry: Entry, headers: dict[str, str], attempt: int, decides: bool) -> None:
        """Deliver, and take in the answer; of a delivery made twice only one `decides` about the task."""
        answer = Answer(None)
        try:
            answer = self._pusher.push(entry.task, headers, self.now())
        except Exception as fault:  # handed to the thread that waits
            self._fault = fault
        with self.changed:
            if decides:
                queue.end(entry, answer, self.now())
            queue.counts.answers[answer.status] += 1
            self.delivered.append(Delivered(entry.task.name, attempt, answer.status))
            self._under_way -= 1
            self.changed.notify_all()


def _first(_: int) -> int:
    return 0
