"""A server that goes away for a moment: connections break, what it holds stays, whoever tries again gets through."""

from __future__ import annotations

import pytest
from google.cloud.exceptions import NotFound

from servers.cloud_tasks import TasksServer, cloud_tasks_server
from servers.cloud_tasks.adding import add
from servers.firestore import shared_firestore
from servers.storage import shared_storage
from servers.tools import free_port

pytestmark = pytest.mark.slow


def test_storage_comes_back_with_its_objects() -> None:
    server = shared_storage()
    with server.client() as client:
        bucket = client.bucket(server.make_bucket())
        bucket.blob("kept").upload_from_string(b"before")
        server.restart(0.1)
        assert bucket.blob("kept").download_as_bytes() == b"before"
        with pytest.raises(NotFound):
            bucket.blob("other").download_as_bytes()


def test_firestore_comes_back_with_its_documents() -> None:
    server = shared_firestore()
    client = server.client(server.project())
    document = client.collection("windows").document("kept")
    document.set({"when": "before"})
    server.restart(0.1)
    assert document.get().to_dict() == {"when": "before"}
    client.close()  # type: ignore[no-untyped-call]


def test_cloud_tasks_comes_back_with_its_tasks() -> None:
    with cloud_tasks_server() as server:
        queue = server.create_queue("windows")
        _enqueue_where_nobody_listens(server, queue)
        server.restart(0.1)
        assert len(server.tasks(queue)) == 1
        _enqueue_where_nobody_listens(server, queue)
        assert len(server.tasks(queue)) == 2


def _enqueue_where_nobody_listens(server: TasksServer, queue: str) -> None:
    client = server.client()
    add(client, queue, f"http://127.0.0.1:{free_port()}/")
    client.transport.close()  # type: ignore[no-untyped-call]
