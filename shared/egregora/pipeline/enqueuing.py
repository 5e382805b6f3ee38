"""Turning windows into tasks, and asking for a publish."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from egregora.archive.manifest import Manifest
from egregora.ids import Partition, Signature, SliceDigest, SourceId
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.leaves import Leaf, find_leaves
from egregora.pipeline.payloads import WindowTask
from egregora.tasks import Task

BATCH = 500

CLOCKS_DIFFER = timedelta(seconds=5)
"""How far two machines' clocks may be apart. A window whose clock is late still names a bucket that has ended: its
publish, whose name is taken for good, must not have begun without that window."""


def unfinished(deployment: Deployment, manifest: Manifest) -> list[Leaf]:
    """The leaves of a plan that are not terminal under the present recipe and model."""
    leaves = find_leaves(deployment.journal, manifest.windows, deployment.recipe_digest, deployment.model_name)
    return [leaf for leaf in leaves if not leaf.settled]


def enqueue_leaves(deployment: Deployment, manifest: Manifest, leaves: Iterable[Leaf]) -> int:
    """Enqueue a task for each leaf and return how many there were."""
    tasks = [
        window_task(deployment, manifest.source, manifest.partition, leaf.root.slice, leaf.slice, leaf.parent)
        for leaf in leaves
    ]
    for start in range(0, len(tasks), BATCH):
        deployment.tasks.enqueue(tasks[start : start + BATCH])
    return len(tasks)


def window_task(
    deployment: Deployment,
    source: SourceId,
    partition: Partition,
    root: SliceDigest,
    digest: SliceDigest,
    parent: Signature | None,
) -> Task:
    """The task that works on one window under the present recipe and model."""
    payload = WindowTask(
        source=source,
        partition=partition,
        root=root,
        slice=digest,
        recipe=deployment.recipe_digest,
        model=deployment.model_name,
        parent=parent,
    )
    return Task("windows", payload.encode())


def ask_for_publish(deployment: Deployment, *, asked: int | None = None) -> int:
    """Enqueue one publish soon after the present bucket of time has ended, however many windows ask for it.

    Returns the bucket's number; where that is `asked`, nothing is left to do. To be called after what is to be
    published was committed: the publish may begin at any moment from then on.
    """
    bucket = deployment.settings.run.publish_every
    number = math.floor(deployment.clock.now().timestamp() / bucket) + 1
    if number != asked:
        at = datetime.fromtimestamp(0, UTC) + timedelta(seconds=number * bucket) + CLOCKS_DIFFER
        deployment.tasks.enqueue([Task("publish", "{}", name=f"publish-{number}", not_before=at)])
    return number
