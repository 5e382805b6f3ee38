"""A deployment for functions to run in: a storage server, the Firestore emulator and a Cloud Tasks server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from google.cloud.storage import Bucket  # type: ignore[import-untyped]

from servers.cloud_tasks import TasksServer, cloud_tasks_server
from servers.events import event_headers
from servers.firestore import FirestoreServer, shared_firestore
from servers.functions import Answered, FunctionProcess
from servers.stack import REGION, told
from servers.storage import StorageServer, shared_storage


@dataclass(frozen=True)
class World:
    """The servers, and the environment in which functions find them."""

    storage: StorageServer
    firestore: FirestoreServer
    tasks: TasksServer
    project: str
    windows: str
    publishes: str
    exports: Bucket
    work: Bucket
    site: Bucket
    more: Mapping[str, str] = field(default_factory=dict)
    """Added to what functions are told."""

    @property
    def env(self) -> dict[str, str]:
        """What functions are told."""
        buckets = self.exports.name, self.work.name, self.site.name
        return {
            **told(self.project, buckets, "http://127.0.0.1:9/process", "http://127.0.0.1:9/publish"),
            "EGREGORA_TASKS_ENDPOINT": self.tasks.endpoint,
            **self.storage.environment,
            **self.firestore.environment,
            **self.more,
        }

    def upload(self, name: str, data: bytes) -> dict[str, object]:
        """Put an object into the bucket for exports; returns what Eventarc tells of it."""
        blob = self.exports.blob(name)
        blob.upload_from_string(data)
        return {
            "kind": "storage#object",
            "bucket": self.exports.name,
            "name": name,
            "generation": str(blob.generation),
            "size": str(len(data)),
            "crc32c": blob.crc32c,
        }

    def stored(self, prefix: str = "") -> list[str]:
        """Keys in the work bucket."""
        return [blob.name for blob in self.work.list_blobs(prefix=prefix)]


def send_event(function: FunctionProcess, data: object, **attributes: str) -> Answered:
    """Deliver an upload's event as Eventarc does."""
    return function.post(json.dumps(data).encode(), event_headers(**attributes))


@contextmanager
def open_world() -> Iterator[World]:
    """An empty deployment whose queues deliver nothing: tests are what delivers."""
    storage, firestore = shared_storage(), shared_firestore()
    project = firestore.project()
    location = f"projects/{project}/locations/{REGION}"
    with cloud_tasks_server(location=location) as tasks, storage.client() as client:
        buckets = [client.bucket(storage.make_bucket()) for _ in range(3)]
        windows, publishes = (tasks.create_queue(f"egregora-{name}") for name in ("windows", "publish"))
        tasks.hold()
        yield World(storage, firestore, tasks, project, windows, publishes, *buckets)
