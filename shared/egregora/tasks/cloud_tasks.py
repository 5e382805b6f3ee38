"""Cloud Tasks: tasks that Google pushes to our functions over HTTP, each with an OIDC token.

Only the producer's side: the service is its own consumer. A task created twice because the answer to the first call
was lost is delivered twice, which every function allows for.

    ALREADY_EXISTS                                  the name is taken: passed over
    RESOURCE_EXHAUSTED                              RateLimited
    UNAVAILABLE, DEADLINE_EXCEEDED                  tried again for a while, then Retry
    ABORTED, CANCELLED, INTERNAL, UNKNOWN           Retry
    any other status, credentials                   Reject
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from egregora.errors import RateLimited, Reject, Retry
from egregora.tasks import Queue, Task

if TYPE_CHECKING:
    from google.api_core.exceptions import GoogleAPICallError
    from google.auth.exceptions import GoogleAuthError
    from google.cloud.tasks_v2 import CloudTasksClient, CreateTaskRequest

IN_FLIGHT = 16
"""Calls under way at once in one `enqueue`."""
_CALL = 10.0
"""Seconds that one call may take."""
_PASSING = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED", "ABORTED", "CANCELLED", "INTERNAL", "UNKNOWN", "DATA_LOSS"})
_ADVICE = {
    "NOT_FOUND": "there is no queue {queue}; check its name and region, and that Terraform has made it",
    "PERMISSION_DENIED": (
        "no permission to enqueue; give this account roles/cloudtasks.enqueuer on {queue}"
        " and roles/iam.serviceAccountUser on {invoker}"
    ),
    "UNAUTHENTICATED": "the credentials for Google Cloud are not valid; sign in again",
    "FAILED_PRECONDITION": "the queue {queue} takes no tasks; if it was made a moment ago, wait a minute",
    "INVALID_ARGUMENT": (
        "Cloud Tasks refuses the task; check the functions' addresses, {queue},"
        " and that run.dispatch_deadline lies between 15 and 1800 seconds"
    ),
}


@dataclass(frozen=True, slots=True)
class Route:
    """Where a queue's tasks go."""

    queue: str
    """Full name: ``projects/P/locations/R/queues/Q``."""
    url: str
    """Address of the function; also the audience of the tokens sent to it."""


