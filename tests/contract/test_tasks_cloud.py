"""What Cloud Tasks adds: what goes over the wire, many at once, and what its refusals mean."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from google.cloud import tasks_v2

from contract.contenders import at_once
from egregora.errors import RateLimited, Reject, Retry
from egregora.tasks import Queue, Task
from egregora.tasks.cloud_tasks import IN_FLIGHT, CloudTasks, Route
from servers.cloud_tasks import TasksServer, cloud_tasks_server
from servers.cloud_tasks.queues import moment_of

URL = "https://windows-function.test/"
INVOKER = "invoker@test.iam.gserviceaccount.com"
DEADLINE = timedelta(seconds=600)
Status = grpc.StatusCode


@pytest.fixture(scope="module")
def running() -> Iterator[TasksServer]:
    with cloud_tasks_server() as server:
        yield server


@pytest.fixture
def server(running: TasksServer) -> Iterator[TasksServer]:
    running.hold()
    yield running
    running.reset()


@pytest.fixture
def queue(server: TasksServer) -> str:
    return server.create_queue("windows")


@pytest.fixture
def tasks(server: TasksServer, queue: str) -> Iterator[CloudTasks]:
    with closing(connected(server, queue)) as adapter:
        yield adapter


def connected(server: TasksServer, queue: str, *, patience: float = 20) -> CloudTasks:
    routes: dict[Queue, Route] = {"windows": Route(queue, URL)}
    return CloudTasks(
        routes,
        invoker=INVOKER,
        deadline=DEADLINE,
        endpoint=server.endpoint,
        patience=timedelta(seconds=patience),
    )


def windows(*payloads: object) -> list[Task]:
    return [Task("windows", str(payload)) for payload in payloads]


def bodies(server: TasksServer, queue: str) -> list[str]:
    return [task.http_request.body.decode() for task in server.tasks(queue)]


def test_a_task_says_where_to_whom_how_long_and_when(server: TasksServer, queue: str, tasks: CloudTasks) -> None:
    at = datetime.now(UTC) + timedelta(days=1)
    assert tasks.enqueue([Task("windows", '{"a": "ä"}', "publish-1", at)]) == 1
    [task] = server.tasks(queue)
    assert task.name == f"{queue}/tasks/publish-1"
    assert task.http_request == tasks_v2.HttpRequest(
        url=URL,
        http_method=tasks_v2.HttpMethod.POST,
        headers={"Content-Type": "application/json"},
        body='{"a": "ä"}'.encode(),
        oidc_token={"service_account_email": INVOKER, "audience": URL},
    )
    assert task.dispatch_deadline == DEADLINE
    assert task.schedule_time == at


def test_a_task_without_a_time_is_due_at_once(server: TasksServer, queue: str, tasks: CloudTasks) -> None:
    tasks.enqueue(windows("a"))
    [task] = server.tasks(queue)
    assert (moment_of(task, "schedule_time") or 0) <= server.now()


@pytest.mark.slow
def test_two_thousand_tasks_are_all_enqueued_a_few_at_once(server: TasksServer, queue: str, tasks: CloudTasks) -> None:
    server.delay_creates(0.005)
    assert tasks.enqueue(windows(*range(2000))) == 2000
    assert sorted(map(int, bodies(server, queue))) == list(range(2000))
    assert 1 < server.most_creates_at_once() <= IN_FLIGHT


def test_a_create_that_failed_for_a_moment_is_tried_again(server: TasksServer, queue: str, tasks: CloudTasks) -> None:
    server.fail_creates(Status.UNAVAILABLE)
    server.fail_creates(Status.DEADLINE_EXCEEDED)
    assert tasks.enqueue(windows("a")) == 1
    assert bodies(server, queue) == ["a"]


def test_a_lost_answer_doubles_a_task_without_a_name_and_none_with_one(
    server: TasksServer, queue: str, tasks: CloudTasks
) -> None:
    server.fail_creates(Status.UNAVAILABLE, moment="after")
    assert tasks.enqueue(windows("a")) == 1
    server.fail_creates(Status.UNAVAILABLE, moment="after")
    assert tasks.enqueue([Task("windows", "b", "n")]) == 0
    assert bodies(server, queue) == ["a", "a", "b"]


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [
        (Status.UNAVAILABLE, Retry, "unavailable"),
        (Status.DEADLINE_EXCEEDED, Retry, "unavailable"),
        (Status.INTERNAL, Retry, "INTERNAL"),
        (Status.ABORTED, Retry, "ABORTED"),
        (Status.UNKNOWN, Retry, "UNKNOWN"),
        (Status.RESOURCE_EXHAUSTED, RateLimited, "fewer"),
        (Status.NOT_FOUND, Reject, "there is no queue projects/.*/queues/windows"),
        (Status.PERMISSION_DENIED, Reject, f"roles/cloudtasks.enqueuer on projects/.*{INVOKER}"),
        (Status.UNAUTHENTICATED, Reject, "sign in again"),
        (Status.FAILED_PRECONDITION, Reject, "wait a minute"),
        (Status.INVALID_ARGUMENT, Reject, "run.dispatch_deadline"),
        (Status.UNIMPLEMENTED, Reject, "UNIMPLEMENTED"),
    ],
)
def test_a_refusal_says_what_to_do(
    server: TasksServer, queue: str, status: grpc.StatusCode, error: type[Exception], said: str
) -> None:
    server.fail_creates(status)
    with closing(connected(server, queue, patience=0)) as tasks, pytest.raises(error, match=said) as raised:
        tasks.enqueue(windows("a"))
    assert type(raised.value) is error
    assert "\n" not in str(raised.value)


def test_a_service_that_is_not_there_is_unavailable(server: TasksServer) -> None:
    nowhere = CloudTasks(
        {"windows": Route(f"{server.location}/queues/q", URL)},
        invoker=INVOKER,
        deadline=DEADLINE,
        endpoint="127.0.0.1:1",
        patience=timedelta(0),
    )
    with closing(nowhere) as tasks, pytest.raises(Retry):
        tasks.enqueue(windows("a"))


def test_a_task_that_is_refused_keeps_none_of_the_others_back(
    server: TasksServer, queue: str, tasks: CloudTasks
) -> None:
    with pytest.raises(Reject):
        tasks.enqueue(windows("a", "x" * 2_000_000, *range(40)))
    assert sorted(bodies(server, queue)) == sorted(["a", *map(str, range(40))])


@pytest.mark.parametrize("status", [Status.RESOURCE_EXHAUSTED, Status.INTERNAL])
def test_after_a_rate_limit_or_an_outage_no_more_is_sent_and_what_was_enqueued_stays(
    server: TasksServer, queue: str, tasks: CloudTasks, status: grpc.StatusCode
) -> None:
    batch = [Task("windows", str(number), f"n{number}") for number in range(100)]
    assert tasks.enqueue(batch[:5]) == 5
    server.fail_creates(status, times=100)
    with pytest.raises(Retry):
        tasks.enqueue(batch)
    assert server.faults_left() >= 100 - IN_FLIGHT
    server.forgive_creates()
    assert tasks.enqueue(batch) == 95
    assert len(server.tasks(queue)) == 100


def test_what_must_be_mended_is_told_before_what_will_pass(server: TasksServer, tasks: CloudTasks) -> None:
    server.fail_creates(Status.PERMISSION_DENIED)
    server.fail_creates(Status.RESOURCE_EXHAUSTED)
    with pytest.raises(Reject):
        tasks.enqueue(windows("a", "b"))
    assert server.faults_left() == 0


def test_threads_share_one_adapter(server: TasksServer, queue: str, tasks: CloudTasks) -> None:
    assert sum(at_once(4, lambda number: tasks.enqueue(windows(*range(number * 10, number * 10 + 10))))) == 40
    assert sorted(map(int, bodies(server, queue))) == list(range(40))


def test_the_module_and_its_adapter_load_no_sdk() -> None:
    program = (
        "import sys\n"
        "from datetime import timedelta\n"
        "from egregora.tasks.cloud_tasks import CloudTasks, Route\n"
        "CloudTasks({'windows': Route('q', 'u')}, invoker='i', deadline=timedelta(1)).close()\n"
        "print(sorted(name for name in sys.modules if name.startswith(('google.', 'grpc', 'proto'))))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(ast.literal_eval(done.stdout)) <= {"google.cloud"}  # a namespace that stands open at any start
