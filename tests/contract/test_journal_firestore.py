"""What the Firestore journal adds: faults of the service, what is billed, the stored form, other processes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest
from google.api_core.exceptions import from_grpc_status
from google.auth.exceptions import RefreshError
from google.cloud import firestore
from grpc import StatusCode

import egregora.journal
from contract.contenders import in_processes
from contract.entries import FULL, entry
from egregora.errors import Conflict, RateLimited, Reject, Retry
from egregora.ids import Signature, SourceId
from egregora.journal import Journal, Stored
from egregora.journal.firestore import ABANDONED, COLLECTION, FirestoreJournal
from egregora.pipeline.payloads import decode_window_task
from egregora.pipeline.processing import process_window
from egregora.pipeline.publishing import publish_site
from egregora.pipeline.slicing import slice_export
from egregora.testing.deployment import MemoryWorld
from exports import conversation, export_of
from servers.firestore import Counts, Fault, FirestoreServer, lost, refusal, shared_firestore

pytestmark = pytest.mark.slow

S1 = Signature("s1")
INDEXES = Path(egregora.journal.__file__).with_name("indexes.json")

CALLS: dict[str, tuple[str, Callable[[Journal, Stored], object]]] = {
    "get": ("BatchGetDocuments", lambda journal, _: journal.get(S1)),
    "get_many": ("BatchGetDocuments", lambda journal, _: journal.get_many([S1])),
    "select": ("RunQuery", lambda journal, _: list(journal.select())),
    "create": ("Commit", lambda journal, _: journal.create(entry("s2"))),
    "update": ("Commit", lambda journal, old: journal.update(entry(attempt=2), old.version)),
    "delete": ("Commit", lambda journal, _: journal.delete(S1)),
}
AFTER = {"create": [entry(), entry("s2")], "update": [entry(attempt=2)], "delete": []}
"""What is there after a call; for the others, what was there before."""
PASSING = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "INTERNAL", "UNKNOWN", "ABORTED", "CANCELLED", "RESOURCE_EXHAUSTED")


@pytest.fixture
def server() -> FirestoreServer:
    server = shared_firestore()
    server.reset()
    return server


@pytest.fixture
def client(server: FirestoreServer) -> Iterator[firestore.Client]:
    with closing(server.client(server.project())) as client:
        yield client


@pytest.fixture
def journal(client: firestore.Client) -> FirestoreJournal:
    return FirestoreJournal(client.project, client=client)


@pytest.fixture
def hasty(client: firestore.Client) -> FirestoreJournal:
    """A journal that tries once."""
    return FirestoreJournal(client.project, client=client, patience=0)


@pytest.mark.parametrize("fault", [refusal, lost])
@pytest.mark.parametrize("code", PASSING)
@pytest.mark.parametrize("call", CALLS)
def test_a_fault_that_passes_is_not_noticed(
    journal: FirestoreJournal, server: FirestoreServer, call: str, code: str, fault: Callable[..., Fault]
) -> None:
    method, action = CALLS[call]
    old = journal.create(entry())
    server.fail(fault(method, StatusCode[code]))
    result = action(journal, old)
    assert [stored.entry for stored in journal.select()] == AFTER.get(call, [entry()])
    if isinstance(result, Stored):
        assert journal.get(result.entry.signature) == result


@pytest.mark.parametrize("code", PASSING)
@pytest.mark.parametrize("call", CALLS)
def test_a_fault_that_stays_asks_for_another_try_later(
    hasty: FirestoreJournal, server: FirestoreServer, call: str, code: str
) -> None:
    method, action = CALLS[call]
    old = hasty.create(entry())
    server.fail(refusal(method, StatusCode[code]))
    with pytest.raises(Retry) as raised:
        action(hasty, old)
    assert isinstance(raised.value, RateLimited) is (code == "RESOURCE_EXHAUSTED")
    error = from_grpc_status(StatusCode[code], "")  # type: ignore[no-untyped-call]
    assert str(raised.value) == f"Firestore: {type(error).__name__}"
    assert [stored.entry for stored in hasty.select()] == [entry()]


@pytest.mark.parametrize("code", ["PERMISSION_DENIED", "UNAUTHENTICATED", "INVALID_ARGUMENT"])
@pytest.mark.parametrize("call", CALLS)
def test_what_the_database_refuses_for_good_is_not_tried_again(
    journal: FirestoreJournal, server: FirestoreServer, call: str, code: str
) -> None:
    method, action = CALLS[call]
    old = journal.create(entry())
    server.fail(refusal(method, StatusCode[code]))
    with pytest.raises(Reject):
        action(journal, old)


@pytest.mark.parametrize(("passes", "kind"), [(True, Retry), (False, Reject)])
def test_who_cannot_sign_in_is_told_whether_another_try_may_help(passes: bool, kind: type[Exception]) -> None:
    class SignedOut(firestore.Client):
        def __init__(self) -> None: ...

        def collection(self, *path: str) -> NoReturn:
            raise RefreshError("the token is old", retryable=passes)  # type: ignore[no-untyped-call]

    with pytest.raises(kind, match="cannot be signed in to: the token is old"):
        FirestoreJournal("project", client=SignedOut()).get(S1)


def test_entries_lie_in_the_database_that_is_named(server: FirestoreServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    project = server.project()
    with closing(FirestoreJournal(project, database="other")) as other, closing(FirestoreJournal(project)) as usual:
        stored = other.create(entry())
        assert usual.get(S1) is None
        assert other.get(S1) == stored


def test_a_database_that_is_not_there_is_no_conflict_of_a_first_write(
    journal: FirestoreJournal, server: FirestoreServer
) -> None:
    server.fail(refusal("Commit", StatusCode.NOT_FOUND))
    with pytest.raises(Reject):
        journal.create(entry())


@pytest.mark.parametrize("code", ["NOT_FOUND", "FAILED_PRECONDITION"])
def test_an_entry_that_is_gone_is_a_conflict_of_its_update_however_the_database_says_so(
    journal: FirestoreJournal, server: FirestoreServer, code: str
) -> None:
    old = journal.create(entry())
    server.fail(refusal("Commit", StatusCode[code], lambda: journal.delete(S1)))
    with pytest.raises(Conflict):
        journal.update(entry(attempt=2), old.version)


def test_a_query_that_lacks_its_index_says_so_and_is_no_conflict(
    journal: FirestoreJournal, server: FirestoreServer
) -> None:
    server.fail(refusal("RunQuery", StatusCode.FAILED_PRECONDITION))
    with pytest.raises(Reject, match="as the test asked for"):
        list(journal.select(source=SourceId("chat"), states=["DONE"]))


def test_of_two_equal_first_writes_one_wins_though_an_error_came_between(
    journal: FirestoreJournal, server: FirestoreServer
) -> None:
    """Two deliveries may claim at the same moment in the same words; who came second must not take it for his own."""
    won: list[Stored] = []
    server.fail(refusal("Commit", StatusCode.UNAVAILABLE, lambda: won.append(journal.create(entry()))))
    with pytest.raises(Conflict):
        journal.create(entry())
    assert won == [journal.get(S1)]


def test_a_write_whose_answer_was_lost_and_that_was_overtaken_is_a_conflict(
    journal: FirestoreJournal, server: FirestoreServer
) -> None:
    old = journal.create(entry())

    def overtake() -> None:
        stored = journal.get(S1)
        assert stored is not None
        journal.update(entry(attempt=3), stored.version)

    server.fail(lost("Commit", StatusCode.DEADLINE_EXCEEDED, overtake))
    with pytest.raises(Conflict):
        journal.update(entry(attempt=2), old.version)
    assert [stored.entry for stored in journal.select()] == [entry(attempt=3)]


def test_a_write_whose_answer_was_lost_and_that_was_forgotten_since_is_a_conflict(
    journal: FirestoreJournal, server: FirestoreServer
) -> None:
    old = journal.create(entry())
    server.fail(lost("Commit", StatusCode.UNAVAILABLE, lambda: journal.delete(S1)))
    with pytest.raises(Conflict):
        journal.update(entry(attempt=2), old.version)
    assert journal.get(S1) is None


def test_a_call_reads_and_writes_no_more_documents_than_it_must(
    journal: FirestoreJournal, server: FirestoreServer
) -> None:
    def cost(action: Callable[[], object]) -> Counts:
        server.reset()
        action()
        return server.counts

    old: list[Stored] = []
    assert cost(lambda: journal.get(S1)) == Counts(reads=1)
    assert cost(lambda: old.append(journal.create(entry()))) == Counts(writes=1)
    assert cost(lambda: journal.update(entry(attempt=2), old[0].version)) == Counts(writes=1)
    with pytest.raises(Conflict):
        journal.update(entry(), old[0].version)
    assert server.counts.reads == 0, "a refusal is an answer"
    assert cost(lambda: journal.get_many([S1, Signature("s2"), S1])) == Counts(reads=2)
    assert cost(lambda: journal.get_many([])) == Counts()
    assert cost(lambda: list(journal.select())) == Counts(reads=1)
    assert cost(lambda: journal.delete(S1)) == Counts(writes=1)


def test_a_window_costs_one_read_and_two_writes_and_publishing_it_one_read(
    journal: FirestoreJournal, server: FirestoreServer
) -> None:
    world = MemoryWorld()
    deployment = replace(world.deployment(), journal=journal)
    slice_export(deployment, export_of(conversation(20)))
    delivery = world.tasks.take("windows", timedelta(hours=1))
    assert delivery is not None
    task = decode_window_task(delivery.task.payload)
    steps: list[tuple[Callable[[], object], Counts]] = [
        (lambda: process_window(deployment, task), Counts(reads=1, writes=2)),
        (lambda: process_window(deployment, task), Counts(reads=1)),
        (lambda: publish_site(deployment), Counts(reads=1)),
        (lambda: publish_site(deployment), Counts()),
        (lambda: slice_export(deployment, export_of(conversation(20))), Counts(reads=1)),
    ]
    for step, cost in steps:
        server.reset()
        step()
        assert server.counts == cost


def test_a_document_holds_plain_values_that_can_be_queried(journal: FirestoreJournal, client: firestore.Client) -> None:
    journal.create(FULL)
    kept = client.collection(COLLECTION).document(FULL.signature).get().to_dict() or {}
    assert (kept["state"], kept["source"], kept["attempt"], kept["parent"]) == ("DONE", "chat", 3, "parent")
    assert kept["children"] == ["c1", "c2"]
    assert kept["usage"]["input_tokens"] == 16_000
    assert kept["created"] == datetime(2024, 3, 1, tzinfo=UTC)


def test_fields_that_a_later_version_added_are_passed_over(journal: FirestoreJournal, client: firestore.Client) -> None:
    stored = journal.create(FULL)
    client.collection(COLLECTION).document(FULL.signature).update({"colour": "green", "usage.light": 7})
    now = journal.get(FULL.signature)
    assert now is not None
    assert now.entry == FULL
    assert now.version != stored.version


def test_only_a_claim_that_nobody_came_back_to_expires(journal: FirestoreJournal, client: firestore.Client) -> None:
    now = datetime(2024, 3, 1, 12, tzinfo=UTC)
    stored = journal.create(replace(entry(), created=now, updated=now))
    document = client.collection(COLLECTION).document(S1)
    assert document.get().get("expires") == now + ABANDONED
    for state in egregora.journal.STATES[1:]:
        stored = journal.update(replace(stored.entry, state=state), stored.version)
        assert document.get().get("expires") is None


def test_what_is_indexed_is_what_is_asked_for(journal: FirestoreJournal, client: firestore.Client) -> None:
    written = json.loads(INDEXES.read_text())
    overrides = {override["fieldPath"]: override for override in written["fieldOverrides"]}
    groups = {each["collectionGroup"] for each in (*written["indexes"], *written["fieldOverrides"])}
    assert groups == {COLLECTION}
    assert overrides["*"]["indexes"] == []
    indexed = {path for path, override in overrides.items() if override["indexes"]}
    assert indexed == {field["fieldPath"] for index in written["indexes"] for field in index["fields"]}
    assert [path for path, override in overrides.items() if override.get("ttl")] == ["expires"]
    journal.create(entry())
    assert overrides.keys() - {"*"} <= (client.collection(COLLECTION).document(S1).get().to_dict() or {}).keys()


def test_importing_the_adapter_imports_no_sdk() -> None:
    heavy = ("google.api_core", "google.auth", "google.cloud.firestore", "google.protobuf", "grpc")
    check = f"import sys, egregora.journal.firestore; print([m for m in sys.modules if m.startswith({heavy})])"
    shown = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_processes_that_count_at_once_lose_no_count(
    journal: FirestoreJournal, client: firestore.Client, server: FirestoreServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    in_processes(3, "counting_process.py", "firestore", client.project, "20")
    stored = journal.get(Signature("s"))
    assert stored is not None
    assert stored.entry.attempt == 60
