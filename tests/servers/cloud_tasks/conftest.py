"""One server for a module's tests, reset between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from google.cloud import tasks_v2

from servers.cloud_tasks import TasksServer, cloud_tasks_server
from servers.cloud_tasks.target import Target, target


@pytest.fixture(scope="module")
def running() -> Iterator[TasksServer]:
    with cloud_tasks_server(shortest_deadline=timedelta(0)) as server:
        yield server


@pytest.fixture
def server(running: TasksServer) -> Iterator[TasksServer]:
    yield running
    running.reset()


@pytest.fixture
def client(server: TasksServer) -> Iterator[tasks_v2.CloudTasksClient]:
    with closing(server.client().transport) as transport:
        yield tasks_v2.CloudTasksClient(transport=transport)


@pytest.fixture
def worker() -> Iterator[Target]:
    with target() as made:
        yield made
