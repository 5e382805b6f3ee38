"""The gRPC side: the methods of google.cloud.tasks.v2.CloudTasks that a producer and an operator call."""

from __future__ import annotations

import re
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NoReturn, cast

import grpc
from google.cloud import tasks_v2
from google.protobuf.empty_pb2 import Empty

from servers.cloud_tasks.dispatching import Dispatcher
from servers.cloud_tasks.queues import Entry, Limits, NameTaken, TaskQueue, moment_of, seconds_of

_QUEUE = re.compile(r"projects/[A-Za-z0-9:.-]+/locations/[A-Za-z0-9-]+/queues/[A-Za-z0-9-]{1,100}")
_TASK = re.compile(r"[A-Za-z0-9_-]{1,500}")
_LARGEST = 1024 * 1024
_FARTHEST = 30 * 24 * 3600.0
_LONGEST = 1800.0
_PAGE = 1000

Status = grpc.StatusCode


@dataclass(frozen=True)
class Fault:
    """What one CreateTask answers instead, before its effect or after it."""

    status: grpc.StatusCode
    moment: Literal["before", "after"] = "before"


class Service:
    """CloudTasks over the queues of a dispatcher.

    `shortest_deadline`, in seconds, is what the real service asks of a task's dispatch deadline at least.
    """

    def __init__(self, dispatcher: Dispatcher, *, shortest_deadline: float) -> None:
        self.faults: deque[Fault] = deque()
        self.latency = 0.0
        """Seconds that every CreateTask takes."""
        self.most_creates = 0
        """How many calls of CreateTask were under way at once."""
        self.watch: Callable[[str], object] | None = None
        """Told of every CreateTask before it takes effect; where it says so, the call goes nowhere."""
        self._creates = 0
        self._dispatcher = dispatcher
        self._shortest_deadline = shortest_deadline

    def clear(self) -> None:
        """End every control and forget what was counted."""
        with self._dispatcher.changed:
            self.faults.clear()
            self.latency, self.most_creates, self.watch = 0.0, 0, None

    def add_queue(self, name: str, limits: Limits) -> None:
        """Make a queue. Raises `KeyError` where there is one of this name."""
        with self._dispatcher.changed:
            if name in self._dispatcher.queues:
                raise KeyError(name)
            self._dispatcher.queues[name] = TaskQueue(limits)

    def create_queue(self, request: tasks_v2.CreateQueueRequest, context: grpc.ServicerContext) -> tasks_v2.Queue:
        name = request.queue.name
        if not _QUEUE.fullmatch(name) or name.rpartition("/queues/")[0] != request.parent:
            context.abort(Status.INVALID_ARGUMENT, "not a queue's name within its parent")
        try:
            self.add_queue(name, Limits.of(request.queue))
        except KeyError:
            context.abort(Status.ALREADY_EXISTS, "Queue already exists")
        return self._described(name, context)

    def get_queue(self, request: tasks_v2.GetQueueRequest, context: grpc.ServicerContext) -> tasks_v2.Queue:
        return self._described(request.name, context)

    def pause_queue(self, request: tasks_v2.PauseQueueRequest, context: grpc.ServicerContext) -> tasks_v2.Queue:
        return self._set_paused(request.name, True, context)

    def resume_queue(self, request: tasks_v2.ResumeQueueRequest, context: grpc.ServicerContext) -> tasks_v2.Queue:
        return self._set_paused(request.name, False, context)

    def purge_queue(self, request: tasks_v2.PurgeQueueRequest, context: grpc.ServicerContext) -> tasks_v2.Queue:
        with self._dispatcher.changed:
            queue = self._queue(request.name, context)
            for entry in queue:
                queue.delete(entry, self._dispatcher.now())
            self._dispatcher.changed.notify_all()
        return self._described(request.name, context)

    def create_task(self, request: tasks_v2.CreateTaskRequest, context: grpc.ServicerContext) -> tasks_v2.Task:
        if self.watch and self.watch("CreateTask"):
            context.abort(Status.UNAVAILABLE, "as the test asked for")
        with self._creating() as fault:
            return self._create(request, fault, context)

    def get_task(self, request: tasks_v2.GetTaskRequest, context: grpc.ServicerContext) -> tasks_v2.Task:
        with self._dispatcher.changed:
            _, entry = self._task(request.name, context)
            return described(entry, request.response_view)

    def list_tasks(
        self, request: tasks_v2.ListTasksRequest, context: grpc.ServicerContext
    ) -> tasks_v2.ListTasksResponse:
        size = min(request.page_size or _PAGE, _PAGE)
        after = int(request.page_token or 0)
        with self._dispatcher.changed:
            found = [entry for entry in self._queue(request.parent, context) if entry.serial > after]
            page = found[:size]
            return tasks_v2.ListTasksResponse(
                tasks=[described(entry, request.response_view) for entry in page],
                next_page_token=str(page[-1].serial) if len(found) > size else "",
            )

    def delete_task(self, request: tasks_v2.DeleteTaskRequest, context: grpc.ServicerContext) -> Empty:
        with self._dispatcher.changed:
            queue, entry = self._task(request.name, context)
            queue.delete(entry, self._dispatcher.now())
            self._dispatcher.changed.notify_all()
        return Empty()

    def _create(
        self, request: tasks_v2.CreateTaskRequest, fault: Fault | None, context: grpc.ServicerContext
    ) -> tasks_v2.Task:
        if fault and fault.moment == "before":
            context.abort(fault.status, "a fault on purpose")
        now = self._dispatcher.now()
        task = tasks_v2.Task(request.task)
        named = bool(task.name)
        scheduled = moment_of(task, "schedule_time")
        if reason := self._refusal(request, now):
            context.abort(Status.INVALID_ARGUMENT, reason)
        task.name = task.name or f"{request.parent}/tasks/{uuid.uuid4().int}"
        with self._dispatcher.changed:
            queue = self._queue(request.parent, context)
            try:
                entry = queue.add(task, max(now, scheduled or now), now, named=named)
            except NameTaken:
                context.abort(Status.ALREADY_EXISTS, "Requested entity already exists")
            made = described(entry, request.response_view)
            self._dispatcher.changed.notify_all()
        if fault:
            context.abort(fault.status, "a fault on purpose")
        return made

    @contextmanager
    def _creating(self) -> Iterator[Fault | None]:
        """Count a call while it is under way, let it take its time, and say how it is to fail, if it is."""
        with self._dispatcher.changed:
            self._creates += 1
            self.most_creates = max(self.most_creates, self._creates)
        try:
            time.sleep(self.latency)
            with self._dispatcher.changed:
                fault = self.faults.popleft() if self.faults else None
            yield fault
        finally:
            with self._dispatcher.changed:
                self._creates -= 1

    def _refusal(self, request: tasks_v2.CreateTaskRequest, now: float) -> str:
        """What the service would not accept in a task; empty: nothing."""
        task = request.task
        parent, _, name = task.name.partition("/tasks/")
        deadline = seconds_of(task, "dispatch_deadline")
        if task.name and (parent != request.parent or not _TASK.fullmatch(name)):
            return "not a task's name within its queue"
        if not task.http_request.url.startswith(("http://", "https://")):
            return "HttpRequest.url must begin with http:// or https://"
        if deadline and not self._shortest_deadline <= deadline <= _LONGEST:
            return "Task.dispatch_deadline is out of bounds"
        if (moment_of(task, "schedule_time") or now) > now + _FARTHEST:
            return "Task.schedule_time lies too far ahead"
        return "the task is too large" if len(task.http_request.body) > _LARGEST else ""

    def _queue(self, name: str, context: grpc.ServicerContext) -> TaskQueue:
        queue = self._dispatcher.queues.get(name)
        return queue if queue is not None else _missing(context)

    def _task(self, name: str, context: grpc.ServicerContext) -> tuple[TaskQueue, Entry]:
        queue = self._queue(name.rpartition("/tasks/")[0], context)
        entry = queue.find(name)
        return (queue, entry) if entry else _missing(context)

    def _described(self, name: str, context: grpc.ServicerContext) -> tasks_v2.Queue:
        with self._dispatcher.changed:
            queue = self._queue(name, context)
            return queue.limits.message(name, paused=queue.paused)

    def _set_paused(self, name: str, paused: bool, context: grpc.ServicerContext) -> tasks_v2.Queue:
        with self._dispatcher.changed:
            self._queue(name, context).paused = paused
            self._dispatcher.changed.notify_all()
        return self._described(name, context)