class CloudTasks:
    """Queues of Cloud Tasks, for producers in many threads.

    `invoker` is the e-mail of the service account that tasks are sent as, `deadline` how long a delivery may take
    (15 s to 30 min). `endpoint` (HOST:PORT) is another service that is spoken to without TLS and credentials. What is
    UNAVAILABLE is tried again for `patience`. The client is made on the first call.
    """

    def __init__(
        self,
        routes: Mapping[Queue, Route],
        *,
        invoker: str,
        deadline: timedelta,
        endpoint: str | None = None,
        patience: timedelta = timedelta(seconds=20),
    ) -> None:
        self._routes = dict(routes)
        self._invoker = invoker
        self._deadline = deadline
        self._client: CloudTasksClient | None = None
        self._endpoint = endpoint
        self._patience = patience
        self._lock = threading.Lock()

    def enqueue(self, tasks: Sequence[Task]) -> int:
        """Add tasks and return how many were new; one whose name is taken is passed over silently.

        They are sent in order, `IN_FLIGHT` at once. One that is refused keeps none of the others back; after an outage
        or a rate limit no further ones are sent. Raises the weightiest error at the end; what was added by then stays,
        so that the whole call may be repeated. The count may be too low by a named task whose first answer was lost.
        """
        if not tasks:
            return 0
        client = self._connected()
        halted = threading.Event()

        def send(task: Task) -> bool | Reject | Retry:
            if halted.is_set():
                return False
            try:
                return self._create(client, task)
            except Reject as error:
                return error
            except Retry as error:
                halted.set()
                return error

        with ThreadPoolExecutor(min(IN_FLIGHT, len(tasks)), "enqueue") as pool:
            outcomes = list(pool.map(send, _distinct(tasks)))
        for weightiest in (Reject, RateLimited, Retry):
            for outcome in outcomes:
                if isinstance(outcome, weightiest):
                    raise outcome
        return sum(outcome is True for outcome in outcomes)

    def close(self) -> None:
        """Close the connection, if there is one; nothing can be enqueued from then on."""
        with self._lock:
            if self._client is not None:
                self._client.transport.close()  # type: ignore[no-untyped-call]

    def _connected(self) -> CloudTasksClient:
        with self._lock:
            if self._client is None:
                self._client = _connect(self._endpoint)
            return self._client

    def _create(self, client: CloudTasksClient, task: Task) -> bool:
        from google.api_core.exceptions import (
            AlreadyExists,
            DeadlineExceeded,
            GoogleAPICallError,
            RetryError,
            ServiceUnavailable,
        )
        from google.api_core.retry import Retry as Retrying
        from google.api_core.retry import if_exception_type
        from google.auth.exceptions import GoogleAuthError

        passing = if_exception_type(DeadlineExceeded, ServiceUnavailable)
        retrying = Retrying(passing, initial=0.1, maximum=5.0, timeout=self._patience.total_seconds())
        try:
            client.create_task(self._request(task), retry=retrying, timeout=_CALL)
        except AlreadyExists:
            return False
        except RetryError as error:
            raise Retry("Cloud Tasks is unavailable") from error
        except GoogleAPICallError as error:
            raise self._fault(error, task.queue) from error
        except GoogleAuthError as error:
            raise _credentials_fault(error) from error
        return True

    def _request(self, task: Task) -> CreateTaskRequest:
        from google.cloud import tasks_v2

        route = self._routes[task.queue]
        made = tasks_v2.Task(
            http_request=tasks_v2.HttpRequest(
                url=route.url,
                http_method=tasks_v2.HttpMethod.POST,
                headers={"Content-Type": "application/json"},
                body=task.payload.encode(),
                oidc_token=tasks_v2.OidcToken(service_account_email=self._invoker, audience=route.url),
            ),
            dispatch_deadline=self._deadline,
            schedule_time=task.not_before,
        )
        if task.name is not None:
            made.name = f"{route.queue}/tasks/{task.name}"
        return tasks_v2.CreateTaskRequest(parent=route.queue, task=made)

    def _fault(self, error: GoogleAPICallError, queue: Queue) -> Reject | Retry:
        code = error.grpc_status_code.name if error.grpc_status_code else "UNKNOWN"
        if code == "RESOURCE_EXHAUSTED":
            return RateLimited("Cloud Tasks asks for fewer tasks (RESOURCE_EXHAUSTED)")
        if code in _PASSING:
            return Retry(f"Cloud Tasks is unavailable ({code})")
        advice = _ADVICE.get(code, "Cloud Tasks refuses the task")
        return Reject(f"{advice.format(queue=self._routes[queue].queue, invoker=self._invoker)} ({code})")


def _distinct(tasks: Sequence[Task]) -> list[Task]:
    """Tasks without those whose name an earlier one bears: which of two sent at once would win is not known."""
    named: set[tuple[Queue, str]] = set()
    kept = []
    for task in tasks:
        if task.name is not None:
            if (task.queue, task.name) in named:
                continue
            named.add((task.queue, task.name))
        kept.append(task)
    return kept


def _connect(endpoint: str | None) -> CloudTasksClient:
    try:
        import grpc
        from google.auth.exceptions import GoogleAuthError
        from google.cloud.tasks_v2 import CloudTasksClient
        from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport
    except ModuleNotFoundError as error:
        raise Reject("tasks in the cloud need google-cloud-tasks; install egregora[gcp]") from error
    if endpoint is not None:
        channel = grpc.insecure_channel(endpoint, options=[("grpc.enable_http_proxy", 0)])
        return CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))
    try:
        return CloudTasksClient()
    except GoogleAuthError as error:
        raise _credentials_fault(error) from error


def _credentials_fault(error: GoogleAuthError) -> Reject | Retry:
    from google.auth.exceptions import TransportError

    if error.retryable or isinstance(error, TransportError):
        return Retry(f"no credentials for Google Cloud at the moment ({type(error).__name__})")
    return Reject(f"no valid credentials for Google Cloud ({type(error).__name__}); sign in, or set a service account")
