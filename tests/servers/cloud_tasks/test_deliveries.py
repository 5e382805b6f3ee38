"""Deliveries, as functions see them: requests, tokens, retries, deadlines, and what tests may ask for."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.api_core import exceptions
from google.auth import exceptions as auth_exceptions
from google.auth.transport.requests import Request
from google.cloud import tasks_v2
from google.oauth2 import id_token

from servers.cloud_tasks import Delivered, TasksServer, cloud_tasks_server
from servers.cloud_tasks.adding import EMAIL, add
from servers.cloud_tasks.target import Received, Reply, Target, target


def verified(server: TasksServer, received: Received, audience: str) -> dict[str, Any]:
    token = received.headers["authorization"].removeprefix("Bearer ")
    return dict(id_token.verify_token(token, Request(), audience, server.issuer.certificates))


def test_a_task_is_delivered_with_its_request_and_ends(
    server: TasksServer, client: tasks_v2.CloudTasksClient, worker: Target
) -> None:
    queue = server.create_queue("windows")
    request = {"headers": {"Content-Type": "application/json"}, "body": b'{"a": 1}'}
    made = add(client, queue, f"{worker.url}path?x=1", request=request)
    server.drain()
    assert server.tasks(queue) == []
    [received] = worker.received
    assert (received.path, received.body) == ("/path?x=1", b'{"a": 1}')
    said = {name: received.headers[name] for name in received.headers if name.startswith("x-cloudtasks-")}
    assert float(said.pop("x-cloudtasks-tasketa")) == pytest.approx(made.schedule_time.timestamp(), abs=1e-3)  # type: ignore[attr-defined]
    assert said == {
        "x-cloudtasks-queuename": "windows",
        "x-cloudtasks-taskname": made.name.rpartition("/")[2],
        "x-cloudtasks-taskretrycount": "0",
        "x-cloudtasks-taskexecutioncount": "0",
    }
    assert received.headers["user-agent"] == "Google-Cloud-Tasks"
    assert received.headers["content-type"] == "application/json"


def test_the_token_is_one_that_googles_library_accepts_for_its_audience_alone(
    server: TasksServer, client: tasks_v2.CloudTasksClient, worker: Target
) -> None:
    queue = server.create_queue("windows")
    add(client, queue, worker.url)
    server.drain()
    add(client, queue, worker.url, request={"oidc_token": {"service_account_email": EMAIL, "audience": "https://f"}})
    server.drain()
    first, second = worker.received
    claims = verified(server, first, worker.url)
    assert (claims["iss"], claims["email"], claims["email_verified"]) == ("https://accounts.google.com", EMAIL, True)
    assert verified(server, second, "https://f")["aud"] == "https://f"
    with pytest.raises(auth_exceptions.InvalidValue):
        verified(server, second, worker.url)


def test_an_expired_token_is_refused_by_googles_library(server: TasksServer) -> None:
    token = server.issuer.token(EMAIL, "https://f", lasts=-60)
    with pytest.raises(auth_exceptions.InvalidValue, match="expired"):
        id_token.verify_token(token, Request(), "https://f", server.issuer.certificates)


def test_a_failed_delivery_is_repeated_after_its_rest_and_says_what_came_before(
    server: TasksServer, client: tasks_v2.CloudTasksClient, worker: Target
) -> None:
    queue = server.create_queue("windows", min_backoff=1000, max_backoff=1000)
    statuses = iter([500, 409, 200])
    worker.respond = lambda _: Reply(next(statuses))
    add(client, queue, worker.url)
    for expected in (1, 2, 3):
        server.settle()
        assert len(worker.received) == expected
        server.advance(1000)
    server.drain()
    fields = ("x-cloudtasks-taskretrycount", "x-cloudtasks-taskexecutioncount", "x-cloudtasks-taskpreviousresponse")
    said = [tuple(received.headers.get(field) for field in fields) for received in worker.received]
    assert said == [("0", "0", None), ("1", "0", "500"), ("2", "1", "409")]
    assert server.counts(queue).answers == {500: 1, 409: 1, 200: 1}
    assert [(each.attempt, each.status) for each in server.delivered()] == [(1, 500), (2, 409), (3, 200)]


@pytest.mark.parametrize("asked", ["3000", "Wed, 01 Jan 2200 00:00:00 GMT"])
def test_a_retry_after_is_waited_for(
    server: TasksServer, client: tasks_v2.CloudTasksClient, worker: Target, asked: str
) -> None:
    queue = server.create_queue("windows", min_backoff=0.001)
    worker.respond = lambda _: Reply(503, {"Retry-After": asked})
    before = server.now()
    add(client, queue, worker.url)
    server.settle()
    [task] = server.tasks(queue)
    assert task.schedule_time.timestamp() >= before + 3000  # type: ignore[attr-defined]
    assert (task.dispatch_count, task.response_count) == (1, 1)


def test_a_delivery_past_its_deadline_is_cut_and_repeated(
    server: TasksServer, client: tasks_v2.CloudTasksClient, worker: Target
) -> None:
    queue = server.create_queue("windows", min_backoff=1000)
    over = threading.Event()

    def stuck(_: Received) -> Reply:
        over.wait()
        return Reply()

    worker.respond = stuck
    add(client, queue, worker.url, name="n", dispatch_deadline=timedelta(milliseconds=50))
    server.settle()
    over.set()
    assert server.delivered() == [Delivered(f"{queue}/tasks/n", 1, None)]
    server.advance(1000)
    server.drain()
    assert server.counts(queue).answers == {None: 1, 200: 1}


def test_a_target_that_is_not_there_is_tried_again(server: TasksServer, client: tasks_v2.CloudTasksClient) -> None:
    with target() as gone:
        url = gone.url
    queue = server.create_queue("windows", max_attempts=2, min_backoff=0.001)
    add(client, queue, url)
    server.drain()
    assert (server.counts(queue).answers, server.counts(queue).given_up) == ({None: 2}, 1)


def test_a_task_waits_for_its_time(server: TasksServer, client: tasks_v2.CloudTasksClient, worker: Target) -> None:
    queue = server.create_queue("windows")
    at = datetime.fromtimestamp(server.now() + 1000, UTC)
    add(client, queue, worker.url, schedule_time=at)
    server.settle()
    [task] = server.tasks(queue)
    assert task.schedule_time == at
    assert worker.received == []
    server.advance(1000)
    server.drain()
    assert len(worker.received) == 1


def test_no_more_deliveries_run_at_once_than_the_queue_allows(
    server: TasksServer, client: tasks_v2.CloudTasksClient, worker: Target
) -> None:
    queue = server.create_queue("windows", concurrent=3)
    together = threading.Barrier(3)  # breaks, and fails the test, where fewer run at once

    def respond(_: Received) -> Reply:
        together.wait(timeout=30)
        return Reply()

    worker.respond = respond
    server.hold()
    for _ in range(12):
        add(client, queue, worker.url)
    server.release()
    server.drain()
    assert worker.most_at_once == 3
    assert server.counts(queue).answers == {200: 12}


def test_a_full_queue_keeps_no_other_from_being_served() -> None:
    with cloud_tasks_server(workers=2) as server, target() as worker, closing(server.client().transport) as transport:
        client = tasks_v2.CloudTasksClient(transport=transport)
        windows, publish = server.create_queue("windows"), server.create_queue("publish")
        arrived, over = threading.Semaphore(0), threading.Event()

        def respond(_: Received) -> Reply:
            arrived.release()
            over.wait()
            return Reply()

        worker.respond = respond
        server.hold()
        for queue in (*[windows] * 4, publish):
            add(client, queue, worker.url)
        server.release()
        assert arrived.acquire(timeout=30)
        assert arrived.acquire(timeout=30)
        assert {received.headers["x-cloudtasks-queuename"] for received in worker.received} == {"windows", "publish"}
        over.set()
        server.drain()


def test_a_delivery_made_twice_ends_its_task_once(
    server: TasksServer, client: tasks_v2.CloudTasksClient, worker: Target
) -> None:
    queue = server.create_queue("windows")
    both = threading.Barrier(2)

    def respond(_: Received) -> Reply:
        both.wait(timeout=30)
        return Reply()

    worker.respond = respond
    server.deliver_twice()
    add(client, queue, worker.url, name="n")
    server.drain()
    assert [received.name for received in worker.received] == ["n", "n"]
    assert server.counts(queue).dispatches == 2


def test_the_order_is_shuffled_on_demand(
    server: TasksServer, client: tasks_v2.CloudTasksClient, worker: Target
) -> None:
    queue = server.create_queue("windows", concurrent=1)
    sent = [str(number) for number in range(8)]

    def run(seed: int | None) -> list[str]:
        worker.received.clear()
        server.shuffle(seed)
        server.hold()
        for body in sent:
            add(client, queue, worker.url, request={"body": body.encode()})
        server.release()
        server.drain()
        return worker.bodies()

    assert run(None) == sent
    assert run(1) == run(1) != sent
    assert sorted(run(2)) == sent


@pytest.mark.parametrize(("moment", "made"), [("before", 0), ("after", 1)])
def test_a_create_fails_on_demand_before_its_effect_or_after(
    server: TasksServer, client: tasks_v2.CloudTasksClient, moment: Any, made: int
) -> None:
    queue = server.create_queue("windows")
    server.hold()
    server.fail_creates(grpc.StatusCode.UNAVAILABLE, moment=moment)
    with pytest.raises(exceptions.ServiceUnavailable):
        add(client, queue, "http://127.0.0.1:9/")
    assert len(server.tasks(queue)) == made
    add(client, queue, "http://127.0.0.1:9/")
    assert len(server.tasks(queue)) == made + 1


def test_a_drain_says_what_is_left_when_its_time_is_over(
    server: TasksServer, client: tasks_v2.CloudTasksClient
) -> None:
    queue = server.create_queue("windows")
    server.hold()
    add(client, queue, "http://127.0.0.1:9/")
    with pytest.raises(TimeoutError, match="'windows': 1"):
        server.drain(timeout=0)
    server.settle(timeout=0)


def test_a_hurried_drain_does_not_wait_for_first_times_and_frees_names(
    server: TasksServer, client: tasks_v2.CloudTasksClient, worker: Target
) -> None:
    windows, publish = server.create_queue("windows"), server.create_queue("publish")
    later = datetime.fromtimestamp(server.now() + 1000, UTC)

    def ask() -> None:
        add(client, publish, worker.url, name="n", schedule_time=later, request={"body": b"publish"})

    ask()
    add(client, windows, worker.url, request={"body": b"window"})
    server.drain(hurry=True)
    assert worker.bodies() == ["window", "publish"]
    ask()
    server.drain(hurry=True)
    assert worker.bodies() == ["window", "publish", "publish"]


def test_a_reset_cuts_what_is_under_way_and_forgets_everything(
    server: TasksServer, client: tasks_v2.CloudTasksClient, worker: Target
) -> None:
    queue = server.create_queue("windows")
    began, over = threading.Event(), threading.Event()

    def stuck(_: Received) -> Reply:
        began.set()
        over.wait()
        return Reply()

    worker.respond = stuck
    add(client, queue, worker.url, name="n")
    assert began.wait(30)
    server.reset()
    over.set()
    assert server.create_queue("windows") == queue
    assert (server.tasks(queue), server.delivered(), server.counts(queue).creates) == ([], [], 0)
    server.drain(timeout=0)
