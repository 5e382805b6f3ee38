"""What one new window costs to publish on a site of thousands, as Firestore and Cloud Storage counted it.

Plans, journal and documents of the old windows are written through the adapters, and published once; then the window
is added in the same way, and the function publishes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from time import perf_counter

from benchmarks.site_growth import PEOPLE, windows
from egregora.agents.prompts import load_prompts
from egregora.archive.manifest import Manifest, WindowRef
from egregora.blobs.gcs import GcsBlobs
from egregora.clock import SystemClock
from egregora.documents import WindowDocument
from egregora.ids import Partition, signature
from egregora.journal import Entry
from egregora.journal.firestore import FirestoreJournal
from egregora.models.choice import choose_model, model_name
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.documents import document_key
from egregora.privacy.people import learn
from egregora.settings import Credentials, Settings
from egregora.testing import MemoryTasks
from servers.stack import KEY, Stack, open_stack
from servers.storage import storage_server

NOW = datetime(2024, 3, 1, tzinfo=UTC)


def figures(count: int = 5_000) -> dict[str, float]:
    """Documents read, objects written and seconds, of one publish of one more window than `count`.

    Of the objects, those of the Markdown tree are told apart too: settings may leave it out.
    """
    with storage_server(on_disk=True) as storage, open_stack(functions=("publish_site",), storage=storage) as stack:
        deployment = _deployment(stack)
        *old, new = (_fitted(deployment, document) for document in windows(count + 1))
        deployment.people.update(
            old[0].source, lambda known: learn(known, [(f"Person {who}", who) for who in PEOPLE], [], title="Bench")
        )
        _add(deployment, old)
        first = _publish(stack)
        stack.firestore.reset()
        stack.storage.reset()
        _add(deployment, [new])
        added = stack.firestore.counts.reads, _written(stack)
        second = _publish(stack)
        written = _written(stack) - added[1]
        return {
            "windows": count,
            "first_publish_seconds": round(first),
            "seconds": round(second, 1),
            "journal_reads": stack.firestore.counts.reads - added[0],
            "object_writes": sum(written.values()),
        }


def _deployment(stack: Stack) -> Deployment:
    """The deployment, as far as it is written to here."""
    settings, clock = Settings(), SystemClock()
    model = model_name(settings.model, Credentials())
    return Deployment(
        settings=settings,
        prompts=load_prompts(),
        key=KEY,
        blobs=GcsBlobs(stack.work.name, client=stack.storage.client()),
        journal=FirestoreJournal(stack.project, client=stack.firestore.client(stack.project)),
        tasks=MemoryTasks(clock),
        model_name=model,
        make_model=lambda: choose_model(settings.model, Credentials()),
        clock=clock,
    )


def _fitted(deployment: Deployment, document: WindowDocument) -> WindowDocument:
    """The document under the present recipe and model."""
    recipe, model = deployment.recipe_digest, deployment.model_name
    changes = {"signature": signature(document.slice, recipe, model), "recipe": recipe, "model": model}
    return document.model_copy(update=changes)


def _add(deployment: Deployment, documents: Iterable[WindowDocument]) -> None:
    """Write documents and their entries, then the plans that name them."""
    plans: dict[Partition, list[WindowDocument]] = defaultdict(list)
    for document in documents:
        plans[document.partition].append(document)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda document: _write(deployment, document), documents))
        list(pool.map(lambda partition: _plan(deployment, partition, plans[partition]), plans))


def _write(deployment: Deployment, document: WindowDocument) -> None:
    key = document_key(document.signature, 1)
    deployment.blobs.write(key, document.model_dump_json(exclude_defaults=True).encode())
    deployment.journal.create(
        Entry(
            signature=document.signature, source=document.source, partition=document.partition, slice=document.slice,
            recipe=document.recipe, model=document.model, state="DONE", attempt=1, first=document.first,
            last=document.last, messages=document.messages, bytes=60_000, output=key, posts=len(document.posts),
            created=NOW, updated=NOW,
        )
    )  # fmt: skip


def _plan(deployment: Deployment, partition: Partition, documents: list[WindowDocument]) -> None:
    source = documents[0].source
    stored = deployment.manifests.get(source, partition)
    added = [
        WindowRef(slice=each.slice, first=each.first, last=each.last, messages=each.messages, bytes=60_000)
        for each in documents
    ]
    manifest = Manifest(
        source=source, partition=partition, recipe=deployment.recipe_digest, model=deployment.model_name,
        windows=(*(stored.manifest.windows if stored else ()), *added),
    )  # fmt: skip
    deployment.manifests.commit(manifest, generation=stored.generation if stored else 0)


def _publish(stack: Stack) -> float:
    began = perf_counter()
    answered = stack.call("publish_site")
    if answered.status != 200:
        raise RuntimeError(f"publish_site answered {answered.status}: {answered.text}")
    return perf_counter() - began


def _written(stack: Stack) -> Counter[str]:
    """Objects written or deleted since the last reset, by their first folder."""
    changing = [request for request in stack.storage.requests if request.kind in {"write", "part", "delete"}]
    return Counter(request.name.partition("/")[0] for request in changing)
