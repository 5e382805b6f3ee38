"""The service as producers and operators see it, through the real library."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import tasks_v2

from servers.cloud_tasks import TasksServer, cloud_tasks_server
from servers.cloud_tasks.adding import add
from servers.cloud_tasks.target import Target


def test_a_name_stays_taken_for_an_hour_after_its_task_ended(
    server: TasksServer, client: tasks_v2.CloudTasksClient, worker: Target
) -> None:
    queue, other = server.create_queue("windows"), server.create_queue("publish")
    add(client, queue, worker.url, name="n")
    add(client, other, worker.url, name="n")
    server.drain()
    with pytest.raises(exceptions.AlreadyExists):
        add(client, queue, worker.url, name="n")
    server.advance(3601)
    add(client, queue, worker.url, name="n")
    server.drain()
    assert len(worker.received) == 3


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "a.b"},
        {"request": {"url": "ftp://f"}},
        {"request": {"body": b"x" * (1024 * 1024 + 1)}},
        {"dispatch_deadline": timedelta(minutes=31)},
        {"schedule_time": datetime.now(UTC) + timedelta(days=31)},
    ],
)
def test_what_the_service_would_not_accept_is_refused(
    server: TasksServer, client: tasks_v2.CloudTasksClient, fields: dict[str, Any]
) -> None:
    queue = server.create_queue("windows")
    with pytest.raises(exceptions.InvalidArgument):
        add(client, queue, "http://127.0.0.1:9/", **fields)
    assert server.tasks(queue) == []


def test_deadlines_below_fifteen_seconds_are_refused_unless_allowed(worker: Target) -> None:
    with cloud_tasks_server() as strict, closing(strict.client().transport) as transport:
        queue = strict.create_queue("windows")
        with pytest.raises(exceptions.InvalidArgument):
            add(
                tasks_v2.CloudTasksClient(transport=transport),
                queue,
                worker.url,
                dispatch_deadline=timedelta(seconds=14),
            )


def test_what_is_not_there_is_not_found(server: TasksServer, client: tasks_v2.CloudTasksClient) -> None:
    queue = server.create_queue("windows")
    for call in (
        lambda: add(client, f"{queue}x", "http://127.0.0.1:9/"),
        lambda: client.get_queue(name=f"{queue}x"),
        lambda: client.get_task(name=f"{queue}/tasks/n"),
        lambda: client.delete_task(name=f"{queue}/tasks/n"),
        lambda: list(client.list_tasks(parent=f"{queue}x")),
        lambda: client.purge_queue(name=f"{queue}x"),
        lambda: client.pause_queue(name=f"{queue}x"),
    ):
        with pytest.raises(exceptions.NotFound):
            call()


def test_a_queue_is_made_paused_resumed_and_purged(
    server: TasksServer, client: tasks_v2.CloudTasksClient, worker: Target
) -> None:
    name = f"{server.location}/queues/q"
    asked = tasks_v2.Queue(name=name, retry_config={"max_attempts": 4})
    made = client.create_queue(parent=server.location, queue=asked)
    assert made == client.get_queue(name=name)
    assert (made.retry_config.max_attempts, made.rate_limits.max_dispatches_per_second) == (4, 500)
    with pytest.raises(exceptions.AlreadyExists):
        client.create_queue(parent=server.location, queue=asked)
    with pytest.raises(exceptions.InvalidArgument):
        client.create_queue(parent=server.location, queue=tasks_v2.Queue(name="q"))
    assert client.pause_queue(name=name).state == tasks_v2.Queue.State.PAUSED
    add(client, name, worker.url)
    client.purge_queue(name=name)
    add(client, name, worker.url, request={"body": b"kept"})
    server.settle()
    assert worker.received == []
    assert client.resume_queue(name=name).state == tasks_v2.Queue.State.RUNNING
    server.drain()
    assert worker.bodies() == ["kept"]


def test_tasks_are_listed_by_pages_shown_and_deleted(
    server: TasksServer, client: tasks_v2.CloudTasksClient, worker: Target
) -> None:
    queue = server.create_queue("windows")
    server.hold()
    made = [add(client, queue, worker.url, name=f"n{number}").name for number in range(5)]
    listed = client.list_tasks(request={"parent": queue, "page_size": 2})
    assert [task.name for task in listed] == made
    basic = client.get_task(name=made[0])
    full = client.get_task(request={"name": made[0], "response_view": tasks_v2.Task.View.FULL})
    assert (basic.http_request.body, full.http_request.body) == (b"", b"{}")
    client.delete_task(name=made[0])
    server.release()
    server.drain()
    assert sorted(received.name for received in worker.received) == ["n1", "n2", "n3", "n4"]
