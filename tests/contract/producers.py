"""A task queue as its producer sees it, with a way to see what is delivered: the local queues, and Cloud Tasks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol, get_args

from egregora.tasks import Queue, TaskQueue
from egregora.tasks.cloud_tasks import CloudTasks, Route
from egregora.tasks.sqlite import SqliteTasks
from egregora.testing import ManualClock, MemoryTasks

if TYPE_CHECKING:
    from servers.cloud_tasks import TasksServer
    from servers.cloud_tasks.target import Target


class Producing(Protocol):
    """A queue with nothing in it, and its time."""

    @property
    def tasks(self) -> TaskQueue:
        """The adapter."""
        ...

    def now(self) -> datetime:
        """What time the queue takes it to be."""
        ...

    def advance(self, seconds: float) -> None:
        """Set that time ahead."""
        ...

    def deliver(self, queue: Queue) -> list[str]:
        """Deliver and end what is due in a queue, and return the payloads."""
        ...


class LocalProducing:
    """A local queue, whose tasks are delivered by taking them."""

    def __init__(self, tasks: SqliteTasks | MemoryTasks, clock: ManualClock) -> None:
        self.tasks = tasks
        self.now = clock.now
        self.advance = clock.advance

    def deliver(self, queue: Queue) -> list[str]:
        """Take and end what is due."""
        payloads = []
        while delivery := self.tasks.take(queue, timedelta(minutes=1)):
            payloads.append(delivery.task.payload)
            self.tasks.done(delivery)
        return payloads


class CloudProducing:
    """Cloud Tasks, held back until something is to be delivered; each queue goes to a path of its name."""

    def __init__(self, tasks: CloudTasks, server: TasksServer, worker: Target) -> None:
        self.tasks = tasks
        self.advance = server.advance
        self._server = server
        self._worker = worker
        self._seen: dict[Queue, int] = dict.fromkeys(get_args(Queue), 0)
        server.hold()

    def now(self) -> datetime:
        """The server's time."""
        return datetime.fromtimestamp(self._server.now(), UTC)

    def deliver(self, queue: Queue) -> list[str]:
        """Let go what is due, and return what came for this queue since the last time."""
        self._server.release()
        self._server.settle()
        self._server.hold()
        came = [received.body.decode() for received in self._worker.received if received.path == f"/{queue}"]
        fresh = came[self._seen[queue] :]
        self._seen[queue] = len(came)
        return fresh


@contextmanager
def cloud_producing() -> Iterator[CloudProducing]:
    """Cloud Tasks on a server of its own."""
    from servers.cloud_tasks import cloud_tasks_server
    from servers.cloud_tasks.target import target

    with cloud_tasks_server() as server, target() as worker:
        routes: dict[Queue, Route] = {
            queue: Route(server.create_queue(queue), f"{worker.url}{queue}") for queue in get_args(Queue)
        }
        tasks = CloudTasks(routes, invoker="invoker@test", deadline=timedelta(minutes=10), endpoint=server.endpoint)
        with closing(tasks):
            yield CloudProducing(tasks, server, worker)