def described(entry: Entry, view: Any = tasks_v2.Task.View.FULL) -> tasks_v2.Task:
    """A task as the service describes it; its body only in the full view."""
    made: Any = tasks_v2.Task(entry.task)
    full = view == tasks_v2.Task.View.FULL
    made.view = tasks_v2.Task.View.FULL if full else tasks_v2.Task.View.BASIC
    made.create_time = datetime.fromtimestamp(int(entry.created), UTC)
    made.schedule_time = datetime.fromtimestamp(entry.due, UTC)
    made.dispatch_count = entry.dispatches
    made.response_count = entry.responses
    if not full:
        made.http_request.body = b""
    return cast(tasks_v2.Task, made)


class Front:
    """A gRPC server before a service, on a free port of the loopback."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._server, self.port = _serve(service, 0)

    def restart(self, away: float) -> None:
        """Break every connection, be gone for `away` seconds, and come back at the same port."""
        self.stop()
        time.sleep(away)
        self._server, _ = _serve(self._service, self.port)

    def stop(self) -> None:
        """Answer nobody any more."""
        self._server.stop(None).wait()


def _serve(service: Service, port: int) -> tuple[grpc.Server, int]:
    methods = {
        "CreateQueue": (service.create_queue, tasks_v2.CreateQueueRequest),
        "GetQueue": (service.get_queue, tasks_v2.GetQueueRequest),
        "PauseQueue": (service.pause_queue, tasks_v2.PauseQueueRequest),
        "ResumeQueue": (service.resume_queue, tasks_v2.ResumeQueueRequest),
        "PurgeQueue": (service.purge_queue, tasks_v2.PurgeQueueRequest),
        "CreateTask": (service.create_task, tasks_v2.CreateTaskRequest),
        "GetTask": (service.get_task, tasks_v2.GetTaskRequest),
        "ListTasks": (service.list_tasks, tasks_v2.ListTasksRequest),
        "DeleteTask": (service.delete_task, tasks_v2.DeleteTaskRequest),
    }
    handlers = {name: _handler(method, form) for name, (method, form) in methods.items()}
    server = grpc.server(ThreadPoolExecutor(32, "cloud-tasks"))
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("google.cloud.tasks.v2.CloudTasks", handlers),)
    )
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    return server, port


def _handler(method: Callable[..., Any], form: Any) -> grpc.RpcMethodHandler[Any, Any]:
    return grpc.unary_unary_rpc_method_handler(
        method, request_deserializer=form.deserialize, response_serializer=_serialized
    )


def _serialized(message: Any) -> bytes:
    return bytes(message.SerializeToString() if isinstance(message, Empty) else type(message).serialize(message))


def _missing(context: grpc.ServicerContext) -> NoReturn:
    context.abort(Status.NOT_FOUND, "Requested entity was not found")
