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
from egregora.sinks import Sink
from egregora.sinks.folder import FolderSink
from egregora.sinks.gcs import GcsSink
from egregora.tasks.sqlite import SqliteTasks
from egregora.testing import ManualClock, MemoryBlobs, MemoryJournal, MemorySink, MemoryTasks

LocalTasks = SqliteTasks | MemoryTasks


@contextmanager
def gcs_blobs() -> Iterator[GcsBlobs]:
    """An empty bucket on this test process's server."""
    from servers.storage import shared_storage

    with shared_storage().client() as client:
        yield GcsBlobs(shared_storage().make_bucket(), client=client)


@contextmanager
def gcs_sink() -> Iterator[GcsSink]:
    """The same, as a sink."""
    from servers.storage import shared_storage

    with shared_storage().client() as client:
        yield GcsSink(shared_storage().make_bucket(), client=client)


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
SINKS: dict[str, Callable[[Path], AbstractContextManager[Sink]]] = {
    "memory": lambda _: nullcontext(MemorySink()),
    "comparing memory": lambda _: nullcontext(MemorySink().publisher()),
    "folder": lambda folder: nullcontext(FolderSink(folder / "site")),
    "gcs": lambda _: gcs_sink(),
}

ON_SERVERS = {"firestore", "gcs"}
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
