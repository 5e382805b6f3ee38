"""A Cloud Tasks of the tests' own: gRPC in front, HTTP with OIDC tokens behind, as the real service does it.

    with cloud_tasks_server() as server:
        queue = server.create_queue("windows", max_attempts=5)
        ...                                   # a function in whatever process enqueues at server.endpoint
        server.drain()                        # until every task has ended

What it leaves out: the real service slows a whole queue down when 429 and 503 are many, cuts times in a retry
configuration to whole seconds, and ends tasks after 31 days.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

import grpc
from google.cloud import tasks_v2
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

from servers.cloud_tasks.dispatching import Delivered, Dispatcher
from servers.cloud_tasks.pushing import Pusher
from servers.cloud_tasks.queues import Counts, Limits
from servers.cloud_tasks.service import Fault, Front, Service, described
from servers.cloud_tasks.tokens import Issuer, issuer

__all__ = ["Counts", "Delivered", "Issuer", "Limits", "TasksServer", "cloud_tasks_server"]

_QUARTER_MINUTE = timedelta(seconds=15)


@dataclass(frozen=True)
class TasksServer:
    """The server, and what tests do with it. A queue is named by its full name."""

    endpoint: str
    """HOST:PORT, without TLS."""
    issuer: Issuer
    """Who signs the tokens; `issuer.certificates` is where functions find the key, `issuer.token()` makes one."""
    location: str
    """Where queues are made: ``projects/P/locations/R``."""
    _dispatcher: Dispatcher
    _service: Service
    _front: Front

    def create_queue(self, name: str, limits: Limits | None = None, **changes: Any) -> str:
        """Make a queue with these limits, or the defaults with some of them changed, and return its full name."""
        full = f"{self.location}/queues/{name}"
        self._service.add_queue(full, replace(limits or Limits(), **changes))
        return full

    def restart(self, away: float) -> None:
        """Break every connection, be gone for `away` seconds, and come back at the same address.

        Tasks are as they were. Deliveries under way go on where they are delivered to, and count as unanswered.
        """
        self.hold()
        self._dispatcher.cut()
        self._front.restart(away)
        self.release()

    def tasks(self, queue: str) -> list[tasks_v2.Task]:
        """The tasks that have not ended, in the order they came."""
        with self._dispatcher.changed:
            return [described(entry) for entry in self._dispatcher.queues[queue]]

    def counts(self, queue: str) -> Counts:
        """What the queue has seen so far."""
        with self._dispatcher.changed:
            return deepcopy(self._dispatcher.queues[queue].counts)

    def delivered(self) -> list[Delivered]:
        """The last 10,000 deliveries, in the order they ended."""
        with self._dispatcher.changed:
            return list(self._dispatcher.delivered)

    def drain(self, timeout: float = 60.0, *, hurry: bool = False, queue: str | None = None) -> None:
        """Wait until every task has ended, or every one of `queue`.

        Raises `TimeoutError`, saying what is left, after `timeout` seconds.

        With `hurry`, a task that waits for its first time is delivered at once when nothing else is left. It gives
        its name up, so that one that is asked for at the proper time is not taken for it.
        """

        def done() -> bool:
            if hurry:
                self._dispatcher.hurry()
            return self._dispatcher.idle() if queue is None else not len(self._dispatcher.queues[queue])

        self._dispatcher.wait(done, timeout)

    def settle(self, timeout: float = 60.0) -> None:
        """Wait until nothing is due and nothing under way; what waits for its time or for a retry may be left."""
        self._dispatcher.wait(self._dispatcher.resting, timeout)

    def hold(self) -> None:
        """Deliver nothing until `release`; what is under way goes on."""
        with self._dispatcher.changed:
            self._dispatcher.held = True

    def release(self) -> None:
        """Deliver again."""
        with self._dispatcher.changed:
            self._dispatcher.held = False
            self._dispatcher.changed.notify_all()

    def now(self) -> float:
        """Seconds since the epoch, by the server's clock."""
        return self._dispatcher.now()

    def advance(self, seconds: float) -> None:
        """Set the server's clock ahead: what waits until then falls due, names become free. Deadlines stay real."""
        self._dispatcher.advance(seconds)

    def shuffle(self, seed: int | None) -> None:
        """Deliver what is due in an order made up from `seed`; None: in the order it fell due."""
        with self._dispatcher.changed:
            self._dispatcher.order = None if seed is None else random.Random(seed)

    def deliver_twice(self, times: int = 1) -> None:
        """Make each of the next `times` deliveries twice, at the same time."""
        with self._dispatcher.changed:
            self._dispatcher.doubles = times

    def fail_creates(
        self, status: grpc.StatusCode, *, times: int = 1, moment: Literal["before", "after"] = "before"
    ) -> None:
        """Let `times` more calls of CreateTask fail, before the task is made or after it."""
        with self._dispatcher.changed:
            self._service.faults.extend([Fault(status, moment)] * times)

    def forgive_creates(self) -> None:
        """Let no further call of CreateTask fail."""
        with self._dispatcher.changed:
            self._service.faults.clear()

    def faults_left(self) -> int:
        """How many calls are still to fail."""
        with self._dispatcher.changed:
            return len(self._service.faults)

    def most_creates_at_once(self) -> int:
        """How many calls of CreateTask were under way at once at most."""
        with self._dispatcher.changed:
            return self._service.most_creates

    def delay_creates(self, seconds: float) -> None:
        """Let every CreateTask take this long."""
        self._service.latency = seconds

    def watch(self, told: Callable[[str], object] | None) -> None:
        """Tell of every CreateTask before it takes effect; where `told` says so, the call goes nowhere."""
        self._service.watch = told

    def client(self) -> tasks_v2.CloudTasksClient:
        """A client of the real library; the caller closes its transport."""
        channel = grpc.insecure_channel(self.endpoint, options=[("grpc.enable_http_proxy", 0)])
        return tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))

    def reset(self) -> None:
        """Forget queues, tasks, counts and faults, and end every control; deliveries under way are cut off."""
        self._service.clear()
        self._dispatcher.clear()


@contextmanager
def cloud_tasks_server(
    *,
    location: str = "projects/test/locations/europe-west1",
    shortest_deadline: timedelta = _QUARTER_MINUTE,
    workers: int = 64,
) -> Iterator[TasksServer]:
    """Run a server until the block ends.

    Tasks with a dispatch deadline below `shortest_deadline` are refused, as the real service does; tests of deadlines
    allow shorter ones. At most `workers` deliveries are under way at once, over all queues.
    """
    with issuer() as signing:
        dispatcher = Dispatcher(Pusher(signing), workers=workers)
        service = Service(dispatcher, shortest_deadline=shortest_deadline.total_seconds())
        front = Front(service)
        try:
            yield TasksServer(f"127.0.0.1:{front.port}", signing, location, dispatcher, service, front)
        finally:
            front.stop()
            dispatcher.close()
