"""The adapters that each contract suite runs on.

An adapter joins by one line in a table: a name and a function that gives a context manager with a fresh, empty one.
What needs a service that is not at hand skips itself there, saying so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from functools import partial
from pathlib import Path

import pytest

from contract.producers import LocalProducing, Producing, cloud_producing
from egregora.blobs import BlobStore
from egregora.blobs.folder import FolderBlobs
from egregora.blobs.gcs import GcsBlobs
from egregora.journal import Journal
from egregora.journal.firestore import FirestoreJournal
from egregora.journal.sqlite import SqliteJournal
from egregora.sinks.folder import FolderSink
from egregora.sinks.gcs import GcsSink
from egregora.sinks.s3 import S3Sink
from egregora.tasks.sqlite import SqliteTasks
from egregora.testing import ManualClock, MemoryBlobs, MemoryJournal, MemorySink, MemoryTasks
from egregora.testing.contracts import OpenSink

LocalTasks = SqliteTasks | MemoryTasks


@contextmanager
def gcs_blobs() -> Iterator[GcsBlobs]:
    """An empty bucket on this test process's server."""
    from servers.storage import shared_storage

    with shared_storage().client() as client:
        yield GcsBlobs(shared_storage().make_bucket(), client=client)


@contextmanager
def gcs_sink() -> Iterator[OpenSink]:
    """The same, as a sink."""
    from servers.storage import shared_storage

    with shared_storage().client() as client:
        bucket = shared_storage().make_bucket()
        yield lambda: GcsSink(bucket, client=client)


@contextmanager
def s3_sink() -> Iterator[OpenSink]:
    """An empty bucket of S3 on this test process's server, as a sink."""
    from servers.s3 import shared_s3

    with closing(shared_s3().client()) as client:
        bucket = shared_s3().make_bucket()
        yield lambda: S3Sink(bucket, client=client)


def memory_sink() -> OpenSink:
    """What is in memory is there for as long as the sink is."""
    sink = MemorySink()
    return lambda: sink


@contextmanager
def local_producing(
    adapter: Callable[[Path, ManualClock], AbstractContextManager[LocalTasks]], folder: Path, clock: ManualClock
) -> Iterator[LocalProducing]:
    """A local queue from its producer's side."""
    with adapter(folder, clock) as tasks:
        yield LocalProducing(tasks, clock)


BLOBS: dict[str, Callable[[Path], AbstractContextManager[BlobStore]]] = {
    "memory": lambda _: nullcontext(MemoryBlobs()),
    "folder": lambda folder: nullcontext(FolderBlobs(folder / "blobs")),
    "gcs": lambda _: gcs_blobs(),
}
JOURNALS: dict[str, Callable[[Path], AbstractContextManager[Journal]]] = {
    "memory": lambda _: nullcontext(MemoryJournal()),
    "sqlite": lambda folder: closing(SqliteJournal(folder / "journal.sqlite")),
    "firestore": lambda _: closing(firestore_journal()),
}
TASKS: dict[str, Callable[[Path, ManualClock], AbstractContextManager[LocalTasks]]] = {
    "memory": lambda _, clock: nullcontext(MemoryTasks(clock)),
    "sqlite": lambda folder, clock: closing(SqliteTasks(folder / "tasks.sqlite", clock)),
}
PRODUCERS: dict[str, Callable[[Path, ManualClock], AbstractContextManager[Producing]]] = {
    **{name: partial(local_producing, adapter) for name, adapter in TASKS.items()},
    "cloud": lambda *_: cloud_producing(),
}
SINKS: dict[str, Callable[[Path], AbstractContextManager[OpenSink]]] = {
    "memory": lambda _: nullcontext(memory_sink()),
    "comparing memory": lambda _: nullcontext(MemorySink().publisher),
    "folder": lambda folder: nullcontext(lambda: FolderSink(folder / "site")),
    "gcs": lambda _: gcs_sink(),
    "s3": lambda _: s3_sink(),
}
"""Of sinks, what opens one and the same, at first empty, anew."""

ON_SERVERS = {"firestore", "gcs", "s3"}
"""Adapters whose tests run against a server."""


def params(table: Iterable[str]) -> list[object]:
    """What a fixture runs through: the names of a table, slow where a server is needed."""
    return [pytest.param(name, marks=pytest.mark.slow) if name in ON_SERVERS else name for name in table]


def firestore_journal() -> FirestoreJournal:
    """An empty journal on this test process's server."""
    from servers.firestore import shared_firestore

    server = shared_firestore()
    server.reset()
    project = server.project()
    return FirestoreJournal(project, client=server.client(project))
